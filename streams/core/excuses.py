"""Times in which nobody could repay, for policies that don't count them against anybody (decision 0091)."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

from schemas.when import When
from streams.core.calendar import NEVER, Zone
from streams.core.groups import Pause
from streams.core.state import AccountState

NAME: Final = "~outage"


class Span(NamedTuple):
    """From an instant on, up to another (ms), in a region or everywhere (None)."""

    begin: int
    end: int
    region: str | None


class Excuses:
    """Outages of everything, as a lane knows them; shared by all that it judges under one policy."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._begins: list[int] = []
        self._ends: list[int] = []  # of the same places: times without a gap, in any region

    def know(self, spans: list[Span]) -> None:
        """All that are known from now on, announced ones too, in order of their begin."""
        self._spans, self._begins, self._ends = spans, [], []
        for begin, end, _ in spans:
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._begins.append(begin)
                self._ends.append(end)

    def concern(self, state: AccountState, zone: Zone) -> bool:
        """Whether one of them may matter to a repayment of the account."""
        if not self._ends:
            return False
        last = self._ends[-1]
        for each in state.open:
            if zone.start(each.due_on) < last:
                return True
        for each in state.settled:
            if self._overlap(zone.start(each.due_on), each.settled_at or 0):
                return True
        missed = () if state.own_irregular is None else state.own_irregular.missed
        return any(self._overlap(one.time, one.time + 1) for one in missed)

    def _overlap(self, begin: int, end: int) -> bool:
        """Whether one of them is in a time."""
        place = bisect_left(self._begins, end) - 1
        return place >= 0 and self._ends[place] > begin

    def apply(self, state: AccountState, t: int, zone: Zone, cutoff: int) -> None:
        """Excuse what fell into them by an instant (ms); a day ends `cutoff` ms after its midnight.

        A day that they touch is no day to have paid on, so the next one doesn't count as past due. What was missed in
        them was not missed.
        """
        first = _first_due(state)
        begin = NEVER if first is None else zone.start(first)
        region = state.standing.profile.get("region")
        home = None if region is None else region.value
        spans = [each for each in self._spans if each.begin <= t and each.region in (None, home)]
        irregular = state.change_irregular()
        irregular.missed = [
            one for one in irregular.missed if not any(each.begin <= one.time < each.end for each in spans)
        ]
        days = [
            (zone.day(each.begin - cutoff) + 1, zone.day(min(each.end - 1, t) - cutoff) + 1)
            for each in spans
            if begin < each.end
        ]
        for low, high in _merged(days):
            irregular.pauses.append(Pause(NEVER, NAME, When("date", low), When("date", high), True, None))


def _first_due(state: AccountState) -> int | None:
    """The earliest due date of an installment that is known; None without any."""
    return min((each.due_on for each in (*state.open, *state.settled)), default=None)


def _merged(days: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of days, both ends inclusive, that neither overlap nor touch, in order."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(days):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found
