"""Reading a lane's own logs to their real end: its table's changelog and its ledger.

The end is the high watermark, read without regard to transactions after the producer's initialisation; then the log is
read with read_committed until the position reaches it. The last stable offset would not do as an end: behind an open
transaction it hides what is committed already. Counting records would not do either: markers and aborted records are
offsets without records.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import FetchResult

from streams.lane.errors import RestoreStalledError

_FETCH_WAIT_MS: Final = 200
# Markers and aborted records move the position without ending a poll.
_POLL_S: Final = 0.02
_PORTION_RECORDS: Final = 5_000
# Each block leaves two offsets in the ledger, itself and its transaction's marker; aborted ones leave gaps. The look
# back begins short and doubles.
_TAIL: Final = 8


class LogRecord(NamedTuple):
    """What of a log's record matters here. aiokafka's own record has eleven fields, and takes twice as long."""

    offset: int
    key: bytes
    value: bytes | None


class Log:
    """One partition of the lane's own, from its start to the end that it had when this was opened."""

    def __init__(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, start: int, end: int, stall_s: float
    ) -> None:
        self._consumer = consumer
        self._partition = partition
        self._stall_s = stall_s
        self.start = start
        self.end = end

    async def read(self, offset: int) -> AsyncGenerator[list[LogRecord], None]:
        """Every committed record from `offset` to the end, in portions; RestoreStalledError when it isn't reached."""
        partition, consumer = self._partition, self._consumer
        consumer.assign([partition])
        consumer.seek(partition, offset)
        position, moved = offset, time.monotonic()
        while position < self.end:
            rows = await self._portion()
            before, position = position, await consumer.position(partition)
            if position != before:
                moved = time.monotonic()
            elif time.monotonic() - moved > self._stall_s:
                raise RestoreStalledError(
                    f"{partition.topic}/{partition.partition}: stands at {position} for {self._stall_s:g} s, its end "
                    f"is {self.end}, its last stable offset {consumer.last_stable_offset(partition)}: another "
                    "producer has a transaction open there"
                )
            if rows:
                yield rows

    async def _portion(self) -> list[LogRecord]:
        """The records that are here, or come within a poll; the fetcher's own lists, made of what `_plain` gives."""
        fetched = self._consumer._fetcher
        if self._partition not in fetched._records:
            waiter = fetched._create_fetch_waiter()
            done, _ = await asyncio.wait([waiter], timeout=_POLL_S)
            if not done:
                waiter.cancel()
                return []
        found = fetched._records.get(self._partition)
        if isinstance(found, FetchResult) and found.has_more():
            found._partition_records._consumer_record = _plain
        portion: dict[TopicPartition, list[LogRecord]] = await self._consumer.getmany(self._partition, timeout_ms=0)
        return portion.get(self._partition, [])

    async def last(self) -> LogRecord | None:
        """The last committed record, None in an empty log. Looks back from the end in doubling steps."""
        step = _TAIL
        while True:
            offset = max(self.start, self.end - step)
            found = None
            async for rows in self.read(offset):
                found = rows[-1]
            if found is not None or offset == self.start:
                return found
            step *= 2

    async def first(self) -> LogRecord | None:
        """The first committed record, None in an empty log."""
        async with aclosing(self.read(self.start)) as portions:
            async for rows in portions:
                return rows[0]
        return None


def _plain(_: TopicPartition, record: Any) -> LogRecord:
    return LogRecord(record.offset, record.key, record.value)


@asynccontextmanager
async def opened_logs(
    client: Mapping[str, Any], partitions: list[TopicPartition], stall_s: float
) -> AsyncIterator[list[Log]]:
    """The logs of `partitions`, each up to its present high watermark. Open them after the producer's start."""
    async with AsyncExitStack() as stack:
        committed = await stack.enter_async_context(_consumer(client, "read_committed"))
        plain = await stack.enter_async_context(_consumer(client, "read_uncommitted"))
        # else each topic that it doesn't know yet costs a wait of 0.1 s in the next call
        await plain._client.set_topics({partition.topic for partition in partitions})
        starts = await plain.beginning_offsets(partitions)
        ends = await plain.end_offsets(partitions)
        yield [Log(committed, partition, starts[partition], ends[partition], stall_s) for partition in partitions]


@asynccontextmanager
async def _consumer(client: Mapping[str, Any], isolation: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **client,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        max_partition_fetch_bytes=8 << 20,
        fetch_max_bytes=64 << 20,
        max_poll_records=_PORTION_RECORDS,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()
