"""Records on a real broker: put there, and read back as a careful reader sees them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c, encode_varint

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


class FoldedBatch(BatchBuilder):  # type: ignore[misc]
    """A batch of one record whose value is `count` blanks, a multiple of 128 KiB, folded by zstd as far as it goes:
    131,072 bytes become four. It is made without ever being unfolded.
    """

    def __init__(self, key: bytes, count: int, timestamp: int) -> None:
        super().__init__(1 << 20, 0)
        self.append(timestamp=timestamp, key=key, value=b"")
        self.close()
        self._key, self._count = key, count

    def _build(self) -> bytes:
        return folded(super()._build(), self._key, self._count)


_ATTRIBUTES, _RECORDS = slice(21, 23), 61  # of a batch: the codec's bits, where its records begin
_ZSTD, _BLOCK = 4, 1 << 17


def folded(batch: bytes, key: bytes, count: int) -> bytes:
    """An uncompressed batch of one record with this key and `count` blanks for its value instead, as zstd's blocks."""
    head = bytearray(batch[:_RECORDS])
    fields = b"\0\0\0" + _varint(len(key)) + key + _varint(count)
    length = _varint(len(fields) + count + 1)
    first = length + fields
    blocks = [_block(len(first), 0) + first, *[_block(_BLOCK, 1) + b" "] * (count // _BLOCK), _block(1, 0, 1) + b"\0"]
    frame = b"\x28\xb5\x2f\xfd\x00\x58" + b"".join(blocks)  # magic, no size told, a window of 2 MiB
    head[8:12] = (_RECORDS - 12 + len(frame)).to_bytes(4, "big")
    head[_ATTRIBUTES] = (int.from_bytes(head[_ATTRIBUTES], "big") | _ZSTD).to_bytes(2, "big")
    made = bytes(head) + frame
    crc: int = calc_crc32c(made[_CRC.stop :])
    return made[: _CRC.start] + crc.to_bytes(4, "big") + made[_CRC.stop :]


def _block(size: int, kind: int, last: int = 0) -> bytes:
    """A zstd block's header; kind 0: the bytes as they are, 1: one byte so many times."""
    return (size << 3 | kind << 1 | last).to_bytes(3, "little")


def _varint(number: int) -> bytes:
    buffer = bytearray()
    encode_varint(number, buffer.append)
    return bytes(buffer)


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
