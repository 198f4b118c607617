"""The floor: a bare aiokafka consume-transact-produce loop that moves W1's bytes and computes nothing.

    python -m tests.bench.bare_echo BOOTSTRAP PREFIX PARTITIONS SHAPES

No Faust, no merge, no hashes: a consumer without a group over the sources, and for each portion of a partition one
transaction with as many records of the same sizes as W1 puts out. Prints JSON: records, start, process, wall (s).
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from streams.lane.batches import BATCH_BYTES
from streams.worker.app import FETCH_BYTES, POLL_RECORDS
from streams.worker.fleet import SOURCES
from tests.bench.staged_worker import Shape

BLOCK = 4_000


class Echo:
    """One partition: what waits goes out in transactions of at most BLOCK records."""

    def __init__(self, producer: AIOKafkaProducer, partition: int, shapes: Mapping[str, Shape]) -> None:
        self.waiting: list[ConsumerRecord] = []
        self.arrived = asyncio.Event()
        self._producer = producer
        self._partition = partition
        self._shapes = shapes

    async def run(self, count: int) -> None:
        """Until so many records have come in all, of whom the last ones may be fewer than a block."""
        while count > 0:
            while not self.waiting:
                self.arrived.clear()
                await self.arrived.wait()
            taken, self.waiting = self.waiting[:BLOCK], self.waiting[BLOCK:]
            await self._producer.begin_transaction()
            sent = [
                await self._producer.send_batch(batch, name, partition=self._partition)
                for name, shape in self._shapes.items()
                for batch in self._batches(taken, shape)
            ]
            await asyncio.gather(*sent)
            await self._producer.commit_transaction()
            count -= len(taken)

    def _batches(self, taken: list[ConsumerRecord], shape: Shape) -> list[object]:
        headers = [(shape.header[0], b"x" * shape.header[1])] if shape.header else []
        value = b"x" * shape.size
        batches = [self._producer.create_batch()]
        for row in taken[: int(len(taken) * shape.ratio)]:
            if batches[-1].append(timestamp=row.timestamp, key=row.key, value=value, headers=headers) is None:
                batches.append(self._producer.create_batch())
                batches[-1].append(timestamp=row.timestamp, key=row.key, value=value, headers=headers)
        return [batch for batch in batches if batch.record_count()]


async def main(bootstrap: str, prefix: str, partitions: int, shapes: Mapping[str, Shape]) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await consumer.start()
    places = [TopicPartition(prefix + name, number) for name in SOURCES for number in range(partitions)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    echoes = []
    for number in range(partitions):
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, transactional_id=f"{prefix}bare-{number}", max_batch_size=BATCH_BYTES
        )
        await producer.start()
        echoes.append(Echo(producer, number, shapes))
    start, began = time.process_time(), time.monotonic()
    counts = [sum(end for place, end in ends.items() if place.partition == number) for number in range(partitions)]
    tasks = [asyncio.create_task(echo.run(count)) for echo, count in zip(echoes, counts, strict=True)]
    left = sum(counts)
    while left:
        for place, rows in (await consumer.getmany(timeout_ms=200, max_records=POLL_RECORDS)).items():
            echo = echoes[place.partition]
            echo.waiting += rows
            echo.arrived.set()
            left -= len(rows)
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    spent = {
        "records": sum(counts),
        "start": start,
        "process": time.process_time() - start,
        "wall": time.monotonic() - began,
    }
    sys.stdout.write(json.dumps(spent) + "\n")
    await consumer.stop()
    for echo in echoes:
        await echo._producer.stop()


if __name__ == "__main__":
    _, brokers, topics, lanes, shaped = sys.argv
    asyncio.run(main(brokers, topics, int(lanes), {name: Shape(*row) for name, row in json.loads(shaped).items()}))
