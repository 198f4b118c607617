"""Compaction goes on beside an audit: a row whose successor came after the position is no missing row."""

import asyncio

from streams.audit.asked import Asked
from streams.audit.lane import Audit
from streams.audit.logs import Position
from streams.audit.report import Report
from streams.audit.rows import COMPACTED
from tests.support.copies import BOUND_MS, Copies, at_moment
from tests.support.scribe import PREFIX, Topics, system


class Growing(Copies):
    """Stands at a moment when it is asked first, and has gone on when it is asked again."""

    def __init__(self, before: Topics, now: Topics, moment: int) -> None:
        super().__init__(now, moment)
        self._first: Copies | None = Copies(before, moment)

    async def position(self) -> Position:
        first, self._first = self._first, None
        return await (super().position() if first is None else first.position())


def compacted(topics: Topics) -> Topics:
    """Of each key the last row is left."""
    found = dict(topics)
    for at, rows in topics.items():
        if at[0] in COMPACTED:
            last = {row.key: row for row in rows}
            found[at] = [row for row in rows if last[row.key] is row]
    return found


def audited(origin: Copies) -> Report:
    async def run() -> Report:
        position = await origin.position()
        audit = Audit(origin, position, Asked(PREFIX, BOUND_MS))
        return Report(position, [await audit.lane(lane, lambda _: None) for lane in range(position.lanes)])

    return asyncio.run(run())


def test_a_row_that_was_replaced_behind_the_position_is_not_missing() -> None:
    whole = system(3)
    stamps = sorted(row.timestamp for lane in range(2) for row in whole["ledger", lane])
    moment = stamps[len(stamps) // 2]
    before = at_moment(whole, moment)
    gone = len(before["current", 0]) + len(before["current", 1])
    left = compacted(whole)
    ends = {at: rows[-1].offset for at, rows in before.items() if rows}
    gone -= sum(row.offset <= ends["current", lane] for lane in range(2) for row in left["current", lane])
    assert gone > 0
    report = audited(Growing(before, left, moment))
    assert report.equal, list(report.lines())


def test_a_row_that_nothing_has_replaced_is_missing() -> None:
    whole = system(3)
    moment = max(row.timestamp for lane in range(2) for row in whole["ledger", lane])
    left = compacted(whole)
    taken = {**left, ("current", 0): left["current", 0][1:]}
    report = audited(Growing(whole, taken, moment))
    assert set(report.counts) == {"missing"}
