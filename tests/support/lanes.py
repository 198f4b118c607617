"""Lanes in the test's own process: a real broker, the real lane, a counting machine, and no Faust."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.cluster import describe, topics_of
from streams.codec.block import Ground
from streams.lane.broadcast import BroadcastReader
from streams.lane.fetch import Fetcher
from streams.lane.inbox import Bound, Inbox
from streams.lane.lane import Lane
from streams.lane.positions import checked_marks
from streams.lane.surroundings import Surroundings, wall_ms
from streams.lane.watchdog import Watchdog
from streams.local import admin
from streams.settings import KafkaSettings, LaneSettings, Settings, core_settings
from tests.support.broker import Record, committed
from tests.support.machine import CountingMachine

SOURCES = tuple(name for name in SOURCE_ORDER if name not in BROADCAST)


class Ended(BaseException):
    """Stands for the end of the process."""


class World:
    """Topics of one test, and the lanes that it opens on them."""

    def __init__(self, settings: Settings, ground: Ground) -> None:
        self.settings = settings
        self.bootstrap = settings.kafka.bootstrap_servers or ""
        self.client: dict[str, Any] = {"bootstrap_servers": self.bootstrap}
        self.topics = topics_of(settings)
        self.ground = ground
        self.ends: list[tuple[str, BaseException | None]] = []
        self.machines: dict[int, CountingMachine] = {}
        self.budget = 1 << 30

    def around(self, *, live_clock: bool = False, now: Callable[[], int] = wall_ms, **lane: Any) -> Surroundings:
        def machine(number: int) -> CountingMachine:
            self.machines[number] = CountingMachine(number, self.budget)
            return self.machines[number]

        return Surroundings(
            client=self.client,
            topics=self.topics,
            ground=self.ground,
            settings=LaneSettings(**lane),
            live_clock=live_clock,
            slots=asyncio.Semaphore(8),
            watchdog=Watchdog(self.end),
            end=self.end,
            new_machine=machine,
            now=now,
        )

    def end(self, reason: str, error: BaseException | None) -> NoReturn:
        self.ends.append((reason, error))
        raise Ended(reason)

    @asynccontextmanager
    async def lane(self, number: int = 0, around: Surroundings | None = None) -> AsyncIterator[Lane]:
        """An open lane, paused; closed at the end unless it has failed."""
        around = around or self.around()
        bound = Bound(around.settings.inbox_records, around.settings.inbox_bytes)
        lane = Lane(number, around, Inbox(bound, lambda _: None, lambda _: None))
        try:
            await lane.open()
        except BaseException:
            await lane._transactions.stop()
            raise
        try:
            yield lane
        finally:
            await self.close(lane)

    async def close(self, lane: Lane) -> None:
        if lane.state not in ("closed", "failed"):
            await lane.close()
        elif lane._task is not None:
            await asyncio.gather(lane._task, return_exceptions=True)
            await lane._transactions.stop()

    @asynccontextmanager
    async def fed(self, number: int = 0, around: Surroundings | None = None) -> AsyncIterator[Lane]:
        """A running lane that is fed from all its sources, as in a worker."""
        async with self.lane(number, around) as lane, feeding(self, lane):
            yield lane

    async def rows(self, name: str, partition: int = 0) -> list[Record]:
        return await committed(self.bootstrap, self.topics[name], [partition])


@asynccontextmanager
async def feeding(world: World, lane: Lane) -> AsyncIterator[None]:
    """Feeds a lane's own sources with one consumer, its broadcasts with a reader."""
    consumer = AIOKafkaConsumer(
        **world.client, isolation_level="read_committed", auto_offset_reset="none", fetch_max_wait_ms=50
    )
    await consumer.start()
    reader = BroadcastReader(world.client, world.topics)
    await reader.start()
    tasks: list[asyncio.Task[None]] = []
    try:
        lane.inbox.begin(await reader.marks(lane.next_offsets))
        reader.join(lane)
        tasks = [asyncio.create_task(reader.run()), asyncio.create_task(_feed(world, lane, consumer))]
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await reader.stop()
        await consumer.stop()


async def _feed(world: World, lane: Lane, consumer: AIOKafkaConsumer) -> None:
    names = {TopicPartition(world.topics[name], lane.number): name for name in SOURCES}
    consumer.assign(list(names))
    positions = {partition: lane.next_offsets[name] for partition, name in names.items()}
    marks = await checked_marks(consumer, positions)
    fetcher = Fetcher(consumer, asyncio.get_running_loop(), {place.topic: name for place, name in names.items()})
    fetcher.seek(positions, 1)
    lane.inbox.begin({names[partition]: mark for partition, mark in marks.items()}, 1)
    lane.start()
    while True:
        for piece in await fetcher.step(names, 1_000, 0.5):
            name = names[TopicPartition(piece.topic, piece.partition)]
            lane.inbox.announce(name, piece.epoch)
            lane.inbox.deliver(name, piece)
        lane.stir()


async def new_world(bootstrap: str, prefix: str, partitions: int = 2, **settings: Any) -> World:
    """Topics under `prefix`, created from the catalogue."""
    made = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=prefix,
        application_id=f"{prefix}app",
        partitions=partitions,
        **settings,
    )
    await admin.apply(made)
    cluster = await describe({"bootstrap_servers": bootstrap}, topics_of(made))
    return World(made, Ground(cluster.cluster_id, cluster.topics, partitions, core_settings(made)))


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Waits until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.01)
