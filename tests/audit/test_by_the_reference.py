"""`verify --engine reference`: honest lanes agree with it, and what the core got wrong shows."""

import asyncio
import os

import orjson
import pytest

from schemas.deadletter import OFFSET_HEADER
from streams.audit.findings import Kind
from streams.audit.lane import LaneResult
from streams.audit.second import Sample, SecondAudit
from streams.codec.murmur2 import partition_of
from streams.core import calendar
from streams.core.facts import base
from tests.support.copies import Copies, taken_at, verified
from tests.support.injector import Injector
from tests.support.scribe import Scribe, Topics, sources, system

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


def test_what_is_rejected_for_its_form_is_rejected_here_too() -> None:
    given = sources(3, 2)
    place, rows = next((at, rows) for at, rows in given.items() if at[0] == "inquiries" and len(rows) > 3)
    whole = next(each for each in rows if (each.value or b"").startswith(b'{"'))
    row = rows[-1]._replace(key=whole.key, value=whole.value)
    value = orjson.dumps(orjson.loads(row.value or b"") | {"id": "once"})
    other = next(f"Z{number}" for number in range(99) if partition_of(f"Z{number}", 2) != place[1])
    moved = orjson.dumps(orjson.loads(value) | {"subject": other})
    bad = [
        (row.key, None, ()),
        (row.key, value[:-1] + b',"x":NaN}', ()),
        (row.key, value[:-1] + b',"x":"' + b"y" * (1 << 20) + b'"}', ()),
        (row.key, b"{}", (("ce_id", b"1"), ("ce_id", b"2"))),
        (row.key, b"{}", (("ce_id", b"\xff"),)),
        (None, value, ()),
        (b"other", value, ()),
        (other.encode(), moved, ()),
        (row.key, b"\0\0\0\0\1" + value, ()),
    ]
    added = [
        row._replace(
            offset=row.offset + 1 + number, timestamp=row.timestamp + number, key=key, value=value, headers=headers
        )
        for number, (key, value, headers) in enumerate(bad)
    ]
    given = {**given, place: [*rows, *added]}
    topics = {**given, **Scribe(0, 2).write(given), **Scribe(1, 2).write(given)}
    assert len(topics["dead-letters", place[1]]) >= len(bad) - 1
    assert [result.findings for result in audited(topics)] == [[], []]


def test_what_is_no_block_and_no_status_is_told() -> None:
    topics = system(3)
    place, rows = next((at, rows) for at, rows in topics.items() if at[0] == "status" and rows)
    found = audited({**topics, place: [rows[0]._replace(value=b"{"), *rows[1:]]})
    assert {each.kind for result in found for each in result.findings} == {Kind.DIFFERENT}
    ledger = topics["ledger", 0]
    found = audited({**topics, ("ledger", 0): [ledger[0], ledger[1]._replace(value=b"{"), *ledger[2:]]})
    assert found[0].first_finding is not None
    assert found[0].first_finding.kind is Kind.FORGED_BLOCK
