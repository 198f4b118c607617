"""Events sent at wall time, each of which changes a status, and the moments at which the statuses arrive."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.instants import instant_text, parse_instant
from schemas.policy import load_policy
from streams import messages
from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.publish import Outgoing, publisher
from streams.settings import Settings
from tests.support.histories import LOCAL

POLICY = LOCAL / "policies/w1.yaml"
LEVELS = (2, 1)  # W1's policy asks for 2: each next verification opens or closes
OUTAGE_MS = 120_000


class Arrival(NamedTuple):
    """A status that a read_committed reader has got: when its event was recorded and when it came, in s of the wall."""

    recorded: float
    came: float


async def prepare(settings: Settings) -> None:
    """Topics, with W1's policy in force."""
    await admin.apply(settings)
    policy = load_policy(POLICY.read_bytes())
    steps = messages.policy_in_force(policy, messages.history_activation(policy, settings.activation_delay_ms))
    async with publisher(settings, {"policies"}) as sender:
        await sender.send(steps)


async def load_accounts(settings: Settings, per_partition: int) -> None:
    """One verification for each of so many accounts of each partition, more or less."""
    now = messages.now_ms()
    async with publisher(settings, {"identity"}) as sender:
        await sender.send(verified(f"A{n}", 1, now) for n in range(per_partition * settings.partitions))


def verified(account: str, number: int, at: int) -> Outgoing:
    """The account's verification of the level that was not its last one's."""
    document = {
        "specversion": "1.0",
        "id": f"v{number}-{at}",
        "source": "/faults",
        "type": "identity.verified",
        "subject": account,
        "time": instant_text(at),
        "data": {"level": LEVELS[number % 2], "document_expires_on": "2099-01-01"},
    }
    return Outgoing("identity", account.encode(), orjson.dumps(document), at)


class Live:
    """A load of `rate` events/s in turn over the partitions, and what arrives of it."""

    def __init__(self, settings: Settings, rate: float) -> None:
        self._settings = settings
        self._rate = rate
        self.sent = 0
        self.arrivals: dict[int, list[Arrival]] = defaultdict(list)

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Sends and reads meanwhile."""
        tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._watch())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends

    async def _send(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka.bootstrap_servers,
            enable_idempotence=True,
            request_timeout_ms=OUTAGE_MS,
        )
        await producer.start()
        try:
            began = time.monotonic()
            for account in itertools.cycle(self._accounts()):
                await asyncio.sleep(max(0.0, began + self.sent / self._rate - time.monotonic()))
                record = verified(account, self.sent // 400, messages.now_ms())
                topic = self._settings.topic_prefix + record.topic
                await producer.send(topic, record.value, key=record.key, timestamp_ms=record.timestamp)
                self.sent += 1
        finally:
            await asyncio.shield(producer.stop())

    def _accounts(self) -> list[str]:
        """400 accounts, of each partition the same number, in turn."""
        count = self._settings.partitions
        queues: dict[int, list[str]] = defaultdict(list)
        for number in itertools.count():
            account = f"A{number}"
            queues[partition_of(account, count)].append(account)
            if min(len(queues[place]) for place in range(count)) >= 400 // count:
                break
        return [queues[place][turn] for turn in range(400 // count) for place in range(count)]

    async def _watch(self) -> None:
        topic = self._settings.topic_prefix + "status"
        places = [TopicPartition(topic, number) for number in range(self._settings.partitions)]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka.bootstrap_servers,
            isolation_level="read_committed",
            enable_auto_commit=False,
            fetch_max_wait_ms=50,
        )
        await consumer.start()
        try:
            consumer.assign(places)
            await consumer.seek_to_end(*places)
            async for row in consumer:
                recorded = parse_instant(orjson.loads(row.value)["data"]["recorded_at"]) / 1000
                self.arrivals[row.partition].append(Arrival(recorded, time.time()))
        finally:
            await consumer.stop()

    def first_after(self, partition: int, moment: float) -> float | None:
        """Seconds from `moment` (wall clock) to the first status of an event recorded after it; None: not yet."""
        rows = self.arrivals[partition]
        return next((row.came - moment for row in rows if row.recorded > moment), None)

    def longest_gap(self, partition: int, since: float, until: float) -> float:
        """The longest time without a status of a partition between two moments (wall clock), s."""
        came = [row.came for row in self.arrivals[partition] if since <= row.came <= until]
        return max(after - before for before, after in itertools.pairwise([since, *came, until]))
