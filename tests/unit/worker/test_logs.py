"""The worker's log: no flood of one message."""

import logging

import pytest

from streams.worker.logs import RateLimit


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
