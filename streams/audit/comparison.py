"""Emitted against implied, for one topic of one lane: both in order, and where they part, what became of which row.

Rows are found again within a window. A compacted topic may lack what a later row of the same key has replaced.

    implied row ──is the next emitted one──▶ matched
         │ not the next                        ▲
         ├─is among the next WINDOW ───────────┘ those before it are odd
         ├─is one of the odd ─▶ out of order
         └─else it lacks ─▶ paired with an odd one: different; else missing (compacted: if no later row of its key came)
                            an odd one that stays: repeated, where an equal one came before, else extra
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Final, NamedTuple

from streams.archive import ErasedRecord
from streams.audit.erased import Erasures
from streams.audit.findings import Findings, Kind, Place, Stage
from streams.audit.logs import Stream
from streams.audit.rows import COMPACTED, Row, account_of_row, differences, headers_of, name_of, row_of
from streams.codec.records import OutputRecord, SourceRecord

WINDOW: Final = 1_000


class _Lacking(NamedTuple):
    row: Row
    block: int


class Odd(NamedTuple):
    """A row that nothing implies so far, and the block of the row behind it that is implied: it is of none later."""

    record: SourceRecord
    block: int


class Comparison:
    """`imply` what each block puts out, `settle` at the position; then `strangers` are what nothing implies, and of
    compacted topics what is `lacking` may have been replaced since.
    """

    def __init__(self, topic: str, stream: Stream, findings: Findings, erasures: Erasures) -> None:
        self.topic = topic
        self.matched = 0
        self.passed = 0
        """Rows of erased accounts so far."""
        self.strangers: list[Odd] = []
        self._stream = stream
        self._findings = findings
        self._erasures = erasures
        self._compacted = topic in COMPACTED
        self._latest = 0
        self._odd: dict[Row, list[Odd]] = {}
        self._gap: list[_Lacking] = []
        self._lacking: dict[bytes | None, _Lacking] = {}
        self._base = 0  # rows taken from the stream so far
        self._indexed = 0  # rows of the stream in the index so far
        self._index: dict[Row, list[int]] = {}

    async def imply(self, rows: Sequence[OutputRecord], block: int) -> None:
        """What a block puts out, in order."""
        stream = self._stream
        waiting = stream.rows
        self._latest = block
        quick = 0 if self._gap or self._lacking else await self._equal(rows)
        for row in rows[quick:] if quick else rows:
            if (waiting or await stream.fill()) and await self._at_content():
                found = waiting[0]
                if (
                    found.value == row.value
                    and found.key == row.key
                    and found.timestamp == row.timestamp
                    and (found.headers == row.headers or headers_of(found) == headers_of(row))
                ):
                    self._take(row.key)
                    continue
            await self._search(row_of(row), block)

    async def _equal(self, rows: Sequence[OutputRecord]) -> int:
        """Takes the first rows that are emitted as they are implied, as nearly all are; how many."""
        await self._stream.fill(len(rows))
        place, waiting = 0, self._stream.rows
        for row, found in zip(rows, waiting, strict=False):
            _, _, _, timestamp, key, value, headers = found
            if value != row.value or key != row.key or timestamp != row.timestamp or headers != row.headers:
                break
            place += 1
        if place == len(waiting):
            waiting.clear()
        else:
            for _ in range(place):
                waiting.popleft()
        self._base += place
        self.matched += place
        return place

    async def settle(self) -> None:
        """All blocks up to the position are in: judge what is left before its end."""
        odd = []
        while await self._stream.fill() and self._stream.rows[0].offset < self._stream.range.end:
            odd.append(Odd(self._stream.rows.popleft(), self._latest))
            self._base += 1
        self._resolve(self._with_content(odd))
        self.strangers += [each for pile in self._odd.values() for each in pile]
        self._odd.clear()
        await self._look_behind()

    def pass_over(self, count: int) -> None:
        """Takes erased rows that come next, until there were so many in all."""
        rows = self._stream.rows
        while self.passed < count and rows and isinstance(rows[0], ErasedRecord):
            self._erasures.note((rows.popleft(),))
            self._base += 1
            self.passed += 1

    async def _at_content(self) -> bool:
        """Passes over rows of erased accounts, which blocks' digests judge; False at the limit."""
        rows = self._stream.rows
        while rows and isinstance(rows[0], ErasedRecord):
            self.pass_over(self.passed + 1)
            if not rows:
                await self._stream.fill()
        return bool(rows)

    def _with_content(self, odd: list[Odd]) -> list[Odd]:
        kept = [each for each in odd if not isinstance(each.record, ErasedRecord)]
        if len(kept) < len(odd):
            self._erasures.note(each.record for each in odd)
            self.passed += len(odd) - len(kept)
        return kept

    def _take(self, key: bytes | None) -> None:
        self._stream.rows.popleft()
        self._base += 1
        self.matched += 1
        if self._gap:
            self._resolve([])
        if self._compacted:
            self._lacking.pop(key, None)

    async def _search(self, row: Row, block: int) -> None:
        await self._stream.fill(WINDOW)
        self._extend_index()
        at = next((place for place in self._index.get(row, ()) if place >= self._base), None)
        if at is not None:
            odd = [Odd(self._stream.rows.popleft(), block) for _ in range(at - self._base)]
            self._base = at
            self._resolve(self._with_content(odd))
            self._take(row[0])
        elif row in self._odd:
            self._say_moved(row, block)
        else:
            self._gap.append(_Lacking(row, block))
            if len(self._gap) > WINDOW:
                self._resolve([])

    def _extend_index(self) -> None:
        if len(self._index) > 4 * WINDOW:
            self._index.clear()
            self._indexed = 0
        begin = max(self._indexed, self._base)
        end = self._base + min(len(self._stream.rows), WINDOW)
        for place, record in enumerate(islice(self._stream.rows, begin - self._base, end - self._base), begin):
            self._index.setdefault(row_of(record), []).append(place)
        self._indexed = max(begin, end)

    # What became of rows that don't match

    def _resolve(self, odd: list[Odd]) -> None:
        """Between two matches: the odd ones that were emitted there, and the gap of those that lack there."""
        gap, self._gap = self._gap, []
        odd, gap = self._pair(odd, gap, lambda row: name_of(self.topic, row))
        if len(odd) == len(gap):
            for each, lacks in zip(odd, gap, strict=True):
                self._say_different(each, lacks)
            return
        odd, gap = self._pair(odd, gap, lambda row: row[0])
        for each in odd:
            self._odd.setdefault(row_of(each.record), []).append(each)
        for lacks in gap:
            if self._compacted:
                self._lacking[lacks.row[0]] = lacks
            else:
                self._say_missing(lacks)

    def _pair(
        self, odd: list[Odd], gap: list[_Lacking], name: Callable[[Row], object]
    ) -> tuple[list[Odd], list[_Lacking]]:
        """Pairs of one name are the same row, altered; returns the rest."""
        names: dict[str, list[_Lacking]] = {}
        for lacks in gap:
            names.setdefault(repr(name(lacks.row)), []).append(lacks)
        rest, paired = [], set()
        for each in odd:
            found = names.get(repr(name(row_of(each.record))))
            if found:
                lacks = found.pop(0)
                paired.add(id(lacks))
                self._say_different(each, lacks)
            else:
                rest.append(each)
        return rest, [lacks for lacks in gap if id(lacks) not in paired]

    def _say_different(self, odd: Odd, lacks: _Lacking) -> None:
        row = row_of(odd.record)
        self._lacking.pop(lacks.row[0], None)
        fields = differences(row, lacks.row)
        names = ", ".join(each.field for each in fields)
        account = account_of_row(self.topic, lacks.row)
        text = f"emitted with another {names} than is implied"
        self._say(Kind.DIFFERENT, lacks.block, self._place(odd.record), text, account, fields)

    def _say_moved(self, row: Row, block: int) -> None:
        pile = self._odd[row]
        odd = pile.pop(0)
        if not pile:
            del self._odd[row]
        self.matched += 1
        self._lacking.pop(row[0], None)
        text = f"emitted too early: block {block} implies it behind what follows it here"
        account = account_of_row(self.topic, row)
        self._say(Kind.OUT_OF_ORDER, min(odd.block, block), self._place(odd.record), text, account)

    def _say_missing(self, lacks: _Lacking) -> None:
        place = Place(self.topic, self._findings.lane)
        text = f"implied by block {lacks.block}, and not there: {name_of(self.topic, lacks.row)}"
        self._say(Kind.MISSING, lacks.block, place, text, account_of_row(self.topic, lacks.row))

    async def _look_behind(self) -> None:
        """Of a compacted topic: what rows beyond the position have replaced is not lacking."""
        if not self._lacking:
            return
        while await self._stream.fill(len(self._stream.rows) + 1):
            pass
        for record in self._stream.rows:
            self._lacking.pop(record.key, None)

    @property
    def lacking(self) -> Collection[bytes | None]:
        """Keys of a compacted topic whose rows lack, and that nothing has replaced up to the position's limit."""
        return self._lacking.keys()

    def say_lacking(self, replaced: Collection[bytes | None]) -> None:
        """Names what lacks: `replaced` are the keys of rows that came later still, beside a live system."""
        for key, lacks in self._lacking.items():
            if key not in replaced:
                self._say_missing(lacks)
        self._lacking.clear()

    def say_strangers(self, known: Sequence[bool]) -> None:
        """Names the strangers: `known` says of each whether an equal row stands before it."""
        for odd, repeated in zip(self.strangers, known, strict=True):
            kind = Kind.REPEATED if repeated else Kind.EXTRA
            text = "emitted once more" if repeated else "emitted, and implied by nothing"
            account = account_of_row(self.topic, row_of(odd.record))
            self._say(kind, odd.block, self._place(odd.record), text, account)
        self.strangers.clear()

    def _place(self, record: SourceRecord) -> Place:
        return Place(self.topic, record.partition, record.offset, record.offset)

    def _say(self, kind: Kind, block: int, place: Place, *more: object) -> None:
        self._findings.add(kind, Stage.OUTPUT, block, place, *more)  # type: ignore[arg-type]
