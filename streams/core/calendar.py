"""Local dates and months of one zone, on integers: instants are ms since the epoch, days are days since 1970-01-01."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.memory import make_room

DAY_MS: Final = 86_400_000
NEVER_DAY: Final = 2_932_896
"""9999-12-31, which documents use for "no end"."""
NEVER: Final = (1 << 53) - 1
"""Later than every instant; the largest integer that JSON carries exactly."""

END: Final = NEVER_DAY * DAY_MS
"""9999-12-31T00:00:00Z: nothing is looked ahead to from here on."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_BUCKET_MS: Final = DAY_MS
_REMEMBERED: Final = 65_536
_FIRST_DAY: Final = -25_568
"""1899-12-31: before every date that an event may have."""
_LAST_MS: Final = (NEVER_DAY - 2) * DAY_MS


def to_date(day: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(day + _EPOCH_DAY)


def from_date(value: date) -> int:
    """The day number of a calendar date."""
    return value.toordinal() - _EPOCH_DAY


def add_months(year: int, month: int, day: int, months: int) -> tuple[int, int, int]:
    """(year, month, day) plus months, the day clamped to the month's end (semantics T12)."""
    index = year * 12 + month - 1 + months
    year, month = divmod(index, 12)
    return year, month + 1, min(day, month_length(year, month + 1))


def month_length(year: int, month: int) -> int:
    """Number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


class Zone:
    """Local time of an IANA zone; tzdata comes pinned from PyPI (semantics T10)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = ZoneInfo(name)
        self._offsets: dict[int, int | None] = {}
        self._from, self._until, self._between = 0, 0, 0  # the offset at what was asked last
        self._starts: dict[int, int] = {}
        self._moved: dict[tuple[int, int], int] = {}

    def day(self, instant: int) -> int:
        """Local day number at an instant."""
        if self._from <= instant < self._until:
            return (instant + self._between) // DAY_MS
        bucket = instant // _BUCKET_MS
        if bucket in self._offsets:
            offset = self._offsets[bucket]
        else:
            make_room(self._offsets, _REMEMBERED)
            offset = self._offsets[bucket] = self._offset_of_bucket(bucket)
        if offset is None:
            return (instant + self._offset_at(instant)) // DAY_MS
        self._from, self._until, self._between = bucket * _BUCKET_MS, (bucket + 1) * _BUCKET_MS, offset
        return (instant + offset) // DAY_MS

    def minute(self, instant: int) -> int:
        """Minutes since 00:00 that local clocks show at an instant."""
        return (instant + self._offset_at(instant)) % DAY_MS // 60_000

    def start(self, day: int) -> int:
        """First instant of a local day; NEVER from 9999-12-31 on; days before 1900 are as long ago as the last one."""
        found = self._starts.get(day)
        if found is None:
            make_room(self._starts, _REMEMBERED)
            found = self._starts[day] = self._start(day)
        return found

    def plus_months(self, instant: int, months: int) -> int:
        """The same local time of day `months` later, the day clamped to the month's end."""
        key = (instant, months)
        found = self._moved.get(key)
        if found is None:
            make_room(self._moved, _REMEMBERED)
            found = self._moved[key] = self._plus_months(instant, months)
        return found

    def _offset_of_bucket(self, bucket: int) -> int | None:
        """Offset of a whole UTC day, None when it changes within."""
        first = self._offset_at(bucket * _BUCKET_MS)
        return first if first == self._offset_at((bucket + 1) * _BUCKET_MS - 1) else None

    def _offset_at(self, instant: int) -> int:
        moment = _EPOCH + timedelta(milliseconds=min(instant, _LAST_MS))
        offset = moment.astimezone(self._info).utcoffset()
        assert offset is not None
        return offset // timedelta(milliseconds=1)

    def _start(self, day: int) -> int:
        if day >= NEVER_DAY:
            return NEVER
        value = to_date(max(day, _FIRST_DAY))
        local = datetime(value.year, value.month, value.day, tzinfo=self._info)
        return (local.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)

    def _plus_months(self, instant: int, months: int) -> int:
        local = (_EPOCH + timedelta(milliseconds=instant)).astimezone(self._info)
        year, month, day = add_months(local.year, local.month, local.day, months)
        if not 1 <= year < 9999:
            return NEVER
        moved = local.replace(year=year, month=month, day=day, fold=0)
        return (moved.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(64)
def zone(name: str) -> Zone:
    """The shared Zone of a name, so that its caches are shared too."""
    return Zone(name)
