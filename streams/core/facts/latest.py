"""Facts that the newest of dated entries gives."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from streams.core.facts.base import Fact, Moment
from streams.core.facts.limit import Value
from streams.core.groups import Dated
from streams.core.money import to_major
from streams.core.state import AccountState, Stamp


def stamps(*entries: Any) -> list[Stamp]:
    """(time, id) of the entries that are there."""
    return [(entry.time, entry.id) for entry in entries if entry is not None]


class Latest(Fact):
    """A fact that one dated entry gives; time alone doesn't move it."""

    moves = False

    def entry(self, state: AccountState) -> Dated | None:
        """The entry that counts."""
        raise NotImplementedError

    def value(self, state: AccountState, moment: Moment) -> Value:
        entry = self.entry(state)
        return None if entry is None else entry.value

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(self.entry(state))

    def amount(self, entry: Dated | None) -> Fraction | None:
        """An amount [minor units, currency] in the policy's currency; None when unknown or of another one."""
        if entry is None or entry.value[1] not in (None, self.context.currency):
            return None
        return to_major(*entry.value)
