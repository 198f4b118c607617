"""A limit on a fact, compiled: one or more operators that must all hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from schemas.instants import date_text
from streams.core.calendar import from_date

Value = int | bool | str | Fraction | None
"""Counts, days, months and years are int; amounts and ratios Fraction in the policy's units; None is unknown."""

Operand = int | Fraction | bool | str | tuple[str, ...]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at_most": operator.le,
    "at_least": operator.ge,
    "below": operator.lt,
    "above": operator.gt,
    "is": operator.is_,
    "one_of": lambda value, operand: value in operand,
    "none_of": lambda value, operand: value not in operand,
    "before": operator.lt,
    "not_before": operator.ge,
}
_NUMERIC = frozenset({"at_most", "at_least", "below", "above"})
_DATES = frozenset({"before", "not_before"})
_FLOORS = frozenset({"at_least", "above"})


def operand_of(name: str, value: Any) -> Operand:
    """A policy document's operand as the core compares it: exact numbers, tuples for lists, dates as text."""
    if name in _DATES:
        return date_text(value)
    if isinstance(value, Decimal):
        fraction = Fraction(value)
        return fraction.numerator if fraction.denominator == 1 else fraction
    if isinstance(value, list):
        return tuple(value)
    assert isinstance(value, int | str), "operands were checked by the policy document's model"
    return value


class Limit:
    """Operators with their operands, in document order."""

    __slots__ = ("_least", "_most", "_whole", "days", "edges", "numeric", "operators")

    def __init__(self, operators: Mapping[str, Any]) -> None:
        self.operators: tuple[tuple[str, Operand], ...] = tuple(
            (name, operand_of(name, operand)) for name, operand in operators.items()
        )
        self.numeric = all(name in _NUMERIC for name, _ in self.operators)
        numbers = [(name, operand) for name, operand in self.operators if isinstance(operand, int | Fraction)]
        self.edges: Sequence[int] = tuple(sorted({_edge(*each) for each in numbers if each[0] in _NUMERIC}))
        """Whole numbers e at which the limit's result differs between e - 1 and e."""
        dates = [operand for name, operand in self.operators if name in _DATES and isinstance(operand, str)]
        self.days: Sequence[int] = tuple(sorted({from_date(date.fromisoformat(each)) for each in dates}))
        """Dates with which it compares."""
        self._whole = self.numeric and all(isinstance(operand, int) for _, operand in self.operators)
        floors = [_edge(*each) for each in numbers if each[0] in _FLOORS]
        ceilings = [_edge(*each) - 1 for each in numbers if each[0] in _NUMERIC - _FLOORS]
        self._least = max(floors, default=-(1 << 60))
        self._most = min(ceilings, default=1 << 60)

    def holds(self, value: Value) -> bool | None:
        """Whether a value keeps the limit; None for unknown."""
        if value is None:
            return None
        if self._whole and isinstance(value, int):
            return self._least <= value <= self._most
        return all(_COMPARE[name](value, operand) for name, operand in self.operators)

    def failing(self, value: Value) -> Operand:
        """The operand of the first operator that a value breaks; of the first operator when the value is unknown."""
        if value is not None:
            for name, operand in self.operators:
                if not _COMPARE[name](value, operand):
                    return operand
        return self.operators[0][1]

    def holds_from(self, least: Value) -> bool | None:
        """Whether every value of at least this keeps (or breaks) the limit; None when that isn't said (M12)."""
        results = [_from_least(name, operand, least) for name, operand in self.operators]
        return False if False in results else None if None in results else True


def _from_least(name: str, operand: Any, least: Any) -> bool | None:
    if name not in _NUMERIC:
        return None
    if name in _FLOORS:
        return True if _COMPARE[name](least, operand) else None
    return None if _COMPARE[name](least, operand) else False


def _edge(name: str, operand: int | Fraction) -> int:
    """The whole number e with another result for e than for e - 1."""
    return floor(operand) + 1 if name in ("at_most", "above") else ceil(operand)
