"""Where an audit reads from: the records of every topic, partition by partition, up to a fixed position.

Two origins have this form: brokers (`streams.audit.brokers`), and copies of records.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple, Protocol

from schemas.topics import SOURCE_ORDER, TOPICS
from streams.codec.block import OUTPUTS
from streams.codec.records import SourceRecord

LEDGER: Final = "ledger"


class AuditError(Exception):
    """The logs can't be read, or not up to the position; nothing is said about what they hold."""


class Range(NamedTuple):
    """Offsets of one partition. `start`: the first that is kept. `end`: every record before it must be explained.

    `limit`: records before it may be read where blocks name them; in a live system more has come since `end` was taken.
    """

    start: int
    end: int
    limit: int


class Position(NamedTuple):
    """To where an audit goes: ranges by topic (the catalogue's name) and partition, taken at an instant (ms).

    `cluster` and `topics` (ids by name) say what the ledgers must stand on; None where an origin doesn't know it.
    """

    taken_at: int
    lanes: int
    ranges: Mapping[tuple[str, int], Range]
    cluster: str | None = None
    topics: Mapping[str, str] | None = None


class Stream(ABC):
    """One partition's committed records in order of offsets: `rows` are those that are here already."""

    def __init__(self, range: Range) -> None:
        self.range = range
        self.rows: deque[SourceRecord] = deque()
        self._ended = False

    async def fill(self, count: int = 1) -> bool:
        """Let at least so many rows be here; False when the limit comes before that."""
        while len(self.rows) < count and not self._ended:
            portion = await self._portion()
            if portion is None:
                self._ended = True
            else:
                self.rows.extend(portion)
        return len(self.rows) >= count

    @property
    def next(self) -> int:
        """The offset of the first row that has not been taken yet; the limit where none is left before it."""
        return self.rows[0].offset if self.rows else self.range.limit

    def extend(self, range: Range) -> None:
        """Go on, to a later position."""
        self.range = range._replace(start=self.range.start)
        self._ended = False

    @abstractmethod
    async def _portion(self) -> list[SourceRecord] | None:
        """The next rows, None when none comes before the limit."""


class Origin(Protocol):
    """An origin can be handed to another process."""

    async def position(self) -> Position:
        """Where the logs stand now. Raises AuditError."""

    def opened(
        self, position: Position, lane: int, topics: tuple[str, ...]
    ) -> AbstractAsyncContextManager[dict[str, Stream]]:
        """The streams of a lane's partitions of these topics, from their starts."""


_SINGLE: Final = frozenset(name for name, topic in TOPICS.items() if topic.partitions == "1")


def partition_of_lane(topic: str, lane: int) -> int:
    """The partition of a topic that a lane reads or writes."""
    return 0 if topic in _SINGLE else lane


def outputs_of(lane: int) -> tuple[str, ...]:
    """The topics that a lane writes: those of one partition are lane 0's alone."""
    return OUTPUTS if lane == 0 else tuple(name for name in OUTPUTS if name not in _SINGLE)


INPUTS: Final = (LEDGER, *SOURCE_ORDER)
EVERYTHING: Final = (*INPUTS, *OUTPUTS)
