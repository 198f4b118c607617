"""Rules of one product together: their dates, which silences which, and what no value can keep at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from schemas.errors import Problem
from schemas.instants import date_text
from schemas.policy import Product, Rule
from streams.core.facts.domains import DOMAINS
from streams.core.policy.checks.ground import Ground, Part, Placed, key_of, limits_by_segment, written
from streams.core.policy.checks.spans import Values, all_of, covers, join, kept, meet


def check_dates(product: Product, place: str, ground: Ground) -> Iterator[Problem]:
    """Entries of one rule id follow each other without gap or overlap, and not all of them are over."""
    versions: dict[str, list[tuple[int, Rule]]] = {}
    for index, rule in enumerate(product.rules):
        versions.setdefault(rule.id, []).append((index, rule))
    for entries in versions.values():
        entries.sort(key=lambda each: (each[1].from_ is not None, each[1].from_))
        for (earlier, before), (index, after) in pairwise(entries):
            yield from _following(before, after, f"{place}.rules[{earlier}].to", f"{place}.rules[{index}]")
        index, last = entries[-1]
        if last.to is not None and last.to <= ground.begins:
            came = f"{_date(last.to)}, before the policy takes effect"
            expected = "a rule that is ever in force: a day after the policy takes effect"
            yield Problem(f"{place}.rules[{index}].to", came, expected, _date(ground.begins + 1))


def _following(before: Rule, after: Rule, end: str, place: str) -> Iterator[Problem]:
    if before.to is None and after.from_ is None:
        came = f'"{after.id}", which another rule has at the same time'
        yield Problem(f"{place}.id", came, "an id of its own, or dates that follow on", f"{after.id}-2")
    elif before.to is None:
        assert after.from_ is not None, "one of the two dates is given"
        yield Problem(end, "nothing", "the day on which the next entry of this id begins", _date(after.from_))
    elif after.from_ is None or before.to != after.from_:
        what = "a gap" if after.from_ is not None and before.to < after.from_ else "an overlap"
        came = f"{'nothing' if after.from_ is None else _date(after.from_)}, {what} to the entry before"
        yield Problem(f"{place}.from", came, "the day on which the entry before ends", _date(before.to))


def check_circles(product: Product, place: str) -> Iterator[Problem]:
    """No circle of rules that silence each other."""
    after = {rule.id: set[str]() for rule in product.rules}
    for rule in product.rules:
        after[rule.id].update(rule.superseded_by)
    for index, rule in enumerate(product.rules):
        if rule.id in _reached(rule.superseded_by, after):
            came = f"[{', '.join(rule.superseded_by)}], a circle back to {rule.id}"
            expected = "an order of rules: one of the circle without superseded_by"
            yield Problem(f"{place}.rules[{index}].superseded_by", came, expected, "[]")
            return


def _reached(names: list[str], after: dict[str, set[str]]) -> set[str]:
    seen, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += after[name]
    return seen


def check_silence(rules: Sequence[Placed], product: str) -> Iterator[Problem]:
    """No rule that is silent whenever it fails; `rules` are sound."""
    for rule, place, _ in rules:
        for other, _, _ in rules:
            if other.id in rule.superseded_by and _always_fails_with(other, rule, product):
                came = f"{other.id}, which fails whenever {rule.id} does"
                expected = f"a rule that may hold while {rule.id} fails, else {rule.id} is never heard"
                example = f"superseded_by: [{rule.id}] on {other.id} instead"
                yield Problem(f"{place}.superseded_by", came, expected, example)
                break


def _always_fails_with(other: Rule, rule: Rule, product: str) -> bool:
    """Whether a rule fails whenever another one of the same fact does, whatever the segment and the day."""
    if other.limit is None or rule.limit is None or rule.reopen is not None or rule.observe is not None:
        return False
    if other.from_ is not None or other.to is not None or (rule.unknown != "pass" and other.unknown == "pass"):
        return False
    if any(each.reopen is not None for each in rule.for_.values()):
        return False
    if key_of(other.limit, product) != key_of(rule.limit, product):
        return False
    kind = DOMAINS[rule.limit.fact].kind
    mine, others = limits_by_segment(rule, kind), limits_by_segment(other, kind)
    return all(covers(mine.get(segment, mine[None]), others.get(segment, others[None])) for segment in {*mine, *others})


class _Demand(NamedTuple):
    """What must hold of one value so that the product can be open: by segment, while the rule is in force."""

    rule: Rule
    place: str
    said: str
    by_segment: dict[str | None, Values]

    def of(self, segment: str | None) -> Values:
        return self.by_segment.get(segment, self.by_segment[None])


def check_contradictions(rules: Sequence[Placed], product: str, ground: Ground) -> Iterator[Problem]:
    """Sound rules on one value that it can't keep at once: the product could never be open."""
    found: dict[tuple[Any, ...], tuple[Values, list[_Demand]]] = {}
    for placed in rules:
        for part, demand in _demands(placed, product):
            domain = all_of(ground.domain(part.limit))
            possible, earlier = found.setdefault(key_of(part.limit, product), (domain, []))
            yield from _against(demand, earlier, possible, product, ground)
            earlier.append(demand)


def _demands(placed: Placed, product: str) -> Iterator[tuple[Part, _Demand]]:
    """The parts of `all` each, those of `any` only where they are all about one value."""
    rule, place, parts = placed
    kinds = [DOMAINS[part.limit.fact].kind for part in parts]
    if rule.limit is not None:
        said = written(rule.limit.operators)
        yield parts[0], _Demand(rule, f"{place}.{next(iter(rule.operators))}", said, limits_by_segment(rule, kinds[0]))
    elif rule.all:
        for part, kind in zip(parts, kinds, strict=True):
            yield (
                part,
                _Demand(rule, part.place, written(part.limit.operators), {None: kept(kind, part.limit.operators)}),
            )
    elif len({key_of(part.limit, product) for part in parts}) == 1:
        sets = [kept(kinds[0], part.limit.operators) for part in parts]
        said = " or ".join(written(part.limit.operators) for part in parts)
        yield parts[0], _Demand(rule, f"{place}.any", said, {None: join(sets)})


def _against(
    demand: _Demand, earlier: Sequence[_Demand], possible: Values, product: str, ground: Ground
) -> Iterator[Problem]:
    for other in earlier:
        if other.rule is demand.rule or not _overlap(other.rule, demand.rule, ground.begins):
            continue
        for segment in dict.fromkeys((None, *other.by_segment, *demand.by_segment)):
            own, its = (meet(each.of(segment), possible) for each in (demand, other))
            if own.is_empty or its.is_empty or not meet(own, its).is_empty:
                continue
            whom = f" for {segment}" if segment else ""
            came = f"{demand.said}, where rule {other.rule.id} has {other.said}"
            expected = f"limits that a value can keep together, else {product} is never open{whom}"
            yield Problem(demand.place, came, expected, "one of the two rules alone")
            return


def _overlap(one: Rule, other: Rule, begins: int) -> bool:
    """Whether two rules are in force on one day after the policy takes effect."""
    first = max(begins, *(rule.from_ for rule in (one, other) if rule.from_ is not None), begins)
    return all(rule.to is None or first < rule.to for rule in (one, other))


def _date(day: int) -> str:
    return f'"{date_text(day)}"'
