"""Whole workers on a real broker, as processes: groups, positions, flow control, deadlines, ends."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

from schemas.topics import SOURCE_ORDER
from streams.codec import block
from streams.local.kafka import LocalKafka
from tests.support.broker import aborted, committed, put
from tests.support.lanes import SOURCES, World, new_world
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS = 4
# Quick groups, and inboxes so small that every load has to be held back many times.
QUICK: dict[str, Any] = {"session_timeout_s": 6.0, "heartbeat_s": 0.5, "live_clock": False}
SMALL = {"inbox_records": 60, "block_records": 50}


@pytest.fixture
async def world(bootstrap: str, topic_prefix: str) -> World:
    return await new_world(bootstrap, topic_prefix, PARTITIONS, lane=SMALL, **QUICK)


@pytest.fixture
def started(world: World, tmp_path: Path) -> Iterator[Workers]:
    with workers(tmp_path, world.settings) as made:
        yield made


async def load(world: World, count: int, first: int = 0, names: tuple[str, ...] = SOURCES[:3]) -> None:
    """Fills topics one after another in full: `count` records for each partition of each; one account for each."""
    for name in names:
        rows = [(b"x", 1_000 + number) for number in range(first, first + count)]
        for partition in range(PARTITIONS):
            account = b"account-%d" % partition
            await put(world.bootstrap, world.topics[name], [(account, value, at) for value, at in rows], partition)


async def statuses(world: World) -> list[list[Any]]:
    """(count, cause) of every status, by partition in order."""
    rows = await committed(world.bootstrap, world.topics["status"], range(PARTITIONS))
    return [json.loads(row.value or b"") for row in rows]


async def until_count(world: World, count: int, *running: WorkerProcess, seconds: float = 60.0) -> list[list[Any]]:
    async with asyncio.timeout(seconds):
        while len(found := await statuses(world)) < count:
            for worker in running:
                assert worker.running, worker.log
            await asyncio.sleep(0.2)
    return found


async def sent(world: World) -> Counter[str]:
    """The place of every record that was put into a source topic, aborted ones left out."""
    places: Counter[str] = Counter()
    for name in SOURCES:
        for row in await committed(world.bootstrap, world.topics[name], range(PARTITIONS)):
            places[f"{name}/{row.partition}/{row.offset}"] += 1
    return places


async def check(world: World) -> None:
    """Each source record came out once, each account's counts have no gap, and each ledger is a chain."""
    found = await statuses(world)
    own = [cause for _, cause in found if not cause.startswith(("operations", "policies"))]
    assert Counter(own) == await sent(world)
    for partition in range(PARTITIONS):
        counts = [n for n, cause in found if cause.split("/")[1] == str(partition) and cause.split("/")[0] in SOURCES]
        assert counts == list(range(1, len(counts) + 1))
        rows = await committed(world.bootstrap, world.topics["ledger"], [partition])
        blocks = [block.read(row.value or b"") for row in rows]
        assert [made.block for made in blocks] == list(range(len(blocks)))
        for before, after in zip(rows, blocks[1:], strict=False):
            assert after.previous == block.head_of(before.value or b"").hash


def in_time_order(found: list[list[Any]], count: int) -> bool:
    """Did each lane take its sources in the order of time, though they were filled one after another?"""
    order = [f"{name}/{{}}/{number}" for number in range(count) for name in SOURCES[:3]]
    expected = [cause.format(partition) for partition in range(PARTITIONS) for cause in order]
    return [cause for _, cause in found] == expected


async def group_offsets(world: World) -> dict[TopicPartition, int]:
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(world.settings.application_id)
    finally:
        await admin.close()
    return {place: found.offset for place, found in offsets.items()}


async def members(world: World) -> int:
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([world.settings.application_id])
    finally:
        await admin.close()
    return len(answer.groups[0][5])


async def test_small_inboxes_are_held_back_without_loss_and_time_decides_the_order(
    world: World, started: Workers
) -> None:
    await load(world, 500)
    worker = started.start()
    found = await until_count(world, 3 * 500 * PARTITIONS, worker)
    assert in_time_order(found, 500)
    await load(world, 40, 500)
    await until_count(world, 3 * 540 * PARTITIONS, worker)
    assert worker.terminate() == 0, worker.log
    await check(world)
    assert await members(world) == 0, "a worker that drains leaves the group"
    offsets = await group_offsets(world)
    assert {offsets[TopicPartition(world.topics[name], n)] for name in SOURCES[:3] for n in range(PARTITIONS)} == {540}
    assert "Traceback" not in worker.log


async def test_the_groups_offsets_do_not_matter_and_aborted_records_are_not_read(
    world: World, started: Workers
) -> None:
    await load(world, 100)
    await aborted(world.bootstrap, world.topics["repayments"], [(b"account-0", b"x", 1)] * 30)
    consumer = AIOKafkaConsumer(**world.client, group_id=world.settings.application_id, enable_auto_commit=False)
    await consumer.start()
    wrong = {TopicPartition(world.topics[name], n): 60 for name in SOURCES[:2] for n in range(PARTITIONS)}
    consumer.assign(list(wrong))
    await consumer.commit({place: OffsetAndMetadata(offset, "") for place, offset in wrong.items()})
    await consumer.stop()
    worker = started.start()
    await until_count(world, 3 * 100 * PARTITIONS, worker)
    assert worker.terminate() == 0
    await check(world)
    assert set((await group_offsets(world)).values()) == {100}, "they correct themselves"


async def test_partitions_move_between_workers_that_come_go_and_are_killed(world: World, started: Workers) -> None:
    await load(world, 400)
    # always inside a block: were its partitions given away before that ends, the new owner would fence it
    first = started.start(TEST_HOLD_MS="1000")
    await until_count(world, 100, first)
    second = started.start(TEST_HOLD_MS="30")
    second.until_logged("open after block")
    await load(world, 100, 400)
    second.kill()
    third = started.start(TEST_HOLD_MS="30")
    third.until_logged("open after block")
    assert first.terminate() == 0, first.log
    await until_count(world, 3 * 500 * PARTITIONS, third)
    assert third.terminate() == 0, third.log
    await check(world)


async def test_every_broadcast_record_comes_to_every_lane_also_when_it_opens_later(
    world: World, started: Workers
) -> None:
    await put(world.bootstrap, world.topics["policies"], [(b"p", b"x", 900 + number) for number in range(150)])
    await load(world, 60)
    first = started.start()
    await until_count(world, (3 * 60 + 150) * PARTITIONS, first)
    second = started.start()
    second.until_logged("open after block")
    await put(world.bootstrap, world.topics["operations"], [(b"*", b"x", 2_000 + number) for number in range(5)])
    found = await until_count(world, (3 * 60 + 155) * PARTITIONS, first, second)
    times = Counter(cause for _, cause in found if cause.startswith(("operations", "policies")))
    assert len(times) == 155
    assert set(times.values()) == {PARTITIONS}
    assert (first.terminate(), second.terminate()) == (0, 0)
    await check(world)


async def test_a_hung_lane_stops_no_other_and_ends_the_worker_at_its_deadline(world: World, started: Workers) -> None:
    await load(world, 300)
    worker = started.start(TEST_HOLD_LANE="1", ELIGIBILITY_LANE__BLOCK_DEADLINE_S="5")
    await until_count(world, 3 * 300 * (PARTITIONS - 1), worker)
    assert worker.wait() == 1
    assert "the worker ends: lane 1: block 1 took longer than 5 s" in worker.log
    second = started.start()
    await until_count(world, 3 * 300 * PARTITIONS, second)
    assert second.terminate() == 0
    await check(world)


async def test_a_worker_that_aiokafka_leaves_outside_the_group_ends(world: World, started: Workers) -> None:
    """An assertion ends its coordination when brokers that were just restarted name none; it would wait for ever."""
    worker = started.start(TEST_NO_BROKERS="1")
    assert worker.wait() == 1
    assert "the worker ends: the group can't be followed any more" in worker.log


async def test_a_source_that_lost_records_before_the_position_is_refused(world: World, started: Workers) -> None:
    await load(world, 10)
    worker = started.start()
    await until_count(world, 3 * 10 * PARTITIONS, worker)
    assert worker.terminate() == 0
    await load(world, 10, 10)
    place = TopicPartition(world.topics["inquiries"], 2)
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=15)})
    await admin.close()
    second = started.start()
    assert second.wait() == 1
    assert f"{place.topic}/2: the ledger continues at 10, the log has 15 to 20" in second.log
    assert len(await statuses(world)) == 3 * 10 * PARTITIONS


async def test_a_broker_that_dies_and_comes_back_costs_nothing(tmp_path: Path, topic_prefix: str) -> None:
    # its own broker: that of the session has by now so many topics that it is away for longer than a block may last
    with LocalKafka(tmp_path / "kafka") as kafka:
        world = await new_world(kafka.bootstrap, topic_prefix, PARTITIONS, lane=SMALL, **QUICK)
        with workers(tmp_path, world.settings) as started:
            await load(world, 200)
            worker = started.start(TEST_HOLD_MS="20")
            await until_count(world, 300, worker)
            await asyncio.to_thread(kafka.kill)
            await asyncio.sleep(2)
            await asyncio.to_thread(kafka.start)
            await load(world, 50, 200)
            await until_count(world, 3 * 250 * PARTITIONS, worker)
            assert worker.log.count("Unable connect") < 100, "reconnects are not a flood in the log"
            assert worker.terminate() == 0, worker.log
            await check(world)


@pytest.mark.parametrize("name", ["repayments", "status"])
async def test_unequal_partition_counts_are_refused_at_the_start(world: World, started: Workers, name: str) -> None:
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    topic = world.topics[name]
    await admin.create_partitions({topic: NewPartitions(PARTITIONS + 2)})
    async with asyncio.timeout(20):  # a broker learns of it a moment later
        while len((await admin.describe_topics([topic]))[0]["partitions"]) < PARTITIONS + 2:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await admin.close()
    worker = started.start(REAL)
    assert worker.wait() == 4
    assert f"{world.topics[name]}: partitions is {PARTITIONS + 2}, wanted {PARTITIONS}" in worker.log
    assert "Traceback" not in worker.log


async def test_missing_topics_are_refused_at_the_start(world: World, started: Workers) -> None:
    worker = started.start(REAL, ELIGIBILITY_TOPIC_PREFIX=f"{world.settings.topic_prefix}other.")
    assert worker.wait() == 4
    assert all(f"other.{name}: topic is missing" in worker.log for name in SOURCE_ORDER)
