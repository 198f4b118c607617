"""The broadcast topics, read once per worker and handed to each of its lanes.

They have one partition, so they take no part in the group's assignment: a consumer without a group reads them. Each
lane has its own position in them. A lane that was just opened, or whose inbox was full, lacks older records: the reader
then goes back to the earliest offset that a lane wants, and the others drop what they know.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.lane.fetch import Fetcher, Mark, Slice
from streams.lane.positions import checked_marks

NAMES: Final = tuple(name for name in SOURCE_ORDER if name in BROADCAST)
_WAIT_S: Final = 1.0
_FETCH_WAIT_MS: Final = 200
_RECORDS_MAX: Final = 10_000


class Listener(Protocol):
    """What the reader needs of a lane's inbox."""

    def broadcast(self, name: str, piece: Slice) -> None: ...

    def wanted(self, name: str) -> int | None: ...


class BroadcastReader:
    """Reads the broadcast topics for the lanes that have joined. `run` is its task."""

    def __init__(self, client: Mapping[str, Any], topics: Mapping[str, str]) -> None:
        self._partitions = {name: TopicPartition(topics[name], 0) for name in NAMES}
        self._names = {partition: name for name, partition in self._partitions.items()}
        self._topics = {partition.topic: name for name, partition in self._partitions.items()}
        self._client = client
        self._listeners: list[Listener] = []
        self._joined = asyncio.Event()

    async def start(self) -> None:
        """Connects."""
        self._consumer = AIOKafkaConsumer(
            **self._client,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        await self._consumer.start()
        self._fetcher = Fetcher(self._consumer, asyncio.get_running_loop(), self._topics)

    async def stop(self) -> None:
        """Disconnects."""
        await self._consumer.stop()

    async def marks(self, positions: Mapping[str, int]) -> dict[str, Mark]:
        """A lane's positions in the broadcast topics with their ends; PositionError when one is out of range."""
        wanted = {self._partitions[name]: positions[name] for name in NAMES}
        marks = await checked_marks(self._consumer, wanted)
        return {self._names[partition]: mark for partition, mark in marks.items()}

    def join(self, listener: Listener) -> None:
        """From now on `listener` gets what it wants."""
        self._listeners.append(listener)
        self._joined.set()
        self.wake()

    def leave(self, listener: Listener) -> None:
        """`listener` gets nothing more; it may be one that never joined."""
        self._listeners = [other for other in self._listeners if other is not listener]

    def wake(self) -> None:
        """A lane wants records (again)."""
        self._fetcher.wake()

    async def run(self) -> None:
        """Reads for ever. Whatever it raises ends the worker: without broadcasts its lanes would stand still."""
        await self._joined.wait()
        self._consumer.assign(list(self._partitions.values()))
        self._fetcher.seek({partition: self._lowest(name) or 0 for name, partition in self._partitions.items()}, 0)
        while True:
            self._go_back()
            self._hand_out(await self._fetcher.step(self._names, _RECORDS_MAX, _WAIT_S))

    def _hand_out(self, pieces: Iterable[Slice]) -> None:
        for piece in pieces:
            name = self._names[TopicPartition(piece.topic, piece.partition)]
            for listener in self._listeners:
                listener.broadcast(name, piece)

    def _go_back(self) -> None:
        marks = self._fetcher.marks()
        for name, partition in self._partitions.items():
            lowest = self._lowest(name)
            if lowest is not None and lowest < marks[partition].position:
                self._fetcher.seek({partition: lowest}, 0)

    def _lowest(self, name: str) -> int | None:
        wanted = [offset for listener in self._listeners if (offset := listener.wanted(name)) is not None]
        return min(wanted, default=None)
