"""One fetch step of an aiokafka consumer that also says, exactly, how far each partition has been read.

aiokafka gives records; the merge needs to know as well whether a partition is at its last stable offset. Both are read
here without an await in between, on the consumer's own event loop, so that they belong together: the position covers
control markers and aborted batches at the tail, which are no records.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams import header_names
from streams.codec.records import SourceRecord
from streams.source_records import is_result, make_with, maker


class Mark(NamedTuple):
    """How far a partition has been read: the next offset to read, and the last stable offset at the last fetch."""

    position: int
    stable: int | None


class Slice(NamedTuple):
    """A contiguous run of one partition: every visible record with `begin` <= offset < `end`, perhaps none.

    `topic` is Kafka's name, that of the records the catalogue's. `epoch` counts the seeks of the consumer: what was
    fetched before one is void after it.
    """

    epoch: int
    topic: str
    partition: int
    begin: int
    end: int
    stable: int | None
    records: Sequence[SourceRecord]


class Fetcher:
    """Takes slices from a started consumer of `names`' topics, Kafka's name with the catalogue's.

    All methods but `wake` belong to the consumer's event loop.
    """

    def __init__(self, consumer: AIOKafkaConsumer, loop: asyncio.AbstractEventLoop, names: Mapping[str, str]) -> None:
        self._consumer = consumer
        self._loop = loop
        header_names.tolerate()
        self._makers = {topic: maker(name) for topic, name in names.items()}
        self._epoch = 0
        self._sought: Any = None  # the assignment that `seek` was called for
        self._told: dict[TopicPartition, Mark] = {}
        self._waiter: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Ends a waiting `step`: another set of partitions is wanted now. From any thread."""
        self._loop.call_soon_threadsafe(self._wake)

    def seek(self, positions: Mapping[TopicPartition, int], epoch: int) -> None:
        """Goes to `positions`; slices say `epoch` from now on."""
        for partition, position in positions.items():
            self._consumer.seek(partition, position)
            self._told.pop(partition, None)
        self._sought = self._assignment()
        self._epoch = epoch

    async def step(
        self, wanted: Collection[TopicPartition], records_max: int | None, wait_s: float
    ) -> tuple[Slice, ...]:
        """The slices of partitions in `wanted` that have moved; empty after `wait_s` without any, or after `wake`.

        `wanted` may be changed by others meanwhile. Raises what a fetch brought: OffsetOutOfRangeError, for instance.
        """
        self._check()
        pieces = await self._take(wanted, records_max)
        if pieces or wait_s <= 0:
            return pieces
        self._waiter = waiter = self._consumer._fetcher._create_fetch_waiter()
        done, _ = await asyncio.wait([waiter], timeout=wait_s)
        self._waiter = None
        if not done:
            waiter.cancel()
            return ()
        waiter.result()  # raises what the coordinator or an authorisation brought
        return await self._take(wanted, records_max)

    def marks(self) -> dict[TopicPartition, Mark]:
        """The present mark of each assigned partition that has a position."""
        return dict(self._marks())

    async def _take(self, wanted: Collection[TopicPartition], records_max: int | None) -> tuple[Slice, ...]:
        wanted = frozenset(wanted)  # an empty set would mean all to aiokafka: look at one that nobody changes
        if not wanted or self._sought is None or self._assignment() is not self._sought:
            return ()  # after a rebalance nothing is to be had before the seek: not even its missing positions
        before = dict(self._marks())
        records = await self._records(wanted, records_max)
        slices = []
        for partition, mark in self._marks():
            rows = records.get(partition, ())
            if rows or self._told.get(partition) != mark:
                begin = before[partition].position
                topic, number = partition
                slices.append(Slice(self._epoch, topic, number, begin, mark.position, mark.stable, rows))
                self._told[partition] = mark
        assert all(partition in self._told for partition in records), "records of a partition that is not assigned"
        return tuple(slices)

    async def _records(
        self, wanted: Collection[TopicPartition], records_max: int | None
    ) -> dict[TopicPartition, list[SourceRecord]]:
        """What has been fetched of each partition, as source records without aiokafka's own in between.

        In equal shares: the merge can't begin before it has something of each source, and its lanes none before others.
        """
        fetcher = self._consumer._fetcher
        holding = [(partition, held) for partition, held in fetcher._records.items() if partition in wanted]
        holding.sort(key=lambda item: is_result(item[1]))  # errors first: they are raised while nothing is taken
        share = None if records_max is None else max(1, records_max // max(1, len(holding)))
        records: dict[TopicPartition, list[SourceRecord]] = {}
        for partition, held in holding:
            if is_result(held):
                make_with(held, self._makers[partition.topic])
            # with timeout 0 and no reassignment it never waits: nothing can come between two looks at the marks
            records |= await fetcher.fetched_records({partition}, timeout=0, max_records=share)
        return records

    def _check(self) -> None:
        """Raises what has ended aiokafka's own fetching: nothing more would come, and nobody would be told."""
        task = self._consumer._fetcher.error_future
        if task.done() and not task.cancelled():
            task.result()

    def _assignment(self) -> Any:
        """The present assignment, None while there is none or another one is under way."""
        subscription = self._consumer._subscription
        if subscription.subscription is None or subscription.reassignment_in_progress:
            return None
        return subscription.subscription.assignment

    def _marks(self) -> Iterator[tuple[TopicPartition, Mark]]:
        for partition in self._sought.tps:
            state = self._sought.state_value(partition)
            if state.has_valid_position:
                yield partition, Mark(state.position, state.lso)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
