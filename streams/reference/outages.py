"""Times in which nobody could repay, for policies that excuse them (decision 0091)."""

from dataclasses import replace
from typing import Any

from streams.reference.availability import begin_of, end_of, windows
from streams.reference.calendar import NEVER, Calendar
from streams.reference.facts import Frame
from streams.reference.history import Known

Span = tuple[int, int, str | None]
"""From an instant on, up to another one, in a region (None: everywhere)."""


class Outages:
    """What was told so far of operations, and when everything was down by that."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._kept: dict[str, list[Span]] = {}
        self.version = 0
        """Grows with each event that tells of one."""

    def take(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        self._kept.clear()
        self.version += 1

    def spans(self, calendar: Calendar) -> list[Span]:
        """Maintenance and incidents of everything in every channel: others leave a way to repay."""
        zone = calendar.zone.key
        if zone not in self._kept:
            self._kept[zone] = [
                (begin_of(each), end_of(each), each["region"])
                for each in windows(self._events, NEVER, calendar)
                if each["subject"] == "*" and each["kind"] != "provider" and each["channel"] is None
            ]
        return [each for each in self._kept[zone] if each[0] < each[1]]


def as_excused(known: Known, spans: list[Span], frame: Frame, at: int) -> Known:
    """What is known of an account, without what outages excuse that had begun by an instant.

    A day that one of them touched is no day to have paid on: the next one doesn't count as past due.
    """
    newest = known.newest_with("region", "account.opened", "account.updated")
    home = None if newest is None else newest.data["region"]
    own = tuple(each for each in spans if each[0] <= at and each[2] in (None, home))
    days: set[int] = set()
    for begin, end, _ in own:
        days |= set(range(frame.business_day(begin) + 1, frame.business_day(min(end - 1, at)) + 2))
    return replace(known, down=own, excused=frozenset(days))
