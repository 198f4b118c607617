"""The static check of a policy: what can't be meant is refused before anybody is judged by it (policy.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from schemas.currency import CURRENCY_DECIMALS
from schemas.errors import Problem, describe
from schemas.instants import date_text
from schemas.policy import Limit, Operators, PolicyDocument, Product, Rule, Window
from schemas.reasons import REASONS
from schemas.validation import did_you_mean
from streams.core.facts import ARGUMENTS, NAMES, REQUIRED
from streams.core.facts.domains import DOMAINS, OPERATORS, Domain, fills, hint
from streams.core.policy.prohibited import prohibited

Range = tuple[Fraction | None, bool, Fraction | None, bool]
"""Least value and whether it is itself inside, greatest value and whether it is itself inside."""

_EVERYTHING: Final[Range] = (None, True, None, True)


def check_policy(policy: PolicyDocument, former: PolicyDocument | None = None) -> list[Problem]:
    """All that is wrong with a policy, in document order; `former` is the version that it replaces."""
    return list(_check(policy, former))


def _check(policy: PolicyDocument, former: PolicyDocument | None) -> Iterator[Problem]:
    names = {segment.name for segment in policy.segments}
    for place, segment in enumerate(policy.segments):
        yield from _word(segment.name, f"segments[{place}].name")
        for index, limit in enumerate(segment.when):
            where = f"segments[{place}].when[{index}]"
            yield from _limit(limit, limit, where, policy, always=True)
            if limit.fact == "account.segment":
                yield Problem(f"{where}.fact", "account.segment", "a fact that no segment decides", "account.age_days")
    for name, product in policy.products.items():
        yield from _product(name, product, names, policy)
    if former is not None:
        for name, product in former.products.items():
            if name not in policy.products and not product.withdrawn:
                yield Problem(
                    f"products.{name}",
                    "nothing",
                    "the product with withdrawn: true, so that its customers are told",
                    "",
                )


def _product(name: str, product: Product, segments: set[str], policy: PolicyDocument) -> Iterator[Problem]:
    where = f"products.{name}"
    for text, place in ((name, where), (product.name.en, f"{where}.name.en"), (product.name.zh, f"{where}.name.zh")):
        yield from _word(text, place)
    for index, rule in enumerate(product.rules):
        yield from _rule(rule, f"{where}.rules[{index}]", product, segments, policy)
    yield from _dates(product, where)
    yield from _supersession(product, where)
    yield from _together(product, where)


def _rule(rule: Rule, where: str, product: Product, segments: set[str], policy: PolicyDocument) -> Iterator[Problem]:
    yield from _word(rule.id, f"{where}.id")
    parts = (
        [(rule.limit, where)]
        if rule.limit is not None
        else [
            (part, f"{where}.{'any' if rule.any else 'all'}[{index}]")
            for index, part in enumerate(rule.any or rule.all)
        ]
    )
    sound = True
    for limit, place in parts:
        for problem in _limit(limit, rule if rule.limit is not None else limit, place, policy):
            sound = False
            yield problem
    if not sound:
        return
    if rule.limit is not None:
        yield from _segments(rule, where, segments, policy)
    for code, place in ((rule.reason, "reason"), (rule.unknown_reason, "unknown_reason")):
        if code is not None:
            yield from _reason(code, [limit for limit, _ in parts], f"{where}.{place}", known=place == "reason")
    if rule.observe is not None and REASONS[rule.observe.reason].placeholders - {"date"}:
        yield Problem(f"{where}.observe.reason", rule.observe.reason, "a reason that only needs its end date", "REP-04")
    for limit, _ in parts:
        if limit.fact == "score.value":
            yield from _score(rule, limit.provider, where, product)
            break


def _segments(rule: Rule, where: str, segments: set[str], policy: PolicyDocument) -> Iterator[Problem]:
    assert rule.limit is not None, "only rules with a fact of their own have other limits by segment"
    for segment, operators in rule.for_.items():
        place = f"{where}.for.{segment}"
        if segment not in segments:
            near = did_you_mean(segment, segments)
            yield Problem(place, describe(segment), "the name of a segment of this policy", near)
        yield from _operators(rule.limit.fact, operators, place, policy)
        yield from _reopening(operators, place)


def _score(rule: Rule, provider: str | None, where: str, product: Product) -> Iterator[Problem]:
    """A refusal by score must say what weighed; without a score or its factors the rule needs a result of its own."""
    providers = {provider, None}
    judged = any(
        limit.fact == "score.factors_known" and limit.provider in providers
        for other in product.rules
        for limit in ([other.limit] if other.limit is not None else [*other.any, *other.all])
    )
    if rule.unknown == "pass" and not judged:
        yield Problem(
            f"{where}.unknown",
            "pass",
            "a result for a score that is missing, or a rule on score.factors_known beside it",
            "unknown: UNDER_REVIEW, unknown_reason: SCO-02",
        )


def _limit(
    limit: Limit, written: Operators, where: str, policy: PolicyDocument, *, always: bool = False
) -> Iterator[Problem]:
    """The fact, its arguments and operators; `written` holds reopening limits where the rule has some.

    `always`: a limit that every value keeps is meant: in a segment it asks whether the value is known.
    """
    if limit.fact not in NAMES:
        yield Problem(f"{where}.fact", describe(limit.fact), "a fact that exists", did_you_mean(limit.fact, NAMES))
        return
    given = {*limit.args, *({"window"} if limit.window is not None else ())}
    takes = ARGUMENTS.get(limit.fact, frozenset())
    for argument in sorted(given - takes):
        allowed = f"only {' and '.join(sorted(takes))}" if takes else "no argument"
        yield Problem(f"{where}.{argument}", f"{argument} with {limit.fact}", f"{allowed} with this fact", "")
    for argument in sorted(REQUIRED.get(limit.fact, frozenset()) - given):
        yield Problem(f"{where}.{argument}", "nothing", f"{argument}, without which {limit.fact} means nothing", "")
    problems = list(_operators(limit.fact, limit, where, policy, always=always))
    yield from problems
    if not problems:
        yield from _reopening(written, where)


def _operators(
    fact: str, operators: Operators, where: str, policy: PolicyDocument, *, always: bool = False
) -> Iterator[Problem]:
    domain = DOMAINS[fact]
    fitting = OPERATORS[domain.kind]
    for name, operand in operators.operators.items():
        place = f"{where}.{name}"
        if name not in fitting:
            yield Problem(
                place,
                f"{name} on {fact}",
                f"{' or '.join(fitting)}, since its values are of the kind {domain.kind}",
                "",
            )
            return
        if domain.kind == "whole" and isinstance(operand, Decimal) and operand % 1:
            yield Problem(place, f'"{operand}"', f"a whole number, since {fact} is one", str(int(operand)))
        if domain.kind == "amount" and isinstance(operand, Decimal):
            yield from _fineness(operand, place, policy)
    if domain.kind in ("whole", "amount", "ratio"):
        yield from _reach(domain, operators.operators, where, always=always)
    chosen, left_out = (set(operators.operators.get(name, ())) for name in ("one_of", "none_of"))
    if chosen and chosen <= left_out:
        yield Problem(f"{where}.none_of", "all that one_of allows", "limits that leave a value", "")


def _fineness(amount: Decimal, place: str, policy: PolicyDocument) -> Iterator[Problem]:
    decimals = CURRENCY_DECIMALS[policy.currency]
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        yield Problem(
            place, f'"{amount}"', f"at most {decimals} decimals for {policy.currency}", f'"{amount:.{decimals}f}"'
        )


def _reach(domain: Domain, operators: dict[str, Any], where: str, *, always: bool) -> Iterator[Problem]:
    """A limit that every value keeps, or none."""
    least = None if domain.least is None else Fraction(domain.least)
    greatest = None if domain.greatest is None else Fraction(domain.greatest)
    wanted = _range(operators)
    name = next(iter(operators))
    came = ", ".join(f"{each}: {operand}" for each, operand in operators.items())
    if _is_empty(wanted):
        yield Problem(f"{where}.{name}", came, "limits that don't contradict each other", "")
    elif _is_empty(_meet((least, True, greatest, True), wanted)):
        yield Problem(f"{where}.{name}", came, f"a limit that a value can keep; there are only {_span(domain)}", "")
    elif not always and _covers(wanted, (least, True, greatest, True)):
        yield Problem(f"{where}.{name}", came, f"a limit that a value can break; there are only {_span(domain)}", "")


def _reopening(operators: Operators, where: str) -> Iterator[Problem]:
    reopen = operators.reopen
    if reopen is None:
        return
    plain, again = _range(operators.operators), _range(reopen.operators)
    if not _covers(plain, again):
        name = f"reopen_{next(iter(reopen.operators))}"
        yield Problem(
            f"{where}.{name}", "a looser limit than the plain one", "one at least as strict as the plain one", ""
        )


def _reason(code: str, limits: list[Limit], where: str, *, known: bool) -> Iterator[Problem]:
    """A reason's text needs evidence that the fact gives; of an unknown fact only limit and window are known."""
    for placeholder in sorted(REASONS[code].placeholders):
        for limit in limits:
            if not known and placeholder in ("score", "factors", "months", "region", "x", "item", "state"):
                yield Problem(where, code, f"a reason for an unknown value: its text needs {{{placeholder}}}", "")
                break
            if not fills(placeholder, code, limit.fact, limit.window):
                expected = f"{hint(placeholder)}, since its text needs {{{placeholder}}}"
                yield Problem(where, f"{code} on {limit.fact}", expected, "")
                break


def _dates(product: Product, where: str) -> Iterator[Problem]:
    """Several entries of one rule id follow each other without gap or overlap."""
    versions: dict[str, list[tuple[int, Rule]]] = {}
    for place, rule in enumerate(product.rules):
        versions.setdefault(rule.id, []).append((place, rule))
    for entries in versions.values():
        entries.sort(key=lambda each: -1 if each[1].from_ is None else each[1].from_)
        for (_, before), (place, after) in pairwise(entries):
            at = f"{where}.rules[{place}].from"
            if before.to is None or after.from_ is None:
                yield Problem(
                    at, f"another rule {after.id} at the same time", "an id of its own, or dates that follow on", ""
                )
            elif before.to != after.from_:
                what = "a gap" if before.to < after.from_ else "an overlap"
                came = f'"{date_text(after.from_)}", {what} to the entry before'
                yield Problem(at, came, "the day on which the entry before ends", f'"{date_text(before.to)}"')


def _supersession(product: Product, where: str) -> Iterator[Problem]:
    after = {rule.id: set(rule.superseded_by) for rule in product.rules}
    for place, rule in enumerate(product.rules):
        seen, todo = set[str](), list(after[rule.id])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += after.get(name, ())
        if rule.id in seen:
            yield Problem(
                f"{where}.rules[{place}].superseded_by", "a circle back to the rule itself", "an order of rules", ""
            )
            return


def _together(product: Product, where: str) -> Iterator[Problem]:
    """Rules on one fact that no value can keep at once: the product could never be open."""
    found: dict[tuple[Any, ...], tuple[Range, str]] = {}
    for place, rule in enumerate(product.rules):
        limit = rule.limit
        if limit is None or DOMAINS.get(limit.fact, Domain("text")).kind not in ("whole", "amount", "ratio"):
            continue
        if rule.from_ is not None or rule.to is not None or not set(limit.operators) <= set(OPERATORS["whole"]):
            continue
        key = (limit.fact, _window_text(limit.window), *sorted(limit.args.items()))
        own = _range(limit.operators)
        if key in found and _is_empty(_meet(found[key][0], own)):
            yield Problem(
                f"{where}.rules[{place}].{next(iter(limit.operators))}",
                f"a limit that contradicts rule {found[key][1]}",
                "limits on one fact that a value can keep together",
                "",
            )
        found[key] = (_meet(found[key][0], own) if key in found else own, rule.id)


def _word(text: str, where: str) -> Iterator[Problem]:
    word = prohibited(text)
    if word is not None:
        yield Problem(where, describe(text), f"no factor that may not count ({word})", "")


def _range(operators: dict[str, Any]) -> Range:
    found = _EVERYTHING
    for name, operand in operators.items():
        value = Fraction(operand)
        if name in ("at_least", "above"):
            found = _meet(found, (value, name == "at_least", None, True))
        elif name in ("at_most", "below"):
            found = _meet(found, (None, True, value, name == "at_most"))
    return found


def _meet(one: Range, other: Range) -> Range:
    low, low_in = _tighter([(one[0], one[1]), (other[0], other[1])], largest=True)
    high, high_in = _tighter([(one[2], one[3]), (other[2], other[3])], largest=False)
    return low, low_in, high, high_in


def _tighter(bounds: Iterable[tuple[Fraction | None, bool]], *, largest: bool) -> tuple[Fraction | None, bool]:
    known = [(value, inside) for value, inside in bounds if value is not None]
    if not known:
        return None, True
    edge = max(value for value, _ in known) if largest else min(value for value, _ in known)
    return edge, all(inside for value, inside in known if value == edge)


def _is_empty(span: Range) -> bool:
    low, low_in, high, high_in = span
    return low is not None and high is not None and (low > high or (low == high and not (low_in and high_in)))


def _covers(outer: Range, inner: Range) -> bool:
    """Whether all of a range lies in another."""
    low = outer[0] is None or (
        inner[0] is not None and (inner[0] > outer[0] or (inner[0] == outer[0] and (outer[1] or not inner[1])))
    )
    high = outer[2] is None or (
        inner[2] is not None and (inner[2] < outer[2] or (inner[2] == outer[2] and (outer[3] or not inner[3])))
    )
    return low and high


def _span(domain: Domain) -> str:
    least = "" if domain.least is None else f"values of {domain.least} and more"
    return least if domain.greatest is None else f"values from {domain.least} to {domain.greatest}"


def _window_text(window: Window | None) -> str:
    return "" if window is None else f"{window.count}{window.unit}"
