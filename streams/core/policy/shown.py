"""Values and limits as events carry them, and where a reason stands in order (semantics E3, decision 0002, 29)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from schemas.reasons import REASONS
from streams.core import money
from streams.core.facts.base import Fact
from streams.core.facts.limit import Operand, Value
from streams.core.policy.program import EFFECTS

_GROUPS: Final = {"legal": 0, "choice": 1, "security": 2, "identity": 4}
_OVERDUE: Final = 3
_REST: Final = 5


def rank(code: str, effect: str) -> tuple[int, int]:
    """What matters first: legal, own choice, security, current overdue, identity, rest; then the stronger effect."""
    if not code:
        return _REST, 0
    group = _OVERDUE if code == "REP-01" else _GROUPS.get(REASONS[code].category, _REST)
    return group, -EFFECTS[effect]


def shown(fact: Fact, value: Value | Operand, limit: Operand, currency: str) -> Any:
    """A value or limit of a fact as events carry it: integers, decimal strings, texts, lists (decision 0002, 29)."""
    if fact.unit == "amount" and isinstance(value, int | Fraction):
        return money.text(Fraction(value), currency)
    if fact.unit == "ratio" and isinstance(value, int | Fraction):
        assert isinstance(limit, int | Fraction)
        return money.ratio_text(Fraction(value), Fraction(limit))
    if isinstance(value, Fraction):
        return _decimal(value)
    return list(value) if isinstance(value, tuple) else value


def _decimal(value: Fraction) -> str:
    """The decimal text of a policy's non-integer number for a whole-number fact."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = abs(value * 10**digits).numerator
    return f"{'-' if value < 0 else ''}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"
