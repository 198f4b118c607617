"""`verify --engine reference`: honest lanes agree with it, and what the core got wrong shows."""

import asyncio
import os

import pytest

from schemas.deadletter import OFFSET_HEADER
from streams.audit.findings import Kind
from streams.audit.lane import LaneResult
from streams.audit.second import Sample, SecondAudit
from streams.core import calendar
from streams.core.facts import base
from tests.support.copies import Copies, taken_at, verified
from tests.support.injector import Injector
from tests.support.scribe import Topics, system

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"


def audited(topics: Topics, accounts: int | None = None) -> list[LaneResult]:
    return asyncio.run(_audited(Copies(topics, taken_at(topics)), accounts))


async def _audited(origin: Copies, accounts: int | None) -> list[LaneResult]:
    position = await origin.position()
    audit = SecondAudit(origin, position, accounts)
    return [await audit.lane(lane, lambda _: None) for lane in range(position.lanes)]


@pytest.mark.parametrize("seed", range(40 if LONG else 4))
def test_lanes_and_the_reference_agree(seed: int) -> None:
    topics = system(seed)
    for result in audited(topics):
        assert not result.findings, result.findings[0]
        assert result.stopped is None
        assert result.matched["status"] == len(topics["status", result.lane])


def test_a_mistake_of_the_core_that_lanes_and_verify_share_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows half as long as they should be, in workers and audit alike: `verify` is equal, this is not."""
    monkeypatch.setattr(base, "DAY_MS", calendar.DAY_MS // 2)
    topics = system(3)
    assert verified(topics, taken_at(topics)).equal
    found = [finding for result in audited(topics) for finding in result.findings]
    assert {each.kind for each in found} & {Kind.DIFFERENT, Kind.EXTRA, Kind.MISSING}
    assert all(each.account for each in found)


def test_a_sample_is_of_so_many_accounts_and_of_others_by_another_salt() -> None:
    topics = system(3)
    everybody, some = audited(topics), audited(topics, 1)
    assert [each.accounts for each in some] == [1] * len(some)
    assert sum(each.accounts or 0 for each in everybody) > len(some)
    assert all(each.matched["status"] <= whole.matched["status"] for each, whole in zip(some, everybody, strict=True))
    assert len({kept(salt) for salt in "abcdefgh"}) > 1


def kept(salt: str) -> str:
    sample, names = Sample(1, salt), [f"A{number}" for number in range(20)]
    for name in names:
        sample.has(name)
    (found,) = [name for name in names if sample.has(name)]
    return found


def test_a_record_that_was_rejected_without_a_reason_shows() -> None:
    """A dead letter for a good record, and none for a bad one."""
    topics = system(3)
    place, letters = next((at, rows) for at, rows in topics.items() if at[0] == "dead-letters" and rows)
    without = audited({**topics, place: letters[1:]})
    assert "missing" in {each.kind.value for result in without for each in result.findings}
    headers = tuple((name, b"0" if name == OFFSET_HEADER else content) for name, content in letters[0].headers)
    found = audited({**topics, place: [letters[0]._replace(headers=headers), *letters[1:]]})
    assert {"missing", "extra"} & {each.kind.value for result in found for each in result.findings}


def test_records_that_were_altered_or_left_out_stop_it() -> None:
    topics = system(3)
    for change in ("drop", "byte", "timestamp"):
        fault = Injector(topics, 1).inject(change, "inquiries")
        results = [each for each in audited(fault.topics) if each.lane in fault.blocks]
        assert [each.first_finding and each.first_finding.kind for each in results] == [Kind.ALTERED_INPUT]
        assert results[0].stopped is not None
