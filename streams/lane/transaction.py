"""A lane's transactional producer: one transaction per block, all of it or nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams import failpoints
from streams.codec.records import OutputRecord
from streams.lane.batches import BATCH_BYTES, batches


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
        _ask_again(self._producer._sender)

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
        queues = {topic: list(batches(rows)) for topic, rows in records.items() if rows}
        await self._producer.begin_transaction()
        futures = []
        # the first batch of each topic first: so one request adds all partitions to the transaction
        for turn in range(max(map(len, queues.values()), default=0)):
            for topic, queue in queues.items():
                if turn < len(queue):
                    futures.append(await self._producer.send_batch(queue[turn], topic, partition=self._partition))
        await asyncio.gather(*futures)
        await failpoints.reach("sent")
        await self._producer.commit_transaction()
        await failpoints.reach("committed")


def _ask_again(sender: Any) -> None:
    """Lets a producer live on when a connection breaks while it asks who its coordinator is.

    aiokafka 0.14 asks again after every passing error but this one, which ends its producer: at each restart of a
    broker, in a rolling one too, some lanes would end their workers. The block's deadline bounds the asking.
    """
    find = sender._find_coordinator

    async def found(kind: Any, key: str) -> Any:
        while True:
            try:
                return await find(kind, key)
            except KafkaError as error:
                if not isinstance(error.__cause__, KafkaConnectionError):
                    raise
            await sender.client.force_metadata_update()
            await asyncio.sleep(sender._retry_backoff)

    sender._find_coordinator = found
