"""From send to read_committed receive, at a rate: live W1 events into a system, and the moments its statuses come.

The sender and the reader are one process beside the system. An event's latency runs from the call of `send` to the
moment at which a read_committed consumer has the status that names the event as its cause; events that change no status
have none.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.codec.murmur2 import partition_of
from tests.bench.w1.data import Event
from tests.bench.w1.expected import changes
from tests.bench.w1.live import instant_ms, live_events
from tests.support.lanes import until

WAKING_S = 90.0
SETTLE_S = 2.0
DRAIN_S = 120.0
DAY_S = 86_400
TICK_S = 0.001


class Route(NamedTuple):
    """How a system is talked to: `record` gives an event's topic and value, `cause` the event that a status names."""

    bootstrap: str
    partitions: int
    status_topic: str
    record: Callable[[Event], tuple[str, bytes]]
    cause: Callable[[bytes], str | None]


class Load(NamedTuple):
    """`rate` events/s for `seconds`, over so many accounts; of the first `warm_s` no latency counts."""

    rate: float
    seconds: float
    warm_s: float
    accounts: int


class Came(NamedTuple):
    """What a run gave: the events sent, latencies in s by event id, status values in the order of their arrival, by how
    much the sender was behind its plan at worst (s), and when each event was sent (s since the epoch).
    """

    sent: list[Event]
    latencies: dict[str, float]
    statuses: list[bytes]
    late_s: float
    moments: dict[str, float]


async def measured(route: Route, load: Load) -> Came:
    """Runs a load against a running system, once it has answered in every partition."""
    came: dict[str, float] = {}
    statuses: list[bytes] = []
    async with _producer(route) as producer, _reading(route, came, statuses):
        await _awake(route, producer, came)
        await _within_a_day(load.seconds)
        statuses.clear()
        sent, moments, late_s = await _send(route, load, producer)
        await asyncio.sleep(SETTLE_S)  # what is under way is not disturbed by the reckoning
        awaited = {change["event_id"] for change in changes(sent)}
        await until(lambda: awaited <= came.keys(), DRAIN_S)
        await asyncio.sleep(SETTLE_S)  # what should not come would come now
    first = math.floor(load.warm_s * load.rate)
    counted = {event["id"] for event in sent[first:]} & came.keys()
    return Came(sent, {name: came[name] - moments[name] for name in counted}, statuses, late_s, moments)


async def _within_a_day(seconds: float) -> None:
    """W1 counts days in UTC: at midnight time changes statuses that it would give to the account's next event."""
    left = DAY_S - time.time() % DAY_S
    if left < seconds + SETTLE_S:
        await asyncio.sleep(left + SETTLE_S)


async def _send(route: Route, load: Load, producer: AIOKafkaProducer) -> tuple[list[Event], dict[str, float], float]:
    start_ms = time.time_ns() // 1_000_000
    began, start = time.monotonic(), datetime.fromtimestamp(start_ms / 1000, UTC)
    sent: list[Event] = []
    moments: dict[str, float] = {}
    late = 0.0
    for event in live_events(start, load.rate, load.accounts):
        due = len(sent) / load.rate
        if due >= load.seconds:
            return sent, moments, late
        ahead = began + due - time.monotonic()
        late = max(late, -ahead)
        if ahead > TICK_S or not len(sent) % 64:
            await asyncio.sleep(max(0.0, ahead))
        moments[event["id"]] = time.time()
        await _put(route, producer, event, start_ms + int(len(sent) * 1000 / load.rate))
        sent.append(event)
    raise AssertionError("live events have no end")


async def _put(route: Route, producer: AIOKafkaProducer, event: Event, at_ms: int) -> None:
    account = event["account_id"]
    topic, value = route.record(event)
    number = partition_of(account, route.partitions)
    await producer.send(topic, value, key=account.encode(), partition=number, timestamp_ms=at_ms)


async def _awake(route: Route, producer: AIOKafkaProducer, came: dict[str, float]) -> None:
    """Sends one account of each partition a verification a second until all of them have been answered lately."""
    names = list(_one_each(route.partitions))
    end = time.monotonic() + WAKING_S
    for turn in range(1, 1 << 20):
        now = datetime.now(UTC)
        ids = {f"WAKE-{turn}-{name}" for name in names}
        for name in names:
            event: Event = {"id": f"WAKE-{turn}-{name}", "account_id": name, "type": "identity.verified"}
            event |= {"occurred_at": instant_ms(now), "level": 1 + turn % 2, "document_expires_on": "2099-01-01"}
            await _put(route, producer, event, int(now.timestamp() * 1000))
        await asyncio.sleep(1)
        if ids <= came.keys():
            return
        assert time.monotonic() < end, "the system does not answer"


def _one_each(partitions: int) -> Iterator[str]:
    for number in range(partitions):
        yield next(name for name in (f"WAKE{n}" for n in range(1 << 16)) if partition_of(name, partitions) == number)


@asynccontextmanager
async def _producer(route: Route) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=route.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def _reading(route: Route, came: dict[str, float], statuses: list[bytes]) -> AsyncIterator[None]:
    places = [TopicPartition(route.status_topic, number) for number in range(route.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=route.bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    await consumer.start()

    async def read() -> None:
        async for row in consumer:
            statuses.append(row.value)
            event = route.cause(row.value)
            if event is not None:
                came.setdefault(event, time.time())

    try:
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        task = asyncio.create_task(read())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    finally:
        await consumer.stop()
