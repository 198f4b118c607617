"""The present picture of an account, read from the compacted topic `current` by whoever asks. Read committed only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import ContractError
from schemas.status import CurrentStatus, parse_current
from streams.codec.murmur2 import partition_of
from streams.security import client_options
from streams.settings import Settings

_POLL_MS = 500


class CurrentError(Exception):
    """`current` cannot be read: no brokers, no topic, or a record that is none of ours."""


async def read_current(settings: Settings, account: str) -> list[CurrentStatus]:
    """The last picture of each of the account's products, by product id; empty when the account is not known.

    Reads the account's partition up to its last stable offset: everything committed when it was asked.
    """
    topic = f"{settings.topic_prefix}current"
    async with _consumer(settings) as consumer:
        await consumer.topics()  # asks for the partitions of all topics
        count = len(consumer.partitions_for_topic(topic) or ())
        if not count:
            raise CurrentError(f"topic {topic} is not there: eligibility topics apply")
        partition = TopicPartition(topic, partition_of(account, count))
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        found: dict[str, bytes] = {}
        mine = f"{account}/".encode()
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(partition, timeout_ms=_POLL_MS)).get(partition, ()):
                if record.key is not None and record.key.startswith(mine) and record.value is not None:
                    found[record.key.decode()] = record.value
    return [_parsed(key, value) for key, value in sorted(found.items())]


def _parsed(key: str, value: bytes) -> CurrentStatus:
    try:
        return parse_current(orjson.loads(value))
    except (orjson.JSONDecodeError, ContractError) as error:
        raise CurrentError(f"current, key {key}: {error}") from error


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        isolation_level="read_committed", enable_auto_commit=False, **client_options(settings.kafka)
    )
    try:
        await consumer.start()
        yield consumer
    except (KafkaError, OSError) as error:
        raise CurrentError(f"brokers {settings.kafka.bootstrap_servers}: {error}") from error
    finally:
        await consumer.stop()
