"""Brokers as the origin of an audit: committed records only, up to one position of all ledgers of a live system."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import SOURCE_ORDER, TOPICS
from streams import header_names
from streams.audit.logs import EVERYTHING, LEDGER, AuditError, Position, Range, Stream, partition_of_lane
from streams.cluster import describe, topics_of
from streams.codec.block import OUTPUTS
from streams.codec.records import SourceRecord
from streams.security import client_options
from streams.settings import Settings
from streams.source_records import is_result, make_batches_with, maker_of_batches

# Longer than any transaction may stay open: what is unstable for longer never gets stable.
_STALL_S: Final = 120.0
_POLL_S: Final = 0.5
_AGAIN_S: Final = 0.05
_FETCH_WAIT_MS: Final = 100
_FETCH_BYTES: Final = 2 << 20
"""Of one partition at a time, as compressed."""
_TURNS: Final = 20
"""Of the event loop when records were taken: enough to ask for the next ones and to read an answer of that size."""


class Brokers:
    """The topics of the settings' system."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        beside = {name: each.full_name(settings.topic_prefix) for name, each in TOPICS.items()}
        self._names = beside | topics_of(settings)

    async def position(self, beside: tuple[str, ...] = ()) -> Position:
        """Where all lanes stand now: each output before its end belongs to a block before the ledger's end.

        With topics `beside` these, whole as they are. Outputs' ends are taken first, then the ledgers' high watermarks:
        a block's ledger record is written before its transaction commits, so the block of each output seen is below
        the watermark. Then that is waited for to be stable, and only then the limits up to which outputs and sources of
        these blocks may lie are taken.
        """
        try:
            async with AsyncExitStack() as stack:
                committed = await stack.enter_async_context(self._consumer("read_committed", EVERYTHING + beside))
                plain = await stack.enter_async_context(self._consumer("read_uncommitted", EVERYTHING))
                lanes = len(self._partitions(committed, LEDGER))
                places = {
                    (name, number): TopicPartition(self._names[name], number)
                    for name in EVERYTHING
                    for number in {partition_of_lane(name, lane) for lane in range(lanes)}
                }
                places |= {
                    (name, number): TopicPartition(self._names[name], number)
                    for name in beside
                    for number in sorted(self._partitions(committed, name))
                }
                outside = [place for (name, _), place in places.items() if name != LEDGER]
                ledgers = [place for (name, _), place in places.items() if name == LEDGER]
                ends = await committed.end_offsets(outside)
                taken_at = time.time_ns() // 1_000_000
                ends |= await plain.end_offsets(ledgers)
                await _stable(committed, {place: ends[place] for place in ledgers})
                starts = await committed.beginning_offsets(list(places.values()))
                limits = {**ends, **await committed.end_offsets(self._of(places, SOURCE_ORDER))}
                limits |= await plain.end_offsets(self._of(places, OUTPUTS))
            own = {name: self._names[name] for name in EVERYTHING}
            cluster = await describe(client_options(self.settings.kafka), own)
        except (KafkaError, OSError) as error:
            raise AuditError(f"brokers {self.settings.kafka.bootstrap_servers}: {error}") from error
        ranges = {at: Range(starts[place], ends[place], limits[place]) for at, place in places.items()}
        return Position(taken_at, lanes, ranges, cluster.cluster_id, cluster.topics)

    @asynccontextmanager
    async def opened(self, position: Position, lane: int, topics: tuple[str, ...]) -> AsyncIterator[dict[str, Stream]]:
        """The streams of a lane, through one consumer. Raises AuditError, also inside the block."""
        header_names.tolerate()
        try:
            async with self._consumer("read_committed", topics) as consumer:
                at = {name: (name, partition_of_lane(name, lane)) for name in topics}
                places = {name: TopicPartition(self._names[name], number) for name, (_, number) in at.items()}
                consumer.assign(list(places.values()))
                for name, place in places.items():
                    consumer.seek(place, position.ranges[at[name]].start)
                yield {
                    name: _KafkaStream(consumer, place, name, position.ranges[at[name]])
                    for name, place in places.items()
                }
        except (KafkaError, OSError) as error:
            raise AuditError(f"brokers {self.settings.kafka.bootstrap_servers}: {error}") from error

    @asynccontextmanager
    async def _consumer(self, isolation: str, topics: tuple[str, ...]) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            max_partition_fetch_bytes=_FETCH_BYTES,
            **client_options(self.settings.kafka),
        )
        try:
            await consumer.start()
            # else each topic that it doesn't know yet costs a wait in the next call
            await consumer._client.set_topics({self._names[name] for name in topics})
            # else a partition that has run dry waits until the others' records were taken, or for this long
            consumer._fetcher._prefetch_backoff = 0
            yield consumer
        finally:
            await consumer.stop()

    def _partitions(self, consumer: AIOKafkaConsumer, name: str) -> set[int]:
        topic = self._names[name]
        found: set[int] | None = consumer.partitions_for_topic(topic)
        if not found:
            raise AuditError(f"topic {topic} is not there: eligibility topics apply")
        return found

    def _of(self, places: Mapping[tuple[str, int], TopicPartition], names: tuple[str, ...]) -> list[TopicPartition]:
        return [place for (name, _), place in places.items() if name in names]


class _KafkaStream(Stream):
    def __init__(self, consumer: AIOKafkaConsumer, place: TopicPartition, name: str, range: Range) -> None:
        super().__init__(range)
        self._consumer = consumer
        self._place = place
        self._maker = maker_of_batches(name, place.partition)
        self._pause_at_end(range.start)

    def extend(self, range: Range) -> None:
        """Go on, to a later position."""
        super().extend(range)
        self._consumer.resume(self._place)

    async def _portion(self) -> list[SourceRecord] | None:
        place, limit = self._place, self.range.limit
        before = await self._consumer.position(place)
        if self._pause_at_end(before):
            return None
        began = time.monotonic()
        while not (rows := await self._fetched()) and await self._consumer.position(place) == before:
            if time.monotonic() - began > _STALL_S:
                raise AuditError(
                    f"{place.topic}/{place.partition}: stands at {before} for {_STALL_S:g} s, wanted is {limit}: "
                    "a transaction is open there, or the broker gives nothing"
                )
        if rows and rows[-1].offset >= limit:
            # What lies beyond the limit is dropped only to be read again where a later position is asked for.
            self._consumer.seek(place, limit)
            return [row for row in rows if row.offset < limit]
        return rows

    async def _fetched(self) -> list[SourceRecord]:
        """What has come of the partition, waited for where nothing has; perhaps nothing all the same."""
        fetcher, place = self._consumer._fetcher, self._place
        if place not in fetcher._records:
            waiter = fetcher._create_fetch_waiter()
            done, _ = await asyncio.wait([waiter], timeout=_POLL_S)
            if not done:
                waiter.cancel()
                return []
            waiter.result()  # raises what an authorisation brought
        held = fetcher._records.get(place)
        if is_result(held):
            make_batches_with(held, self._maker)
        found: dict[TopicPartition, list[SourceRecord]] = await fetcher.fetched_records({place}, timeout=0)
        for _ in range(_TURNS):  # so that brokers get ready what comes next while this is computed with
            await asyncio.sleep(0)
        return found.get(place, [])

    def _pause_at_end(self, position: int) -> bool:
        """Nothing more is asked for there: brokers wait for what comes, and let all other partitions wait too."""
        ended = position >= self.range.limit
        if ended:
            self._consumer.pause(self._place)
        return ended


async def _stable(consumer: AIOKafkaConsumer, wanted: Mapping[TopicPartition, int]) -> None:
    """Waits until the last stable offsets have come so far: every transaction open now is decided then."""
    began = time.monotonic()
    while True:
        ends = await consumer.end_offsets(list(wanted))
        late = [place for place, end in wanted.items() if ends[place] < end]
        if not late:
            return
        if time.monotonic() - began > _STALL_S:
            raise AuditError(f"{late[0].topic}/{late[0].partition}: a transaction is open there for {_STALL_S:g} s")
        await asyncio.sleep(_AGAIN_S)
