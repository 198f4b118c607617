"""Is the service up: the union of live operations, by product, region and channel (decision 0090)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, product
from typing import Final, NamedTuple

from streams.core import limits
from streams.core.calendar import NEVER, Zone
from streams.core.operations import EVERY, PAUSE, Operation

STATES: Final = ("INCIDENT", "PAUSED", "MAINTENANCE")
"""What a service that isn't up is in; where several are, the first of these."""


class Span(NamedTuple):
    """When an operation is live: from `begin` on, up to `end` (ms)."""

    begin: int
    end: int
    of: Operation


class Outage(NamedTuple):
    """Where a product isn't up: in a region and a channel (None: in every one), because of operations that are live.

    `since` and `until` bound the union of all operations there without a gap, announced ones that follow included;
    instants in ms, NEVER for an end that nobody knows. `back`: when all of it is hoped to be over, None when unknown.
    """

    region: str | None
    channel: str | None
    state: str
    since: int
    until: int
    back: int | None
    live: tuple[Operation, ...]


def concerning(operations: Iterable[Operation], name: str, providers: Iterable[str]) -> list[Operation]:
    """Those of operations that concern a product: its own, those of all products, and its providers' pauses."""
    lenders = set(providers)
    return [
        each
        for each in operations
        if each.subject == name or (each.subject == EVERY and (each.kind != PAUSE or each.provider in lenders))
    ]


def outages(operations: Sequence[Operation], t: int, zone: Zone) -> list[Outage]:
    """Where a product isn't up at an instant, given what concerns it.

    One entry for each place that is down otherwise than what is told of the wider places around it: for a customer
    holds the first entry found of their region and channel, their region, their channel, all.
    """
    spans = [Span(*each.span(zone), each) for each in operations]
    if not any(each.begin <= t < each.end for each in spans):
        return []
    since, until = _union(spans, t)
    near = [each for each in spans if since <= each.begin < each.end <= until]
    regions = sorted({each.of.region for each in near if each.of.region is not None})
    channels = sorted({each.of.channel for each in near if each.of.channel is not None})
    found: dict[tuple[str | None, str | None], Outage] = {}
    wide: list[tuple[str | None, str | None]] = [
        (None, None),
        *((None, each) for each in channels),
        *((each, None) for each in regions),
    ]
    pairs: Iterable[tuple[str | None, str | None]] = product(regions, channels)
    for place in islice(chain(wide, pairs), limits.PLACES_LOOKED_AT):
        _tell(found, near, place, t, zone)
    return [found[place] for place in sorted(found, key=lambda each: (each[0] or "", each[1] or ""))]


def holds_for(found: Iterable[Outage], region: str | None, channel: str | None) -> Outage | None:
    """What is told for a customer of a region and a channel; None where the service is up."""
    by_place = {(each.region, each.channel): each for each in found}
    for place in ((region, channel), (region, None), (None, channel), (None, None)):
        if place in by_place:
            return by_place[place]
    return None


def _tell(
    found: dict[tuple[str | None, str | None], Outage],
    spans: Sequence[Span],
    place: tuple[str | None, str | None],
    t: int,
    zone: Zone,
) -> None:
    """Add what holds in a place, unless that is told already."""
    outage = _outage(spans, place, t, zone)
    if outage is None:
        return
    said = holds_for(found.values(), *place)
    if said is None or said[2:] != outage[2:]:
        found[place] = outage


def next_instant(operations: Iterable[Operation], t: int, zone: Zone) -> int:
    """The earliest later instant at which time alone may change an outage, or NEVER."""
    found = NEVER
    for each in operations:
        begin, end = each.span(zone)
        if begin >= end:
            continue
        back = each.back(zone)
        for instant in (begin, end, NEVER if back is None else back):
            if t < instant < found:
                found = instant
    return found


def announced(operations: Iterable[Operation], t: int, zone: Zone) -> list[Operation]:
    """What is planned and has not begun, in order of its begin."""
    spans = [(*each.span(zone), each.subject, each.name, each) for each in operations if each.planned]
    coming = [each for each in spans if t < each[0] < each[1]]
    return [each[4] for each in sorted(coming, key=lambda each: each[:4])]


def _outage(spans: Sequence[Span], place: tuple[str | None, str | None], t: int, zone: Zone) -> Outage | None:
    region, channel = place
    mine = [each for each in spans if each.of.region in (None, region) and each.of.channel in (None, channel)]
    live = [each for each in mine if each.begin <= t < each.end]
    if not live:
        return None
    since, until = _union(mine, t)
    live.sort(key=lambda each: (STATES.index(each.of.state), each.begin, each.of.subject, each.of.name))
    causes = tuple(each.of for each in live)
    return Outage(region, channel, causes[0].state, since, until, _back(causes, until, t, zone), causes)


def _union(spans: Iterable[Span], t: int) -> tuple[int, int]:
    """The time without a gap around an instant that one of the spans covers."""
    since, until = -1, -1
    for begin, end in sorted((each.begin, each.end) for each in spans if each.begin < each.end):
        if begin > until:
            if until > t:
                break
            since = begin
        until = max(until, end)
    return since, until


def _back(live: Iterable[Operation], until: int, t: int, zone: Zone) -> int | None:
    """When it is hoped to be over; None where one of them has no hoped end, or its hour has passed."""
    if until < NEVER:
        return until
    latest = t
    for each in live:
        back = each.back(zone)
        if back is None or not t < back < NEVER:
            return None
        latest = max(latest, back)
    return latest
