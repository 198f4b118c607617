"""Compaction goes on beside an audit: a row whose successor came after the position is no missing row."""

import asyncio

import pytest

from streams.audit.asked import Asked
from streams.audit.lane import Audit
from streams.audit.logs import Position
from streams.audit.report import Report
from streams.audit.rows import COMPACTED
from tests.support.copies import BOUND_MS, Copies, at_moment
from tests.support.scribe import PREFIX, Topics, system


class Growing(Copies):
    """Stands at one moment after the other each time that it is asked; read is what is left at the moment behind."""

    def __init__(self, moments: list[Topics], taken_at: int) -> None:
        super().__init__(compacted(moments[0]), taken_at)
        self._moments = moments

    async def position(self) -> Position:
        here, self._moments = self._moments[0], self._moments[1:] or self._moments
        self.topics = compacted(self._moments[0])
        return await Copies(here, self.taken_at).position()


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


@pytest.mark.parametrize("steps", [1, 8], ids=["at once", "again while it was looked for"])
def test_a_row_that_was_replaced_behind_the_position_is_not_missing(steps: int) -> None:
    whole = system(3)
    stamps = sorted(row.timestamp for lane in range(2) for row in whole["ledger", lane])
    moment = stamps[len(stamps) // 2]
    before = at_moment(whole, moment)
    kept = compacted(whole)
    ends = {at: rows[-1].offset for at, rows in before.items() if rows}
    left = sum(row.offset <= ends["current", lane] for lane in range(2) for row in kept["current", lane])
    assert left < sum(len(before["current", lane]) for lane in range(2)), "some are gone"
    moments = [stamps[len(stamps) // 2 + turn * len(stamps) // 2 // steps] for turn in range(1, steps)]
    report = audited(Growing([before, *(at_moment(whole, each) for each in moments), whole], moment))
    assert report.equal, list(report.lines())


def test_a_row_that_nothing_has_replaced_is_missing() -> None:
    whole = system(3)
    moment = max(row.timestamp for lane in range(2) for row in whole["ledger", lane])
    taken = {**whole, ("current", 0): compacted(whole)["current", 0][1:]}
    report = audited(Copies(taken, moment))
    assert set(report.counts) == {"missing"}
