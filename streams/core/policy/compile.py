"""From a policy document to a program: facts shared by all products, rules with their versions in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from schemas import policy as document
from schemas.money import amount_text
from streams.core.calendar import DAY_MS, NEVER, Zone, to_date, zone
from streams.core.excuses import Excuses
from streams.core.facts import ARGUMENTS, FACTS, NAMES, REQUIRED, REVIEW_FACTS, SEGMENT
from streams.core.facts.base import Arguments, Atom, Context, Fact, Window
from streams.core.facts.dates import NextReviewOn, ReviewDays
from streams.core.facts.limit import Limit
from streams.core.facts.repayments import AmountOverdue, DaysPastDue
from streams.core.policy.program import (
    NEAR,
    PASSED,
    UNKNOWN,
    Condition,
    Observe,
    Product,
    Program,
    Quiet,
    Rule,
    Version,
)
from streams.core.policy.segments import Segment
from streams.core.policy.shown import rank, shown

MINUTE_MS: Final = 60_000


class PolicyMeaningError(ValueError):
    """A document of the right form that means nothing to the core; the text names the place and what would be right."""


def compile_policy(policy: document.PolicyDocument) -> Program:
    """The program of a policy. Raises PolicyMeaningError for a fact or argument that doesn't exist."""
    return _Compiler(policy).program()


class _Compiler:
    def __init__(self, policy: document.PolicyDocument) -> None:
        self.policy = policy
        self.zone: Zone = zone(policy.zone)
        disputes = policy.disputes or document.Disputes()
        self.context = Context(
            self.zone,
            policy.repayment_cutoff * MINUTE_MS,
            policy.currency,
            disputes.facts == "set-aside",
            disputes.answer_days * DAY_MS,
            Excuses() if policy.outages is not None and policy.outages.repayments == "excused" else None,
        )
        self.reviews = self._review_days()
        self.facts: dict[tuple[Any, ...], Fact] = {}
        self.atoms: dict[tuple[Any, ...], Atom] = {}
        self.segments: tuple[tuple[str, tuple[Atom, ...]], ...] = ()

    def program(self) -> Program:
        policy = self.policy
        self.segments = tuple(
            (
                segment.name,
                tuple(
                    self._atom(limit, f"segments[{place}].when[{index}]", None)
                    for index, limit in enumerate(segment.when)
                ),
            )
            for place, segment in enumerate(policy.segments)
        )
        products = tuple(
            self._product(id, product, order) for order, (id, product) in enumerate(policy.products.items())
        )
        bounds = {
            bound
            for product in products
            for rule in product.rules
            for version in rule.versions
            for bound in (version.begins, version.ends)
            if 0 < bound < NEVER
        }
        moving = [atom for atom in self.atoms.values() if atom.fact.moves]
        measured = tuple(
            (fact, tuple(atom for atom in self.atoms.values() if atom.fact is fact)) for fact in self.facts.values()
        )
        plain = Arguments(Window(None, False, self.zone))
        return Program(
            policy.policy,
            policy.version,
            policy.digest,
            policy.effective_from,
            self.context,
            products,
            tuple(self.atoms.values()),
            measured,
            {},
            DaysPastDue(self.context, plain),
            AmountOverdue(self.context, plain),
            self.segments,
            all(atom.edge is not None for atom in moving),
            frozenset(atom.index for atom in moving if atom.fact.periodic),
            self._rounds(products),
            tuple(sorted(bounds)),
            {product.id: product for product in products},
            None if self.reviews is None else NextReviewOn(self.context, plain, self.reviews),
            None if policy.quiet is None else Quiet(policy.quiet.per_day, policy.quiet.dwell_minutes * MINUTE_MS),
            NEAR if policy.near_percent is None else Fraction(policy.near_percent) / 100,
        )

    def _rounds(self, products: tuple[Product, ...]) -> int:
        versions = [version for product in products for rule in product.rules for version in rule.versions]
        observed = max([version.observe.ms for version in versions if version.observe is not None], default=0)
        months = self.policy.reviews.every if self.policy.reviews is not None else 0
        return observed + (62 + 62 * months) * DAY_MS

    def _review_days(self) -> ReviewDays | None:
        reviews = self.policy.reviews
        if reviews is None:
            return None
        begins = to_date(self.zone.day(self.policy.effective_from))
        return ReviewDays(reviews.every, reviews.day, begins.year * 12 + begins.month - 1)

    def _product(self, id: str, product: document.Product, order: int) -> Product:
        entries: dict[str, list[tuple[int, document.Rule]]] = {}
        for place, rule in enumerate(product.rules):
            entries.setdefault(rule.id, []).append((place, rule))
        rules = tuple(self._rule(rule_id, id, versions) for rule_id, versions in entries.items())
        plain = {rule.plain.index: rule.plain for rule in rules if rule.plain is not None and rule.plain.fact.moves}
        whole = Product(
            id,
            product.provider,
            product.adds_inquiry,
            product.withdrawn,
            {status: _terms(terms) for status, terms in product.terms.items()},
            rules,
            order,
            any(version.by_segment for rule in rules for version in rule.versions),
            any(version.superseded_by for rule in rules for version in rule.versions),
            {},
            _simple(rules),
            any(version.observe is not None for rule in rules for version in rule.versions),
            any("SEC-01" in version.codes for rule in rules for version in rule.versions),
            {},
            tuple(plain),
            tuple(index for index, atom in plain.items() if not atom.fact.expects_payment),
            {},
            {},
        )
        return replace(
            whole,
            alone={
                rule.id: replace(whole, rules=(rule,), supersedes=False, simple=None, patterns={}, watched={})
                for rule in rules
            },
        )

    def _rule(self, rule_id: str, product: str, entries: list[tuple[int, document.Rule]]) -> Rule:
        versions = sorted(
            (self._version(rule, product, f"products.{product}.rules[{place}]") for place, rule in entries),
            key=lambda version: version.begins,
        )
        atoms = [
            atom
            for version in versions
            for condition in (version.plain, *version.by_segment.values())
            for atom in condition.atoms
        ]
        events = frozenset[str]().union(*(atom.fact.moved_by for atom in atoms))
        first = versions[0]
        simple = len(versions) == 1 and first.begins == 0 and first.ends == NEVER and not first.by_segment
        plain = first.plain.single if simple and first.plain.reopen is None else None
        segments = frozenset(name for version in versions for name in version.by_segment)
        return Rule(rule_id, entries[0][0], tuple(versions), events, segments, plain)

    def _version(self, rule: document.Rule, product: str, place: str) -> Version:
        plain, by_segment = self._conditions(rule, product, place)
        observe = rule.observe
        unknown = "OPEN" if rule.unknown == "pass" else rule.unknown
        effects = ("OPEN", rule.else_, unknown, observe.else_ if observe else "OPEN")
        codes = ("", rule.reason, rule.unknown_reason or "", observe.reason if observe else "")
        return Version(
            0 if rule.from_ is None else self.zone.start(rule.from_),
            NEVER if rule.to is None else self.zone.start(rule.to),
            plain,
            by_segment,
            None if rule.unknown == "pass" else rule.unknown,
            None if observe is None else Observe(observe.days * DAY_MS, observe.days),
            frozenset(rule.superseded_by),
            effects,
            tuple(rank(code, effect) for code, effect in zip(codes, effects, strict=True)),
            codes,
        )

    def _conditions(self, rule: document.Rule, product: str, place: str) -> tuple[Condition, dict[str, Condition]]:
        if rule.limit is None:
            parts, name = (rule.any, "any") if rule.any else (rule.all, "all")
            atoms = tuple(self._atom(part, f"{place}.{name}[{index}]", product) for index, part in enumerate(parts))
            return Condition(atoms, name == "any"), {}
        fact = self._fact(rule.limit, place, product)
        plain = self._with_reopening(fact, rule.limit.operators, rule.reopen)
        others = {
            segment: self._with_reopening(fact, operators.operators, operators.reopen)
            for segment, operators in rule.for_.items()
        }
        return plain, others

    def _with_reopening(self, fact: Fact, operators: Mapping[str, Any], reopen: document.Operators | None) -> Condition:
        atom = self._intern(fact, operators)
        if reopen is None:
            return Condition((atom,), single=atom)
        return Condition((atom,), single=atom, reopen=self._intern(fact, {**operators, **reopen.operators}))

    def _atom(self, limit: document.Limit, place: str, product: str | None) -> Atom:
        return self._intern(self._fact(limit, place, product), limit.operators)

    def _intern(self, fact: Fact, operators: Mapping[str, Any]) -> Atom:
        key = (id(fact), *((name, repr(operand)) for name, operand in operators.items()))
        if key not in self.atoms:
            limit = Limit(operators)
            operand = limit.operators[0][1]
            said = shown(fact, operand, operand, self.context.currency) if len(operators) == 1 else None
            edge = limit.edges[0] if fact.may_toggle and len(limit.edges) == 1 else None
            self.atoms[key] = Atom(len(self.atoms), fact, limit, said, edge)
        return self.atoms[key]

    def _fact(self, limit: document.Limit, place: str, product: str | None) -> Fact:
        name, args = limit.fact, dict(limit.args)
        _check_arguments(name, {*args, *({"window"} if limit.window else ())}, place)
        if name == "choice.paused" and product is not None:
            args.setdefault("product", product)
        window = limit.window
        key = (name, window, *sorted(args.items()))
        if key not in self.facts:
            spans = (
                Window(None, False, self.zone)
                if window is None
                else Window(window.count, window.unit == "m", self.zone)
            )
            fact = self._build(name, Arguments(spans, **args))  # type: ignore[arg-type]
            fact.index = len(self.facts)
            self.facts[key] = fact
        return self.facts[key]

    def _build(self, name: str, arguments: Arguments) -> Fact:
        if name == SEGMENT:
            return Segment(self.context, arguments, self.segments)
        if name in REVIEW_FACTS:
            return REVIEW_FACTS[name](self.context, arguments, self.reviews)
        return FACTS[name](self.context, arguments)


def _check_arguments(name: str, given: set[str], place: str) -> None:
    if name not in NAMES:
        raise PolicyMeaningError(f"{place}.fact: there is no fact {name!r}; one that exists is repayment.days_past_due")
    takes = ARGUMENTS.get(name, frozenset())
    for argument in sorted(given - takes):
        allowed = ", ".join(sorted(takes)) or "no argument"
        raise PolicyMeaningError(f"{place}.{argument}: {name} doesn't take {argument}; it takes {allowed}")
    for argument in sorted(REQUIRED.get(name, frozenset()) - given):
        raise PolicyMeaningError(f"{place}.{argument}: {name} needs {argument}")


def _simple(rules: tuple[Rule, ...]) -> tuple[tuple[int, int], ...] | None:
    simple = []
    for rule in rules:
        version = rule.versions[0]
        if rule.plain is None or version.observe is not None:
            return None
        simple.append((rule.plain.index, PASSED if version.unknown is None else UNKNOWN))
    return tuple(simple)


def _terms(terms: document.Terms) -> dict[str, Any]:
    """Terms as a status event carries them, keys in canonical order."""
    if terms.max_amount is None:
        return {"new_draws": terms.new_draws}
    return {
        "currency": terms.currency,
        "max_amount": amount_text(terms.max_amount),
        "new_draws": terms.new_draws,
    }
