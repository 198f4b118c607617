"""What was known of an account at an instant, by hand: under the ledger's settings, and in hindsight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from streams.codec.records import SourceRecord
from streams.codec.signatures import public_text
from streams.query.known import Knowledge, known
from streams.query.log import Log
from tests.support.core import Lane, digest, policy, rule
from tests.support.events import (
    Event,
    activated,
    approved,
    corrected,
    due,
    ms,
    opened,
    override,
    override_approved,
    proposed,
    suppressed,
)

POLICY = policy(rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0))
ROOT = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
BILL = due("2025-01-03", on="2025-01-10", amount="120.00").named("bill")


def in_force(at: str) -> list[Event]:
    name = digest(POLICY)
    return [proposed(at, POLICY, name), approved(at, name), activated(at, name)]


def log(*events: Event, settings: CoreSettings | None = None) -> Log:
    lane = Lane()
    records = [lane.record(each, place) for place, each in enumerate(events, 1)]
    return Log("A", 0, 1, records, settings or CoreSettings())


def status(given: Log, at: str, knowledge: Knowledge = "then") -> str | None:
    found = known(given, ms(at), knowledge)
    return found.pictures["a"]["data"]["status"] if found is not None and found.pictures else None


def test_a_policy_takes_effect_when_the_ledgers_own_delay_says() -> None:
    events = [opened("2025-01-01"), *in_force("2025-01-02")]
    assert status(log(*events), "2025-01-02 00:00:30") is None
    assert status(log(*events, settings=CoreSettings(activation_delay_ms=10)), "2025-01-02 00:00:30") == "OPEN"


def test_what_a_ledger_with_a_root_key_refused_does_not_count() -> None:
    events = [*in_force("2025-01-01"), BILL, override("2025-01-12", "OPEN"), override_approved("2025-01-13")]
    assert status(log(*events), "2025-01-14") == "OPEN"
    signed = log(*events[3:], settings=CoreSettings(trust_root=public_text(ROOT)))
    found = known(signed, ms("2025-01-14"), policy=parse_policy(POLICY))
    assert found is not None
    assert found.pictures["a"]["data"]["status"] == "NOT_OPEN"


def binary(record: SourceRecord) -> SourceRecord:
    """The same event in binary mode."""
    document = orjson.loads(record.value or b"")
    data = orjson.dumps(document.pop("data"))
    headers = [(f"ce_{name}", str(value).encode()) for name, value in document.items()]
    return record._replace(value=data, headers=(*headers, ("content-type", b"application/json")))


def framed(record: SourceRecord) -> SourceRecord:
    """The same event behind Confluent's magic byte and schema id."""
    return record._replace(value=b"\0\0\0\0\1" + (record.value or b""))


@pytest.mark.parametrize("wrapped", [binary, framed])
def test_a_corrected_event_says_the_right_data_whatever_its_record_is_wrapped_in(wrapped: Any) -> None:
    right = {"loan_id": "L", "installment": 1, "due_on": "2025-02-10", "amount": "120.00"}
    given = log(*in_force("2025-01-01"), BILL, corrected("2025-01-20", "bill", **right))
    records = [wrapped(each) if each.topic == "repayments" else each for each in given.records]
    given = given._replace(records=records)
    assert status(given, "2025-01-15") == "NOT_OPEN"
    assert status(given, "2025-01-15", "now") == "OPEN"


SUPPRESSIONS: Sequence[tuple[str | None, str, str, str]] = [
    (None, "2025-01-19", "NOT_OPEN", "NOT_OPEN"),  # what was true was rightly told until then
    (None, "2025-01-21", "OPEN", "OPEN"),
    ("2025-01-15", "2025-01-14", "NOT_OPEN", "NOT_OPEN"),
    ("2025-01-15", "2025-01-16", "NOT_OPEN", "OPEN"),
    ("2025-01-25", "2025-01-21", "NOT_OPEN", "NOT_OPEN"),
    ("2025-01-25", "2025-01-26", "OPEN", "OPEN"),
]


@pytest.mark.parametrize(("from_", "at", "then", "now"), SUPPRESSIONS)
def test_a_suppressed_event_counts_until_its_suppression_takes_effect(
    from_: str | None, at: str, then: str, now: str
) -> None:
    given = log(*in_force("2025-01-01"), BILL, suppressed("2025-01-20", "bill", from_))
    assert (status(given, at), status(given, at, "now")) == (then, now)
