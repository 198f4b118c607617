"""Reading topics as one who asks: committed records only, from the beginning, without a consumer group."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams import header_names
from streams.security import client_options
from streams.settings import Settings

_POLL_MS: Final = 500


class ReadError(Exception):
    """Topics cannot be read: no brokers, no topic, or a record that is none of ours."""


class Reader(NamedTuple):
    """A consumer to which nothing is assigned yet, and the partitions of the topics asked for, by logical name."""

    consumer: AIOKafkaConsumer
    partitions: Mapping[str, list[TopicPartition]]


@asynccontextmanager
async def reader(settings: Settings, topics: Collection[str]) -> AsyncIterator[Reader]:
    """A reader for as long as the block lasts. Raises ReadError, also for what Kafka's client raises in the block."""
    header_names.tolerate()
    brokers = f"brokers {settings.kafka.bootstrap_servers}"
    consumer = AIOKafkaConsumer(
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **client_options(settings.kafka),
    )
    try:
        found = await partitions_of(settings, topics)
        await consumer.start()
        yield Reader(consumer, found)
    except (KafkaError, OSError) as error:
        raise ReadError(f"{brokers}: {error}") from error
    finally:
        await consumer.stop()


async def read_to_end(
    consumer: AIOKafkaConsumer, partition: TopicPartition, begin: int | None = None
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    """The committed records of one partition, which is assigned for it, up to the end that it has now; from an offset,
    or from its beginning.
    """
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    if begin is None:
        await consumer.seek_to_beginning(partition)
    elif begin < end:
        consumer.seek(partition, begin)
    else:
        return
    while await consumer.position(partition) < end:
        for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, ()):
            yield record


async def offset_from(consumer: AIOKafkaConsumer, partition: TopicPartition, since: int) -> int:
    """The first offset whose record's time is `since` (ms) or later; the end where there is none."""
    found = (await consumer.offsets_for_times({partition: max(since, 0)}))[partition]
    return int(found.offset) if found is not None else (await consumer.end_offsets([partition]))[partition]


async def partitions_of(settings: Settings, topics: Collection[str]) -> dict[str, list[TopicPartition]]:
    """The partitions of topics (logical names), in order. Raises ReadError when one is missing."""
    admin = AIOKafkaAdminClient(**client_options(settings.kafka))
    try:
        await admin.start()
        counts = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    except (KafkaError, OSError) as error:
        raise ReadError(f"brokers {settings.kafka.bootstrap_servers}: {error}") from error
    finally:
        await admin.close()
    found = {}
    for topic in topics:
        name = settings.topic_prefix + topic
        if name not in counts:
            raise ReadError(f"topic {name} is not there: eligibility topics apply")
        found[topic] = [TopicPartition(name, number) for number in range(counts[name])]
    return found
