"""`dead-letters` as an operator calls it: a worker rejects, the operator looks, mends what can be mended, once."""

import asyncio
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams import messages
from streams.codec.murmur2 import partition_of
from streams.current import read_current
from streams.local import admin
from streams.publish import Outgoing, publisher
from streams.settings import KafkaSettings, Settings
from tests.support.broker import committed, producer
from tests.support.processes import REAL, WorkerProcess, workers
from tests.support.w1 import POLICY
from tests.unit.cli.calls import Called, call

PARTITIONS = 2
ACCOUNT = "A1"
KEY = ACCOUNT.encode()
RIGHT = partition_of(ACCOUNT, PARTITIONS)
WRONG = 1 - RIGHT
SPRING = [
    ("kafka_dlt-original-topic", b"orders"),
    ("kafka_dlt-original-partition", struct.pack(">i", 2)),
    ("kafka_dlt-original-offset", struct.pack(">q", 40)),
    ("kafka_dlt-exception-message", b"it failed"),
]

DeadLetters = Callable[..., Called]


@pytest.fixture
def settings(bootstrap: str, topic_prefix: str) -> Settings:
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    made = Settings(kafka=kafka, topic_prefix=topic_prefix, application_id=f"{topic_prefix}app", partitions=PARTITIONS)
    asyncio.run(admin.apply(made))
    return made


@pytest.fixture
def dead_letters(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> DeadLetters:
    monkeypatch.setenv("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS", settings.kafka.bootstrap_servers or "")
    monkeypatch.setenv("ELIGIBILITY_TOPIC_PREFIX", settings.topic_prefix)
    monkeypatch.setenv("ELIGIBILITY_APPLICATION_ID", settings.application_id)
    return lambda *arguments: call(capsys, monkeypatch, "dead-letters", *arguments)


def told(called: Called, code: int = 0) -> Any:
    assert called.code == code, called.err
    return orjson.loads(called.out)


def event(number: int) -> bytes:
    document = {"specversion": "1.0", "id": f"e{number}", "source": "/test", "type": "inquiry.recorded"}
    return orjson.dumps(document | {"subject": ACCOUNT, "time": "2026-01-05T08:00:00Z", "data": {"kind": "hard"}})


async def load(settings: Settings, topic: str) -> None:
    """A policy, and four records that no worker takes: two of them only stand in the wrong partition."""
    async with publisher(settings, ["policies"]) as sender:
        await sender.send([Outgoing(*row) for row in messages.policy_in_force(POLICY, POLICY.effective_from)])
    rows = [(WRONG, KEY, event(1)), (WRONG, KEY, b"\xff{"), (WRONG, KEY, event(2)), (RIGHT, None, event(3))]
    async with producer(settings.kafka.bootstrap_servers or "") as sender:
        for partition, key, value in rows:
            await sender.send_and_wait(topic, value, key, partition, 1_767_600_000_000, [("trace", b"7")])


def until(condition: Callable[[], Any], worker: WorkerProcess) -> Any:
    end = time.monotonic() + 40
    while not (found := condition()):
        assert worker.running, worker.log
        assert time.monotonic() < end, worker.log
        time.sleep(0.1)
    return found


def test_what_a_worker_rejected_is_looked_at_and_sent_again_once(
    settings: Settings, dead_letters: DeadLetters, tmp_path: Path
) -> None:
    inquiries, dead = f"{settings.topic_prefix}inquiries", f"{settings.topic_prefix}dead-letters"

    def rows(topic: str, *partitions: int) -> list[Any]:
        return asyncio.run(committed(settings.kafka.bootstrap_servers or "", topic, partitions or (0, 1)))

    asyncio.run(load(settings, inquiries))
    with workers(tmp_path, settings) as started:
        running = started.start(REAL)
        until(lambda: len(rows(dead)) == 4, running)
        listed = told(dead_letters("list", "--source", "inquiries", "--json"))
        assert listed["codes"] == {"wrong_partition": 2, "invalid_json": 1, "key_missing": 1}
        misplaced = [each["place"] for each in listed["letters"] if each["code"] == "wrong_partition"]

        planned = told(dead_letters("resend", "--all", "--dry-run", "--json"), code=3)
        assert planned["counts"] == {"sent": 2, "would be rejected again": 2}
        assert len(rows(inquiries)) == 4, "a dry run sends nothing"

        assert told(dead_letters("resend", "--code", "wrong_partition", "--json"))["counts"] == {"sent": 2}
        assert told(dead_letters("resend", *misplaced, "--json"))["counts"] == {"already sent": 2}
        resent = [row for row in rows(inquiries, RIGHT) if row.key is not None]
        assert [(row.key, row.value) for row in resent] == [(KEY, event(1)), (KEY, event(2))]
        assert [dict(row.headers) for row in resent] == [
            {"trace": b"7", "eligibility.resent-from": f"{dead}/{place}".encode()} for place in misplaced
        ]
        picture = until(lambda: asyncio.run(read_current(settings, ACCOUNT)), running)[0]
        assert picture.time >= min(row.timestamp for row in resent)
        assert running.terminate() == 0
    assert len(rows(dead)) == 4, "nothing was rejected again"

    shown = dead_letters("show", misplaced[0]).out
    assert f"from {inquiries}/{WRONG}/0  wrong_partition key  key {ACCOUNT}" in shown
    assert event(1).decode() in shown
    absent = dead_letters("show", "0/999")
    assert (absent.code, absent.out) == (1, "")
    assert f"{dead}: no dead letter at 0/999" in absent.err


def test_dead_letters_of_others_are_read_and_never_sent_to_topics_that_are_not_ours(
    settings: Settings, dead_letters: DeadLetters
) -> None:
    theirs = f"{settings.topic_prefix}access"  # stands for a topic of theirs: any name will do

    async def put() -> None:
        async with producer(settings.kafka.bootstrap_servers or "") as sender:
            await sender.send_and_wait(theirs, b"\x00\xff", b"k", 0, None, SPRING)

    asyncio.run(put())
    (letter,) = told(dead_letters("show", "0/0", "--from", theirs, "--json"))
    assert letter["family"] == "spring"
    assert (letter["topic"], letter["partition"], letter["offset"], letter["message"]) == ("orders", 2, 40, "it failed")
    assert letter["value_hex"] == "00ff"
    answer = told(dead_letters("resend", "--all", "--from", theirs, "--json"), code=3)
    assert [(each["outcome"], each["why"]) for each in answer["letters"]] == [
        ("from no source of this system", "orders")
    ]
    missing = dead_letters("list", "--from", "nobody")
    assert missing.code == 4
    assert missing.err.startswith("eligibility: topic nobody is not there")
