"""Events that the project itself sends."""

import json

from schemas.events import parse_event
from schemas.policy import load_policy
from schemas.settings import CoreSettings
from streams import messages

POLICY = """
policy: demo
version: 1
effective_from: 2026-01-01T00:00:00+08:00
products:
  jiebei:
    name: {zh: 借呗, en: Jiebei}
    provider: lender
    rules:
      - {id: overdue, fact: repayment.days_past_due, at_most: 0, else: NOT_OPEN, reason: REP-01}
"""


def test_the_clock_is_sent_to_every_lane_at_its_own_instant() -> None:
    record = messages.clock_advanced(1_767_600_000_000)
    event = parse_event(json.loads(record.value))
    assert (record.topic, record.key, record.timestamp) == ("operations", b"*", 1_767_600_000_000)
    assert (event.type, event.time) == ("clock.advanced", 1_767_600_000_000)


def test_a_policy_is_proposed_approved_by_another_and_activated() -> None:
    policy = load_policy(POLICY)
    records = messages.policy_in_force(policy, 1_767_000_000_000)
    documents = [json.loads(record.value) for record in records]
    assert [document["type"] for document in documents] == ["policy.proposed", "policy.approved", "policy.activated"]
    assert documents[0]["data"]["by"] != documents[1]["data"]["by"]
    assert {document["data"]["digest"] for document in documents} == {policy.digest}
    assert {(record.topic, record.key, record.timestamp) for record in records} == {
        ("policies", b"demo", 1_767_000_000_000)
    }
    assert len({document["id"] for document in documents}) == 3


def test_in_a_history_the_policy_takes_effect_exactly_when_it_says() -> None:
    delay_ms = CoreSettings().activation_delay_ms
    policy = load_policy(POLICY)
    assert messages.history_activation(policy, delay_ms) + delay_ms == policy.effective_from
