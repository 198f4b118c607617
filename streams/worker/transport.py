"""Faust's consumer, bent in four places: positions, isolation, what a fetch says, and what the group is told.

Public points of Faust are overridden where there are any: `seek_to_committed`, `wait_empty`, `commit`,
`on_buffer_drop`. The others are private to faust-streaming 0.15 and aiokafka 0.14, whose versions are pinned for it:
`_new_consumer_thread`, `_create_worker_consumer`, `_commit`, `_fetch_records`, `_getmany`, and the consumer's
`_isolation_level`, `_auto_offset_reset`, `_fetch_max_wait_ms`. Tests with a real broker guard each of them.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError
from faust.transport.drivers import aiokafka as driver
from faust.types.transports import TPorTopicSet
from faust.types.tuples import TP

from streams.lane.fetch import Fetcher, Mark
from streams.lane.positions import checked_marks
from streams.lane.surroundings import Surroundings
from streams.worker.fleet import Fleet
from streams.worker.seam import Fetched

# How long the broker may hold an empty fetch back: until then no partition is fetched that becomes wanted meanwhile.
FETCH_WAIT_MS: Final = 200


class HasFleet(Protocol):
    """The application, as the consumer needs it."""

    @property
    def fleet(self) -> Fleet: ...

    @property
    def around(self) -> Surroundings: ...


class SliceThread(driver.AIOKafkaConsumerThread):
    """Reads committed records only, gives slices with marks, and never skips ahead when a position is gone."""

    mundane_level = "debug"
    _slices: Fetcher

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        consumer._auto_offset_reset = "none"
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        """Call when the thread starts."""
        await super().on_start()
        consumer = self._ensure_consumer()
        self._slices = Fetcher(consumer, self.thread_loop, cast(HasFleet, self.consumer.app).fleet.names)
        consumer._coordinator._coordination_task.add_done_callback(self._coordination_ended)

    def _coordination_ended(self, task: asyncio.Task[None]) -> None:
        """The client's task has failed: the worker would live on outside the group and never get a partition."""
        if not task.cancelled() and task.exception() is not None:
            cast(HasFleet, self.consumer.app).around.end("the group can't be followed any more", task.exception())

    def wake(self) -> None:
        """Another set of partitions is wanted: a waiting fetch looks again. From the main thread."""
        self._slices.wake()

    async def seek_slices(self, positions: Mapping[TP, int], epoch: int) -> dict[TopicPartition, Mark]:
        """Checks positions and goes there; what is fetched afterwards says `epoch`. Returns where the logs end."""
        marks: dict[TopicPartition, Mark] = await self.call_thread(self._seek_slices, positions, epoch)
        return marks

    async def _seek_slices(self, positions: Mapping[TP, int], epoch: int) -> dict[TopicPartition, Mark]:
        wanted = {TopicPartition(*tp): position for tp, position in positions.items()}
        marks = await checked_marks(self._ensure_consumer(), wanted)
        self._slices.seek(wanted, epoch)
        return marks

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commits what is still assigned; aiokafka raises when a rebalance has taken all of it."""
        if self.assignment().isdisjoint(offsets):
            return False
        return bool(await super()._commit(offsets))

    async def _fetch_records(
        self,
        consumer: AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Fetched:
        if not self.consumer.flow_active:
            return Fetched()
        if consumer._closed:
            raise ConsumerStoppedError
        with consumer._subscription.fetch_context():
            return Fetched(await self._slices.step(cast(Any, active_partitions), max_records, timeout or 0))


class SliceConsumer(driver.Consumer):
    """Faust's consumer with the ledger's positions."""

    mundane_level = "debug"
    _thread: SliceThread
    _epoch = 0
    _told: Mapping[TP, int] = {}

    @property
    def fleet(self) -> Fleet:
        """The lanes that this consumer feeds."""
        return cast(HasFleet, self.app).fleet

    def _new_consumer_thread(self) -> SliceThread:
        return SliceThread(self, loop=self.loop, beacon=self.beacon)

    def on_buffer_drop(self, tp: TP) -> None:
        """A source that was held back goes on, at once."""
        super().on_buffer_drop(tp)
        self._thread.wake()

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Fetched:  # noqa: ASYNC109
        fetched = cast(Fetched, await super()._getmany(active_partitions, timeout))
        self.fleet.announce(fetched.slices)
        return fetched

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Goes to the positions of the open lanes. Every path that Faust has to a position leads through here."""
        prepared = self.fleet.prepared
        if prepared is None:
            return {}  # a rebalance is under way; its end comes here again
        self._epoch += 1
        epoch, positions = self._epoch, self.fleet.next_offsets()
        marks = await self._thread.seek_slices(positions, epoch)
        if (epoch, prepared) == (self._epoch, self.fleet.prepared):
            self.fleet.start(marks, epoch)
        return positions

    async def wait_empty(self) -> None:
        """Before partitions go: each open block is committed, and none begins."""
        await self.fleet.pause()
        await super().wait_empty()

    async def commit(self, topics: TPorTopicSet | None = None, start_new_transaction: bool = True) -> bool:
        """Tells the group how far the committed blocks are: a hint for tools that show lag, read by nobody here."""
        if await self.maybe_wait_for_commit_to_finish():
            return False
        self._commit_fut = done = asyncio.get_running_loop().create_future()
        try:
            return await self._tell(self.fleet.committed())
        finally:
            self._commit_fut = None
            done.set_result(None)

    async def _tell(self, positions: Mapping[TP, int]) -> bool:
        news = {tp: position for tp, position in positions.items() if self._told.get(tp) != position}
        if not news or not await self._commit(news):
            return False
        self._told = {**self._told, **news}
        return True


class SliceTransport(driver.Transport):
    """The transport of a worker's consumer; the application has the fleet that it serves."""

    Consumer = SliceConsumer
