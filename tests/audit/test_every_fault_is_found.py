"""The test of the test: whatever is changed in raw record copies is found, and named, at the right place first."""

import os
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.copies import taken_at, verified
from tests.support.injector import CELLS, Fault, Injector, NoFaultError
from tests.support.scribe import Topics, system

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
FAULTS = 40 if LONG else 1
SYSTEMS = 10 if LONG else 2
ENOUGH = 3  # records of a topic, so that two are neighbours
LIVELY = 3  # seeds whose worlds have records in most topics


@cache
def copies(seed: int) -> Topics:
    return system(LIVELY + seed)


@pytest.mark.parametrize(("change", "topic"), CELLS)
def test_a_change_is_found_and_named_where_it_was_made(change: str, topic: str) -> None:
    found = 0
    for topics, made in changes(change, topic):
        if isinstance(made, Fault):
            _check(made, taken_at(topics))
            found += 1
    assert found == FAULTS


def test_hardly_any_change_changes_nothing() -> None:
    """At most 2 % of the changes asked for can't be made; each is listed."""
    asked = [(change, topic, made) for change, topic in CELLS for _, made in changes(change, topic)]
    nothing = [f"{change} in {topic}: {made}" for change, topic, made in asked if not isinstance(made, Fault)]
    print(*sorted(nothing), f"{len(nothing)} of {len(asked)} changes could not be made", sep="\n")  # noqa: T201 - for -rP
    assert len(nothing) <= len(asked) // 50


def changes(change: str, topic: str) -> Iterator[tuple[Topics, Fault | str]]:
    """As many faults as a cell shall have, in systems in turn; between them why one could not be made."""
    having = [number for number in range(SYSTEMS) if _records(copies(number), topic) >= ENOUGH] or range(SYSTEMS)
    left = FAULTS
    for seed in range(FAULTS * 4):
        number = having[seed % len(having)]
        try:
            yield copies(number), Injector(copies(number), seed).inject(change, topic)
            left -= 1
        except NoFaultError as error:
            yield copies(number), f"system {number}, seed {seed}: {error}"
        if not left:
            return


def _records(topics: Topics, topic: str) -> int:
    return max(len(rows) for (name, _), rows in topics.items() if name == topic)


def _check(fault: Fault, at: int) -> None:
    report = verified(fault.topics, at, lanes=sorted(fault.blocks))
    first = report.first
    assert first is not None, fault.what
    seen = (first.kind.value, first.lane, first.block)
    assert first.kind.value in fault.classes, (fault.what, fault.blocks, seen, first.text)
    assert first.block == fault.blocks[first.lane], (fault.what, fault.blocks, seen, first.text)
    for lane in fault.blocks:
        assert any(each.first_finding for each in report.results if each.lane == lane), fault.what
