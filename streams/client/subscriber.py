"""The status topic as a stream of typed changes: committed ones only, in order, repeated ones left out, gaps told."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import Any, Final, Literal, Self

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from schemas.errors import ContractError
from schemas.status import StatusEvent, parse_status
from streams.client.sequences import GapError, Last, PartitionMemory, missing_before
from streams.reading import partitions_of
from streams.security import client_options
from streams.settings import Settings

Upcast = Callable[[dict[str, Any]], dict[str, Any] | None]
"""From an event as it was written, by an older or newer version, to one of this version; None leaves it out."""

_TOPIC: Final = "status"
_POLL_MS: Final = 500


class SubscriberError(Exception):
    """A record of the topic is no status event of this version: the text says where it stands and what is wrong."""


@dataclass(frozen=True, slots=True)
class Change:
    """One status change and where it stands; `missing` are sequences that should have come before it."""

    event: StatusEvent
    partition: int
    offset: int
    missing: range


class Subscriber:
    """Status changes, in order per account, from the first one on; an asynchronous context manager and iterator.

    A change is handled when the next one is asked for. With a `group`, several processes share the partitions, and what
    was handled is committed: after a crash the changes since the last commit come again. Without one, all changes come
    each time.

    `last` says what the caller has handled. Kept in the same transaction as the effect, it makes the effect happen
    exactly once. Without it repeated changes are known only for as long as the process has the partition.

    `gaps`: "raise" ends with GapError, "tell" gives the change with what is `missing`. `follow` false: ends where the
    topic ended at the beginning.
    """

    def __init__(
        self,
        settings: Settings,
        group: str | None = None,
        *,
        last: Last | None = None,
        upcast: Upcast | None = None,
        gaps: Literal["raise", "tell"] = "raise",
        follow: bool = True,
    ) -> None:
        self._settings = settings
        self._group = group
        self._topic = settings.topic_prefix + _TOPIC
        self._last = last
        self._complete = last is not None or group is None
        self._upcast = upcast
        self._gaps = gaps
        self._follow = follow
        self._memory = PartitionMemory()
        self._handled: dict[TopicPartition, int] = {}
        self._turn = 0  # counts how often partitions have been taken away

    async def __aenter__(self) -> Self:
        """Connects. Raises ReadError when brokers or topic are not there."""
        await partitions_of(self._settings, [_TOPIC])
        self._consumer = AIOKafkaConsumer(
            group_id=self._group,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(self._settings.session_timeout_s * 1000),
            heartbeat_interval_ms=int(self._settings.heartbeat_s * 1000),
            **client_options(self._settings.kafka),
        )
        self._consumer.subscribe([self._topic], listener=_Listener(self))
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commits what was handled, and disconnects."""
        await self._commit(set(self._handled))
        await self._consumer.stop()

    async def __aiter__(self) -> AsyncIterator[Change]:
        """The changes. Raises GapError, SubscriberError, and what Kafka's client raises."""
        ends: dict[TopicPartition, int] = {}
        while self._follow or not ends or not await self._reached(ends):
            batches = await self._consumer.getmany(timeout_ms=_POLL_MS)
            turn = self._turn
            if not self._follow and not ends and self._consumer.assignment():
                ends = await self._consumer.end_offsets(self._consumer.assignment())
            for record in chain.from_iterable(batches.values()):
                change = self._change(record) if turn == self._turn else None
                if change is not None:
                    yield change
                if turn != self._turn:
                    break  # the partitions have been dealt anew: whoever has them begins behind the last commit
                if change is not None:
                    data = change.event.data
                    self._memory.keep(record.partition, data.account_id, data.product, data.sequence)
                self._handled[TopicPartition(record.topic, record.partition)] = record.offset + 1
            await self._commit(set(self._handled))

    async def revoked(self, places: Collection[TopicPartition]) -> None:
        """These partitions may go to another process: it goes on behind what was handled here."""
        self._turn += 1
        await self._commit(places)
        for place in places:
            self._handled.pop(place, None)
            self._memory.forget(place.partition)

    def _change(self, record: ConsumerRecord[bytes, bytes]) -> Change | None:
        event = self._event(record)
        if event is None:
            return None
        data = event.data
        known = self._memory.last(record.partition, data.account_id, data.product)
        if self._last is not None:
            known = self._last(data.account_id, data.product)
        missing = missing_before(known, data.sequence, complete=self._complete)
        if missing is None:
            return None
        if missing and self._gaps == "raise":
            raise GapError(data.account_id, data.product, missing)
        return Change(event, record.partition, record.offset, missing)

    def _event(self, record: ConsumerRecord[bytes, bytes]) -> StatusEvent | None:
        try:
            document = orjson.loads(record.value or b"")
            if self._upcast is not None:
                document = self._upcast(document)
            return None if document is None else parse_status(document)
        except (orjson.JSONDecodeError, ContractError) as error:
            raise SubscriberError(f"{record.topic}/{record.partition}/{record.offset}: {error}") from error

    async def _commit(self, places: Collection[TopicPartition]) -> None:
        offsets = {place: self._handled[place] for place in places if place in self._handled}
        if self._group is None or not offsets:
            return
        # Otherwise the partitions have gone to another process, which handles these changes again.
        with suppress(CommitFailedError, IllegalStateError):
            await self._consumer.commit(offsets)
        for place in offsets:
            self._handled.pop(place, None)

    async def _reached(self, ends: dict[TopicPartition, int]) -> bool:
        mine = self._consumer.assignment()
        return all([await self._consumer.position(place) >= end for place, end in ends.items() if place in mine])


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Tells the subscriber which partitions go."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._subscriber.revoked(revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Nothing to prepare."""
