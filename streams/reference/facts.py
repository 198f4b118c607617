"""Every fact of policy.md, computed from an account's whole list of events at one instant.

A fact has a value at an instant (None = unknown) with the events that make it up, and names the later instants at which
its value may pass a step (a number it is compared with): rather too many than too few, each is looked at again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from streams.reference.calendar import DAY, NEVER, Calendar
from streams.reference.history import Known, Record

Scalar = bool | int | Decimal | Fraction | str | None
Steps = Iterable[int]


class Window(NamedTuple):
    size: int
    unit: str


class Query(NamedTuple):
    """A fact with its arguments, as a limit names it."""

    fact: str
    provider: str | None = None
    product: str | None = None
    scope: str | None = None
    min_days: int = 1
    window: Window | None = None


class Value(NamedTuple):
    value: Scalar
    events: list[Record]


UNKNOWN = Value(None, [])


@dataclass
class Frame:
    """What facts need of the policy."""

    calendar: Calendar
    currency: str
    cutoff: int
    effective_day: int
    review_months: int | None
    review_day: int
    segment_of: Callable[[Known, int], "Value"] = lambda known, at: UNKNOWN
    """The policy's segment of an account at an instant, with the events that put the account into it."""
    ends: int = 0
    """Where the replay ends."""
    disputes_aside: bool = False
    """Events that are disputed don't count until the dispute is closed."""
    answer_days: int = 20
    """Within how many days a dispute or a review is to be answered."""
    horizon: int = 0
    """How far ahead what comes again and again (review days) is looked at."""

    def business_day(self, at: int) -> int:
        """The local day that counts for days past due."""
        return self.calendar.day_of(at - self.cutoff)

    def business_start(self, day: int) -> int:
        start = self.calendar.start_of(day)
        return start if start == NEVER else start + self.cutoff

    def leaves(self, time: int, window: Window | None) -> int:
        """The instant at which an event of this time leaves the window (T11, T12)."""
        if window is None:
            return NEVER
        if window.unit == "d":
            return time + window.size * DAY
        return self.calendar.plus_months(time, window.size)

    def inside(self, time: int, window: Window | None, at: int) -> bool:
        return time <= at < self.leaves(time, window)

    def home(self, record: Record) -> bool:
        """Is this amount in the policy's currency (M8)?"""
        return record.currency in (None, self.currency)


ValueOf = Callable[[Known, Query, Frame, int], Value]
MomentsOf = Callable[[Known, Query, Frame, int, Steps], Iterator[int]]


@dataclass(frozen=True)
class Fact:
    """``unit`` "amount": the policy's currency; ``reads``: the event types that can change it, empty for all."""

    unit: str | None
    kind: str
    reads: tuple[str, ...]
    value: ValueOf
    moments: MomentsOf
    periodic: bool = False
    """Comes again and again, without an end."""
    expected_paid: bool = False
    """Doesn't move in next_change of an OPEN product (T16)."""


def no_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    yield from ()


def counted(of: Callable[[Known, Query], list[Record]]) -> tuple[ValueOf, MomentsOf]:
    """Value and moments of a count of events in the window."""

    def value(known: Known, query: Query, frame: Frame, at: int) -> Value:
        inside = [record for record in of(known, query) if frame.inside(record.time, query.window, at)]
        return Value(len(inside), inside)

    def moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
        return (frame.leaves(record.time, query.window) for record in of(known, query))

    return value, moments


def leaving(of: Callable[[Known, Query], list[Record]]) -> MomentsOf:
    """Moments at which these events leave the window."""
    return counted(of)[1]
