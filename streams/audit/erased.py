"""Blocks of lanes whose archive has lost the content of erased accounts: what can still be shown of them (0151).

The core is fed what is left of an erased record: it rejects a record without content, at the same instant, so that the
clock moves as it did; the letter that says so is taken out again. Of what an erased account was told only the emitted
rows' leaves are there: a block's digest is made anew from them and from what is implied for everybody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, takewhile
from typing import Any, Final

import orjson

from schemas.block import Block
from schemas.deadletter import parse_dead_letter
from schemas.errors import ContractError
from streams.archive import ErasedRecord, leaf_of
from streams.audit.logs import Stream
from streams.audit.rows import COMPACTED
from streams.codec.block import OUTPUTS
from streams.codec.canonical import canonical
from streams.codec.digest import bytes_digest, output_leaf, source_digest
from streams.codec.records import OutputRecord, SourceRecord

_LETTERS: Final = "dead-letters"


class Erasures:
    """What a lane's audit met of erased accounts."""

    def __init__(self) -> None:
        self.begun = False
        """The states that the audit began with lack some."""
        self.records: Counter[str] = Counter()
        """Records whose content is gone, by handle."""
        self.since: dict[str, int | None] = {}
        """When it went (ms), by handle; None: what came after the erasure, of whichever account."""
        self.unchecked = 0
        """Digests of blocks that could not be made anew, since rows of erased accounts are not all there."""
        self.suspect: dict[str, int] = {}
        """The first block whose digest the rows don't give, by topic: one of them was altered, or some are missing."""
        self.owed: Counter[str] = Counter()
        """Rows of erased accounts that blocks count and that were not met yet, by topic that isn't compacted."""

    def __bool__(self) -> bool:
        return self.begun or bool(self.records)

    @property
    def by_handle(self) -> dict[str, tuple[int, int | None]]:
        """Records and since when, by handle."""
        return {handle: (count, self.since[handle]) for handle, count in self.records.items()}

    def note(self, rows: Iterable[SourceRecord]) -> None:
        """Take down which of them are erased."""
        for row in rows:
            if isinstance(row, ErasedRecord):
                handle = row.handle.hex()
                self.records[handle] += 1
                self.since[handle] = row.erased_at
                self.owed[row.topic] -= 1


def digest_of(rows: Sequence[SourceRecord]) -> str:
    """The digest of source records in their order, erased ones by their leaves."""
    if not any(isinstance(row, ErasedRecord) for row in rows):
        return source_digest(rows)
    return bytes_digest(b"".join(map(leaf_of, rows)))


def without_letters(outputs: Mapping[str, list[OutputRecord]], records: Sequence[SourceRecord], prefix: str) -> None:
    """Takes out the dead letters of erased records."""
    gone = {(prefix + row.topic, row.partition, row.offset) for row in records if isinstance(row, ErasedRecord)}
    if gone:
        outputs[_LETTERS][:] = [row for row in outputs[_LETTERS] if _place_of(row) not in gone]


def _place_of(row: OutputRecord) -> tuple[str, int, int] | None:
    try:
        letter = parse_dead_letter(row.headers)
    except ContractError:
        return None
    return letter.topic, letter.partition, letter.offset


class Parts:
    """What a block of such a lane put out, as far as it can be told: leaves by topic, in order."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures
        self._found: list[dict[str, Any]] = []
        self.passed: dict[str, int] = {}
        """How many of the next rows of a topic are erased ones up to this block's end."""

    async def find(
        self, made: Block, outputs: Mapping[str, Sequence[OutputRecord]], streams: Mapping[str, Stream], *, cut: bool
    ) -> None:
        """From what is implied and what was emitted. `cut`: the block before this one, or this one, ended inside an
        instant: how much of that is whose isn't known.
        """
        for each in made.outputs:
            implied = outputs.get(each.topic, ())
            if each.topic not in COMPACTED:
                self._erasures.owed[each.topic] += each.count - len(implied)
            if each.topic not in streams or (each.count < len(implied) and not cut):
                continue
            digest, passed = await _digest(streams[each.topic], each.count, each.digest, implied)
            self.passed[each.topic] = passed
            if digest is None and each.count == len(implied) and not cut:
                continue
            if digest != each.digest:
                if digest is None or cut or each.topic in COMPACTED:
                    self._erasures.unchecked += 1
                else:
                    self._erasures.suspect.setdefault(each.topic, made.block)
            self._found.append(each.model_dump())

    def put_into(self, again: bytes, made: Block, records: Sequence[SourceRecord]) -> bytes:
        """The block made anew with these parts, slices by the leaves of what was applied, and the cursor as it is: that
        counts evaluations of all accounts.
        """
        document = orjson.loads(again)
        for piece in document["slices"]:
            piece["digest"] = digest_of([row for row in records if row.topic == piece["topic"]])
        parts = {each["topic"]: each for each in (*document["outputs"], *self._found)}
        document["outputs"] = [parts[name] for name in OUTPUTS if name in parts]
        document["cursor"] = made.cursor
        return canonical(document)


async def _digest(stream: Stream, count: int, told: str, implied: Sequence[OutputRecord]) -> tuple[str | None, int]:
    """Over a block's rows in a topic: those implied in their places, erased ones as they were emitted; and how many of
    the rows up to there are erased. Erased rows of blocks before may stand in front of them.

    None where the next rows are not the block's: some are missing, foreign or gone by compaction.
    """
    await stream.fill(count)
    before = sum(1 for _ in takewhile(lambda row: isinstance(row, ErasedRecord), stream.rows))
    await stream.fill(before + count)
    first = None
    for start in range(before + 1):
        leaves = _leaves(list(islice(stream.rows, start, start + count)), count, implied)
        digest = None if leaves is None else bytes_digest(b"".join(leaves))
        if digest == told:
            return digest, start + count - len(implied)
        first = first or digest
    return first, 0


def _leaves(rows: Sequence[SourceRecord], count: int, implied: Sequence[OutputRecord]) -> list[bytes] | None:
    erased = sum(isinstance(row, ErasedRecord) for row in rows)
    if len(rows) < count or erased + len(implied) != count:
        return None
    left, leaves = iter(implied), []
    for row in rows:
        if isinstance(row, ErasedRecord):
            leaves.append(row.leaf)
        else:
            wanted = next(left)
            if row.key != wanted.key:
                return None
            leaves.append(output_leaf(wanted, row.partition))
    return leaves
