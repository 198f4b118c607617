"""What lanes read and write, held in memory: source logs as far as they were appended, and committed transactions.

It stands for nothing of Kafka's protocol: tests of that run on the real broker. It gives the lane's own code the
guarantees that it is built on (a transaction is whole or nothing, a fenced producer commits no more, a log's end), and
gates at which a scheduler may hold or kill it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import TopicPartition

from streams.codec.records import OutputRecord, SourceRecord
from streams.lane.fetch import Mark

Gate = Callable[[int, str], Awaitable[None]]
"""Waits until the scheduler lets lane and point pass; cancelled when the process is killed there."""


class FencedError(Exception):
    """Another producer has taken the transactional id over."""


class Row(NamedTuple):
    """A record of a lane's own logs, as `streams.lane.restore` gives it."""

    offset: int
    key: bytes
    value: bytes | None


class Cluster:
    """The logs of one system. Topics are the catalogue's names, the changelog's included."""

    def __init__(self, sources: Mapping[tuple[str, int], Sequence[SourceRecord]]) -> None:
        self._sources = sources
        self._appended: dict[tuple[str, int], int] = defaultdict(int)
        self.rows: dict[tuple[str, int], list[OutputRecord]] = defaultdict(list)
        self.epochs: dict[str, int] = defaultdict(int)

    def append(self, source: tuple[str, int], count: int) -> None:
        """The next records of a source become visible."""
        self._appended[source] = min(self._appended[source] + count, len(self._sources[source]))

    @property
    def growing(self) -> list[tuple[str, int]]:
        """The sources that have more to come."""
        return sorted(each for each, rows in self._sources.items() if self._appended[each] < len(rows))

    def mark(self, source: tuple[str, int], position: int) -> Mark:
        """A reader's mark there."""
        return Mark(position, self._appended[source])

    def read(self, source: tuple[str, int], begin: int, count: int) -> list[SourceRecord]:
        """At most `count` visible records."""
        return list(self._sources.get(source, ())[begin : min(begin + count, self._appended[source])])

    def fence(self, transactional_id: str) -> int:
        """A producer takes the id over: what it must show to commit."""
        self.epochs[transactional_id] += 1
        return self.epochs[transactional_id]

    def commit(
        self, transactional_id: str, epoch: int, lane: int, records: Mapping[str, Sequence[OutputRecord]]
    ) -> None:
        """All of a transaction's records at once. Raises FencedError."""
        if self.epochs[transactional_id] != epoch:
            raise FencedError(transactional_id)
        for topic, rows in records.items():
            self.rows[topic, lane] += rows


class Transactions:
    """In the place of `streams.lane.transaction.Transactions`. `client` holds the cluster and the gate."""

    def __init__(self, client: Mapping[str, Any], transactional_id: str, timeout_s: float, partition: int) -> None:
        self._cluster: Cluster = client["cluster"]
        self._gate: Gate = client["gate"]
        self._id, self._lane, self._epoch = transactional_id, partition, -1

    async def start(self) -> None:
        await self._gate(self._lane, "start")
        self._epoch = self._cluster.fence(self._id)
        await self._gate(self._lane, "fenced")

    async def stop(self) -> None:
        """Nothing to close."""

    async def write(self, records: Mapping[str, Sequence[OutputRecord]]) -> None:
        kept = {topic: list(rows) for topic, rows in records.items()}
        await self._gate(self._lane, "begun")
        await self._gate(self._lane, "sent")
        self._cluster.commit(self._id, self._epoch, self._lane, kept)
        await self._gate(self._lane, "committed")


class Log:
    """In the place of `streams.lane.restore.Log`."""

    def __init__(self, rows: Sequence[OutputRecord], lane: int, gate: Gate) -> None:
        self._rows = [Row(place, row.key or b"", row.value) for place, row in enumerate(rows)]
        self._lane, self._gate = lane, gate
        self.start, self.end = 0, len(rows)

    async def read(self, offset: int) -> AsyncGenerator[list[Row], None]:
        await self._gate(self._lane, "reading")
        if self._rows[offset:]:
            yield self._rows[offset:]

    async def first(self) -> Row | None:
        return self._rows[0] if self._rows else None

    async def last(self) -> Row | None:
        return self._rows[-1] if self._rows else None


@asynccontextmanager
async def opened_logs(
    client: Mapping[str, Any], partitions: list[TopicPartition], stall_s: float
) -> AsyncIterator[list[Log]]:
    """In the place of `streams.lane.restore.opened_logs`."""
    cluster: Cluster = client["cluster"]
    yield [Log(cluster.rows[place.topic, place.partition], place.partition, client["gate"]) for place in partitions]
