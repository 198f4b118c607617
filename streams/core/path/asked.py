"""What is asked for, and what would have to happen: the words that the inverses of facts speak in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

from streams.core.facts.base import Fact, Moment
from streams.core.facts.limit import Limit
from streams.core.money import exponent
from streams.core.state import AccountState

DUES: Final = "dues"
"""Paying what falls due on its day, for as long as it takes: the search makes the payments as it goes."""


@dataclass(frozen=True, slots=True)
class Need:
    """One event that would have to happen.

    `kind` is what a person does, `key` names what it is done to: needs of one kind and key are met by one event.
    `fields` hold the event's data as numbers: amounts in minor units of `currency`, dates as days. `spent` is the field
    that is money paid, `was` the amount before, where it is lowered to a target. `day` is the local day, None for at
    once.
    """

    kind: str
    type: str
    key: tuple[Any, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    currency: str | None = None
    spent: str | None = None
    was: dict[str, int] = field(default_factory=dict)
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A limit on a fact that doesn't hold, of an account at an instant; `today` is the local day on which one acts."""

    fact: Fact
    limit: Limit
    state: AccountState
    moment: Moment
    today: int

    @property
    def home(self) -> str:
        """The policy's currency."""
        return self.fact.context.currency

    def least(self, unit: Fraction = Fraction(1), scale: Fraction = Fraction(1)) -> int | None:
        """The smallest number of units that keeps every lower limit; None without one."""
        found = [
            ceil(operand * scale / unit) if name == "at_least" else floor(operand * scale / unit) + 1
            for name, operand in self._numbers("at_least", "above")
        ]
        return max(found, default=None)

    def most(self, unit: Fraction = Fraction(1), scale: Fraction = Fraction(1)) -> int | None:
        """The greatest number of units that keeps every upper limit; None without one."""
        found = [
            floor(operand * scale / unit) if name == "at_most" else ceil(operand * scale / unit) - 1
            for name, operand in self._numbers("at_most", "below")
        ]
        return min(found, default=None)

    def _numbers(self, *names: str) -> Iterator[tuple[str, Fraction]]:
        for name, operand in self.limit.operators:
            if name in names and isinstance(operand, int | Fraction):
                yield name, Fraction(operand)

    @property
    def unit(self) -> Fraction:
        """The policy's currency's minor unit."""
        return Fraction(1, 10 ** exponent(self.home))


Ways = Iterator[list[Need]]
"""Ways to make a limit hold, each one a list of events."""

Inverse = Callable[[Asked], Ways]
