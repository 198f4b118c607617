"""Dead letters read from their topic: this system's own, or another one's by its full name."""

from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.deadletter import Headers
from streams.deadletters.families import Origin, origin
from streams.reading import ReadError, offset_from, read_to_end, reader
from streams.settings import Settings


class NoLetterError(ReadError):
    """There is no dead letter at a place that was asked for."""


class Place(NamedTuple):
    """Where a dead letter itself stands in its topic."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"


class Letter(NamedTuple):
    """One dead letter. `topic` is its own topic in Kafka, `timestamp` in ms."""

    topic: str
    place: Place
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    origin: Origin

    @property
    def id(self) -> str:
        """Its place in Kafka, as resent records name it."""
        return f"{self.topic}/{self.place}"


def topic_of(settings: Settings, topic: str | None) -> str:
    """The full name of the topic of dead letters: this system's unless another one is named."""
    return topic or f"{settings.topic_prefix}dead-letters"


async def letters(
    settings: Settings,
    topic: str,
    wanted: Callable[[Letter], bool],
    since: int | None = None,
    newest: int | None = None,
) -> AsyncIterator[Letter]:
    """The wanted dead letters that are committed now, partition by partition, from a record time (ms) on; or only those
    at the `newest` so many offsets of each partition.

    Raises ReadError.
    """
    async with reader(_by_full_names(settings), [topic]) as (consumer, partitions):
        for partition in partitions[topic]:
            begin = await _begin(consumer, partition, since)
            if newest is not None:
                begin = max(begin, (await consumer.end_offsets([partition]))[partition] - newest)
            async for record in read_to_end(consumer, partition, begin):
                letter = _letter(record)
                if wanted(letter):
                    yield letter


async def letters_at(settings: Settings, topic: str, places: list[Place]) -> list[Letter]:
    """The dead letters at these places, in order. Raises ReadError, NoLetterError for the first that isn't there."""
    found = []
    async with reader(_by_full_names(settings), [topic]) as (consumer, partitions):
        for place in places:
            if place.partition >= len(partitions[topic]):
                raise NoLetterError(f"{topic}: no partition {place.partition}, it has {len(partitions[topic])}")
            found.append(await _letter_at(consumer, partitions[topic][place.partition], place))
    return found


async def _letter_at(consumer: AIOKafkaConsumer, partition: TopicPartition, place: Place) -> Letter:
    consumer.assign([partition])
    begin = (await consumer.beginning_offsets([partition]))[partition]
    if place.offset >= begin:
        async for record in read_to_end(consumer, partition, place.offset):
            if record.offset == place.offset:
                return _letter(record)
            break
    raise NoLetterError(
        f"{partition.topic}: no dead letter at {place}; `eligibility dead-letters list` has their places"
    )


async def _begin(consumer: AIOKafkaConsumer, partition: TopicPartition, since: int | None) -> int:
    if since is not None:
        return await offset_from(consumer, partition, since)
    return int((await consumer.beginning_offsets([partition]))[partition])


def _letter(record: ConsumerRecord[bytes, bytes]) -> Letter:
    headers = tuple(record.headers)
    place = Place(record.partition, record.offset)
    return Letter(record.topic, place, record.timestamp, record.key, record.value, headers, origin(headers))


def _by_full_names(settings: Settings) -> Settings:
    return settings.model_copy(update={"topic_prefix": ""})
