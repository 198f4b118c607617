"""When customers may be disturbed: tables over changes of the clocks, and laws."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.notify.hours import Quiet, after_quiet, day_begins, local_text, next_digest

NIGHT = Quiet("22:00", "08:00")
NEW_YORK, SHANGHAI, LORD_HOWE = "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"
ZONES = st.sampled_from([NEW_YORK, SHANGHAI, LORD_HOWE, "Europe/Berlin", "Pacific/Apia"])
CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
INSTANTS = st.integers(1_262_304_000_000, 1_900_000_000_000)


def ms(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "zone", "quiet", "wanted"),
    [
        ("2026-01-05T21:59:59", SHANGHAI, NIGHT, "2026-01-05T21:59:59"),
        ("2026-01-05T22:00:00", SHANGHAI, NIGHT, "2026-01-06T08:00:00"),
        ("2026-01-06T03:00:00", SHANGHAI, NIGHT, "2026-01-06T08:00:00"),
        ("2026-01-06T08:00:00", SHANGHAI, NIGHT, "2026-01-06T08:00:00"),
        ("2026-01-06T12:00:00", SHANGHAI, Quiet("12:00", "14:00"), "2026-01-06T14:00:00"),
        ("2026-01-06T12:00:00", SHANGHAI, Quiet("12:00", "12:00"), "2026-01-06T12:00:00"),
        # The night of 8 March 2026 has 9 hours, that of 1 November 11.
        ("2026-03-07T22:00:00", NEW_YORK, NIGHT, "2026-03-08T08:00:00"),
        ("2026-10-31T23:00:00", NEW_YORK, NIGHT, "2026-11-01T08:00:00"),
        # It ends at 02:30, which 8 March doesn't have: an hour later by the clock.
        ("2026-03-08T01:00:00", NEW_YORK, Quiet("22:00", "02:30"), "2026-03-08T03:30:00"),
        # It ends at 01:30, which 1 November has twice: the first time.
        ("2026-11-01T00:30:00", NEW_YORK, Quiet("22:00", "01:30"), "2026-11-01T01:30:00"),
    ],
)
def test_in_quiet_hours_it_waits_for_their_end(at: str, zone: str, quiet: Quiet, wanted: str) -> None:
    assert after_quiet(ms(at, zone), quiet, zone) == ms(wanted, zone)


def test_the_night_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    hour = 3_600_000
    for day, hours in (("2026-03-07", 10), ("2026-03-08", 10), ("2026-10-31", 11)):
        begin = ms(f"{day}T22:00:00", NEW_YORK)
        expected = hours - (day == "2026-03-07")
        assert after_quiet(begin, NIGHT, NEW_YORK) - begin == expected * hour


@pytest.mark.parametrize(
    ("at", "zone", "clock", "wanted"),
    [
        ("2026-01-05T17:59:00", SHANGHAI, "18:00", "2026-01-05T18:00:00"),
        ("2026-01-05T18:00:00", SHANGHAI, "18:00", "2026-01-05T18:00:00"),
        ("2026-01-05T18:00:01", SHANGHAI, "18:00", "2026-01-06T18:00:00"),
        ("2026-03-08T00:00:00", NEW_YORK, "02:30", "2026-03-08T03:30:00"),
        ("2026-10-31T09:00:00", NEW_YORK, "08:00", "2026-11-01T08:00:00"),
        # Samoa had no 30 December 2011: its evening is the 31st's.
        ("2011-12-29T20:00:00", "Pacific/Apia", "18:00", "2011-12-31T18:00:00"),
    ],
)
def test_a_digest_comes_once_a_day_at_its_time(at: str, zone: str, clock: str, wanted: str) -> None:
    assert next_digest(ms(at, zone), clock, zone) == ms(wanted, zone)


def test_days_begin_in_the_persons_zone() -> None:
    assert day_begins(20_458, SHANGHAI) == ms("2026-01-05T00:00:00", SHANGHAI)
    assert local_text(ms("2026-01-05T07:30:00", SHANGHAI), SHANGHAI) == "2026-01-05 07:30"


@given(INSTANTS, CLOCKS, CLOCKS, ZONES)
def test_waiting_ends_within_a_day_and_then_it_is_not_quiet(at: int, begin: str, end: str, zone: str) -> None:
    quiet = Quiet(begin, end)
    free = after_quiet(at, quiet, zone)
    assert at <= free <= at + 25 * 3_600_000
    # Where clocks go back over the end, the repeated hour may be quiet again.
    assert after_quiet(free, quiet, zone) - free <= 3_600_000


@given(INSTANTS, CLOCKS, ZONES)
def test_the_next_digest_is_at_its_time_and_never_missed(at: int, clock: str, zone: str) -> None:
    first = next_digest(at, clock, zone)
    assert at <= first <= at + 49 * 3_600_000
    second = next_digest(first + 1, clock, zone)
    assert second > first
    assert next_digest(first, clock, zone) == first
