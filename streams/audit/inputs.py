"""The source records of a block, merged anew from its slices, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from operator import itemgetter
from typing import Final, NamedTuple

from schemas.block import Block, Slice
from schemas.topics import BROADCAST, SOURCE_ORDER
from schemas.wording.template import counted
from streams.archive import leaf_of
from streams.audit.erased import digest_of
from streams.audit.findings import Kind, Place
from streams.audit.logs import Stream, partition_of_lane
from streams.codec.digest import bytes_digest
from streams.codec.framing import account_in
from streams.codec.records import SourceRecord

_ORDER: Final = {name: place for place, name in enumerate(SOURCE_ORDER)}
_TIMESTAMP: Final = itemgetter(SourceRecord._fields.index("timestamp"))
POLICIES: Final = "policies"


class Problem(NamedTuple):
    """What is wrong with one slice. `lost`: what is missing was deleted, so nothing can be recomputed from here on."""

    kind: Kind
    place: Place
    text: str
    account: str | None = None
    lost: bool = False


class Inputs:
    """A lane's sources, read once from front to back."""

    def __init__(self, lane: int, streams: Mapping[str, Stream]) -> None:
        self._lane = lane
        self._streams = {name: streams[name] for name in SOURCE_ORDER}
        self._positions: Mapping[str, int] = {}
        self._taken: list[tuple[Slice, list[SourceRecord]]] = []

    async def take(self, made: Block) -> tuple[list[SourceRecord], list[Problem]]:
        """The records that a block names, in the order of truth (semantics T1), and what is wrong with them, but for
        their digests: those are in the block made anew of them, or `altered` judges them.
        """
        pieces: list[list[SourceRecord]] = []
        self._taken.clear()
        problems: list[Problem] = []
        for piece in made.slices:
            if piece.topic not in _ORDER or piece.partition != partition_of_lane(piece.topic, self._lane):
                place = Place(piece.topic, piece.partition, piece.first, piece.last)
                problems.append(Problem(Kind.FORGED_BLOCK, place, "a slice of a partition that is none of this lane's"))
                continue
            rows = await self._slice(piece, problems)
            pieces.append(rows)
            if len(rows) == piece.count:
                self._taken.append((piece, rows))
        return _merged(pieces), problems

    def altered(self) -> list[Problem]:
        """Slices of the block taken last that have other digests than it says."""
        return [problem for piece, rows in self._taken if (problem := _altered(piece, rows)) is not None]

    async def waiting(self, name: str) -> SourceRecord | None:
        """The first record of a source that no block has taken, if it lies before the position."""
        stream, before = self._streams[name], self._positions.get(name, 0)
        while await stream.fill() and stream.rows[0].offset < before:
            stream.rows.popleft()
        return stream.rows[0] if stream.rows and stream.rows[0].offset < stream.range.end else None

    def resume(self, positions: Mapping[str, int]) -> None:
        """Rows before a position were applied before: of a broadcast topic that other lanes read from further back."""
        self._positions = positions

    async def _slice(self, piece: Slice, problems: list[Problem]) -> list[SourceRecord]:
        stream = self._streams[piece.topic]
        if await _is_next(stream, piece):  # as mostly
            return [stream.rows.popleft() for _ in range(piece.count)]
        rows: list[SourceRecord] = []
        skipped: list[SourceRecord] = []
        while stream.rows or await stream.fill():
            record = stream.rows[0]
            if record.offset > piece.last:
                break
            (rows if record.offset >= piece.first else skipped).append(stream.rows.popleft())
        before = self._positions.get(piece.topic, 0)
        skipped = [record for record in skipped if record.offset >= before]
        problems += self._skipped(piece, skipped)
        found = _miscounted(piece, rows, stream.range.start)
        if found is not None:
            problems.append(found)
        return rows

    def _skipped(self, piece: Slice, skipped: list[SourceRecord]) -> list[Problem]:
        if not skipped:
            return []
        first, last = skipped[0], skipped[-1]
        text = f"{counted(len(skipped), 'committed record')} before offset {piece.first} in no block"
        place = Place(piece.topic, piece.partition, first.offset, last.offset)
        return [Problem(Kind.SKIPPED_INPUT, place, text, account_of(first))]


async def _is_next(stream: Stream, piece: Slice) -> bool:
    """Whether the next rows are just those that a slice counts."""
    if not await stream.fill(piece.count):
        return False
    return stream.rows[0].offset >= piece.first and stream.rows[piece.count - 1].offset == piece.last


def _merged(pieces: list[list[SourceRecord]]) -> list[SourceRecord]:
    """Slices as one, in the order that a merge of their heads gives; sorted, which takes less time than merging.

    A record behind a later one of its own slice goes right after that, as if it were as late.
    """
    pieces = sorted(filter(None, pieces), key=lambda piece: _ORDER[piece[0].topic])
    if len(pieces) <= 1:
        return pieces[0] if pieces else []
    rows = [row for piece in pieces for row in piece]
    instants = [at for piece in pieces for at in accumulate(map(_TIMESTAMP, piece), max)]
    return [rows[place] for place in sorted(range(len(rows)), key=instants.__getitem__)]


def _miscounted(piece: Slice, rows: list[SourceRecord], start: int) -> Problem | None:
    """Other records than so many."""
    place = _place(piece)
    if len(rows) < piece.count:
        kind = Kind.POLICY_UNAVAILABLE if piece.topic == POLICIES else Kind.MISSING_INPUT
        text = f"the block applied {counted(piece.count, 'record')}, {len(rows)} of them are here"
        if start > piece.first:
            return Problem(kind, place, f"{text}: the log begins at offset {start}", lost=True)
        return Problem(kind, place, text)
    if len(rows) > piece.count:
        text = f"the block applied {counted(piece.count, 'record')}, here are {len(rows)}"
        left_out = _left_out(piece, rows)
        if left_out is None:
            return Problem(Kind.ALTERED_INPUT, place, text)
        own = place._replace(first=left_out.offset, last=left_out.offset)
        text += f": it left out the one at offset {left_out.offset}"
        return Problem(Kind.SKIPPED_INPUT, own, text, account_of(left_out))
    return None


def _left_out(piece: Slice, rows: list[SourceRecord]) -> SourceRecord | None:
    """The one record without which the rest are what the block applied; None where there is no such one."""
    if len(rows) != piece.count + 1:
        return None
    leaves = [leaf_of(row) for row in rows]
    for place, row in enumerate(rows):
        if bytes_digest(b"".join(leaves[:place] + leaves[place + 1 :])) == piece.digest:
            return row
    return None


def _altered(piece: Slice, rows: list[SourceRecord]) -> Problem | None:
    """So many records, but others."""
    digest = digest_of(rows)
    if digest == piece.digest:
        return None
    what = "the record" if len(rows) == 1 else f"one of the {len(rows)} records"
    text = (
        f"key, value, timestamp or a header of {what} is not what was applied: digest {digest}, "
        f"the block has {piece.digest}"
    )
    return Problem(Kind.ALTERED_INPUT, _place(piece), text, account_of(rows[0]) if len(rows) == 1 else None)


def _place(piece: Slice) -> Place:
    return Place(piece.topic, piece.partition, piece.first, piece.last)


def account_of(record: SourceRecord) -> str | None:
    """The account that a record's key names; None for broadcast ones and those without a key."""
    if record.key is None or record.topic in BROADCAST:
        return None
    return account_in(record.key).decode(errors="replace")
