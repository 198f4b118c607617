"""The pure machine that a lane feeds: `streams.codec.partition.Partition` in a worker, a small fake in some tests."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from streams.codec.records import OutputRecord, SourceRecord


class Applied(Protocol):
    """What one block came to."""

    @property
    def outputs(self) -> Mapping[str, Sequence[OutputRecord]]:
        """By the catalogue's topic name."""

    @property
    def clock(self) -> int:
        """The lane's clock at the block's end, ms."""

    @property
    def cursor(self) -> Sequence[Any] | None:
        """Where timers stopped inside one instant."""

    @property
    def activations(self) -> Sequence[Any]:
        """Policies that took effect late, at the lane's clock."""


class Machine(Protocol):
    """Bytes in, bytes out; the same inputs give the same outputs. After an exception it must not be used again."""

    @property
    def next_due(self) -> int | None:
        """The earliest pending timer's instant, ms."""

    @property
    def pending(self) -> bool:
        """Are timers due by the present clock still waiting, because a block's work was spent?"""

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Takes one record of the changelog in."""

    def ready(self, clock: int) -> None:
        """The changelog is complete; `clock` is the last block's."""

    def open_block(self, admit_until: int) -> None:
        """Begins a block; records with a later timestamp are rejected."""

    def apply(self, records: Sequence[SourceRecord]) -> int:
        """Applies records in order; returns how many. Fewer than given: the block's work is spent, the rest is not."""

    def tick(self, clock: int) -> bool:
        """Moves the clock and fires what is due; False when the block's work was spent before the end."""

    def close_block(self) -> Applied:
        """Ends the block."""
