"""The test of the test: whatever is changed in raw record copies is found, and named, at the right place first."""

import os
from functools import cache

import pytest

from tests.support.copies import taken_at, verified
from tests.support.injector import CELLS, Fault, Injector, NoFaultError
from tests.support.scribe import Topics, system

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
FAULTS = 40 if LONG else 1
SYSTEMS = 10 if LONG else 2
LIVELY = 3  # seeds whose worlds have records in most topics


@cache
def copies(seed: int) -> Topics:
    return system(LIVELY + seed)


@pytest.mark.parametrize(("change", "topic"), CELLS)
def test_a_change_is_found_and_named_where_it_was_made(change: str, topic: str) -> None:
    found = 0
    for seed in range(FAULTS * 4):
        topics = copies(seed % SYSTEMS)
        try:
            fault = Injector(topics, seed).inject(change, topic)
        except NoFaultError:
            continue
        _check(fault, taken_at(topics))
        found += 1
        if found == FAULTS:
            return
    assert found >= FAULTS // 2, "too few places for this change"


def _check(fault: Fault, at: int) -> None:
    report = verified(fault.topics, at, lanes=sorted(fault.blocks))
    first = report.first
    assert first is not None, fault.what
    seen = (first.kind.value, first.lane, first.block)
    assert first.kind.value in fault.classes, (fault.what, fault.blocks, seen, first.text)
    assert first.block == fault.blocks[first.lane], (fault.what, fault.blocks, seen, first.text)
    for lane in fault.blocks:
        assert any(each.first_finding for each in report.results if each.lane == lane), fault.what
