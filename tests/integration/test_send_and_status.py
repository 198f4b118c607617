"""`send` and `status` as a user calls them, on the real broker."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.reading import reader
from streams.settings import KafkaSettings, Settings
from tests.support.processes import eligibility

GOLDEN = Path(__file__).parents[1] / "golden" / "contracts"
POLICIES = Path(__file__).parents[2] / "streams" / "local" / "policies"


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str) -> Settings:
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, application_id=f"{topic_prefix}app", partitions=3)
    await admin.apply(settings)
    return settings


async def _records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    async with reader(settings, [topic]) as (consumer, partitions):
        consumer.assign(partitions[topic])
        await consumer.seek_to_beginning(*partitions[topic])
        ends = await consumer.end_offsets(partitions[topic])
        while [tp for tp, end in ends.items() if await consumer.position(tp) < end]:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
    return found


def _event(number: int, time: str, **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/test",
        "type": "inquiry.recorded",
        "subject": f"A{number}",
        "time": time,
        "data": {"kind": "hard"},
        **more,
    }


def _write(path: Path, *documents: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")


async def test_events_go_to_their_topic_keyed_and_spread_by_account(settings: Settings, tmp_path: Path) -> None:
    documents = [_event(number, "2026-01-05T08:00:00Z") for number in range(30)]
    _write(tmp_path / "events.ndjson", *documents)
    done = await eligibility(settings, "send", "events.ndjson", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)["topics"] == {"inquiries": 30}
    records = await _records(settings, "inquiries")
    assert {record.value.decode() for record in records} == {json.dumps(document) for document in documents}
    for record in records:
        account = record.key.decode()
        assert json.loads(record.value)["subject"] == account
        assert record.partition == partition_of(account, 3)


async def test_a_history_keeps_its_times_and_ends_with_the_clock(settings: Settings, tmp_path: Path) -> None:
    _write(
        tmp_path / "events.ndjson",
        _event(2, "2026-01-06T00:00:00Z"),
        _event(1, "2026-01-05T00:00:00Z", recordedtime="2026-01-05T12:00:00Z"),
        _event(3, "2026-02-01T00:00:00Z"),
    )
    arguments = ("send", "--history", "--until", "2026-01-31T00:00:00Z", "--policy", str(POLICIES / "w1.yaml"))
    done = await eligibility(settings, *arguments, "events.ndjson", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    inquiries = await _records(settings, "inquiries")
    assert {record.key: record.timestamp for record in inquiries} == {
        b"A1": 1_767_614_400_000,
        b"A2": 1_767_657_600_000,
    }
    (clock,) = await _records(settings, "operations")
    assert json.loads(clock.value)["data"] == {"to": "2026-01-31T00:00:00Z"}
    assert clock.timestamp == 1_769_817_600_000
    policies = [json.loads(record.value)["type"] for record in await _records(settings, "policies")]
    assert policies == ["policy.proposed", "policy.approved", "policy.activated"]


async def test_a_topic_that_is_not_there_is_told_at_once(bootstrap: str, topic_prefix: str, tmp_path: Path) -> None:
    settings = Settings(kafka=KafkaSettings(bootstrap_servers=bootstrap), topic_prefix=topic_prefix)
    _write(tmp_path / "events.ndjson", _event(1, "2026-01-05T08:00:00Z"))
    done = await eligibility(settings, "send", "events.ndjson", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stderr.strip() == f"eligibility: topic {topic_prefix}inquiries is not there: eligibility topics apply"


async def test_status_tells_the_last_committed_picture(settings: Settings, tmp_path: Path) -> None:
    picture = json.loads((GOLDEN / "eligibility.status.current.json").read_text(encoding="utf-8"))
    account, key = "A0000001", b"A0000001/jiebei"
    older = {**picture, "id": "A0000001/jiebei/1", "data": {**picture["data"], "sequence": 1}}
    aborted = {**picture, "id": "A0000001/jiebei/3", "data": {**picture["data"], "sequence": 3}}
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka.bootstrap_servers, transactional_id=f"{settings.application_id}-test"
    )
    await producer.start()
    try:
        for document, commit in ((older, True), (picture, True), (aborted, False)):
            await producer.begin_transaction()
            topic = f"{settings.topic_prefix}current"
            await producer.send_and_wait(
                topic, json.dumps(document).encode(), key=key, partition=partition_of(account, 3)
            )
            await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()
    done = await eligibility(settings, "status", account, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("jiebei (ant-consumer-finance): not open ")
    shown = orjson.loads((await eligibility(settings, "status", account, "--json", cwd=tmp_path)).stdout)
    assert [each["id"] for each in shown] == ["A0000001/jiebei/2"]
    assert shown[0]["texts"][0]["en"].startswith("1200.50 CNY is overdue")


async def test_an_unknown_account_or_product_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    done = await eligibility(settings, "status", "nobody", cwd=tmp_path)
    assert done.returncode == 4
    assert done.stderr.startswith("eligibility: nobody: no status")
