"""The feed: card histories moved to the present by whole days, and generated events that keep the contract."""

import json

import pytest

from schemas.events import parse_event
from schemas.instants import DAY_MS, parse_instant
from streams.local.feed import GENERATED, Generator, History, card_histories

NOW = parse_instant("2026-11-24T09:30:00Z")


@pytest.fixture(scope="module")
def history() -> History:
    return card_histories(NOW)


def test_the_histories_end_within_a_day_before_now(history: History) -> None:
    assert NOW - DAY_MS < history.end <= NOW
    assert (len(history.records), len(history.accounts)) == (22_737, 1_000)
    assert [record.timestamp for record in history.records] == sorted(
        record.timestamp or 0 for record in history.records
    )


def test_every_date_moves_by_the_same_whole_days(history: History) -> None:
    due = next(json.loads(record.value) for record in history.records if b"repayment.due" in record.value)
    event = parse_event(due)
    assert (event.time - parse_instant("2005-05-10T00:00:00Z")) == history.days * DAY_MS
    assert parse_instant(f"{due['data']['due_on']}T00:00:00Z") - event.time == 10 * DAY_MS
    assert due["id"].endswith(":2005-05-10:repayment.due"), "ids stay as they are"


def test_moved_events_keep_the_contract_and_their_time(history: History) -> None:
    for record in history.records[::97]:
        event = parse_event(json.loads(record.value))
        assert (event.time, event.subject.encode()) == (record.timestamp, record.key)


def test_the_same_seed_tells_the_same_stories() -> None:
    first, second, other = (Generator(seed, ["a", "b", "c"], "run") for seed in (1, 1, 2))
    told = [[generator.next(NOW + n).record for n in range(50)] for generator in (first, second, other)]
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_generated_events_are_marked_and_of_the_kinds_that_the_data_lacks() -> None:
    generator = Generator(7, [f"tw-{n:05}" for n in range(100)], "run")
    events = [generator.next(NOW + n * 1000) for n in range(1000)]
    documents = [json.loads(event.record.value) for event in events]
    assert {document["source"] for document in documents} == {GENERATED}
    assert len({document["id"] for document in documents}) == 1000
    assert {document["type"] for document in documents} == {
        "account.updated",
        "dispute.closed",
        "dispute.opened",
        "identity.failed",
        "identity.verified",
        "inquiry.recorded",
        "inquiry.withdrawn",
        "incident.ended",
        "incident.started",
        "maintenance.cancelled",
        "maintenance.ended",
        "maintenance.extended",
        "maintenance.planned",
        "override.approved",
        "override.proposed",
        "provider.paused",
        "provider.resumed",
        "score.updated",
    }


def test_what_is_withdrawn_was_asked_before() -> None:
    generator = Generator(3, ["a", "b"], "run")
    asked: set[str] = set()
    for n in range(500):
        document = json.loads(generator.next(NOW + n).record.value)
        if document["type"] == "inquiry.recorded" and document["data"]["kind"] == "hard":
            asked.add(document["data"]["inquiry_id"])
        elif document["type"] == "inquiry.withdrawn":
            asked.remove(document["data"]["inquiry_id"])


def test_another_clerk_agrees_to_what_one_proposed() -> None:
    generator = Generator(3, [f"tw-{n:05}" for n in range(20)], "run")
    proposed: dict[str, str] = {}
    for n in range(500):
        document = json.loads(generator.next(NOW + n).record.value)
        if document["type"] == "override.proposed":
            proposed[document["data"]["override_id"]] = document["data"]["by"]
        elif document["type"] == "override.approved":
            assert proposed[document["data"]["override_id"]] != document["data"]["by"]
    assert proposed


def test_what_is_disputed_is_an_inquiry_that_came_before() -> None:
    generator = Generator(3, [f"tw-{n:05}" for n in range(20)], "run")
    asked: set[str] = set()
    about: list[str] = []
    for n in range(500):
        document = json.loads(generator.next(NOW + n).record.value)
        if document["type"] == "inquiry.recorded":
            asked.add(document["id"])
        elif document["type"] == "dispute.opened":
            about.append(document["data"]["about"])
    assert set(about) <= asked | {"INQ-01"}
    assert set(about) & asked


def test_two_runs_are_not_each_others_duplicates() -> None:
    first, second = (Generator(1, ["a"], run).next(NOW) for run in ("x", "y"))
    assert first.event_id != second.event_id
