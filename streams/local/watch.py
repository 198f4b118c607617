"""What comes out, seen by one who asks only for what is committed: status changes, and how far each lane is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.availability import AvailabilityEvent
from schemas.errors import ContractError
from schemas.status import StatusEvent, parse_status
from streams.availability import read_event
from streams.reading import ReadError, reader
from streams.settings import Settings

_POLL_MS = 200
_RECORDS_MAX = 2000


class Watch:
    """The present picture as the topics `status` and `ledger` tell it, and everything counted on the way."""

    def __init__(
        self,
        settings: Settings,
        consumer: AIOKafkaConsumer,
        on_change: Callable[[StatusEvent], None],
        on_service: Callable[[AvailabilityEvent], None],
    ) -> None:
        self._prefix = settings.topic_prefix
        self._lanes = settings.partitions
        self._consumer = consumer
        self._on_change = on_change
        self._on_service = on_service
        self._moved = asyncio.Condition()
        self.statuses: dict[tuple[str, str], str] = {}
        self.clocks: dict[int, int] = {}
        self.applied: dict[tuple[str, int], int] = {}
        self.changes = 0
        self.events = 0

    def clock(self) -> int | None:
        """The instant that every lane has reached, ms since the epoch; None while one has no block."""
        return min(self.clocks.values()) if len(self.clocks) == self._lanes else None

    def open_products(self, account: str) -> list[str]:
        """The account's products that are open now."""
        return sorted(
            product for (whose, product), status in self.statuses.items() if whose == account and status == "OPEN"
        )

    def totals(self) -> dict[str, Counter[str]]:
        """How many accounts have each status, by product."""
        totals: dict[str, Counter[str]] = {}
        for (_, product), status in sorted(self.statuses.items()):
            totals.setdefault(product, Counter())[status] += 1
        return totals

    async def catch_up(self) -> None:
        """Waits until everything that is committed now has been seen."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        while [tp for tp, end in ends.items() if await self._consumer.position(tp) < end]:
            async with self._moved:
                await self._moved.wait()

    async def until(self, reached: Callable[["Watch"], bool]) -> None:
        """Waits until what was seen satisfies the condition."""
        async with self._moved:
            await self._moved.wait_for(lambda: reached(self))

    async def run(self) -> None:
        """Follows the topics until cancelled. Raises ReadError."""
        try:
            while True:
                batches = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
                # Blocks last: what a block put out is counted before the block is.
                for partition, records in sorted(batches.items(), key=lambda item: item[0].topic, reverse=True):
                    for record in records:
                        self._take(partition.topic.removeprefix(self._prefix), record.value)
                async with self._moved:
                    self._moved.notify_all()
        except KafkaError as error:
            raise ReadError(f"cannot follow the statuses: {error}") from error

    def _take(self, topic: str, value: bytes) -> None:
        if topic == "availability":
            self._on_service(read_event(value))
            return
        document = orjson.loads(value)
        if topic == "ledger":
            self._take_block(document)
            return
        try:
            event = parse_status(document)
        except ContractError as error:
            raise ReadError(f"status: {error}") from error
        self.changes += 1
        self.statuses[event.data.account_id, event.data.product] = event.data.status
        self._on_change(event)

    def _take_block(self, block: dict[str, Any]) -> None:
        self.clocks[block["lane"]] = block["clock"]
        for piece in block["slices"]:
            place = piece["topic"], piece["partition"]
            self.applied[place] = max(self.applied.get(place, -1), piece["last"])
            self.events += piece["count"]


@asynccontextmanager
async def watching(
    settings: Settings, on_change: Callable[[StatusEvent], None], on_service: Callable[[AvailabilityEvent], None]
) -> AsyncIterator[Watch]:
    """A watch from the topics' beginning on; its `run` is up to the caller."""
    async with reader(settings, ["ledger", "status", "availability"]) as (consumer, found):
        partitions = [partition for each in found.values() for partition in each]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        yield Watch(settings, consumer, on_change, on_service)
