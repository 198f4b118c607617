"""Limits against the values that a fact can have: what contradicts itself, can never fail or always fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.errors import Problem
from schemas.policy import Operators, Rule, Segment
from streams.core.facts.domains import NUMBERS, Domain
from streams.core.policy.checks.ground import Ground, Part, key_of, operand_text, written
from streams.core.policy.checks.spans import all_of, covers, join, kept, meet


def check_rule(rule: Rule, parts: list[Part], ground: Ground, product: str) -> Iterator[Problem]:
    """A rule's limits, whose facts, operators and operands are sound."""
    for part in parts:
        domain = ground.domain(part.limit)
        known = rule.unknown != "pass" and domain.unknown
        yield from _reach(part.limit.operators, domain, part.place, breakable=not known)
    if rule.limit is not None:
        domain = ground.domain(rule.limit)
        yield from _reopening(rule, domain, parts[0].place)
        for segment, operators in rule.for_.items():
            place = f"{parts[0].place}.for.{segment}"
            # A limit that everybody keeps is how a rule is left out for a segment.
            yield from _reach(operators.operators, domain, place, breakable=False)
            yield from _reopening(operators, domain, place)
    elif rule.any:
        yield from _joined(rule, parts, ground, product)
    else:
        yield from _met(parts, ground, product)


def check_segment(segment: Segment, place: str, ground: Ground) -> Iterator[Problem]:
    """A segment that somebody can be in. A limit that all values keep asks whether there is one."""
    parts = [Part(limit, f"{place}.when[{index}]") for index, limit in enumerate(segment.when)]
    for part in parts:
        yield from _reach(part.limit.operators, ground.domain(part.limit), part.place, breakable=False)
    yield from _met(parts, ground, "")


def _reach(operators: Mapping[str, Any], domain: Domain, place: str, *, breakable: bool) -> Iterator[Problem]:
    """`breakable`: values must be able to break the limit."""
    wanted, possible, first = kept(domain.kind, operators), all_of(domain), next(iter(operators))
    came = written(operators)
    if wanted.is_empty:
        yield Problem(f"{place}.{first}", came, "limits that a value can keep together", _other_way(operators))
    elif meet(wanted, possible).is_empty:
        alone = ((name, kept(domain.kind, {name: operand})) for name, operand in operators.items())
        name = next((name for name, own in alone if meet(own, possible).is_empty), first)
        expected = f"a limit that a value can keep: there are only {_span(domain)}"
        yield Problem(f"{place}.{name}", came, expected, _nearest(name, domain, keepable=True))
    elif breakable and covers(wanted, possible):
        expected = f"a limit that a value can break: there are only {_span(domain)}"
        yield Problem(f"{place}.{first}", came, expected, _nearest(first, domain, keepable=False))


def _reopening(operators: Operators, domain: Domain, place: str) -> Iterator[Problem]:
    reopen = operators.reopen
    if reopen is None:
        return
    plain, first = operators.operators, next(iter(reopen.operators))
    for name, operand in reopen.operators.items():
        if not covers(kept(domain.kind, {name: plain[name]}), kept(domain.kind, {name: operand})):
            came = f"{operand_text(name, operand)}, looser than {name}: {operand_text(name, plain[name])}"
            expected = "a limit as strict as the plain one or stricter: a rule that failed holds again only from there"
            yield Problem(f"{place}.reopen_{name}", came, expected, operand_text(name, plain[name]))
            return
    again = {**plain, **reopen.operators}
    if meet(kept(domain.kind, again), all_of(domain)).is_empty:
        came = f"{written(again)}, which no value keeps"
        expected = "a limit that a value can keep, else the rule never holds again"
        yield Problem(f"{place}.reopen_{first}", came, expected, operand_text(first, plain[first]))


def _joined(rule: Rule, parts: list[Part], ground: Ground, product: str) -> Iterator[Problem]:
    """Parts of `any` that together let every value through."""
    for same in _by_key(parts, product):
        domain = ground.domain(same[0].limit)
        known = rule.unknown != "pass" and domain.unknown
        sets = [kept(domain.kind, part.limit.operators) for part in same]
        possible = all_of(domain)
        if known or any(covers(each, possible) for each in sets):
            continue
        if covers(join(sets), possible):
            came = " or ".join(written(part.limit.operators) for part in same)
            expected = f"limits that a value of {same[0].limit.fact} can break together"
            yield Problem(same[-1].place, came, expected, "all: instead of any:")


def _met(parts: list[Part], ground: Ground, product: str) -> Iterator[Problem]:
    """Limits that must all hold, and on one fact can't."""
    for same in _by_key(parts, product):
        domain = ground.domain(same[0].limit)
        possible = left = all_of(domain)
        for part in same:
            own = kept(domain.kind, part.limit.operators)
            if meet(left, own).is_empty and not left.is_empty and not meet(own, possible).is_empty:
                came = " and ".join(written(each.limit.operators) for each in same)
                expected = f"limits that a value of {part.limit.fact} can keep together"
                yield Problem(part.place, came, expected, "any: instead of all:" if product else "one of them")
                break
            left = meet(left, own)


def _by_key(parts: Iterable[Part], product: str) -> list[list[Part]]:
    found: dict[tuple[Any, ...], list[Part]] = {}
    for part in parts:
        found.setdefault(key_of(part.limit, product), []).append(part)
    return list(found.values())


def _span(domain: Domain) -> str:
    if domain.kind == "bool":
        return "true and false"
    least = operand_text("before" if domain.kind == "date" else "", domain.least)
    if domain.greatest is None:
        return f"values from {least} on"
    return f"values from {least} to {domain.greatest}"


def _nearest(name: str, domain: Domain, *, keepable: bool) -> str:
    """The operator with the operand nearest to the one given with which it can be kept, or broken."""
    floors = name in ("at_least", "above", "not_before")
    edge = domain.greatest if floors is keepable else domain.least
    if edge is None:
        return ""
    inside = {"above": -1, "below": 1, "before": 1} if keepable else {"at_least": 1, "not_before": 1, "at_most": -1}
    return written({name: edge + inside.get(name, 0)})


def _other_way(operators: Mapping[str, Any]) -> str:
    """Two limits with their operands exchanged, where that makes sense of them."""
    names = list(operators)
    if len(names) == 2 and set(names) <= {*NUMBERS, "before", "not_before"}:
        turned = dict(zip(names, reversed(list(operators.values())), strict=True))
        return written(turned)
    return "one of them alone"
