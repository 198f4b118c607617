"""The order of truth: a k-way merge of a lane's source partitions on their heads (semantics T1).

Next comes the head with the smallest (timestamp, topic order), within a partition always by offset. A record is given
out only at a safe instant: while each source that is not at its end has a record waiting. So the order depends neither
on which source was fetched first nor on where blocks are cut.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heapify, heappop, heappush, heapreplace

from streams.codec.records import SourceRecord


class Merge:
    """The waiting records of `names`, the lane's source topics in merge order. No clock, no I/O.

    A source is at its end when all that was fetched of it has arrived, and been given out, and its position has reached
    the last stable offset known. Nothing is known of a source before `begin`: then it holds the others back.
    """

    __slots__ = ("_blocking", "_buffers", "_flying", "_heap", "_index", "_positions", "_sizes", "_stables", "names")

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._index = {name: index for index, name in enumerate(self.names)}
        count = len(self.names)
        assert 0 < count == len(self._index), "a source is named once"
        self._buffers: list[deque[SourceRecord]] = [deque() for _ in self.names]
        self._sizes = [0] * count  # bytes of the values that wait
        self._positions = [0] * count  # offset after the last one that has arrived
        self._stables: list[int | None] = [None] * count  # last stable offset, None: not known yet
        self._flying = [0] * count  # announced, not yet arrived
        self._heap: list[tuple[int, int]] = []  # (timestamp of the head, source) of each source with a record
        self._blocking = set(range(count))  # sources with nothing to give that are not at their end

    def begin(self, name: str, position: int, stable: int | None) -> None:
        """Starts a source (again) at `position`; what waited of it is forgotten. `stable` None: its end isn't known."""
        source = self._index[name]
        self._buffers[source].clear()
        self._sizes[source] = self._flying[source] = 0
        self._positions[source], self._stables[source] = position, stable
        self._rebuild()
        self._review(source)

    def announce(self, name: str) -> None:
        """Something of this source has been fetched and is on its way: until it arrives the source isn't at its end."""
        source = self._index[name]
        self._flying[source] += 1
        self._review(source)

    def arrive(self, name: str, records: Sequence[SourceRecord], position: int, stable: int | None) -> None:
        """Takes records in, of which the source's position is `position` afterwards, markers passed over included."""
        source = self._index[name]
        assert position >= self._positions[source], "a source goes forward"
        buffer = self._buffers[source]
        was_empty = not buffer
        buffer.extend(records)
        self._sizes[source] += sum(len(record.value or b"") for record in records)
        self._positions[source] = position
        known = self._stables[source]
        if stable is not None and (known is None or stable > known):
            self._stables[source] = stable
        if was_empty and buffer:
            heappush(self._heap, (buffer[0].timestamp, source))
        self._review(source)

    def landed(self, name: str) -> None:
        """What `announce` told of has arrived (or was dropped by its receiver)."""
        source = self._index[name]
        self._flying[source] -= 1
        assert self._flying[source] >= 0, "landed without having been announced"
        self._review(source)

    def take(self, count: int, size: int) -> list[SourceRecord]:
        """The next records in order: at most `count`, and none after `size` bytes are full. Empty: none is safe now."""
        taken: list[SourceRecord] = []
        heap, buffers, sizes, blocking = self._heap, self._buffers, self._sizes, self._blocking
        while heap and not blocking and count > 0 and size > 0:
            source = heap[0][1]
            buffer = buffers[source]
            record = buffer.popleft()
            taken.append(record)
            length = len(record.value or b"")
            sizes[source] -= length
            size -= length
            count -= 1
            if buffer:
                heapreplace(heap, (buffer[0].timestamp, source))
            else:
                heappop(heap)
                self._review(source)
        return taken

    def give_back(self, records: Sequence[SourceRecord]) -> None:
        """Puts back the last records taken, in the order in which they were taken."""
        for record in reversed(records):
            source = self._index[record.topic]
            buffer = self._buffers[source]
            assert not buffer or record.offset < buffer[0].offset, "only what was taken goes back"
            buffer.appendleft(record)
            self._sizes[source] += len(record.value or b"")
            self._blocking.discard(source)
        self._rebuild()

    @property
    def ready(self) -> bool:
        """Is there a record that may be applied now?"""
        return bool(self._heap) and not self._blocking

    @property
    def idle(self) -> bool:
        """Is every source at its end, and nothing left to give?"""
        return not self._heap and not self._blocking

    @property
    def blocking(self) -> tuple[str, ...]:
        """The sources that hold the merge back, in merge order."""
        return tuple(self.names[source] for source in sorted(self._blocking))

    def waiting(self, name: str) -> tuple[int, int]:
        """How many records of a source wait, and the bytes of their values."""
        source = self._index[name]
        return len(self._buffers[source]), self._sizes[source]

    def position(self, name: str) -> int:
        """The offset after the last one of this source that has arrived."""
        return self._positions[self._index[name]]

    def _review(self, source: int) -> None:
        stable = self._stables[source]
        at_end = not self._flying[source] and stable is not None and self._positions[source] >= stable
        if self._buffers[source] or at_end:
            self._blocking.discard(source)
        else:
            self._blocking.add(source)

    def _rebuild(self) -> None:
        self._heap = [(buffer[0].timestamp, source) for source, buffer in enumerate(self._buffers) if buffer]
        heapify(self._heap)
