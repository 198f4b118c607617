"""Erased accounts in an archive: named as erased, and everybody else's audit is as it was."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.archive import ErasedRecord, Folder
from streams.audit.checkpoints import Beginning, read_checkpoint, write_checkpoint
from streams.audit.recorded import RecordedReplay
from streams.audit.runs import merged
from streams.audit.second import SecondAudit
from streams.codec.murmur2 import partition_of
from streams.query.log import log_of_archive
from tests.support.archives import Archived
from tests.support.copies import at_moment
from tests.support.injector import CELLS, Injector, NoFaultError
from tests.support.scribe import PREFIX, Topics, system

AT = 1_790_000_000_000
ACCOUNTS = ("A000", "A001", "A002", "A003")
GONE = "A001"


@pytest.fixture(scope="module")
def whole() -> Topics:
    return system(3)


def statuses(archived: Archived, folder: Path) -> list[bytes]:
    folder.mkdir()
    work = RecordedReplay(archived.origin, archived.position, PREFIX, folder)
    lanes = [asyncio.run(work.lane(lane, lambda _: None)) for lane in range(archived.position.lanes)]
    return list(merged(path for each in lanes for path in each.runs))


def erased_rows(topics: Topics, account: str) -> list[tuple[str, int]]:
    """Topic and offset of each record of an account."""
    return [
        (name, row.offset)
        for (name, _), rows in topics.items()
        for row in rows
        if row.key in (account.encode(), f"{account}/a".encode(), f"{account}/b".encode())
    ]


def test_who_is_erased_is_named_so_and_everybody_else_is_judged(whole: Topics, tmp_path: Path) -> None:
    archived = Archived(tmp_path, whole)
    before = archived.verified()
    assert before.equal
    assert before.document()["erased"] == []
    told = statuses(archived, tmp_path / "before")
    handles = []
    for number, account in enumerate(ACCOUNTS):
        erasure = archived.keys.erase(account.encode(), AT + number)
        assert erasure.handle is not None
        handles.append(erasure.handle.hex())
        report = archived.verified()
        assert report.equal, list(report.lines())
        assert {each["account"] for each in report.document()["erased"]} == set(handles)
        assert [each.unchecked for each in report.results] == [0, 0]
        assert [each.last for each in report.results] == [each.last for each in before.results]
        left = [each for each in told if orjson.loads(each)["subject"] not in ACCOUNTS[: number + 1]]
        assert statuses(archived, tmp_path / account) == left
    assert len(told) > len(left) == 0
    counted = {each["account"]: each["records"] for each in report.document()["erased"]}
    assert counted == {handle: len(erased_rows(whole, name)) for handle, name in zip(handles, ACCOUNTS, strict=True)}
    text = "\n".join(report.lines())
    assert f"account {handles[0]}: {counted[handles[0]]} records, erased 2026-09-21T14:13:20Z" in text
    assert "What erased accounts were told" in text
    assert not [name for name in ACCOUNTS if name in text]


def test_the_reference_judges_who_is_left(whole: Topics, tmp_path: Path) -> None:
    archived = Archived(tmp_path, whole)
    archived.keys.erase(GONE.encode(), AT)
    audit = SecondAudit(archived.origin, archived.position)
    results = [asyncio.run(audit.lane(lane, lambda _: None)) for lane in range(2)]
    assert [dict(each.counts) for each in results] == [{}, {}]
    assert [each.stopped for each in results] == [None, None]
    assert sum(each.accounts or 0 for each in results) == len(ACCOUNTS) - 1
    assert sum(len(each.erased) for each in results) == 1


def test_of_an_erased_account_nothing_is_known_and_of_others_all(whole: Topics, tmp_path: Path) -> None:
    archived = Archived(tmp_path, whole)
    before = {name: log_of_archive(name, archived.folder, tmp_path).records for name in ACCOUNTS}
    archived.keys.erase(GONE.encode(), AT)
    for name in ACCOUNTS:
        found = log_of_archive(name, archived.folder, tmp_path).records
        own = [row for row in before[name] if row.key == name.encode()]
        assert own
        assert list(found) == [row for row in before[name] if name != GONE or row not in own]


@pytest.mark.parametrize("seed", range(3))
def test_faults_are_found_beside_an_erased_account(tmp_path: Path, seed: int) -> None:
    """In the records of others, in the ledger, in what is of no account."""
    topics, found = system(seed + 20), 0
    for number, (change, topic) in enumerate(CELLS):
        try:
            fault = Injector(topics, 100 * seed + number).inject(change, topic)
        except NoFaultError:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        archived = Archived(folder, fault.topics)
        plain = archived.verified()
        assert plain.first is not None, fault.what
        named = {account for each in plain.results for account in each.by_account}
        other = next((name for name in ACCOUNTS if name not in named and _apart(fault.topics, topics, name)), None)
        if other is None:
            continue
        archived.keys.erase(other.encode(), AT)
        report = archived.verified()
        assert report.first is not None, fault.what
        assert report.first.kind.value in fault.classes, (fault.what, list(report.lines()))
        found += 1
        if found == 8:
            return
    raise AssertionError("too few faults")


def _apart(changed: Topics, topics: Topics, account: str) -> bool:
    """Whether the change touches nothing of an account."""
    key = account.encode()

    def own(given: Topics) -> Sequence[object]:
        return [
            (name, row.timestamp, row.value, row.headers)
            for (name, _), rows in given.items()
            for row in rows
            if (row.key or b"").partition(b"/")[0] == key
        ]

    return own(changed) == own(topics)


def test_a_missing_row_of_an_erased_account_is_found(whole: Topics, tmp_path: Path) -> None:
    lane = partition_of(GONE, 2)
    rows = whole["status", lane]
    drop = next(place for place, row in enumerate(rows) if row.key == GONE.encode())
    archived = Archived(tmp_path, {**whole, ("status", lane): rows[:drop] + rows[drop + 1 :]})
    archived.keys.erase(GONE.encode(), AT)
    report = archived.verified()
    assert dict(report.counts) == {"missing": 1}
    assert report.first is not None
    assert report.first.text == "rows of erased accounts that are missing: 1"


def test_an_altered_row_of_an_erased_account_is_found(whole: Topics, tmp_path: Path) -> None:
    lane = partition_of(GONE, 2)
    for name in ("status", "finances"):
        rows = list(whole[name, lane])
        place = next(place for place, row in enumerate(rows) if row.key == GONE.encode())
        rows[place] = rows[place]._replace(value=(rows[place].value or b"").replace(b"1", b"2"))
        folder = tmp_path / name
        folder.mkdir()
        archived = Archived(folder, {**whole, (name, lane): rows})
        archived.keys.erase(GONE.encode(), AT)
        report = archived.verified()
        assert report.counts.keys() == {"different" if name == "status" else "altered_input"}, list(report.lines())


def test_what_compaction_took_before_is_not_held_against_anybody(whole: Topics, tmp_path: Path) -> None:
    """Of each key of compacted topics only the newest row is there."""
    left = dict(whole)
    for (name, lane), rows in whole.items():
        if name in ("current", "accounts-changelog"):
            newest = {row.key: row.offset for row in rows}
            left[name, lane] = [row for row in rows if newest[row.key] == row.offset]
    archived = Archived(tmp_path, left)
    assert archived.verified().equal
    archived.keys.erase(GONE.encode(), AT)
    report = archived.verified()
    assert report.equal, list(report.lines())
    assert sum(each.unchecked for each in report.results) > 0
    assert any("the blocks' own word is taken" in each for each in report.proves_not)


def test_what_comes_after_the_erasure_is_judged_as_erased(whole: Topics, tmp_path: Path) -> None:
    """The live system goes on for the account: the archive keeps nothing of that."""
    half = {at: rows[: len(rows) // 2] for at, rows in whole.items()}
    archived = Archived(tmp_path, half)
    erasure = archived.keys.erase(GONE.encode(), AT)
    archived.add(whole)
    report = archived.verified()
    assert report.equal, list(report.lines())
    found = {each["account"]: each for each in report.document()["erased"]}
    assert erasure.handle is not None
    later = found.pop("00" * 16)
    assert later["erased_at"] is None
    assert found.keys() == {erasure.handle.hex()}
    assert later["records"] + found[erasure.handle.hex()]["records"] == len(erased_rows(whole, GONE))


def test_states_of_a_checkpoint_are_erased_with_their_account(whole: Topics, tmp_path: Path) -> None:
    archived = Archived(tmp_path, whole)
    key, states = Ed25519PrivateKey.generate(), Folder(tmp_path / "states", archived.keys)
    half = tmp_path / "half"
    half.mkdir()
    stamps = sorted(row.timestamp for lane in range(2) for row in whole["ledger", lane])
    middle = Archived(half, at_moment(whole, stamps[len(stamps) // 2]))
    made = middle.verified(states_to=states)
    assert made.equal
    write_checkpoint(states, middle.position, [each.checkpoint for each in made.results if each.checkpoint], key)
    beginning = Beginning(states, read_checkpoint(states))
    assert archived.verified(beginning=beginning).equal
    archived.keys.erase(GONE.encode(), AT)
    report = archived.verified(beginning=beginning)
    assert report.equal, list(report.lines())
    rows = list(states.rows("accounts-changelog", partition_of(GONE, 2)))
    assert sum(isinstance(row, ErasedRecord) for row in rows) == 1
