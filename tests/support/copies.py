"""Raw record copies as the origin of an audit."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from streams.audit.asked import Asked
from streams.audit.lane import Audit
from streams.audit.logs import LEDGER, Position, Range, Stream
from streams.audit.report import Report
from streams.codec.records import SourceRecord
from tests.support.injector import BROADCAST, truncated
from tests.support.scribe import CLUSTER, PREFIX, Topics

BOUND_MS = 300_000


class _Rows(Stream):
    def __init__(self, range: Range, copies: "Copies", at: tuple[str, int]) -> None:
        super().__init__(range)
        self._copies = copies
        self._at = at
        self._next = sum(row.offset < range.start for row in copies.topics[at])

    async def _portion(self) -> list[SourceRecord] | None:
        rows = self._copies.topics[self._at]
        if self._next >= len(rows) or rows[self._next].offset >= self.range.limit:
            return None
        self._next += 1
        return [rows[self._next - 1]]


class Copies:
    """What is in `topics` is committed. `begins`: where retention has taken what was before."""

    def __init__(self, topics: Topics, taken_at: int, begins: Mapping[tuple[str, int], int] | None = None) -> None:
        self.topics = topics
        self.taken_at = taken_at
        self._begins = begins or {}

    async def position(self) -> Position:
        ranges = {}
        for at, rows in self.topics.items():
            end = rows[-1].offset + 1 if rows else 0
            ranges[at] = Range(self._begins.get(at, 0), end, end)
        lanes = sum(name == LEDGER for name, _ in self.topics)
        return Position(self.taken_at, lanes, ranges, CLUSTER, {name: f"id-{name}" for name, _ in self.topics})

    @asynccontextmanager
    async def opened(self, position: Position, lane: int, topics: tuple[str, ...]) -> AsyncIterator[dict[str, Stream]]:
        found: dict[str, Stream] = {}
        for name in topics:
            at = (name, lane) if (name, lane) in self.topics else (name, 0)
            found[name] = _Rows(position.ranges[at], self, at)
        yield found


def taken_at(topics: Topics) -> int:
    """A moment after all that lanes did."""
    return max(rows[-1].timestamp for (name, _), rows in topics.items() if name == LEDGER) + 1_000


def verified(
    topics: Topics,
    at: int,
    lanes: Sequence[int] | None = None,
    begins: Mapping[tuple[str, int], int] | None = None,
    **asked: Any,
) -> Report:
    """The report of an audit of the copies (of all lanes, or of some) at an instant (ms)."""
    return asyncio.run(_verified(Copies(topics, at, begins), lanes, Asked(PREFIX, BOUND_MS, **asked)))


async def _verified(origin: Copies, lanes: Sequence[int] | None, asked: Asked) -> Report:
    position = await origin.position()
    audit = Audit(origin, position, asked)
    wanted = range(position.lanes) if lanes is None else lanes
    return Report(position, [await audit.lane(lane, lambda _: None) for lane in wanted])


def at_moment(topics: Topics, moment: int) -> Topics:
    """As all stood at a moment (ms)."""
    found = topics
    for lane in range(2):
        blocks = sum(row.timestamp <= moment for row in topics["ledger", lane])
        found = truncated(found, lane, blocks)
    return {
        place: [row for row in rows if row.timestamp <= moment] if place[0] in BROADCAST else rows
        for place, rows in found.items()
    }
