"""What waits for a lane: slices in, records out in the order of truth, bounded for each source by itself.

A full source is held back by its own signal only, since the merge may be waiting for another one. Nothing is lost
unseen: each slice must begin where the one before ended.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec.merge import Merge
from streams.codec.records import SourceRecord
from streams.lane.errors import HoleError
from streams.lane.fetch import Mark, Slice

Signal = Callable[[str], None]


class Bound(NamedTuple):
    """How much of one source may wait before its fetching is held back; it goes on at half of both."""

    records: int
    size: int  # bytes of the values


class Inbox:
    """The waiting records of one lane. `on_full` and `on_drained` are told the source's catalogue name.

    A broadcast source that is full forgets what comes and is read again from its position later: it is shared by all
    lanes of the worker, and a slow lane must not hold the others back.
    """

    def __init__(self, bound: Bound, on_full: Signal, on_drained: Signal) -> None:
        assert min(bound) > 1
        self._bound = bound
        self._on_full = on_full
        self._on_drained = on_drained
        self._merge = Merge(SOURCE_ORDER)
        self._epoch = -1
        self._full: set[str] = set()

    def begin(self, marks: Mapping[str, Mark], epoch: int | None = None) -> None:
        """Starts sources (again): each goes on at its mark's position; what waited of them is forgotten.

        With `epoch` slices of the group's consumer from before it are void.
        """
        for name, mark in marks.items():
            self._merge.begin(name, mark.position, mark.stable)
            self._full.discard(name)
        if epoch is not None:
            self._epoch = epoch

    def announce(self, name: str, epoch: int) -> None:
        """A slice of this source has been fetched and will arrive."""
        if epoch == self._epoch:
            self._merge.announce(name)

    def deliver(self, name: str, piece: Slice) -> None:
        """Takes an announced slice of the group's consumer. HoleError when something before it is missing."""
        if piece.epoch != self._epoch:
            return
        expected = self._merge.position(name)
        if piece.begin > expected:
            raise HoleError(f"{name}/{piece.partition}: a slice begins at {piece.begin}, but {expected} is next")
        self._arrive(name, piece, expected)
        self._merge.landed(name)

    def broadcast(self, name: str, piece: Slice) -> None:
        """Takes what it lacks of a broadcast slice; one that begins too late is for other lanes: ours comes again."""
        expected = self._merge.position(name)
        if name in self._full or piece.begin > expected:
            piece = piece._replace(end=expected, records=())  # even so it tells where the end is
        self._arrive(name, piece, expected)

    def wanted(self, name: str) -> int | None:
        """The offset that a broadcast source should go on with, None while it is full."""
        return None if name in self._full else self._merge.position(name)

    def take(self, count: int, size: int) -> list[SourceRecord]:
        """The next records in order, as `Merge.take`."""
        taken = self._merge.take(count, size)
        if self._full:
            for name in [name for name in self._full if self._half_empty(name)]:
                self._full.discard(name)
                self._on_drained(name)
        return taken

    def give_back(self, records: Sequence[SourceRecord]) -> None:
        """Puts back the last records taken."""
        self._merge.give_back(records)

    @property
    def ready(self) -> bool:
        """May a record be applied now?"""
        return self._merge.ready

    @property
    def idle(self) -> bool:
        """Is every source at its end and nothing waiting?"""
        return self._merge.idle

    @property
    def progress(self) -> int:
        """A number that grows with whatever arrives."""
        return sum(self._merge.position(name) for name in self._merge.names)

    @property
    def waiting(self) -> int:
        """Records that wait, of all sources."""
        return sum(self._merge.waiting(name)[0] for name in self._merge.names)

    @property
    def blocking(self) -> tuple[str, ...]:
        """The sources that the merge waits for."""
        return self._merge.blocking

    def _arrive(self, name: str, piece: Slice, expected: int) -> None:
        records = piece.records
        if records and records[0].offset < expected:
            records = [record for record in records if record.offset >= expected]
        self._merge.arrive(name, records, max(piece.end, expected), piece.stable)
        waiting, size = self._merge.waiting(name)
        if waiting >= self._bound.records or size >= self._bound.size:
            self._full.add(name)
            if name not in BROADCAST:
                self._on_full(name)  # each time: Faust's own queue may have let the source go on in between

    def _half_empty(self, name: str) -> bool:
        waiting, size = self._merge.waiting(name)
        return 2 * waiting <= self._bound.records and 2 * size <= self._bound.size
