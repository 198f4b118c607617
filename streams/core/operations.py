"""Maintenance, incidents and pauses of providers, each as what was last said of it (decision 0090).

    planned ──from──▶ live ──until, ended, cancelled──▶ over        without a plan: started, paused ──▶ live

Time alone begins and ends what has a plan; `extended` moves its end. What is over begins anew by a new plan or start.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas.event import Event
from schemas.when import When
from streams.core.calendar import NEVER, Zone, zone
from streams.core.facts.base import last_of

MAINTENANCE: Final = "maintenance"
INCIDENT: Final = "incident"
PAUSE: Final = "provider"
EVERY: Final = "*"
"""The subject of what concerns all products."""


_FARTHEST_WEST: Final = zone("Etc/GMT+12")
"""Where a day ends last."""


class Operation(NamedTuple):
    """One window, incident or pause: `kind`, for which product (`subject`, or EVERY), and its name from outside.

    `time` and `id` are of the newest event about it, instants in ms. `started` is when somebody said that it had begun,
    `over` when somebody said that it was over. `expected` is a hope for the end, `until` the end itself.
    """

    kind: str
    subject: str
    name: str
    time: int
    id: str
    planned: bool = False
    begins: When | None = None
    started: int | None = None
    until: When | None = None
    expected: When | None = None
    over: int | None = None
    region: str | None = None
    channel: str | None = None
    provider: str | None = None

    def span(self, zone: Zone) -> tuple[int, int]:
        """When it is live: from an instant on, up to another; equal ones, NEVER before all, where it isn't at all."""
        begin = NEVER if self.begins is None else first_of(self.begins, zone)
        if self.started is not None:
            begin = min(begin, self.started)
        end = min(last_of(self.until, zone), NEVER if self.over is None else self.over)
        return begin, max(begin, end)

    def back(self, zone: Zone) -> int | None:
        """When it is hoped to be over, as far as somebody said so."""
        if self.until is not None or self.over is not None:
            return self.span(zone)[1]
        return None if self.expected is None else last_of(self.expected, zone)

    def has_ended(self, now: int) -> bool:
        """Whether somebody ended it, or its end has passed in every zone."""
        until = last_of(self.until, _FARTHEST_WEST) if self.until is not None else NEVER
        return self.over is not None or until <= now

    @property
    def state(self) -> str:
        """What a service is in while this lasts. A maintenance that nobody planned is an incident."""
        if self.kind == PAUSE:
            return "PAUSED"
        return "MAINTENANCE" if self.kind == MAINTENANCE and self.planned else "INCIDENT"


def first_of(begin: When, zone: Zone) -> int:
    """The first instant of a date or an instant."""
    return zone.start(begin.value) if begin.kind == "date" else begin.value


def named(event: Event) -> tuple[str, str]:
    """What an event of the operations is about: its kind, and its name from outside."""
    kind = event.type.partition(".")[0]
    data = event.data
    return kind, data.window_id if kind == MAINTENANCE else data.incident_id if kind == INCIDENT else data.provider


def told(known: Operation | None, event: Event) -> Operation | None:
    """What an event makes of what was known; None where it is older news than that."""
    if known is not None and (event.time, event.id) <= (known.time, known.id):
        return None
    kind, name = named(event)
    new = Operation(kind, event.subject, name, event.time, event.id)
    again = new if known is None else known._replace(time=event.time, id=event.id)
    is_over = known is not None and known.over is not None
    match event.type.partition(".")[2]:
        case "planned":
            return _planned(new if is_over else again, event)
        case "started" | "paused":
            return _started(new if is_over else again, event)
        case "extended" if not is_over:
            return _extended(again, event)
        case _:
            return again if is_over else again._replace(over=event.time)


def _planned(known: Operation, event: Event) -> Operation:
    """A plan, or another one instead of it."""
    data = event.data
    known = known._replace(
        planned=True,
        begins=data.from_ if data.from_ is not None else known.begins,
        until=data.until if data.until is not None else known.until,
    )
    return _placed(known, event)


def _extended(known: Operation, event: Event) -> Operation:
    """It lasts until another end, or nobody knows until when. Behind an extension of nothing known there is a plan."""
    data = event.data
    if known.begins is None and known.started is None:
        known = known._replace(planned=True, started=event.time if data.from_ is None else None)
    begins = data.from_ if data.from_ is not None else known.begins
    return _placed(known._replace(until=data.until, begins=begins), event)


def _started(known: Operation, event: Event) -> Operation:
    """It has begun, with its event at the latest."""
    data = event.data
    started = event.time if known.started is None else min(event.time, known.started)
    known = known._replace(started=started)
    if known.kind == PAUSE:
        return known._replace(provider=data.provider)
    if known.kind == INCIDENT:
        expected = data.expected_until if data.expected_until is not None else known.expected
        return _placed(known._replace(expected=expected), event)
    known = known._replace(
        begins=data.from_ if data.from_ is not None and not known.planned else known.begins,
        until=data.until if data.until is not None else known.until,
    )
    return _placed(known, event)


def _placed(operation: Operation, event: Event) -> Operation:
    """With the place that the event names, else the one known."""
    data = event.data
    return operation._replace(
        region=data.region if data.region is not None else operation.region,
        channel=data.channel if data.channel is not None else operation.channel,
    )
