"""How a lane opens on a real broker: fenced, restored to the real end, on its own ground, at positions that exist."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import OffsetOutOfRangeError, ProducerFenced, UnknownTopicOrPartitionError

from schemas.settings import CoreSettings
from streams.cluster import Cluster, describe
from streams.codec import block
from streams.codec.partition import CHANGELOG
from streams.lane.errors import LedgerError, PositionError, RestoreStalledError
from streams.lane.fetch import Fetcher, Slice
from streams.lane.opening import LEDGER
from streams.lane.positions import checked_marks
from streams.lane.restore import opened_logs
from streams.lane.states import State
from tests.support.broker import aborted, producer, put
from tests.support.lanes import World, new_world, until


@pytest.fixture
async def world(bootstrap: str, topic_prefix: str) -> World:
    return await new_world(bootstrap, topic_prefix)


async def run_some(world: World, count: int) -> None:
    rows = [(b"a%d" % (number % 3), b"x", 1_000 + number) for number in range(count)]
    await put(world.bootstrap, world.topics["repayments"], rows)
    async with world.fed() as lane:
        await until(lambda: lane.records == count)


async def test_a_new_ledger_begins_with_its_genesis_block(world: World) -> None:
    async with world.lane(1) as lane:
        assert lane.state is State.PAUSED
        assert set(lane.next_offsets.values()) == {0}
    (row,) = await world.rows(LEDGER, 1)
    assert block.read(row.value or b"").block == 0


async def test_a_lane_goes_on_where_its_last_block_ended(world: World) -> None:
    await run_some(world, 30)
    before = world.machines[0]
    async with world.lane() as lane:
        assert world.machines[0] is not before
        assert world.machines[0].counts == before.counts
        assert world.machines[0].clock == before.clock
        assert lane.next_offsets["repayments"] == 30
    ledger = [block.read(row.value or b"") for row in await world.rows(LEDGER)]
    assert len({made.block for made in ledger}) == len(ledger), "opening writes no block"


async def test_the_newer_lane_fences_the_older_which_fails_at_its_next_block(world: World) -> None:
    async with world.fed() as old:
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1_000)])
        await until(lambda: old.records == 1)
        async with world.lane() as new:
            await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1_001)])
            await until(lambda: world.ends)
            assert old.state is State.FAILED
            assert isinstance(world.ends[0][1], ProducerFenced)
            assert new.next_offsets["repayments"] == 1
    assert len(await world.rows("status")) == 1


async def test_a_predecessor_killed_inside_a_transaction_leaves_nothing(world: World) -> None:
    await run_some(world, 4)
    transactional_id = f"{world.topics[LEDGER]}-0"
    async with producer(world.bootstrap, transactional_id=transactional_id) as dead:
        await dead.begin_transaction()
        await dead.send_and_wait(world.topics[CHANGELOG], b"[99, null]", key=b"a0", partition=0)
        async with world.lane():
            assert world.machines[0].counts[b"a0"] == 2
    assert len(await world.rows(CHANGELOG)) == 3


async def test_restore_waits_behind_a_foreign_transaction_for_what_is_committed_after_it(world: World) -> None:
    """The trap: the last stable offset lies before our own committed state."""
    foreign = producer(world.bootstrap, transactional_id=f"{world.topics[LEDGER]}-foreign")
    async with foreign as other:
        async with world.fed() as lane:
            await other.begin_transaction()
            await other.send_and_wait(world.topics[CHANGELOG], b"[7, null]", key=b"foreign", partition=0)
            await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1_000)])
            await until(lambda: lane.records == 1)
        opening = asyncio.create_task(_opened_counts(world))
        await asyncio.sleep(0.7)
        assert not opening.done(), "the committed state behind the open transaction must not be left out"
        await other.abort_transaction()
        assert await opening == {b"a": 1}


async def _opened_counts(world: World) -> dict[bytes, int]:
    async with world.lane():
        return world.machines[0].counts


async def test_a_restore_that_stands_still_says_what_it_waits_for(world: World) -> None:
    async with producer(world.bootstrap, transactional_id=f"{world.topics[LEDGER]}-foreign") as other:
        await other.begin_transaction()
        await other.send_and_wait(world.topics[CHANGELOG], b"[7, null]", key=b"foreign", partition=0)
        with pytest.raises(RestoreStalledError, match=r"stands at 0 .* its end is 1, its last stable offset 0"):
            async with world.lane(0, world.around(restore_stall_s=0.5)):
                pass
        await other.abort_transaction()


@pytest.mark.parametrize("tail", ["records", "marker", "aborted", "tombstone", "nothing"])
async def test_a_log_is_read_to_its_end_whatever_its_tail_is(world: World, tail: str) -> None:
    topic = world.topics[CHANGELOG]
    if tail != "nothing":
        await put(world.bootstrap, topic, [(b"a", b"[1, null]", 1)])
    if tail == "marker":
        async with producer(world.bootstrap, transactional_id=f"{topic}-own") as own, own.transaction():
            await own.send(topic, b"[2, null]", key=b"a", partition=0)
    elif tail == "aborted":
        await aborted(world.bootstrap, topic, [(b"a", b"[9, null]", 2)])
    elif tail == "tombstone":
        await put(world.bootstrap, topic, [(b"a", None, 2)])
    async with asyncio.timeout(5), opened_logs(world.client, [TopicPartition(topic, 0)], 60) as (log,):
        values = [row.value async for rows in log.read(log.start) for row in rows]
        last = await log.last()
    kept = {"records": [b"[1, null]"], "marker": [b"[1, null]", b"[2, null]"], "aborted": [b"[1, null]"]}
    assert values == kept.get(tail, [b"[1, null]", None] if tail == "tombstone" else [])
    assert (last.value if last else b"none") == (values[-1] if values else b"none")


async def test_the_last_block_is_found_behind_any_number_of_aborted_ones(world: World) -> None:
    await run_some(world, 2)
    for _ in range(15):
        await aborted(world.bootstrap, world.topics[LEDGER], [(b"0", b"{}", 1), (b"0", b"{}", 1)])
    async with world.lane() as lane:
        assert lane.next_offsets["repayments"] == 2


async def test_other_settings_are_refused(world: World) -> None:
    async with world.lane():
        pass
    was = world.ground
    world.ground = block.Ground(was.cluster, was.topics, was.partitions, CoreSettings(grace_ms=1))
    with pytest.raises(LedgerError, match=r"settings \{'grace_ms': 2000\}, now it is \{'grace_ms': 1\}"):
        async with world.lane():
            pass


@pytest.mark.parametrize(
    ("ground", "told"),
    [
        (lambda g: block.Ground("other", g.topics, g.partitions, g.settings), "cluster .*, now it is other"),
        (lambda g: block.Ground(g.cluster, g.topics, 3, g.settings), "partitions 2, now it is 3"),
    ],
)
async def test_another_cluster_or_number_of_partitions_is_refused(world: World, ground: object, told: str) -> None:
    async with world.lane():
        pass
    world.ground = ground(world.ground)  # type: ignore[operator]
    with pytest.raises(LedgerError, match=told):
        async with world.lane():
            pass


async def test_a_source_topic_that_was_created_anew_is_refused(world: World) -> None:
    async with world.lane():
        pass
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    await admin.delete_topics([world.topics["finances"]])
    await admin.create_topics([NewTopic(world.topics["finances"], 2, 1)])
    await admin.close()
    was = world.ground
    cluster = await described_anew(world, was)
    world.ground = block.Ground(cluster.cluster_id, cluster.topics, was.partitions, was.settings)
    with pytest.raises(LedgerError, match=r"topics \{'finances': .*a topic was deleted and created again"):
        async with world.lane():
            pass


async def described_anew(world: World, was: block.Ground) -> Cluster:
    """The cluster as soon as it knows the new topic, and no longer tells of the old one."""
    async with asyncio.timeout(30):
        while True:
            try:
                cluster = await describe(world.client, world.topics)
            except UnknownTopicOrPartitionError:
                pass
            else:
                if cluster.topics["finances"] != was.topics["finances"]:
                    return cluster
            await asyncio.sleep(0.05)


async def test_a_ledger_that_is_not_this_lanes_is_refused(world: World) -> None:
    await put(world.bootstrap, world.topics[LEDGER], [(b"1", block.genesis(1, world.ground, {}), 1)])
    with pytest.raises(LedgerError):
        async with world.lane(0):
            pass


async def test_a_table_without_its_ledger_is_refused(world: World) -> None:
    await put(world.bootstrap, world.topics[CHANGELOG], [(b"a", json.dumps([3, None]).encode(), 1)])
    with pytest.raises(LedgerError, match="the ledger is empty, but its table has 1 records"):
        async with world.lane():
            pass


async def test_a_position_before_the_logs_start_or_after_its_end_is_refused(world: World) -> None:
    topic = world.topics["repayments"]
    place = TopicPartition(topic, 0)
    await put(world.bootstrap, topic, [(b"a", b"x", number) for number in range(10)])
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=4)})
    await admin.close()
    consumer = AIOKafkaConsumer(**world.client, isolation_level="read_committed")
    await consumer.start()
    try:
        for position in (4, 7, 10):
            assert (await checked_marks(consumer, {place: position}))[place] == (position, 10)
        for position in (3, 11):
            with pytest.raises(PositionError, match=f"the ledger continues at {position}, the log has 4 to 10"):
                await checked_marks(consumer, {place: position})
    finally:
        await consumer.stop()


async def test_a_log_that_loses_records_while_it_is_read_is_not_skipped_over(world: World) -> None:
    place = TopicPartition(world.topics["repayments"], 0)
    await put(world.bootstrap, place.topic, [(b"a", b"x", number) for number in range(10)])
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=4)})
    await admin.close()
    consumer = AIOKafkaConsumer(**world.client, isolation_level="read_committed", auto_offset_reset="none")
    await consumer.start()
    try:
        consumer.assign([place])
        fetcher = Fetcher(consumer, asyncio.get_running_loop(), {place.topic: "repayments"})
        fetcher.seek({place: 2}, 1)
        with pytest.raises(OffsetOutOfRangeError):
            await _first_records(fetcher, place)
    finally:
        await consumer.stop()


async def _first_records(fetcher: Fetcher, place: TopicPartition) -> Slice:
    while True:
        for piece in await fetcher.step([place], 100, 0.2):
            if piece.records:
                return piece
