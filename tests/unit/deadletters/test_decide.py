"""What a resend would do with one dead letter, before any broker is asked."""

from typing import Any

import orjson
import pytest

from schemas.deadletter import Headers, dead_letter
from schemas.errors import Code, ContractError
from streams.codec.murmur2 import partition_of
from streams.deadletters.families import RESENT, origin
from streams.deadletters.letters import Letter, Place
from streams.deadletters.resend import Decision, Outcome, Wishes, decide
from streams.settings import Settings
from tests.contracts.golden import golden

SETTINGS = Settings(topic_prefix="t.")
PARTITIONS = 4
NOW = 1_800_000_000_000
THEN = 1_767_600_001_000
DUE = golden("repayment.due")
ACCOUNT = DUE["subject"]
RIGHT = partition_of(ACCOUNT, PARTITIONS)
WISHES = Wishes(NOW)


def letter(code: Code = Code.WRONG_PARTITION, topic: str = "t.repayments", **changed: Any) -> Letter:
    headers: Headers = (("trace", b"1"), *dead_letter(ContractError(code, "f", "", ""), topic, 1, 7).headers())
    right = Letter("t.dead-letters", Place(1, 5), THEN, ACCOUNT.encode(), orjson.dumps(DUE), headers, origin(headers))
    return right._replace(**changed)


def decided(of: Letter, wishes: Wishes = WISHES) -> Decision:
    return decide(of, PARTITIONS, SETTINGS, wishes)


def test_key_value_and_own_headers_stay_and_the_partition_is_the_keys() -> None:
    found = decided(letter())
    assert (found.outcome, found.why) == (Outcome.SENT, "")
    assert found.record is not None
    assert (found.record.topic, found.record.partition) == ("repayments", RIGHT)
    assert (found.record.key, found.record.value) == (ACCOUNT.encode(), orjson.dumps(DUE))
    assert found.record.headers == (("trace", b"1"), (RESENT, b"t.dead-letters/1/5"))


def test_the_record_is_learnt_of_now_unless_times_are_kept() -> None:
    now, kept = decided(letter()).record, decided(letter(), Wishes(NOW, keep_times=True)).record
    assert now is not None
    assert kept is not None
    assert (now.timestamp, kept.timestamp) == (NOW, THEN)


def test_a_framed_key_goes_where_its_account_lives() -> None:
    found = decided(letter(key=b"\x00\x00\x00\x00\x07" + ACCOUNT.encode()))
    assert found.record is not None
    assert found.record.partition == RIGHT


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"value": None}, "tombstone value"),
        ({"value": b"{"}, "invalid_json value"),
        ({"key": None}, "key_missing key"),
        ({"key": b"other"}, "key_mismatch key"),
        ({"value": orjson.dumps(DUE | {"time": "2031-01-01T00:00:00Z"})}, "time_in_future time"),
    ],
)
def test_what_would_be_rejected_again_is_not_sent_unless_asked_for(changed: dict[str, Any], why: str) -> None:
    found = decided(letter(**changed))
    assert (found.outcome, found.why, found.record) == (Outcome.HOPELESS, why, None)
    forced = decided(letter(**changed), Wishes(NOW, hopeless_too=True))
    assert (forced.outcome, forced.why) == (Outcome.SENT, why)
    assert forced.record is not None


def test_a_time_that_has_come_is_no_reason_any_more() -> None:
    value = orjson.dumps(DUE | {"time": "2026-06-01T00:00:00Z"})
    assert decided(letter(Code.TIME_IN_FUTURE, value=value)).outcome is Outcome.SENT
    kept = decided(letter(Code.TIME_IN_FUTURE, value=value), Wishes(NOW, keep_times=True))
    assert (kept.outcome, kept.why) == (Outcome.HOPELESS, "time_in_future time")


@pytest.mark.parametrize("topic", ["repayments", "bank.repayments", "t.status", "t.dead-letters", "other", "t."])
def test_only_sources_of_this_system_get_anything_back(topic: str) -> None:
    found = decided(letter(topic=topic))
    assert (found.outcome, found.why, found.record) == (Outcome.FOREIGN, topic, None)


def test_a_letter_that_does_not_say_where_it_came_from_stays() -> None:
    found = decided(letter(headers=(), origin=origin(())))
    assert (found.outcome, found.why) == (Outcome.FOREIGN, "no topic in its headers")


def test_broadcasts_have_one_partition() -> None:
    clock = golden("clock.advanced")
    found = decided(letter(topic="t.operations", key=None, value=orjson.dumps(clock)))
    assert found.record is not None
    assert found.record.partition == 0
