"""Instants, local days and months of one time zone (semantics.md T7, T10 to T15).

Instants are int milliseconds since 1970-01-01T00:00:00Z, local days int days since 1970-01-01.
"""

import importlib.resources
import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

SECOND = 1000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
LAST_DAY = date(9999, 12, 31).toordinal() - EPOCH_DAY
NEVER = 10**18
"""An instant after all others: 9999-12-31 and what lies beyond it."""

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")


@cache
def parse_instant(text: str | datetime) -> int:
    """Milliseconds of an RFC 3339 text (finer input floored)."""
    if isinstance(text, datetime):
        return (text - EPOCH) // timedelta(milliseconds=1)
    match = _INSTANT.fullmatch(text)
    assert match, text
    day, clock, fraction, offset = match.groups()
    whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
    return (whole - EPOCH) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])


def format_instant(ms: int) -> str:
    """RFC 3339 in UTC, milliseconds only when not zero."""
    moment = EPOCH + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{ms % 1000:03d}Z" if ms % 1000 else "Z")


@cache
def parse_day(text: str | date) -> int:
    """Days since 1970-01-01 of YYYY-MM-DD."""
    day = text if isinstance(text, date) else date.fromisoformat(text)
    return day.toordinal() - EPOCH_DAY


def format_day(day: int) -> str:
    return date.fromordinal(day + EPOCH_DAY).isoformat()


def as_date(day: int) -> date:
    return date.fromordinal(day + EPOCH_DAY)


def is_date(text: str) -> bool:
    """Is this a date (whole local day), not an instant?"""
    return len(text) == 10


def birthday(born: int, years: int) -> int | None:
    """The local day on which this age is reached; 29 February becomes 1 March (T14). None after 9999."""
    day = as_date(born)
    year = day.year + years
    if year > 9999:
        return None
    try:
        return day.replace(year=year).toordinal() - EPOCH_DAY
    except ValueError:
        return date(year, 3, 1).toordinal() - EPOCH_DAY


def years_between(born: int, today: int) -> int:
    """Completed years of age on a local day, at least 0."""
    years = max(0, as_date(today).year - as_date(born).year)
    reached = birthday(born, years)
    return years if reached is not None and reached <= today else max(0, years - 1)


def month_length(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1) if year < 9999 or month < 12 else date(9999, 12, 31)
    return (following - timedelta(days=1)).day if year < 9999 or month < 12 else 31


@cache
def load_zone(name: str) -> ZoneInfo:
    """The zone from the tzdata package, never from the machine's own files (T10)."""
    if name == "UTC":
        name = "Etc/UTC"
    *folders, leaf = name.split("/")
    package = ".".join(["tzdata.zoneinfo", *folders])
    with importlib.resources.files(package).joinpath(leaf).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


class Calendar:
    """Local days and months in one zone."""

    def __init__(self, zone: str) -> None:
        self.zone = load_zone(zone)
        self._starts: dict[int, int] = {}

    def local(self, at: int) -> datetime:
        return (EPOCH + timedelta(milliseconds=at)).astimezone(self.zone)

    def day_of(self, at: int) -> int:
        """The local day of an instant."""
        return self.local(at).toordinal() - EPOCH_DAY

    def start_of(self, day: int) -> int:
        """The first instant of a local day (of the next existing one, where the zone skipped it)."""
        if day >= LAST_DAY:
            return NEVER
        if day not in self._starts:
            self._starts[day] = self._instant(datetime.combine(as_date(day), datetime.min.time()))
        return self._starts[day]

    def _instant(self, local: datetime) -> int:
        # fold=0: in a gap the offset before it, of a repeated hour the first one.
        return (local.replace(tzinfo=self.zone, fold=0) - EPOCH) // timedelta(milliseconds=1)

    def plus_months(self, at: int, months: int) -> int:
        """Same local time of day, this many calendar months later, the day clamped to the month's end (T12)."""
        local = self.local(at)
        index = local.year * 12 + local.month - 1 + months
        year, month = index // 12, index % 12 + 1
        if year > 9998:
            return NEVER
        day = min(local.day, month_length(year, month))
        return self._instant(local.replace(tzinfo=None, year=year, month=month, day=day))

    def end_of(self, until: str) -> int:
        """The first instant at which an end no longer holds: after the whole local day, or the instant itself (T13)."""
        return self.start_of(parse_day(until) + 1) if is_date(until) else parse_instant(until)

    def begin_of(self, start: str) -> int:
        """The first instant at which a beginning holds: the local day's, or the instant itself."""
        return self.start_of(parse_day(start)) if is_date(start) else parse_instant(start)

    def first_day(self, start: str) -> int:
        return parse_day(start) if is_date(start) else self.day_of(parse_instant(start))

    def last_day(self, until: str) -> int:
        """The last local day covered; of an instant that of the millisecond before it (0002, 10)."""
        return parse_day(until) if is_date(until) else self.day_of(parse_instant(until) - 1)
