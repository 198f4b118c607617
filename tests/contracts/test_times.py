"""RFC 3339 in, canonical UTC out; nothing beyond the horizon."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from schemas import instants
from schemas.errors import Code, ContractError
from schemas.events import parse_event
from schemas.instants import (
    DATES_REMEMBERED,
    NEVER_DAY,
    NEVER_MS,
    date_text,
    instant_text,
    parse_date,
    parse_instant,
    parse_when,
    when_text,
)
from schemas.when import When
from tests.contracts.golden import golden, with_value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z"),
        ("2026-01-05t08:00:00z", "2026-01-05T08:00:00Z"),
        ("2026-01-05T16:00:00+08:00", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00-00:00", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00+00:00", "2026-01-05T08:00:00Z"),
        ("2026-01-04T20:30:00-11:30", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00.5Z", "2026-01-05T08:00:00.500Z"),
        ("2026-01-05T08:00:00.000Z", "2026-01-05T08:00:00Z"),
        ("2026-01-05T08:00:00.123999999+00:00", "2026-01-05T08:00:00.123Z"),
        ("1970-01-01T00:00:00.0009Z", "1970-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
    ],
)
def test_instants_are_read_and_written_canonically(text: str, canonical: str) -> None:
    instant = parse_instant(text)
    assert instant_text(instant) == canonical
    assert parse_instant(text) == instant, "the second time, looked up"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05", "2026-01-05T08:00Z", "2026-01-05T08-00-00Z", "2026-01-05T08:00:00",
        "2026-01-05 08:00:00Z", "20260105T080000Z",
        "2026-01-05T24:00:00Z", "2026-01-05T08:60:00Z", "2016-12-31T23:59:60Z", "2026-01-05T08:00:61Z",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-05T08:00:00.Z",
        "2026-01-05T08:00:00+0800", "2026-01-05T08:00:00+24:00", "2026-01-05T08:00:00+08:60", "2026-01-05T08:00:00ZZ",
        " 2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z ", "2026-W01-1T08:00:00Z", "+2026-01-05T08:00:00Z",
        "２０２６-01-05T08:00:00Z", "2026-01-05T08:00:00." + "1" * 100 + "Z", "now", "", "Z" * 20,
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        parse_instant(text)
    assert refused.value.type == "refused"


@pytest.mark.parametrize("value", [1767600000000, 1.5, True, None, b"2026-01-05T08:00:00Z", ["x"]])
def test_only_texts_are_instants(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_instant(value)
    with pytest.raises(PydanticCustomError):
        parse_date(value)
    with pytest.raises(PydanticCustomError):
        parse_when(value)


@pytest.mark.parametrize(
    "text",
    ["1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-00:01"],
)
def test_instants_beyond_the_horizon_have_a_code_of_their_own(text: str) -> None:
    with pytest.raises(ContractError) as refused:
        parse_event(with_value(golden("repayment.due"), "time", text))
    assert (refused.value.code, refused.value.field) == (Code.BEYOND_HORIZON, "time")


@pytest.mark.parametrize("text", ["1899-12-31", "0000-02-29", "0001-01-01"])
def test_dates_beyond_the_horizon_have_a_code_of_their_own(text: str) -> None:
    with pytest.raises(ContractError) as refused:
        parse_event(with_value(golden("repayment.due"), "data.due_on", text))
    assert (refused.value.code, refused.value.field) == (Code.BEYOND_HORIZON, "data.due_on")
    assert parse_date("1900-01-01") == -25567


def test_the_memory_of_dates_is_bounded() -> None:
    for day in range(DATES_REMEMBERED + 2):
        assert parse_date(date_text(day)) == day
    assert len(instants._DAYS) <= DATES_REMEMBERED


@given(
    st.integers(0, NEVER_DAY),
    st.integers(0, 86_399),
    st.lists(st.tuples(st.integers(0, 19), st.characters(codec="utf-8")), max_size=2),
)
@example(0, 0, [])
@example(47_846, 86_399, [])  # 2100-12-31
@example(20_512, 0, [(8, "3"), (9, "0")])  # 2026-02-30
def test_plain_instants_are_read_at_once_and_as_all_others_are(
    day: int, second: int, changes: list[tuple[int, str]]
) -> None:
    text = instant_text(day * 86_400_000 + second * 1000)
    for place, character in changes:
        text = text[:place] + character + text[place + 1 :]
    quick = instants._plain_instant(text)
    if quick >= 0:
        assert quick == instants._parse_instant(text)
    else:
        assert changes or day > 47_000, "nearly every instant is read at once"


def test_the_last_day_reads_as_never() -> None:
    assert date_text(parse_date("9999-12-31")) == "9999-12-31"
    assert parse_instant("9999-12-31T23:59:59.999Z") == NEVER_MS


def test_a_day_and_an_instant_are_told_apart() -> None:
    assert parse_when("2026-01-05") == When("date", 20458)
    assert parse_when("2026-01-05T00:00:00Z") == When("instant", 20458 * 86_400_000)
    for text in ("2026-01-05", "2026-01-05T00:00:00Z"):
        assert when_text(parse_when(text)) == text


@given(st.integers(0, NEVER_MS))
def test_every_instant_comes_back_the_same(instant: int) -> None:
    text = instant_text(instant)
    assert parse_instant(text) == instant
    standard = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    assert datetime.fromisoformat(text) == standard


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        instant = parse_instant(text)
    except PydanticCustomError:
        return
    assert 0 <= instant <= NEVER_MS
