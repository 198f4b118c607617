"""An audit that goes on: each position is judged once, and what is found stays found."""

import asyncio
from collections.abc import AsyncIterator

import orjson

from streams.audit.asked import Asked
from streams.audit.report import Report
from streams.audit.watch import Figures, watch
from tests.support.copies import BOUND_MS, Copies, at_moment, taken_at
from tests.support.scribe import PREFIX, system


async def test_each_position_goes_on_from_the_one_before() -> None:
    whole = system(3)
    stamps = sorted(row.timestamp for lane in range(2) for row in whole["ledger", lane])
    copies = Copies(whole, 0)
    reports, figures = watch(copies, Asked(PREFIX, BOUND_MS), []), Figures()
    for moment in (stamps[10], stamps[11], stamps[len(stamps) // 2]):
        copies.topics, copies.taken_at = at_moment(whole, moment), moment
        report = await _next(reports, figures)
        assert report.equal, list(report.lines())
        assert [each.last for each in report.results] == [len(copies.topics["ledger", lane]) - 1 for lane in range(2)]
    copies.taken_at = taken_at(whole)
    copies.topics = whole
    report = await _next(reports, figures)
    assert report.equal
    lasts = [len(whole["ledger", lane]) - 1 for lane in range(2)]
    assert [each.last for each in report.results] == lasts
    assert sum(each.matched["status"] for each in report.results) == sum(len(whole["status", n]) for n in range(2))
    rows = whole["status", 1]
    copies.topics = {**whole, ("status", 1): [*rows, rows[4]._replace(offset=rows[-1].offset + 1)]}
    for _ in range(2):
        report = await _next(reports, figures)
        assert report.counts == {"repeated": 1}
        assert orjson.loads(orjson.dumps(report.summary()))["outcome"] == "different"
        assert ": different (1 finding so far); lane 0 block " in report.line()
    value = figures.registry.get_sample_value
    assert value("eligibility_audit_findings_total", {"class": "repeated"}) == 1
    assert value("eligibility_audit_findings_total", {"class": "extra"}) == 0
    assert value("eligibility_audit_position_seconds") == copies.taken_at / 1000


async def _next(reports: AsyncIterator[Report], figures: Figures) -> Report:
    report = await asyncio.wait_for(anext(reports), 20)
    figures.take(report)
    return report
