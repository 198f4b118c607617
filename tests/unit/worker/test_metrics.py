"""A worker's figures: counted from blocks of the real machine, with few labels, and never the reason for an end."""

from typing import Any

import orjson
import pytest
from msgspec import structs

from schemas.events import EVENT_TYPES
from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord
from streams.lane.observer import Committed
from streams.worker.metrics import Metrics
from tests.support.monitor import counted
from tests.support.worlds import EVER, delivered, records, world

PREFIX = "t."


def blocks(number: int, given: list[SourceRecord], document: Any, size: int = 50) -> list[Committed]:
    """What one lane commits of these records, one partition in all."""
    machine = Partition(number, 1, CoreSettings(), PREFIX)
    if document is not None:
        machine.install(parse_policy(document))
    made = []
    while given:
        machine.open_block(EVER)
        count = machine.apply(given[:size])
        made.append(Committed(number, given[:count], machine.close_block().outputs, 0.01, 0.003))
        given = given[count:]
    return made


def test_events_statuses_and_reasons_are_counted_as_they_are() -> None:
    metrics = Metrics(PREFIX, 1)
    given = world(4, accounts=4, events=60)
    rows = sorted(records(given.events), key=lambda row: (row.timestamp, SOURCE_ORDER.index(row.topic)))
    made = blocks(0, rows, delivered("default.yaml"))
    for block in made:
        metrics.committed(block)
    events = counted(metrics, "eligibility_events_total", "type", "outcome")
    assert sum(events.values()) == len(rows)
    for kind in EVENT_TYPES:
        sent = sum(orjson.loads(row.value or b"")["type"] == kind for row in rows)
        assert events.get((kind, "applied"), 0) + events.get((kind, "rejected"), 0) == sent
    statuses = [orjson.loads(row.value or b"")["data"] for block in made for row in block.outputs["status"]]
    assert statuses
    assert sum(counted(metrics, "eligibility_statuses_total", "product", "status").values()) == len(statuses)
    told = counted(metrics, "eligibility_status_reasons_total", "product", "reason")
    for (product, reason), count in told.items():
        codes = [each["code"] for data in statuses if data["product"] == product for each in data["reasons"]]
        assert codes.count(reason) == count
    assert sum(told.values()) == sum(len(data["reasons"]) for data in statuses)
    assert counted(metrics, "eligibility_blocks_total", "lane") == {("0",): len(made)}
    assert counted(metrics, "eligibility_block_seconds_count", "phase") == {
        ("apply",): len(made),
        ("commit",): len(made),
    }
    assert not counted(metrics, "eligibility_uncounted_blocks_total")


GOOD = (
    b'{"specversion":"1.0","id":"1","source":"/x","type":"inquiry.recorded","subject":"A",'
    b'"time":"2026-01-01T00:00:00Z","data":{"kind":"hard"}}'
)


@pytest.mark.parametrize(
    ("value", "headers", "kind", "outcome", "code"),
    [
        (GOOD, (), "inquiry.recorded", "applied", None),
        (GOOD.replace(b'"type":"', b'"type" :  "'), (), "inquiry.recorded", "applied", None),
        (b"\x00\x00\x00\x00\x07" + GOOD, (), "inquiry.recorded", "applied", None),
        (GOOD.replace(b'"hard"', b"7"), (), "inquiry.recorded", "rejected", "invalid_event"),
        (GOOD.replace(b"inquiry.recorded", b"inquiry.imagined"), (), "other", "rejected", "unknown_type"),
        (GOOD.replace(b"inquiry.recorded", b"repayment.due"), (), "repayment.due", "rejected", "wrong_topic"),
        (b"no JSON", (), "other", "rejected", "invalid_json"),
        (None, (), "other", "rejected", "tombstone"),
        (
            b'{"kind":"hard","type":"repayment.due"}',
            (
                ("ce_specversion", b"1.0"),
                ("ce_id", b"1"),
                ("ce_source", b"/x"),
                ("ce_type", b"inquiry.recorded"),
                ("ce_subject", b"A"),
                ("ce_time", b"2026-01-01T00:00:00Z"),
            ),
            "inquiry.recorded",
            "applied",
            None,
        ),
    ],
)
def test_each_record_has_one_type_and_one_outcome(
    value: bytes | None, headers: Any, kind: str, outcome: str, code: str | None
) -> None:
    metrics = Metrics(PREFIX, 1)
    record = SourceRecord("inquiries", 0, 5, 1_767_225_600_000, b"A", value, headers)
    for block in blocks(0, [record], None):
        metrics.committed(block)
    assert counted(metrics, "eligibility_events_total", "type", "outcome") == {(kind, outcome): 1}
    assert counted(metrics, "eligibility_dead_letters_total", "code") == ({(code,): 1} if code else {})


def test_a_broadcast_that_every_lane_takes_is_one_event() -> None:
    metrics = Metrics(PREFIX, 1)
    given = [row for row in records(world(8, lives=True).events) if row.topic in BROADCAST]
    for number in range(3):
        for block in blocks(number, given, None):
            metrics.committed(block)
    assert sum(counted(metrics, "eligibility_events_total", "type", "outcome").values()) == len(given)


def test_what_cannot_be_counted_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics(PREFIX, 1)
    broken = blocks(0, [SourceRecord("inquiries", 0, 0, 0, b"A", b"secret", ())], None)[0]
    (row,) = broken.outputs["dead-letters"]
    metrics.committed(broken._replace(outputs={"dead-letters": [structs.replace(row, headers=())]}))
    assert counted(metrics, "eligibility_uncounted_blocks_total") == {(): 1}
    assert "ContractError" in caplog.text
    assert "secret" not in caplog.text


def test_figures_of_a_lane_that_has_gone_are_gone() -> None:
    metrics = Metrics(PREFIX, 1)
    metrics.restoring(3, 100)
    assert counted(metrics, "eligibility_restore_left_offsets", "lane") == {("3",): 100}
    metrics.closed(3)
    assert not counted(metrics, "eligibility_restore_left_offsets", "lane")
