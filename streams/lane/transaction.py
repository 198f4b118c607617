"""A lane's transactional producer: one transaction per block, all of it or nothing."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch

from streams import failpoints
from streams.codec.records import OutputRecord
from streams.lane.errors import RecordTooLargeError

# One batch has to pass the broker's message.max.bytes (1,048,588 by default), overheads included.
BATCH_BYTES: Final = 1_000_000
# A dead letter carries the source's value unchanged, and a source's batch may have been compressed: brokers look at its
# compressed size, so values of any size come. They go out as they came in, compressed.
COMPRESSED: Final = "dead-letters"
_ZSTD: Final = DefaultRecordBatch.CODEC_ZSTD


class Transactions:
    """The producer of one lane. Starting it fences the predecessor and ends the transaction that it left open.

    After any exception of `write` the outcome is unknown and the producer must not be used again: end the process.
    """

    def __init__(self, client: Mapping[str, Any], transactional_id: str, timeout_s: float, partition: int) -> None:
        self._partition = partition
        self._producer = AIOKafkaProducer(
            **client,
            transactional_id=transactional_id,
            transaction_timeout_ms=int(timeout_s * 1000),
            acks="all",
            max_batch_size=BATCH_BYTES,
        )

    async def start(self) -> None:
        """Connects and takes over the transactional id."""
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnects. An open transaction, if there is one, stays to the successor."""
        await self._producer.stop()

    async def write(self, records: Mapping[str, Sequence[OutputRecord]]) -> None:
        """Writes records, by Kafka's topic name, into the lane's partition in one transaction, and commits it.

        Returns when the commit is certain. Every batch's future is awaited before the commit: aiokafka would commit
        the others without one that failed (seen).
        """
        batches = {topic: list(self._batches(rows)) for topic, rows in records.items() if rows}
        await self._producer.begin_transaction()
        futures = []
        # the first batch of each topic first: so one request adds all partitions to the transaction
        for turn in range(max(map(len, batches.values()), default=0)):
            for topic, queue in batches.items():
                if turn < len(queue):
                    futures.append(await self._producer.send_batch(queue[turn], topic, partition=self._partition))
        await asyncio.gather(*futures)
        await failpoints.reach("sent")
        await self._producer.commit_transaction()
        await failpoints.reach("committed")

    def _batches(self, rows: Iterable[OutputRecord]) -> Iterator[BatchBuilder]:
        batch = self._producer.create_batch()
        for row in rows:
            large = _is_large(row)
            if large or not _append(batch, row):
                if batch.record_count():
                    yield batch
                batch = (
                    BatchBuilder(BATCH_BYTES, _ZSTD, is_transactional=True) if large else self._producer.create_batch()
                )
                added = _append(batch, row)
                assert added, "a batch takes its first record whatever its size"
        batch.close()
        yield batch


def _append(batch: BatchBuilder, row: OutputRecord) -> bool:
    return batch.append(timestamp=row.timestamp, key=row.key, value=row.value, headers=list(row.headers)) is not None


def _is_large(row: OutputRecord) -> bool:
    """Does a record need a compressed batch of its own? Raises RecordTooLargeError where it may not have one."""
    size = len(row.key or b"") + len(row.value or b"")
    if row.topic == COMPRESSED:
        return size + sum(len(name) + len(content or b"") for name, content in row.headers) > BATCH_BYTES
    if size > BATCH_BYTES:
        raise RecordTooLargeError(
            f"{row.topic}: a record of {size} bytes at {row.timestamp} ms would fail at every start anew"
        )
    return False
