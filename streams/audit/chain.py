"""A lane's ledger as a chain: its records in order, each with what its successors say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.block import Block
from streams.audit.findings import Findings, Kind, Place, Stage
from streams.audit.logs import LEDGER, Stream
from streams.codec import block as blocks
from streams.codec.digest import bytes_digest
from streams.codec.records import SourceRecord

_AHEAD: Final = 3


class Link(NamedTuple):
    """One block. `sealed` is the hash that the next block (or an anchor) has of it, None where none has one.

    `confirmed`: the next block is itself as its own successor has it, so its word counts.
    """

    data: bytes
    block: Block
    written_at: int
    sealed: str | None
    confirmed: bool


class Chain:
    """The blocks of a ledger; whatever is no block of it, or not in its place, is a finding."""

    def __init__(self, lane: int, stream: Stream, findings: Findings, anchored: Mapping[int, str]) -> None:
        self.expected = 0
        self.hash: str | None = None
        """Of the block before the expected one, None where it isn't known."""
        self._lane = lane
        self._stream = stream
        self._findings = findings
        self._anchored = anchored
        self._lost = False

    async def next(self) -> Link | None:
        """The next block, None at the position."""
        while True:
            await self._stream.fill(_AHEAD)
            if not self._stream.rows:
                return None
            record = self._stream.rows[0]
            data = record.value or b""
            made = _read(data)
            if made is None or made.lane != self._lane:
                what = "no block" if made is None else f"a block of lane {made.lane}"
                self._say(Kind.FORGED_BLOCK, self.expected, f"a record of the ledger is {what}", record)
                self._lost = True
            elif made.block < self.expected:
                repeated = bytes_digest(data) == self.hash
                kind = Kind.REPEATED if repeated else Kind.OUT_OF_ORDER
                self._say(kind, self.expected, f"block {made.block} stands behind block {self.expected - 1}", record)
            elif not self._swapped(made):
                return self._link(self._stream.rows.popleft(), data, made)
            else:
                continue
            self._stream.rows.popleft()

    def resume(self, block: int, hash: str) -> None:
        """Start behind a block of this hash."""
        self.expected, self.hash = block + 1, hash

    def went_on(self, data: bytes) -> None:
        """The block given out last counts as these bytes: its own, or what they were before they were altered."""
        self.hash = bytes_digest(data)

    def _swapped(self, made: Block) -> bool:
        """Two neighbours in each other's place are put right."""
        rows = self._stream.rows
        if made.block != self.expected + 1 or len(rows) < 2:
            return False
        behind = _read(rows[1].value or b"")
        if behind is None or (behind.lane, behind.block) != (self._lane, self.expected):
            return False
        self._say(Kind.OUT_OF_ORDER, self.expected, f"block {made.block} stands before block {self.expected}", rows[0])
        rows[0], rows[1] = rows[1], rows[0]
        return True

    def _link(self, record: SourceRecord, data: bytes, made: Block) -> Link:
        if record.key != str(self._lane).encode() or record.headers:
            text = "the record's key is not the lane's number" if not record.headers else "the record has headers"
            self._say(Kind.FORGED_BLOCK, made.block, text, record)
        digest, rows = bytes_digest(data), self._stream.rows
        ahead = [_read(row.value or b"") for row in list(rows)[: _AHEAD - 1]]
        sealed = self._sealed(made.block, ahead[0] if ahead else None)
        confirmed = self._sealed(made.block + 1, ahead[1] if len(ahead) > 1 else None)
        if made.block > self.expected:
            self._say_hole(made, record)
        elif self.expected and made.previous != self.hash and not self._lost:
            self._say_break(made, record, sealed == digest)
        self._lost = False
        self.expected = made.block + 1
        self.hash = digest
        whole = bool(rows) and confirmed == bytes_digest(rows[0].value or b"")
        return Link(data, made, record.timestamp, sealed, whole or made.block in self._anchored)

    def _sealed(self, number: int, successor: Block | None) -> str | None:
        if number in self._anchored:
            return self._anchored[number]
        return successor.previous if successor is not None and successor.block == number + 1 else None

    def _say_hole(self, made: Block, record: SourceRecord) -> None:
        if not self.expected:
            text = f"the ledger begins with block {made.block}: its beginning was deleted"
            self._say(Kind.MISSING_INPUT, 0, text, record)
        elif not self._lost:
            missing = f"block {self.expected}" + (f" to {made.block - 1}" if made.block - 1 > self.expected else "")
            self._say(Kind.BROKEN_CHAIN, self.expected, f"{missing} missing: block {made.block} stands there", record)
        self._findings.taint(self.expected)

    def _say_break(self, made: Block, record: SourceRecord, sealed: bool) -> None:
        """The block before has another hash than this one says; this one is right where its own successor has it."""
        if sealed:
            text = f"its hash is {self.hash}, and block {made.block}, which is sealed itself, has {made.previous}"
            self._say(Kind.FORGED_BLOCK, made.block - 1, text, record)
        else:
            text = f"`previous` is {made.previous}, and block {made.block - 1} has the hash {self.hash}"
            self._say(Kind.BROKEN_CHAIN, made.block, text, record)
        self._findings.taint(made.block)

    def _say(self, kind: Kind, block: int, text: str, record: SourceRecord) -> None:
        place = Place(LEDGER, self._lane, record.offset, record.offset)
        self._findings.add(kind, Stage.LEDGER, block, place, text)


def _read(data: bytes) -> Block | None:
    try:
        return blocks.read(data)
    except ValueError:  # ContractError is one
        return None
