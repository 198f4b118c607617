"""A replica of all accounts' states, followed from the changelog: committed records only, no group, no Faust.

    loading ──caught up──▶ ready

It is ready once it holds everything that was committed when it started; it goes on following after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.topics import changelog_name
from streams.codec import state as blobs
from streams.codec.broadcasts import Broadcasts
from streams.codec.murmur2 import partition_of
from streams.core.policies import Policies
from streams.core.step import Account
from streams.query.store import Store
from streams.reading import ReadError
from streams.security import client_options
from streams.settings import Settings, core_settings

_POLL_MS: Final = 200
_BATCH: Final = 5_000


class Replica:
    """The states of a system. `run` follows until it is cancelled; questions are answered from what is in so far."""

    def __init__(self, settings: Settings, path: Path) -> None:
        """Keeps the states in the file `path`, made where there is none. Raises StoreError."""
        self.settings = settings
        self.topic = changelog_name(settings.application_id)
        self.store = Store(path, self.topic)
        self.ready = asyncio.Event()
        self._policies: dict[int, Policies] = {}
        self._lanes = 0

    async def run(self) -> None:
        """Follow the changelog from where the store stands. Raises ReadError."""
        consumer = AIOKafkaConsumer(
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            **client_options(self.settings.kafka),
        )
        try:
            await consumer.start()
            await self._follow(consumer)
        except (KafkaError, OSError) as error:
            raise ReadError(f"brokers {self.settings.kafka.bootstrap_servers}: {error}") from error
        finally:
            await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        self._lanes = self.settings.partitions
        places = [TopicPartition(self.topic, lane) for lane in range(self._lanes)]
        consumer.assign(places)
        known = self.store.positions()
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for place in places:
            # What compaction has taken since is in newer records.
            consumer.seek(place, max(known.get(place.partition, 0), begins[place]))
        while True:
            await self._take(consumer, places)
            if not self.ready.is_set() and await _reached(consumer, ends):
                self.ready.set()

    async def _take(self, consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> None:
        batches = await consumer.getmany(*places, timeout_ms=_POLL_MS, max_records=_BATCH)
        rows = [(at.partition, row.key, row.value) for at, records in batches.items() for row in records]
        # The position passes over transactions' markers, which no record shows.
        positions = {place.partition: await consumer.position(place) for place in batches}
        if rows:
            self.store.write(rows, positions)
            for lane in {lane for lane, key, _ in rows if key.startswith(b"~")}:
                self._policies.pop(lane, None)

    def account(self, account: str) -> Account | None:
        """An account's state, a copy of the caller's own; None when it isn't known."""
        key = account.encode()
        blob = self.store.get(self.lane_of(account), key)
        if blob is None:
            return None
        state, due = blobs.unpack(blob)
        return Account(account, state, due)

    def policies(self, account: str) -> Policies:
        """The policies of the account's lane."""
        lane = self.lane_of(account)
        found = self._policies.get(lane)
        if found is None:
            broadcasts = Broadcasts(core_settings(self.settings))
            for key, value in self.store.broadcasts(lane):
                broadcasts.restore(key, value)
            broadcasts.ready()
            found = self._policies[lane] = broadcasts.policies
        return found

    def lane_of(self, account: str) -> int:
        """The account's partition."""
        return partition_of(account, self.settings.partitions)


async def _reached(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return all([await consumer.position(place) >= end for place, end in ends.items()])
