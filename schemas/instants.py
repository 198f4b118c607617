"""RFC 3339 instants and ISO dates as integers, and back.

Instants are milliseconds since 1970-01-01T00:00:00Z (finer input is floored), dates days since 1970-01-01. Nothing
lies beyond the horizon: instants from 1970-01-01, dates from 1900-01-01, both to the end of 9999-12-31, which reads
as "never".
"""

import re
from datetime import date
from typing import Final

from schemas.hints import refuse, refuse_default
from schemas.memory import make_room
from schemas.when import When

DAY_MS: Final = 86_400_000
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
FIRST_DAY: Final = date(1900, 1, 1).toordinal() - EPOCH_ORDINAL
NEVER_DAY: Final = date(9999, 12, 31).toordinal() - EPOCH_ORDINAL
NEVER_MS: Final = (NEVER_DAY + 1) * DAY_MS - 1
INSTANT_CHARACTERS_MAX: Final = 64
SECONDS_CHARACTERS: Final = len("2026-01-05T08:00:00")
# All dates of more than a lifetime; some 150 bytes each.
DATES_REMEMBERED: Final = 1 << 15
# The calendar repeats every 400 years of 146,097 days: lets the year 0000, which Python's date lacks, be computed.
CYCLE_DAYS: Final = 146_097

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK: Final = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})")
_TAIL: Final = re.compile(r"(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))")
# Days by the text of dates seen.
_DAYS: Final[dict[str, int]] = {}
# The day at which each month begins, from 1970 to 2100: the years of nearly all instants.
_FIRST_YEAR: Final = 1970
_YEARS: Final = 131
_MONTHS: Final = [date(_FIRST_YEAR + at // 12, at % 12 + 1, 1).toordinal() - EPOCH_ORDINAL for at in range(_YEARS * 12)]
_CLOCKS: Final = [f"{at // 60:02d}:{at % 60:02d}" for at in range(24 * 60)]
_SECOND_TEXTS: Final = [f":{second:02d}" for second in range(60)]
_DATE_TEXTS: Final[dict[int, str]] = {}
_EXPECTED_INSTANT: Final = "an RFC 3339 instant with its offset"
_EXPECTED_DATE: Final = "a date YYYY-MM-DD that exists"
_INSTANT_EXAMPLE: Final = '"2026-01-05T08:00:00Z"'
_DATE_EXAMPLE: Final = '"2026-01-05"'


def parse_instant(value: object) -> int:
    """Milliseconds since the epoch of an RFC 3339 text.

    Refuses (as pydantic's custom error) other types, a missing offset, 24:00, leap seconds and times beyond the
    horizon.
    """
    if not isinstance(value, str):
        refuse_default()
    instant = _plain_instant(value) if len(value) == SECONDS_CHARACTERS + 1 else -1
    return _parse_instant(value) if instant < 0 else instant


def _plain_instant(value: str) -> int:
    """The instant of `2026-01-05T08:00:00Z` and its like in this century and the end of the last one; -1 for all other
    texts of this length, right or wrong. Nearly every instant is such a text.
    """
    marks = ord(value[4]) == 45 and ord(value[7]) == 45 and ord(value[10]) == 84 and ord(value[13]) == 58
    if not marks or ord(value[16]) != 58 or ord(value[19]) != 90:  # "--T::Z"
        return -1
    month, day = _two_digits(value, 5), _two_digits(value, 8)
    hour, minute, second = _two_digits(value, 11), _two_digits(value, 14), _two_digits(value, 17)
    months = (_two_digits(value, 0) * 100 + _two_digits(value, 2) - _FIRST_YEAR) * 12 + month
    if not 0 < months < len(_MONTHS) or not 0 < month <= 12 or day < 1:
        return -1
    days = _MONTHS[months - 1] + day - 1
    if days >= _MONTHS[months] or not 0 <= hour < 24 or not 0 <= minute < 60 or not 0 <= second < 60:
        return -1
    return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000


_NO_DIGITS: Final = -1_000_000


def _two_digits(value: str, at: int) -> int:
    tens, ones = ord(value[at]) - 48, ord(value[at + 1]) - 48
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else _NO_DIGITS


def _parse_instant(value: str) -> int:
    if len(value) < SECONDS_CHARACTERS + 1 or value[10] not in "Tt":
        refuse(_EXPECTED_INSTANT, _INSTANT_EXAMPLE)
    day, clock = _days(value[:10]) * DAY_MS, _clock(value[11:SECONDS_CHARACTERS])
    instant = day + clock + _tail(value[SECONDS_CHARACTERS:])
    if not 0 <= instant <= NEVER_MS:
        refuse(
            "an instant from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z", _INSTANT_EXAMPLE, beyond_horizon=True
        )
    return instant


def parse_date(value: object) -> int:
    """Days since 1970-01-01 of a text `YYYY-MM-DD`; refuses as `parse_instant` does."""
    if not isinstance(value, str):
        refuse_default()
    day = _days(value)
    if day < FIRST_DAY:
        refuse("a date from 1900-01-01 to 9999-12-31", _DATE_EXAMPLE, beyond_horizon=True)
    return day


def parse_when(value: object) -> When:
    """A date or an instant, told apart by their length."""
    if not isinstance(value, str):
        refuse_default()
    return When("date", parse_date(value)) if len(value) <= 10 else When("instant", parse_instant(value))


def instant_text(instant: int) -> str:
    """The canonical text of an instant: UTC, milliseconds only when not zero."""
    assert 0 <= instant <= NEVER_MS, "instants lie within the horizon"
    days, seconds, ms = instant // DAY_MS, instant % DAY_MS // 1000, instant % 1000
    clock = _CLOCKS[seconds // 60] + _SECOND_TEXTS[seconds % 60]
    return f"{date_text(days)}T{clock}.{ms:03d}Z" if ms else f"{date_text(days)}T{clock}Z"


def date_text(day: int) -> str:
    """`YYYY-MM-DD` of days since 1970-01-01."""
    found = _DATE_TEXTS.get(day)
    if found is None:
        make_room(_DATE_TEXTS, DATES_REMEMBERED)
        found = _DATE_TEXTS[day] = date.fromordinal(day + EPOCH_ORDINAL).isoformat()
    return found


def when_text(when: When) -> str:
    """The canonical text of a date or an instant."""
    return date_text(when.value) if when.kind == "date" else instant_text(when.value)


def _days(text: str) -> int:
    found = _DAYS.get(text)
    if found is None:
        make_room(_DAYS, DATES_REMEMBERED)
        found = _DAYS[text] = _days_of(text)
    return found


def _days_of(text: str) -> int:
    match = _DATE.fullmatch(text)
    if match is None:
        refuse(_EXPECTED_DATE, _DATE_EXAMPLE)
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        return date(year or 400, month, day).toordinal() - EPOCH_ORDINAL - (0 if year else CYCLE_DAYS)
    except ValueError:
        refuse(_EXPECTED_DATE, _DATE_EXAMPLE)


def _clock(text: str) -> int:
    match = _CLOCK.fullmatch(text)
    if match is None:
        refuse(_EXPECTED_INSTANT, _INSTANT_EXAMPLE)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    if second == 60:
        refuse("an instant without a leap second (:60)", _INSTANT_EXAMPLE)
    if hour > 23 or minute > 59 or second > 59:
        refuse("a time of day from 00:00:00 to 23:59:59", _INSTANT_EXAMPLE)
    return ((hour * 60 + minute) * 60 + second) * 1000


def _tail(text: str) -> int:
    """Milliseconds that a fraction and an offset add."""
    match = _TAIL.fullmatch(text) if len(text) <= INSTANT_CHARACTERS_MAX else None
    if match is None:
        refuse(_EXPECTED_INSTANT, _INSTANT_EXAMPLE)
    fraction, sign, hours, minutes = match.groups()
    ms = int(fraction[:3].ljust(3, "0")) if fraction else 0
    if sign is None:
        return ms
    if int(hours) > 23 or int(minutes) > 59:
        refuse("an offset from -23:59 to +23:59", '"2026-01-05T16:00:00+08:00"')
    offset = (int(hours) * 60 + int(minutes)) * 60_000
    return ms - offset if sign == "+" else ms + offset
