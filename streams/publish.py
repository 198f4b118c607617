"""Records into the source topics: keyed by subject, spread by Kafka's default (murmur2), each acknowledged by all."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError, KafkaError
from aiokafka.structs import RecordMetadata

from streams.reading import ReadError, partitions_of
from streams.security import client_options
from streams.settings import Settings

# Enough for full batches to every partition; few enough that a failed send is noticed soon.
_IN_FLIGHT = 5000


class PublishError(Exception):
    """The brokers did not take a record."""


class UnreachableError(PublishError):
    """The brokers, or a topic, are not there."""


@asynccontextmanager
async def transactional(settings: Settings, name: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer whose transactional id all runs of the work `name` share: it ends what an interrupted one left open.

    Raises PublishError, also for what goes wrong with the brokers while it is used.
    """
    producer = AIOKafkaProducer(
        transactional_id=f"{settings.application_id}-{name}",
        compression_type="zstd",
        **client_options(settings.kafka),
    )
    try:
        await producer.start()
        yield producer
    except (KafkaError, OSError) as error:
        raise PublishError(f"brokers {settings.kafka.bootstrap_servers}: {error}") from error
    finally:
        await producer.stop()


class Outgoing(NamedTuple):
    """One record to send: logical topic, key, value, and its timestamp in ms (None: now)."""

    topic: str
    key: bytes
    value: bytes
    timestamp: int | None


class Publisher:
    """Sends in order: what is given first to a partition stands first in it.

    `last` is the offset of the last acknowledged record by logical topic and partition.
    """

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self._prefix = settings.topic_prefix
        self._producer = producer
        self.last: dict[tuple[str, int], int] = {}

    async def send(self, records: Iterable[Outgoing], progress: Callable[[int], None] = lambda _: None) -> int:
        """Sends all and waits until every one is acknowledged; returns how many. Raises PublishError."""
        futures: list[asyncio.Future[RecordMetadata]] = []
        count = 0
        for record in records:
            futures.append(await self._start(record))
            count += 1
            if len(futures) >= _IN_FLIGHT:
                await self._acknowledged(futures)
                progress(count)
        await self._acknowledged(futures)
        progress(count)
        return count

    async def _start(self, record: Outgoing) -> asyncio.Future[RecordMetadata]:
        topic = self._prefix + record.topic
        try:
            future: asyncio.Future[RecordMetadata] = await self._producer.send(
                topic, record.value, key=record.key, timestamp_ms=record.timestamp
            )
        except KafkaError as error:
            raise PublishError(f"{topic}: {error}") from error
        return future

    async def _acknowledged(self, futures: list[asyncio.Future[RecordMetadata]]) -> None:
        await self._producer.flush()
        try:
            for record in await asyncio.gather(*futures):
                place = record.topic.removeprefix(self._prefix), record.partition
                self.last[place] = max(record.offset, self.last.get(place, -1))
        except InvalidTimestampError as error:
            raise PublishError(
                "the brokers refuse a record timestamp that lies more than an hour ahead of now"
            ) from error
        except KafkaError as error:
            raise PublishError(str(error) or type(error).__name__) from error
        futures.clear()


@asynccontextmanager
async def publisher(settings: Settings, topics: Collection[str], linger_ms: int = 10) -> AsyncIterator[Publisher]:
    """An idempotent producer to these topics (logical names) for as long as the block lasts.

    A batch waits `linger_ms` for more records: 0 where somebody waits for each.
    Raises UnreachableError when the brokers do not answer or a topic is not there.
    """
    await _require(settings, topics)
    producer = AIOKafkaProducer(
        enable_idempotence=True,
        acks="all",
        linger_ms=linger_ms,
        max_batch_size=1 << 18,
        compression_type="lz4",
        **client_options(settings.kafka),
    )
    await producer.start()
    try:
        yield Publisher(settings, producer)
    finally:
        await producer.stop()


async def _require(settings: Settings, topics: Collection[str]) -> None:
    """Asks before the first record: a producer would wait 40 s for a topic that is not there."""
    try:
        await partitions_of(settings, topics)
    except ReadError as error:
        raise UnreachableError(str(error)) from error
