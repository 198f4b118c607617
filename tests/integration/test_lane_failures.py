"""What ends a lane: after any failure inside a block nothing of it is seen, and nobody goes on with it."""

import asyncio
import time
from random import Random

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.producer.sender import BACKOFF_OVERRIDE

from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord
from streams.lane.errors import RecordTooLargeError
from streams.lane.fetch import Fetcher
from streams.lane.lane import Lane
from streams.lane.states import State
from streams.lane.transaction import Transactions
from tests.support.broker import put
from tests.support.lanes import World, new_world, until


@pytest.fixture
async def world(bootstrap: str, topic_prefix: str) -> World:
    return await new_world(bootstrap, topic_prefix)


async def test_a_failed_batch_keeps_the_whole_transaction_back(world: World) -> None:
    """aiokafka's commit would succeed, without the failed batch: a torn block."""
    admin = AIOKafkaAdminClient(**world.client)
    await admin.start()
    configs = {"max.message.bytes": "1000"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, world.topics["current"], configs)])
    await admin.close()
    large = Random(1).randbytes(5_000)  # as large when it is compressed
    await until_refused(world, "current", large)
    transactions = Transactions(world.client, f"{world.topics['ledger']}-0", 60, 0)
    await transactions.start()
    rows = {
        world.topics["status"]: [OutputRecord("status", b"a", b"x", 1, ())],
        world.topics["current"]: [OutputRecord("current", b"a", large, 1, ())],
    }
    with pytest.raises(MessageSizeTooLargeError):
        await transactions.write(rows)
    await transactions.stop()
    async with world.lane():
        pass  # the successor's start ends the transaction
    assert await world.rows("status") == []


async def test_a_transaction_begins_soon_after_the_one_before(world: World) -> None:
    """A broker still at the markers refuses to begin; aiokafka would ask again 20 ms later each time."""
    transactions = Transactions(world.client, f"{world.topics['ledger']}-0", 60, 0)
    await transactions.start()
    sender, refused = transactions._producer._sender, list[float]()
    add = sender._do_add_partitions_to_txn

    async def timed(partitions: object) -> bool:
        began = time.monotonic()
        begun = await add(partitions)
        if not begun:
            refused.append(time.monotonic() - began)
        return bool(begun)

    sender._do_add_partitions_to_txn = timed
    count = 0
    while len(refused) < 3 and count < 2_000:
        value = str(count).encode()
        await transactions.write({world.topics["status"]: [OutputRecord("status", b"a", value, 1, ())]})
        count += 1
    await transactions.stop()
    assert min(refused, default=0.0) < BACKOFF_OVERRIDE
    assert [row.value for row in await world.rows("status")] == [str(number).encode() for number in range(count)]


async def until_refused(world: World, name: str, value: bytes) -> None:
    """A broker takes up a topic's new setting a moment after it has been accepted."""
    async with asyncio.timeout(10):
        while True:
            try:
                await put(world.bootstrap, world.topics[name], [(b"a", value, 1)])
            except MessageSizeTooLargeError:
                return


async def test_a_state_that_no_broker_would_take_is_refused_before_it_is_sent(world: World) -> None:
    transactions = Transactions(world.client, f"{world.topics['ledger']}-0", 60, 0)
    await transactions.start()
    large = OutputRecord(CHANGELOG, b"a", b"x" * 1_000_001, 1, ())
    with pytest.raises(RecordTooLargeError, match="1000002 bytes"):
        await transactions.write({world.topics[CHANGELOG]: [large]})
    await transactions.stop()


async def test_a_dead_letter_of_the_largest_source_record_fits(world: World) -> None:
    value = b"x" * 1_048_400
    transactions = Transactions(world.client, f"{world.topics['ledger']}-0", 60, 0)
    await transactions.start()
    headers = (("__streams.errors.message", b"m" * 2_000),)
    await transactions.write({world.topics["dead-letters"]: [OutputRecord("dead-letters", b"a", value, 1, headers)]})
    await transactions.stop()
    (row,) = await world.rows("dead-letters")
    assert (row.value, row.headers) == (value, headers)


async def test_a_dead_letter_of_any_size_goes_out_in_its_place(world: World) -> None:
    """Brokers look at a batch's compressed size: values of any size come from the sources."""
    transactions = Transactions(world.client, f"{world.topics['ledger']}-0", 60, 0)
    await transactions.start()
    values = [b" " * 5_000_000, b"a", b"b", b" " * 3_000_000, b"c"]
    letters = [OutputRecord("dead-letters", b"a", value, 1, ()) for value in values]
    letters.append(OutputRecord("dead-letters", b"a", b"d", 1, (("pad", b" " * 4_000_000),)))
    await transactions.write({world.topics["dead-letters"]: letters})
    await transactions.stop()
    assert [row.value for row in await world.rows("dead-letters")] == [*values, b"d"]


@pytest.mark.parametrize("error", [RuntimeError, AssertionError, asyncio.CancelledError])
async def test_whatever_the_machine_raises_ends_the_process(world: World, error: type[BaseException]) -> None:
    async with world.fed() as lane:

        def apply(_: object) -> int:
            raise error

        world.machines[0].apply = apply  # type: ignore[assignment]
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)])
        await until(lambda: world.ends)
        assert lane.state is State.FAILED
        assert isinstance(world.ends[0][1], error)
    assert len(await world.rows("ledger")) == 1, "the genesis block alone"


async def test_a_fetching_that_has_failed_inside_aiokafka_does_not_look_like_the_end_of_a_source(world: World) -> None:
    consumer = AIOKafkaConsumer(**world.client, auto_offset_reset="none")
    await consumer.start()
    place = TopicPartition(world.topics["repayments"], 0)
    consumer.assign([place])
    fetcher = Fetcher(consumer, asyncio.get_running_loop(), {place.topic: "repayments"})
    fetcher.seek({place: 0}, 1)
    assert await fetcher.step([place], None, 5.0), "the source is at its end"

    def failing(_: object) -> None:
        raise RuntimeError

    consumer._fetcher._get_actions_per_node = failing
    await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)])
    await until(consumer._fetcher.error_future.done)
    with pytest.raises(KafkaError, match="Unexpected error during data retrieval"):
        await fetcher.step([place], None, 0.1)
    with pytest.raises(KafkaError, match="Unexpected error during data retrieval"):
        await consumer.stop()
    await consumer._client.close()


async def test_a_cancelled_commit_ends_the_process_for_nobody_knows_its_outcome(world: World) -> None:
    async with world.fed() as lane:
        hold(lane)
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)])
        await until(lambda: lane.state is State.RUNNING and not lane._quiet.is_set())
        assert lane._task is not None
        lane._task.cancel()
        await until(lambda: world.ends)
        assert isinstance(world.ends[0][1], asyncio.CancelledError)


async def test_a_lane_whose_transaction_hangs_does_not_stop_another(world: World) -> None:
    around = world.around()
    async with world.fed(0, around) as hung, world.fed(1, around) as other:
        hold(hung)
        for partition in (0, 1):
            await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", n) for n in range(20)], partition)
        await until(lambda: other.records == 20)
        assert hung.records == 0
        assert around.watchdog.overdue() is None
        assert hung._task is not None
        hung._task.cancel()
        await until(lambda: world.ends)


async def test_at_most_so_many_transactions_are_open_at_once(world: World) -> None:
    around = world.around()
    for _ in range(7):
        await around.slots.acquire()
    async with world.fed(0, around) as hung, world.fed(1, around) as waiting:
        hold(hung)
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)], 0)
        await until(around.slots.locked)
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)], 1)
        await until(lambda: world.machines[1].order)
        assert waiting.records == 0
        around.slots.release()
        await until(lambda: waiting.records == 1)
        assert hung._task is not None
        hung._task.cancel()
        await until(lambda: world.ends)


async def test_a_paused_lane_finishes_its_block_and_begins_no_other(world: World) -> None:
    async with world.fed() as lane:
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 1)])
        await until(lambda: lane.records == 1)
        await lane.pause()
        await put(world.bootstrap, world.topics["repayments"], [(b"a", b"x", 2)])
        await until(lambda: lane.inbox.ready)
        await asyncio.sleep(0.05)
        assert lane.records == 1
        lane.start()
        await until(lambda: lane.records == 2)


def hold(lane: Lane) -> None:
    """From now on the lane's transactions never end."""

    async def write(_: object) -> None:
        await asyncio.Event().wait()

    lane._transactions.write = write  # type: ignore[assignment]
