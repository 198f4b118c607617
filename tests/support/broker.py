"""Records on a real broker: put there, and read back as a careful reader sees them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

Record: TypeAlias = ConsumerRecord[bytes, bytes]
_CRC = slice(17, 21)  # of a batch; it covers what comes behind it


@asynccontextmanager
async def producer(bootstrap: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer; idempotent, so that a retry on a young topic writes nothing twice."""
    made = AIOKafkaProducer(bootstrap_servers=bootstrap, **{"enable_idempotence": True, **options})
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


async def put(
    bootstrap: str,
    topic: str,
    rows: Iterable[tuple[bytes | None, bytes | None, int]],
    partition: int = 0,
    **options: Any,
) -> None:
    """Sends (key, value, timestamp) rows in order and waits for them."""
    async with producer(bootstrap, **options) as sender:
        futures = [
            await sender.send(topic, value, key=key, partition=partition, timestamp_ms=timestamp)
            for key, value, timestamp in rows
        ]
        await asyncio.gather(*futures)


async def aborted(bootstrap: str, topic: str, rows: Iterable[tuple[bytes, bytes, int]], partition: int = 0) -> None:
    """Sends rows in a transaction that is aborted."""
    async with producer(bootstrap, transactional_id=f"aborted-{topic}-{partition}") as sender:
        await sender.begin_transaction()
        for key, value, timestamp in rows:
            await sender.send(topic, value, key=key, partition=partition, timestamp_ms=timestamp)
        await sender.flush()
        await sender.abort_transaction()


class SpoiltBatch(BatchBuilder):  # type: ignore[misc] # aiokafka has no types
    """A batch of (key, value, timestamp) rows, each with a header whose name is no UTF-8: no client's API makes it."""

    def __init__(self, rows: Iterable[tuple[bytes, bytes, int]]) -> None:
        super().__init__(1 << 20, 0)
        for key, value, timestamp in rows:
            self.append(timestamp=timestamp, key=key, value=value, headers=[("?!?", b"1")])
        self.close()

    def _build(self) -> bytes:
        return spoilt(super()._build(), b"?!?")


def spoilt(batch: bytes, name: bytes) -> bytes:
    """The same uncompressed batch with `\\xff\\xfeb` for a header's name of three bytes, its checksum put right."""
    made = bytearray(batch).replace(name, b"\xff\xfeb")
    made[_CRC] = calc_crc32c(bytes(made[_CRC.stop :])).to_bytes(4, "big")
    return bytes(made)


async def committed(bootstrap: str, topic: str, partitions: Iterable[int] = (0,)) -> list[Record]:
    """All that a read_committed reader sees, partition by partition in offset order."""
    return await read(bootstrap, topic, partitions, "read_committed")


async def aborted_blocks(bootstrap: str, ledger: str, partitions: Iterable[int]) -> int:
    """How many blocks stand in the ledger's log whose transaction was aborted; none may be open any more."""
    partitions = list(partitions)
    every = await read(bootstrap, ledger, partitions, "read_uncommitted")
    return len(every) - len(await committed(bootstrap, ledger, partitions))


async def read(bootstrap: str, topic: str, partitions: Iterable[int], isolation: str) -> list[Record]:
    """All that a reader of this isolation level sees, partition by partition in offset order."""
    places = [TopicPartition(topic, number) for number in partitions]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level=isolation, enable_auto_commit=False, fetch_max_wait_ms=100
    )
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        rows: dict[TopicPartition, list[Record]] = {place: [] for place in places}
        for place in places:
            while await consumer.position(place) < ends[place]:
                for came, portion in (await consumer.getmany(place, timeout_ms=100)).items():
                    rows[came] += portion
        return [row for place in places for row in rows[place]]
    finally:
        await consumer.stop()
