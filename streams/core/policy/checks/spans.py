"""Sets of a fact's values, exact: what a limit lets through, and how such sets meet, join and compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, inf
from typing import Any

from streams.core.facts.domains import Domain, Kind

Bound = tuple[Fraction | float, int]
"""A number and which side of it is meant: 0 the number itself, 1 just above it, -1 just below; infinite at the ends."""

_LEAST: Bound = (-inf, 0)
_GREATEST: Bound = (inf, 0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers as intervals (both ends belong to them) in order, with a gap between any two."""

    spans: tuple[tuple[Bound, Bound], ...]
    whole: bool

    @property
    def is_empty(self) -> bool:
        return not self.spans

    def meet(self, other: Numbers) -> Numbers:
        """The numbers in both."""
        pairs = ((max(a, c), min(b, d)) for a, b in self.spans for c, d in other.spans)
        return Numbers(tuple(sorted((low, high) for low, high in pairs if low <= high)), self.whole)

    def join(self, other: Numbers) -> Numbers:
        """The numbers in either."""
        joined: list[tuple[Bound, Bound]] = []
        for low, high in sorted((*self.spans, *other.spans)):
            if joined and self._touch(joined[-1][1], low):
                joined[-1] = (joined[-1][0], max(joined[-1][1], high))
            else:
                joined.append((low, high))
        return Numbers(tuple(joined), self.whole)

    def _touch(self, high: Bound, low: Bound) -> bool:
        """Whether no number lies between an end and a later begin."""
        if low <= high:
            return True
        (above, above_side), (below, below_side) = low, high
        return above - below == 1 if self.whole else above == below and above_side - below_side == 1


@dataclass(frozen=True, slots=True)
class Names:
    """Texts (or true and false): these, or all others."""

    names: frozenset[str | bool]
    others: bool

    @property
    def is_empty(self) -> bool:
        return not self.names and not self.others

    def meet(self, other: Names) -> Names:
        """The texts in both."""
        match self.others, other.others:
            case False, False:
                return Names(self.names & other.names, False)
            case True, True:
                return Names(self.names | other.names, True)
            case True, False:
                return Names(other.names - self.names, False)
        return Names(self.names - other.names, False)

    def join(self, other: Names) -> Names:
        """The texts in either."""
        outside = Names(self.names, not self.others).meet(Names(other.names, not other.others))
        return Names(outside.names, not outside.others)


Values = Numbers | Names


def all_of(domain: Domain) -> Values:
    """Every value that a fact can have."""
    match domain.kind:
        case "text":
            return Names(frozenset(), True)
        case "bool":
            return Names(frozenset({True, False}), False)
    low: Bound = _LEAST if domain.least is None else (Fraction(domain.least), 0)
    high: Bound = _GREATEST if domain.greatest is None else (Fraction(domain.greatest), 0)
    return Numbers(((low, high),), is_whole(domain.kind))


def kept(kind: Kind, operators: Mapping[str, Any]) -> Values:
    """The values that keep all operators of a limit, whatever the fact's domain; `operators` must fit the kind."""
    found: Values = all_of(Domain(kind))
    for name, operand in operators.items():
        found = meet(found, _kept(kind, name, operand))
    return found


def meet(one: Values, other: Values) -> Values:
    """The values in both sets, which are of one fact."""
    if isinstance(one, Numbers) and isinstance(other, Numbers):
        return one.meet(other)
    assert isinstance(one, Names) and isinstance(other, Names), "sets of one fact are of one kind"  # noqa: PT018
    return one.meet(other)


def join(sets: Iterable[Values]) -> Values:
    """The values in any of the sets, of which there is at least one."""
    first, *others = sets
    for other in others:
        if isinstance(first, Numbers) and isinstance(other, Numbers):
            first = first.join(other)
        else:
            assert isinstance(first, Names) and isinstance(other, Names), "sets of one fact are of one kind"  # noqa: PT018
            first = first.join(other)
    return first


def covers(outer: Values, inner: Values) -> bool:
    """Whether every value of the inner set is in the outer one."""
    return meet(outer, inner) == inner


def is_whole(kind: Kind) -> bool:
    """Whether all values are integers: counts, and dates as days."""
    return kind in ("whole", "date")


def _kept(kind: Kind, name: str, operand: Any) -> Values:
    if name == "is":
        return Names(frozenset({operand}), False)
    if name in ("one_of", "none_of"):
        return Names(frozenset(operand), name == "none_of")
    assert isinstance(operand, int | Decimal), "operands were checked by the policy document's model"
    whole, number = is_whole(kind), Fraction(operand)
    match name:
        case "at_most":
            return Numbers(((_LEAST, (Fraction(floor(number)) if whole else number, 0)),), whole)
        case "at_least" | "not_before":
            return Numbers((((Fraction(ceil(number)) if whole else number, 0), _GREATEST),), whole)
        case "above":
            low: Bound = (Fraction(floor(number) + 1), 0) if whole else (number, 1)
            return Numbers(((low, _GREATEST),), whole)
    high: Bound = (Fraction(ceil(number) - 1), 0) if whole else (number, -1)
    return Numbers(((_LEAST, high),), whole)
