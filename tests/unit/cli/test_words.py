"""Statuses in words: everything a person needs, nothing that is not known."""

import json
from pathlib import Path

import pytest

from schemas.availability import parse_availability
from schemas.status import CurrentStatus, parse_current, parse_status
from streams.cli.availability_words import in_one_line, lines
from streams.cli.console import CommandError
from streams.cli.words import language, paragraphs, summary

GOLDEN = Path(__file__).parents[2] / "golden" / "contracts"


@pytest.fixture
def current() -> CurrentStatus:
    return parse_current(json.loads((GOLDEN / "eligibility.status.current.json").read_text(encoding="utf-8")))


def test_a_status_in_one_line_has_its_first_reason_in_words(current: CurrentStatus) -> None:
    assert summary(current.data) == "jiebei not open: 1200.50 CNY is overdue by 5 days [REP-01] and 2 more"
    assert summary(current.data, "zh").startswith("jiebei 暂不可用: 当前有逾期:5天")


def test_an_open_status_needs_no_reason() -> None:
    text = (GOLDEN / "eligibility.status.changed.open.json").read_text(encoding="utf-8")
    assert summary(parse_status(json.loads(text)).data) == "jiebei open"


def test_the_whole_picture_tells_reasons_remedies_and_what_comes_next(current: CurrentStatus) -> None:
    told = list(paragraphs(current.data, current.time, "en"))
    assert told[0] == (
        "jiebei (ant-consumer-finance): not open (it is the customer's turn), since 2026-01-25T22:00:00Z"
    )
    assert told[1] == "  no new draws"
    assert told[2].startswith("  1. 1200.50 CNY is overdue by 5 days [REP-01] repayment.days_past_due: 5 days (limit 0")
    assert any(line.startswith("     what to do: ") for line in told)
    assert "     clears: 2026-03-01T16:00:00Z" in told
    assert "  by time alone: limited, 2026-03-01T16:00:00Z (capacity)" in told
    assert told[-1] == "  reference: N4ZJQV21QA"


def test_a_reason_of_limited_disclosure_shows_no_more_than_its_text(current: CurrentStatus) -> None:
    line = next(line for line in paragraphs(current.data, current.time, "en") if "[SEC-01]" in line)
    assert line.endswith("[SEC-01]")


def test_a_service_that_is_down_is_told_with_its_reasons_and_what_to_do() -> None:
    text = (GOLDEN / "eligibility.availability.changed.json").read_text(encoding="utf-8")
    data = parse_availability(json.loads(text)).data
    assert (
        in_one_line(data, "en")
        == "service down (in CN-31): There is an outage; the service should be back about 2026-01-25 02:00 (UTC+00:00) "
        "[SYS-02]"
    )
    assert list(lines(data, "en")) == [
        "  ! service down (in CN-31), since 2026-01-25T00:00:00Z",
        "     There is an outage; the service should be back about 2026-01-25 02:00 (UTC+00:00) [SYS-02]",
        "     what to do: Come back when the service is up; repayments still go through",
        "  ! maintenance announced: 2026-01-26T16:00:00Z - 2026-01-26T20:00:00Z",
    ]
    assert list(lines(data, "zh"))[:2] == [
        "  ! 服务故障 (地区 CN-31), 自 2026-01-25T00:00:00Z",
        "     系统出现故障,正在处理,预计2026-01-25 02:00 (UTC+00:00)恢复 [SYS-02]",
    ]
    up = data.model_copy(update={"outages": [], "up": True, "frozen": True})
    assert in_one_line(up, "en").startswith("service up; maintenance announced 2026-01-26T16:00:00Z")
    assert in_one_line(up, "en").endswith("; statuses stay as they are for now")
    assert list(lines(up.model_copy(update={"announced": [], "frozen": False}), "en")) == [], "nothing to say"


def test_there_are_texts_in_two_languages_and_no_other() -> None:
    assert language("zh") == "zh"
    with pytest.raises(CommandError, match="zh and en") as error:
        language("fr")
    assert error.value.code == 2
