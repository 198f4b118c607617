"""How records flow: what blocks say by the minute, and how old status events are when they come."""

from typing import Any

import orjson
import pytest

from streams.reading import ReadError
from streams.settings import Settings, WebSettings
from streams.web import warnings
from streams.web.flow import AGES_MS, MINUTE_MS, MINUTES, OLD_MS, Ages, Flow, Minute
from streams.web.instants import span
from tests.support.web import Row

NOW = 1_000_000 * MINUTE_MS + 30_000


def _block(at: int, number: int = 1, behind: int = 100, applied: int = 10, **outputs: int) -> Row:
    value = {
        "block": number,
        "clock": at - behind,
        "slices": [{"count": applied - 1}, {"count": 1}],
        "outputs": [{"topic": name.replace("_", "-"), "count": count} for name, count in outputs.items()],
    }
    return Row("ledger", 0, 0, at, b"0", orjson.dumps(value))


def _flow() -> Flow:
    return Flow(Settings(partitions=1), lambda: NOW)


def test_blocks_are_counted_in_the_minute_in_which_they_were_written() -> None:
    flow = _flow()
    last = NOW - 30_000 - 1
    flow.take([_block(last, status=3, dead_letters=1), _block(last, behind=250), _block(last - MINUTE_MS)], {})
    flow.take([_block(NOW), _block(last, number=0, behind=last)], {})
    minutes = flow.minutes()
    assert len(minutes) == MINUTES
    assert minutes[-1] == Minute(applied=20, blocks=2, told=3, rejected=1, behind=250)
    assert minutes[-2] == Minute(applied=10, blocks=1, behind=100)
    assert minutes[-3] == Minute(), "without a block nothing is said of how far behind anybody is"


def test_only_the_last_hour_is_kept() -> None:
    flow = _flow()
    flow.take([_block(NOW - 200 * MINUTE_MS), _block(NOW - MINUTES * MINUTE_MS)], {})
    assert [each.blocks for each in flow.minutes()] == [1] + [0] * (MINUTES - 1)
    assert len(flow._minutes) == 1


def test_what_is_no_block_is_an_error_that_names_its_place() -> None:
    with pytest.raises(ReadError, match="ledger/0/0: no block"):
        _flow().take([Row("ledger", 0, 0, NOW, b"0", b"[]")], {})


def test_ages_are_of_what_came_lately_without_history_that_is_loaded() -> None:
    now = [NOW]
    flow = Flow(Settings(partitions=1), lambda: now[0])
    assert flow.ages() == Ages(0, 0, 0, 0)
    flow.heard([Row("status", 0, n, NOW - n, b"A", b"") for n in range(1, 101)])
    flow.heard([Row("status", 0, 0, NOW - OLD_MS, b"A", b""), Row("status", 0, 0, NOW + 5, b"A", b"")])
    assert flow.ages() == Ages(101, 50, 99, 1)
    now[0] = NOW + AGES_MS + 1
    assert flow.ages() == Ages(0, 0, 0, 0)


def _kinds(minutes: list[Minute], waiting: float = 0.0) -> list[tuple[str, dict[str, Any]]]:
    found = warnings.of_flow(minutes, waiting, WebSettings(warn_behind_s=300, warn_rejected_percent=1.0))
    return [(each.kind, each.values) for each in found]


def _behind(*ages: int | None) -> list[Minute]:
    return [Minute(behind=each) for each in ages for _ in range(5)]


def test_a_lag_is_warned_of_where_it_is_long_or_grows() -> None:
    assert _kinds(_behind(1, 2, 3), 300.0) == []
    assert _kinds(_behind(1, 2, 3), 300.1) == [("warn waiting", {"age": 300_100})]
    assert _kinds(_behind(20_000, 40_000, 60_000)) == [("warn grows", {"age": 60_000, "before": 20_000})]
    assert _kinds(_behind(20_000, 40_000, 59_999)) == [], "seconds are no news"
    assert _kinds(_behind(20_000, 90_000, 80_000)) == [], "it shrinks again"
    assert _kinds(_behind(None, 40_000, 90_000)) == []


def test_rejected_records_are_warned_of_beyond_their_share_and_twenty_of_them() -> None:
    assert _kinds([Minute(applied=1900, rejected=19)]) == []
    assert _kinds([Minute(applied=2000, rejected=20)]) == []
    values = {"rejected": 20, "applied": 1999, "bound": 1.0}
    assert _kinds([Minute(applied=1999, rejected=20)]) == [("warn rejected", values)]


@pytest.mark.parametrize(
    ("ms", "en", "zh"),
    [
        (0, "0 ms", "0毫秒"),
        (999, "999 ms", "999毫秒"),
        (1_800, "1.8 s", "1.8秒"),
        (2_000, "2 s", "2秒"),
        (59_000, "59 s", "59秒"),
        (240_000, "4 min", "4分钟"),
        (13_000_000, "3.6 h", "3.6小时"),
        (86_400_000 * 1200, "1,200 d", "1,200天"),
    ],
)
def test_a_span_is_told_in_one_unit(ms: int, en: str, zh: str) -> None:
    assert (span(ms, "en"), span(ms, "zh")) == (en, zh)
