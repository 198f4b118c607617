"""Ledgers that an older engine began and this one goes on with: each block is replayed by the rules of its version."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import orjson
import pytest

from streams.audit.findings import Kind
from streams.audit.logs import AuditError
from streams.audit.recorded import RecordedReplay
from streams.audit.runs import merged
from streams.codec.engine import engine
from streams.codec.versions import BEHAVIOURS, PRESENT, Behaviour
from tests.support.copies import Copies, taken_at, verified
from tests.support.scribe import PREFIX, Topics, system

OLD = {"version": "0.0.9", "digest": "sha256:" + "0" * 64, "tzdata": engine()["tzdata"]}
OLD_BEHAVIOUR = Behaviour("0.0.9", catalogue="1")
"""With the words of its time. Of tests alone: 0.1.0 is the first version that there is."""
UPGRADED = 12
"""The first block that this engine made."""


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> Topics:
    monkeypatch.setitem(BEHAVIOURS, OLD["version"], OLD_BEHAVIOUR)
    return system(3, engines=_engines)


_engines: Callable[[int], Mapping[str, str]] = lambda block: OLD if block < UPGRADED else engine()  # noqa: E731


def test_each_block_is_judged_by_the_rules_of_its_version(upgraded: Topics) -> None:
    said = [orjson.loads(row.value or b"")["data"] for row in upgraded["status", 0]]
    assert {(each["engine"], each["catalogue"]) for each in said} == {("0.0.9", "1"), (PRESENT.version, "3")}
    report = verified(upgraded, taken_at(upgraded), engines=[OLD["digest"]])
    assert report.equal, list(report.lines())
    assert all(each.matched["status"] for each in report.results)


def test_an_engine_that_nobody_vouches_for_is_told_all_the_same(upgraded: Topics) -> None:
    report = verified(upgraded, taken_at(upgraded))
    assert {(each.kind.value, each.place.topic) for lane in report.results for each in lane.findings} == {
        ("other_engine", "ledger")
    }


def test_other_rules_than_those_of_the_version_make_a_difference(
    upgraded: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BEHAVIOURS, OLD["version"], PRESENT)
    report = verified(upgraded, taken_at(upgraded), engines=[OLD["digest"]])
    assert report.first is not None
    assert report.counts[Kind.DIFFERENT] == sum(
        orjson.loads(row.value or b"")["data"]["engine"] == "0.0.9"
        for (name, _), rows in upgraded.items()
        if name in ("status", "current")
        for row in rows
    )


def test_a_version_that_is_not_known_is_told_even_where_its_digest_is_taken_for_good(
    upgraded: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(BEHAVIOURS, OLD["version"])
    report = verified(upgraded, taken_at(upgraded), engines=[OLD["digest"]])
    assert report.first is not None
    assert report.first.kind.value == "other_engine"
    assert report.first.block == 0
    assert "the rules of that version are not in this release" in report.first.text


def test_a_replay_says_what_each_version_said(upgraded: Topics, tmp_path: Path) -> None:
    emitted = sorted(row.value or b"" for lane in (0, 1) for row in upgraded["status", lane])
    assert sorted(_replayed(upgraded, tmp_path)) == emitted


def test_a_replay_refuses_a_version_that_is_not_known(
    upgraded: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(BEHAVIOURS, OLD["version"])
    with pytest.raises(AuditError, match=r"block 0 is of engine 0\.0\.9, whose rules are not in this release"):
        _replayed(upgraded, tmp_path)


def _replayed(topics: Topics, folder: Path) -> list[bytes]:
    origin = Copies(topics, taken_at(topics))
    work = RecordedReplay(origin, asyncio.run(origin.position()), PREFIX, folder)
    found = [asyncio.run(work.lane(lane, lambda _: None)) for lane in (0, 1)]
    return list(merged(path for each in found for path in each.runs))
