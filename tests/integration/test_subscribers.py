"""The subscriber's kit and its examples on the real broker: each change once, gaps told, whoever is killed."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.references import reference
from streams.client import Change, GapError, Subscriber, SubscriberError
from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.settings import KafkaSettings, Settings
from tests.contracts.golden import golden
from tests.support.broker import aborted, producer
from tests.support.lanes import until

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
PARTITIONS = 2
ACCOUNTS = [f"A{number}" for number in range(6)]

Status = tuple[str, int]


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str) -> Settings:
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    made = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=PARTITIONS)
    await admin.apply(made)
    return made


def status(account: str, sequence: int) -> dict[str, Any]:
    event = golden("eligibility.status.changed")
    id = f"{account}/jiebei/{sequence}"
    data = event["data"] | {
        "account_id": account,
        "product": "jiebei",
        "sequence": sequence,
        "reference": reference(id),
    }
    return event | {"id": id, "subject": account, "data": data}


async def put(settings: Settings, *documents: dict[str, Any]) -> None:
    topic = f"{settings.topic_prefix}status"
    bootstrap = settings.kafka.bootstrap_servers or ""
    async with producer(bootstrap, transactional_id=f"{topic}-test") as sender, sender.transaction():
        for document in documents:
            account = document["subject"]
            await sender.send_and_wait(
                topic, orjson.dumps(document), account.encode(), partition_of(account, PARTITIONS)
            )


async def taken(subscriber: Subscriber) -> list[Change]:
    async with subscriber as changes:
        return [change async for change in changes]


def names(changes: list[Change]) -> list[Status]:
    return sorted((change.event.data.account_id, change.event.data.sequence) for change in changes)


async def test_committed_changes_come_once_and_in_order(settings: Settings) -> None:
    await put(settings, *(status("A1", sequence) for sequence in (1, 2)))
    torn = [(b"A1", orjson.dumps(status("A1", 3) | {"time": "2030-01-01T00:00:00Z"}), 1)]
    place = partition_of("A1", PARTITIONS)
    await aborted(settings.kafka.bootstrap_servers or "", f"{settings.topic_prefix}status", torn, place)
    await put(settings, status("A1", 2), status("A1", 1), status("A1", 3), status("A2", 1))
    found = await taken(Subscriber(settings, follow=False))
    assert names(found) == [("A1", 1), ("A1", 2), ("A1", 3), ("A2", 1)]
    assert [each.event.time for each in found] == [found[0].event.time] * 4, "what was aborted never came"
    assert [each.missing for each in found] == [range(0)] * 4


async def test_a_group_goes_on_behind_what_was_handled(settings: Settings) -> None:
    await put(settings, *(status("A1", sequence) for sequence in (1, 2, 3)))

    async def fail_at(sequence: int) -> None:
        async with Subscriber(settings, "g", follow=False) as changes:
            async for change in changes:
                if change.event.data.sequence == sequence:
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_at(3)
    await put(settings, status("A1", 4))
    assert names(await taken(Subscriber(settings, "g", follow=False))) == [("A1", 3), ("A1", 4)]


async def test_a_gap_ends_or_is_told(settings: Settings) -> None:
    await put(settings, status("A1", 1), status("A1", 4), status("A1", 5))
    with pytest.raises(GapError, match="A1/jiebei: 2 to 3 never came"):
        await taken(Subscriber(settings, follow=False))
    found = await taken(Subscriber(settings, follow=False, gaps="tell"))
    assert [(each.event.data.sequence, each.missing) for each in found] == [
        (1, range(0)),
        (4, range(2, 4)),
        (5, range(0)),
    ]


async def test_what_the_caller_has_handled_does_not_come_again(settings: Settings) -> None:
    await put(settings, *(status("A1", sequence) for sequence in (1, 2, 3)), status("A2", 1))
    handled = {("A1", "jiebei"): 2}
    found = await taken(Subscriber(settings, last=lambda *key: handled.get(key), follow=False))
    assert names(found) == [("A1", 3), ("A2", 1)]


async def test_processes_of_a_group_share_the_partitions_and_lose_nothing_when_one_comes_and_goes(
    settings: Settings,
) -> None:
    brisk = settings.model_copy(update={"session_timeout_s": 1.0, "heartbeat_s": 0.3})
    found: list[Status] = []
    by_second: list[Status] = []

    async def take(into: list[Status], stop: asyncio.Event) -> None:
        async with Subscriber(brisk, "g") as changes:
            async for change in changes:
                into.append((change.event.data.account_id, change.event.data.sequence))
                if stop.is_set():
                    return

    async def until_taken(sequence: int) -> None:
        await put(settings, *(status(account, sequence) for account in ACCOUNTS))
        await until(lambda: {(account, sequence) for account in ACCOUNTS} <= {*found, *by_second}, 30)

    never, leave = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(take(found, never))
    await until_taken(1)
    second = asyncio.create_task(take(by_second, leave))
    sequence = 1
    while not by_second:
        sequence += 1
        await until_taken(sequence)
    leave.set()
    while not second.done():
        sequence += 1
        await until_taken(sequence)
    await second
    await until_taken(sequence + 1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert {*found, *by_second} == {(account, each) for account in ACCOUNTS for each in range(1, sequence + 2)}


async def test_an_event_of_another_version_is_lifted_or_left_out_or_named(settings: Settings) -> None:
    old = status("A1", 1)
    old["state"] = old["data"].pop("status")
    other = status("A2", 1) | {"type": "eligibility.status.reviewed"}
    await put(settings, old, other)

    def upcast(document: dict[str, Any]) -> dict[str, Any] | None:
        if document["type"] != "eligibility.status.changed":
            return None
        if "state" in document:
            return document | {"data": document["data"] | {"status": document["state"]}}
        return document

    found = await taken(Subscriber(settings, follow=False, upcast=upcast))
    assert names(found) == [("A1", 1)]
    topic = f"{settings.topic_prefix}status"
    with pytest.raises(SubscriberError, match=rf"^{topic}/\d/0: (data\.status|type): got "):
        await taken(Subscriber(settings, follow=False))


def environment(settings: Settings) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("ELIGIBILITY_")}
    return mine | {
        "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers or "",
        "ELIGIBILITY_TOPIC_PREFIX": settings.topic_prefix,
        # Who is killed leaves its partitions after this long.
        "ELIGIBILITY_SESSION_TIMEOUT_S": "1",
        "ELIGIBILITY_HEARTBEAT_S": "0.3",
    }


@contextmanager
def example(settings: Settings, name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A running example; killed at the end."""
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    process = subprocess.Popen(command, env=environment(settings), stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def test_the_example_prints_each_change(settings: Settings) -> None:
    await put(settings, *(status(account, 1) for account in ACCOUNTS), status("A0", 2), status("A0", 2))
    with example(settings, "print_changes.py", "--once") as process:
        printed = process.communicate(timeout=40)[0].splitlines()
    assert process.returncode == 0
    assert len(printed) == len(ACCOUNTS) + 1
    assert "A0 jiebei 2: OPEN -> NOT_OPEN (REP-01, SEC-01, CAP-01)" in printed


async def test_the_example_mirrors_each_change_once_though_it_is_killed(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    for sequence in (1, 2):
        await put(settings, *(status(account, sequence) for account in ACCOUNTS))
        with example(settings, "mirror_to_sqlite.py", str(path)) as process:
            wanted = [(account, sequence) for account in ACCOUNTS]
            until_mirrored(path, wanted, process)
            process.kill()  # before or after its commit


def until_mirrored(path: Path, wanted: list[Status], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 40
    while mirrored(path) != wanted:
        assert process.poll() is None, "the example ended"
        assert time.monotonic() < end, mirrored(path)
        time.sleep(0.1)


def mirrored(path: Path) -> list[Status]:
    if not path.exists():
        return []
    db = sqlite3.connect(path)
    try:
        return db.execute("select account, sequence from status order by account").fetchall()
    except sqlite3.OperationalError:
        return []  # no table yet
    finally:
        db.close()
