"""A lane's transactional producer: one transaction per block, all of it or nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.client import CoordinationType
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.producer.sender import BACKOFF_OVERRIDE, AddPartitionsToTxnHandler

from streams import failpoints
from streams.codec.records import OutputRecord
from streams.lane.batches import BATCH_BYTES, batches

FIRST_WAIT_S: Final = 0.001


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
        _begin_soon(self._producer._sender)

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


class Pace:
    """How long to wait before asking once more whether a transaction may begin: short at first, then as aiokafka does.

    Until the markers of the one before are written, a broker answers that it is at work: some ms after the commit.
    aiokafka asks again after 20 ms, twice a small block's own time (decision 0178).
    """

    def __init__(self) -> None:
        self._wait_s = FIRST_WAIT_S

    def next(self) -> float:
        """Seconds to wait this time."""
        wait_s, self._wait_s = self._wait_s, min(2 * self._wait_s, BACKOFF_OVERRIDE)
        return wait_s

    def begun(self) -> None:
        """The transaction has begun; the next one's first wait is short again."""
        self._wait_s = FIRST_WAIT_S


def _begin_soon(sender: Any) -> None:
    """Lets a transaction begin as soon as the one before is over on the broker."""
    pace = Pace()

    async def add(partitions: Any) -> Any:
        node = await sender._find_coordinator(CoordinationType.TRANSACTION, sender._txn_manager.transactional_id)
        handler = AddPartitionsToTxnHandler(sender, partitions)
        answered = handler.handle_response

        def wait_after(response: Any) -> float | None:
            wait_s: float | None = answered(response)
            if wait_s is None:
                pace.begun()
            return pace.next() if wait_s == BACKOFF_OVERRIDE else wait_s

        handler.handle_response = wait_after
        return await handler.do(node)

    sender._do_add_partitions_to_txn = add
