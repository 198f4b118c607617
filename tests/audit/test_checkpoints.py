"""Signed states from which an audit goes on, where what was before is gone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.archive import ArchiveError, Folder
from streams.audit.asked import Asked
from streams.audit.checkpoints import Beginning, read_checkpoint, write_checkpoint
from streams.audit.lane import Audit
from streams.audit.logs import AuditError
from streams.audit.report import Report
from streams.codec.signatures import public_text
from tests.support.copies import BOUND_MS, Copies, at_moment, taken_at
from tests.support.injector import CELLS, SOURCES, Injector, NoFaultError
from tests.support.scribe import PREFIX, Topics, system

KEY = Ed25519PrivateKey.generate()
LANES = 2
ASKED = Asked(PREFIX, BOUND_MS)
Begins = dict[tuple[str, int], int]


def audited(topics: Topics, at: int, begins: Begins | None = None, **more: Any) -> Report:
    return asyncio.run(_audited(Copies(topics, at, begins), **more))


async def _audited(copies: Copies, beginning: Beginning | None = None, states_to: Folder | None = None) -> Report:
    position = await copies.position()
    if beginning is not None:
        position = beginning.checkpoint.begun(position)
    audit = Audit(copies, position, ASKED, beginning, states_to)
    results = [await audit.lane(lane, lambda _: None) for lane in range(position.lanes)]
    if states_to is not None:
        write_checkpoint(states_to, position, [each.checkpoint for each in results if each.checkpoint], KEY)
    return Report(position, results, (), None if beginning is None else beginning.checkpoint)


class Kept:
    """A system, a checkpoint in the middle of it, and what retention has left from there on."""

    def __init__(self, folder: Path) -> None:
        self.whole = system(3)
        stamps = sorted(row.timestamp for lane in range(LANES) for row in self.whole["ledger", lane])
        self.moment = stamps[len(stamps) // 2]
        self.folder = Folder(folder / "checkpoint")
        assert audited(at_moment(self.whole, self.moment), self.moment, states_to=self.folder).equal
        self.beginning = Beginning(self.folder, read_checkpoint(self.folder, public_text(KEY)))
        self.begins: Begins = {}
        for each in self.beginning.checkpoint.lanes:
            for name, offset in {**each.positions, **each.offsets}.items():
                at = (name, 0 if name in ("operations", "policies") else each.lane)
                self.begins[at] = min(self.begins.get(at, offset), offset)

    def left(self, topics: Topics) -> Topics:
        return {at: [row for row in rows if row.offset >= self.begins.get(at, 0)] for at, rows in topics.items()}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


def test_what_was_before_need_not_be_there(kept: Kept) -> None:
    at, left = taken_at(kept.whole), kept.left(kept.whole)
    assert sum(map(len, left.values())) < sum(map(len, kept.whole.values())) * 2 // 3
    report = audited(left, at, kept.begins, beginning=kept.beginning)
    assert report.equal, list(report.lines())
    firsts = {each.lane: each.first for each in report.results}
    assert firsts == {each.lane: each.block + 1 for each in kept.beginning.checkpoint.lanes}
    assert [each.last for each in report.results] == [len(kept.whole["ledger", lane]) - 1 for lane in range(LANES)]
    assert any("Anything before the checkpoint" in each for each in report.proves_not)
    assert report.document()["checkpoint"]["signingkey"] == public_text(KEY)
    assert audited(kept.whole, at, beginning=kept.beginning).equal, "also where nothing is gone"
    without = audited(left, at, kept.begins)
    assert {each.stopped is not None for each in without.results} == {True}


def test_what_was_changed_behind_it_is_found(kept: Kept) -> None:
    """In the sources: of copies of outputs the injector makes the offsets anew, which the checkpoint names."""
    blocks = {each.lane: each.block for each in kept.beginning.checkpoint.lanes}
    found = 0
    for seed, (change, topic) in enumerate(each for each in CELLS * 2 if each[1] in SOURCES):
        try:
            fault = Injector(kept.whole, seed).inject(change, topic)
        except NoFaultError:
            continue
        if all(block > blocks[lane] for lane, block in fault.blocks.items()):
            report = audited(kept.left(fault.topics), taken_at(kept.whole), kept.begins, beginning=kept.beginning)
            assert report.first is not None, fault.what
            assert report.first.kind.value in fault.classes, fault.what
            assert report.first.block == fault.blocks[report.first.lane], fault.what
            found += 1
            if found == 12:
                return
    raise AssertionError("too few faults behind the checkpoint")


def test_another_ledger_than_the_one_that_was_signed_does_not_go_on_from_it(kept: Kept) -> None:
    other = system(5)
    report = audited(other, taken_at(other), beginning=kept.beginning)
    assert not report.equal


def test_only_the_signed_states_count(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="signed by"):
        read_checkpoint(kept.folder, public_text(Ed25519PrivateKey.generate()))
    position = asyncio.run(Copies(kept.whole, 0).position())
    with pytest.raises(AuditError, match="another cluster"):
        kept.beginning.check(position._replace(cluster="another"), {}, copied=False)
    with pytest.raises(AuditError, match="an anchor has another hash"):
        kept.beginning.check(
            position, {0: {kept.beginning.checkpoint.lanes[0].block: "sha256:" + "0" * 64}}, copied=True
        )
    copy = Folder(tmp_path)
    copy.write("checkpoint", kept.folder.document("checkpoint") | {"made_at": "2020-01-01T00:00:00Z"})
    with pytest.raises(AuditError, match="it was altered"):
        read_checkpoint(copy)
    copy.write("checkpoint", {"format": 1})
    with pytest.raises(AuditError, match="no checkpoint"):
        read_checkpoint(copy)
    other = Beginning(copy, kept.beginning.checkpoint)
    with pytest.raises(AuditError, match="not those that were signed"):
        audited(kept.whole, taken_at(kept.whole), beginning=other)
    file = f"accounts-changelog/0/{0:020}.zst"
    data = kept.folder.store.read(file)
    kept.folder.store.write(file, data[:-1] + b"x")
    with pytest.raises(ArchiveError, match="altered or damaged"):
        audited(kept.whole, taken_at(kept.whole), beginning=kept.beginning)
    kept.folder.store.write(file, data)
