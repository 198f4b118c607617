"""Archiving every topic up to one position of all ledgers, and archives as the origin of an audit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, Final, NamedTuple

from schemas.topics import TOPICS
from streams.archive import GROUND, ArchiveError, Folder
from streams.audit.logs import EVERYTHING, AuditError, Origin, Position, Range, Stream, partition_of_lane
from streams.codec.records import SourceRecord

SEGMENT_BYTES: Final = 64 << 20
"""Of keys, values and headers in a segment, before they are compressed."""
_READ_AT_ONCE: Final = 1_000
# What no lane reads or writes; kept all the same.
BESIDE: Final = tuple(name for name in TOPICS if name not in EVERYTHING)


class Archived(NamedTuple):
    """What one run added."""

    position: Position
    segments: int
    records: int


async def archive(
    origin: Origin,
    position: Position,
    prefix: str,
    folder: Folder,
    tell: Callable[[int], None],
    segment_bytes: int = SEGMENT_BYTES,
) -> Archived:
    """Every topic of the position (of names with this prefix) from where the last run ended.

    A run that was killed is gone on with: what it has finished counts. `tell` gets the records written so far. Raises
    AuditError and ArchiveError.
    """
    _check_ground(folder, position, prefix)
    segments = records = 0
    for lane in range(position.lanes):
        begins = {at: _begin(folder, at, range) for at, range in position.ranges.items() if at[1] == lane}
        new = {at: begin for at, begin in begins.items() if begin < position.ranges[at].limit}
        rest = {at: position.ranges[at]._replace(start=begin) for at, begin in new.items()}
        async with origin.opened(position._replace(ranges=rest), lane, tuple(topic for topic, _ in new)) as streams:
            for (topic, partition), first in new.items():
                begin = first
                async for rows, end in _portions(streams[topic], rest[topic, partition].limit, segment_bytes):
                    folder.append(topic, partition, begin, end, rows)
                    begin, segments, records = end, segments + 1, records + len(rows)
                    tell(records)
    folder.write("position", _document(position))
    return Archived(position, segments, records)


def _begin(folder: Folder, at: tuple[str, int], range: Range) -> int:
    known, begin = folder.segments(*at), folder.begins.get(f"{at[0]}/{at[1]}")
    return max(known[-1].next if known else 0, 0 if begin is None else begin.next, range.start)


async def _portions(stream: Stream, limit: int, segment_bytes: int) -> AsyncIterator[tuple[list[SourceRecord], int]]:
    """What goes into a segment each, and the offset behind it; at least one, which may be empty."""
    rows: list[SourceRecord] = []
    size = 0
    while await stream.fill():
        row = stream.rows.popleft()
        if rows and size >= segment_bytes:
            yield rows, row.offset
            rows, size = [], 0
        rows.append(row)
        size += len(row.key or b"") + len(row.value or b"") + sum(len(name) for name, _ in row.headers)
    yield rows, limit


def _check_ground(folder: Folder, position: Position, prefix: str) -> None:
    """An archive is one system's, from its first run on."""
    topics = dict(position.topics or {})
    ground = {"format": 1, "cluster": position.cluster, "topics": topics, "lanes": position.lanes, "prefix": prefix}
    if folder.keys is not None:
        ground["keys"] = folder.keys.id
    if not folder.has(GROUND):
        folder.write(GROUND, ground)
    elif folder.document(GROUND) != ground:
        raise ArchiveError(f"{folder.name}: holds another system's records, or topics were made anew since")


def _document(position: Position) -> dict[str, Any]:
    ranges = [[topic, partition, *range] for (topic, partition), range in sorted(position.ranges.items())]
    return {"format": 1, "taken_at": position.taken_at, "lanes": position.lanes, "ranges": ranges}


class Archive:
    """An archive: all that `Brokers` offers an audit, without any brokers."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @property
    def prefix(self) -> str:
        """Of the topics' names in Kafka, which headers show. Raises AuditError."""
        try:
            return str(self._folder.document(GROUND)["prefix"])
        except (ArchiveError, KeyError, TypeError) as error:
            raise AuditError(f"archive {error}") from error

    async def position(self) -> Position:
        """To where the last run came. Raises AuditError."""
        try:
            document, ground = self._folder.document("position"), self._folder.document(GROUND)
            ranges = {(topic, number): Range(*offsets) for topic, number, *offsets in document["ranges"]}
            for at, range in ranges.items():
                first = next(iter(self._folder.segments(*at)), None)
                ranges[at] = range._replace(start=range.limit if first is None else first.first)
            return Position(document["taken_at"], document["lanes"], ranges, ground["cluster"], ground["topics"])
        except (ArchiveError, KeyError, TypeError, ValueError) as error:
            raise AuditError(f"archive {error}") from error

    @asynccontextmanager
    async def opened(self, position: Position, lane: int, topics: tuple[str, ...]) -> AsyncIterator[dict[str, Stream]]:
        """The streams of a lane. Raises AuditError, also inside the block."""
        found: dict[str, Stream] = {}
        for name in topics:
            number = partition_of_lane(name, lane)
            range = position.ranges[name, number]
            found[name] = _ArchivedStream(range, self._folder.rows(name, number, range.start))
        try:
            yield found
        except ArchiveError as error:
            raise AuditError(f"archive {error}") from error


class _ArchivedStream(Stream):
    def __init__(self, range: Range, rows: Iterator[SourceRecord]) -> None:
        super().__init__(range)
        self._left = rows

    async def _portion(self) -> list[SourceRecord] | None:
        rows = list(islice(self._left, _READ_AT_ONCE))
        kept = [row for row in rows if row.offset < self.range.limit]
        return kept or None
