"""The worker's log: no flood of one message, nothing personal, and JSON where it is wanted."""

import json
import logging

import pytest
from aiokafka.errors import KafkaError

from streams.lane.errors import PositionError
from streams.worker.logs import Discreet, JsonLines, RateLimit


def shown(limit: RateLimit, message: str, name: str = "aiokafka.conn") -> str | None:
    record = logging.LogRecord(name, logging.WARNING, "", 0, message, (), None)
    return record.getMessage() if limit.filter(record) else None


def test_a_message_comes_so_often_in_a_period_and_then_says_how_many_were_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("streams.worker.logs.time.monotonic", lambda: now[0])
    limit = RateLimit(3, 10)
    assert [shown(limit, "Unable connect") for _ in range(5)] == ["Unable connect"] * 3 + [None, None]
    assert shown(limit, "another") == "another"
    assert shown(limit, "Unable connect", "streams.lane") == "Unable connect"
    now[0] += 10
    assert shown(limit, "Unable connect") == "Unable connect [2 more of these were not shown]"
    assert shown(limit, "Unable connect") == "Unable connect"


SECRET = "A-4711"


def failing(error: Exception) -> Exception:
    """The exception as it is when it was raised on behalf of another."""
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as inner:
            raise error from inner
    except Exception as raised:  # noqa: BLE001 - any
        return raised


def lines(form: logging.Formatter, message: str, *values: object, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    return form.format(logging.LogRecord("streams.lane.lane", logging.ERROR, "", 0, message, values, info))


@pytest.mark.parametrize("form", [Discreet(), JsonLines()])
def test_what_an_exception_says_is_told_only_where_it_cannot_be_personal(form: logging.Formatter) -> None:
    text = lines(form, "lane %d failed", 3, error=failing(ValueError(f"no such account: {SECRET}")))
    assert SECRET not in text
    assert "lane 3 failed" in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "in failing" in text
    text = lines(form, "the worker ends: %r", failing(AssertionError(SECRET)))
    assert SECRET not in text
    assert "AssertionError" in text
    for known in (PositionError("repayments/1: 5"), KafkaError("no leader"), OSError(5, "no route")):
        assert str(known) in lines(form, "it ended", error=failing(known))
    group = ExceptionGroup(SECRET, [failing(ValueError(SECRET)), failing(PositionError("repayments/1: 5"))])
    text = lines(form, "it ended", error=group)
    assert SECRET not in text
    assert "repayments/1: 5" in text


def test_tasks_that_asyncio_shows_with_their_exceptions_are_left_out() -> None:
    message = f"Task exception was never retrieved\nfuture: <Task finished exception=KeyError('{SECRET}')>"
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, message, (), None)
    assert Discreet().format(record).endswith("ERROR asyncio Task exception was never retrieved")


def test_a_line_of_json_holds_all_of_an_event() -> None:
    line = json.loads(lines(JsonLines(), "lane %d: closed", 1, error=PositionError("gone")))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "error",
        "logger": "streams.lane.lane",
        "message": "lane 1: closed",
        "error": ["streams.lane.errors.PositionError: gone"],
    }
