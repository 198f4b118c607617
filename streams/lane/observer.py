"""What a lane tells of its work: once per restored portion and once per committed block, never per record."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from streams.codec.records import OutputRecord, SourceRecord


class Committed(NamedTuple):
    """A block whose transaction is certain: the records it applied, what it put out by catalogue name, and how long the
    machine and the transaction took (s).
    """

    lane: int
    records: Sequence[SourceRecord]
    outputs: Mapping[str, Sequence[OutputRecord]]
    applying_s: float
    committing_s: float


class Observer(Protocol):
    """Called on the event loop between two steps of a lane: it must neither wait nor raise."""

    def restoring(self, lane: int, offsets_left: int) -> None:
        """A lane reads its table; so many offsets of the changelog are left."""

    def opened(self, lane: int, seconds: float) -> None:
        """A lane has restored its table in so many seconds."""

    def committed(self, block: Committed) -> None:
        """A block is committed."""


class Unobserved:
    """Nobody looks."""

    def restoring(self, lane: int, offsets_left: int) -> None:
        """Ignored."""

    def opened(self, lane: int, seconds: float) -> None:
        """Ignored."""

    def committed(self, block: Committed) -> None:
        """Ignored."""
