"""Many records into topics, fast: whole batches for each partition, no call through the producer for each record.

W1's events are made once for a bench and put into a new system's topics before each run.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.events import EVENT_TYPES
from schemas.instants import parse_instant
from schemas.policy import PolicyDocument
from schemas.topics import BROADCAST
from streams.codec.murmur2 import partition_of
from streams.messages import clock_advanced, history_activation, policy_in_force
from streams.publish import publisher
from streams.settings import Settings
from tests.bench.w1.data import Event, cloud_event, events
from tests.support.broker import producer

Row: TypeAlias = tuple[bytes, bytes, int]
Rows: TypeAlias = Mapping[tuple[str, int], list[Row]]
"""Key, value and timestamp of the records, in order, by topic and partition."""

_BATCH_BYTES: Final = 400_000
_IN_FLIGHT: Final = 5


def by_account(rows: Iterable[tuple[str, str, bytes, int]], partitions: int) -> Rows:
    """(topic, account, value, timestamp) sorted into partitions by Kafka's default."""
    places: dict[str, tuple[bytes, int]] = {}
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for topic, account, value, timestamp in rows:
        place = places.get(account)
        if place is None:
            place = places[account] = account.encode(), partition_of(account, partitions)
        found[topic, place[1]].append((place[0], value, timestamp))
    return found


class History(NamedTuple):
    """Events in order, the same as rows of ours by catalogue topic, and the time of the last one, ms."""

    events: list[Event]
    rows: Rows
    end: int


@lru_cache(2)
def w1(count: int, accounts: int, partitions: int) -> History:
    """W1's."""
    return history(list(events(count, accounts)), partitions)


def history(given: list[Event], partitions: int) -> History:
    """W1's kinds of events as a history of ours."""
    rows = []
    for event in given:
        document = cloud_event(event)
        timestamp = parse_instant(document["time"])
        rows.append((EVENT_TYPES[document["type"]].topic, document["subject"], orjson.dumps(document), timestamp))
    return History(given, by_account(rows, partitions), max(timestamp for *_, timestamp in rows))


async def fill(bootstrap: str, rows: Rows, prefix: str = "") -> None:
    """Puts the rows into their topics, in order within each partition; `prefix` comes before the topics' names."""
    async with producer(bootstrap, max_batch_size=_BATCH_BYTES, compression_type="lz4") as sender:
        for (topic, partition), each in rows.items():
            await _fill(sender, prefix + topic, partition, each)


async def _fill(sender: AIOKafkaProducer, topic: str, partition: int, rows: list[Row]) -> None:
    waiting: list[asyncio.Future[object]] = []
    batch: BatchBuilder = sender.create_batch()
    for key, value, timestamp in rows:
        if batch.append(timestamp=timestamp, key=key, value=value) is None:
            waiting.append(await sender.send_batch(batch, topic, partition=partition))
            batch = sender.create_batch()
            batch.append(timestamp=timestamp, key=key, value=value)
            if len(waiting) >= _IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
    if batch.record_count():
        waiting.append(await sender.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*waiting)


async def fill_history(settings: Settings, portions: Iterable[Rows], policy: PolicyDocument, end: int) -> None:
    """A whole history, portion by portion: the policy in force from its begin, the events, the clock moved to `end`."""
    async with publisher(settings, sorted(BROADCAST)) as sender:
        await sender.send(policy_in_force(policy, history_activation(policy, settings.activation_delay_ms)))
        for rows in portions:
            await fill(settings.kafka.bootstrap_servers or "", rows, settings.topic_prefix)
        await sender.send([clock_advanced(end)])
