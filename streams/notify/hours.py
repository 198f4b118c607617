"""When a customer may be disturbed: quiet hours and daily digests, in the customer's own zone. Pure.

Local times that a change of the clocks leaves out are read with the offset before it: 02:30 is then 03:30. Those that
come twice are meant the first time.
"""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


class Quiet(NamedTuple):
    """From one time of day (HH:MM) until another, over midnight where the end is not the later one."""

    begin: str
    end: str


def after_quiet(at: int, quiet: Quiet | None, zone: str) -> int:
    """The first instant (ms) from `at` on that is not in quiet hours. Equal times of day: it is never quiet."""
    if quiet is None or quiet.begin == quiet.end:
        return at
    day = _local(at, zone).date()
    for begin_day in (day - timedelta(days=1), day):
        over_midnight = quiet.end < quiet.begin
        begin = _instant(datetime.combine(begin_day, time.fromisoformat(quiet.begin)), zone)
        end_day = begin_day + timedelta(days=over_midnight)
        end = _instant(datetime.combine(end_day, time.fromisoformat(quiet.end)), zone)
        if begin <= at < end:
            return end
    return at


def next_digest(at: int, clock: str, zone: str) -> int:
    """The first instant (ms) from `at` on at which it is `clock` (HH:MM) in the zone."""
    day = _local(at, zone).date()
    for later in range(3):
        found = _instant(datetime.combine(day + timedelta(days=later), time.fromisoformat(clock)), zone)
        if found >= at:
            return found
    raise AssertionError("every clock time comes within two days")


def day_begins(day: int, zone: str) -> int:
    """The instant (ms) at which a day (since 1970-01-01) begins in the zone."""
    return _instant((_EPOCH + timedelta(days=day)).replace(tzinfo=None), zone)


def local_text(at: int, zone: str) -> str:
    """`2026-01-05 16:00` of an instant (ms) in the zone."""
    return _local(at, zone).strftime("%Y-%m-%d %H:%M")


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(at: int, zone: str) -> datetime:
    return (_EPOCH + at * _MS).astimezone(_zone(zone))


def _instant(local: datetime, zone: str) -> int:
    return (local.replace(tzinfo=_zone(zone)).astimezone(UTC) - _EPOCH) // _MS
