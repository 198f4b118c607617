"""Accounts under keys: what is erased is gone for good, everybody else's records are as they were."""

import pickle
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from streams.archive import ArchiveError, ErasedRecord, Folder, Keys, leaf_of
from streams.codec.digest import output_leaf, source_leaf
from streams.codec.records import OutputRecord, SourceRecord

AT = 1_700_000_000_000
TOPICS = ("finances", "status", "current", "accounts-changelog", "dead-letters", "access")


def key_of(topic: str, account: str) -> bytes:
    return f"{account}/cash".encode() if topic == "current" else account.encode()


def rows_of(topic: str, count: int = 60, first: int = 0) -> list[SourceRecord]:
    """Of twelve accounts in turn; of a changelog also what is of no account."""
    rows = [
        SourceRecord(
            topic,
            1,
            first + 2 * number,
            AT - number % 3,
            key_of(topic, f"acc-{number % 12}"),
            None if number == 17 else b'{"subject":"acc-%d"}' % (number % 12) * number,
            (("h", None), ("who", b"acc-%d" % (number % 12))) if number % 7 == 0 else (),
        )
        for number in range(count)
    ]
    if topic == "accounts-changelog":
        rows[8] = rows[8]._replace(key=b"~policies", value=b"of no account", headers=())
    return rows


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "archive.keys", make=True)


@pytest.fixture
def folder(tmp_path: Path, keys: Keys) -> Folder:
    made = Folder(tmp_path / "archive", keys)
    for topic in TOPICS:
        made.append(topic, 1, 0, 120, rows_of(topic))
        made.append(topic, 1, 120, 240, rows_of(topic, first=120))
    return Folder(tmp_path / "archive", Keys(keys.path))


@pytest.mark.parametrize("topic", TOPICS)
def test_records_come_back_as_they_were(folder: Folder, topic: str) -> None:
    assert list(folder.rows(topic, 1)) == rows_of(topic) + rows_of(topic, first=120)
    assert list(pickle.loads(pickle.dumps(folder)).rows(topic, 1, 130)) == rows_of(topic, first=120)[5:]  # noqa: S301
    assert [each.latest for each in folder.segments(topic, 1)] == [AT, AT]


@pytest.mark.parametrize("topic", TOPICS)
def test_of_an_erased_account_place_instant_and_leaf_are_left(folder: Folder, keys: Keys, topic: str) -> None:
    erasure = keys.erase(b"acc-1", AT + 5)
    assert (erasure.handle is not None, erasure.before) == (True, False)
    whole = rows_of(topic) + rows_of(topic, first=120)
    gone = 0
    for row, found in zip(whole, folder.rows(topic, 1), strict=True):
        if row.key != key_of(topic, "acc-1"):
            assert found == row
            assert not isinstance(found, ErasedRecord)
            continue
        gone += 1
        assert isinstance(found, ErasedRecord)
        assert tuple(found) == (topic, 1, row.offset, row.timestamp, None, None, ())
        assert (found.handle, found.erased_at) == (erasure.handle, AT + 5)
        if topic in ("finances", "access"):
            assert leaf_of(found) == source_leaf(row)
        else:
            made = OutputRecord(topic, row.key, row.value, row.timestamp, row.headers)
            assert leaf_of(found) == output_leaf(made, 1)
    assert gone == 10


def test_no_id_and_no_content_is_in_the_clear(folder: Folder, keys: Keys, tmp_path: Path) -> None:
    files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert len(files) == 4 * len(TOPICS)
    assert not [path for path in [*files, keys.path] if b"acc-" in path.read_bytes() or "acc-" in str(path)]
    assert folder.keys is not None
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_what_is_dropped_is_not_in_the_file_of_keys_any_more(folder: Folder, keys: Keys) -> None:
    with sqlite3.connect(keys.path) as db:
        before = {bytes(handle): (name, key, salt) for name, handle, key, salt in db.execute("SELECT * FROM accounts")}
    db.close()
    handle = keys.erase(b"acc-3", AT).handle
    assert handle is not None
    name, key, salt = before.pop(handle)
    data = keys.path.read_bytes()
    assert key not in data
    assert salt not in data
    assert all(each in data for _, other, salt in before.values() for each in (other, salt))
    assert name in data
    assert handle in data


def test_erasing_again_does_nothing_and_says_so(folder: Folder, keys: Keys) -> None:
    assert keys.erase(b"acc-2", AT).handle is not None
    for account, unknown, before in (
        (b"acc-2", False, True),
        (b"nobody", False, False),
        (b"nobody", True, False),
        (b"nobody", True, True),
    ):
        erasure = keys.erase(account, AT + 1, unknown=unknown)
        assert (erasure.handle, erasure.before) == (None, before)
    assert sum(isinstance(row, ErasedRecord) for row in folder.rows("status", 1)) == 10


def test_what_comes_after_the_erasure_is_not_kept(keys: Keys, tmp_path: Path) -> None:
    keys.erase(b"acc-4", AT, unknown=True)
    folder = Folder(tmp_path / "archive", keys)
    folder.append("status", 1, 0, 120, rows_of("status"))
    found = {row.offset: row for row in folder.rows("status", 1) if isinstance(row, ErasedRecord)}
    wanted = {row.offset: row for row in rows_of("status") if row.key == b"acc-4"}
    assert found.keys() == wanted.keys()
    assert {each.erased_at for each in found.values()} == {None}
    for offset, row in wanted.items():
        made = OutputRecord("status", row.key, row.value, row.timestamp, row.headers)
        assert found[offset].leaf == output_leaf(made, 1)


def test_a_framed_key_and_no_key(keys: Keys, tmp_path: Path) -> None:
    """A framed key is the account's; records without one are together, and erasing an account leaves them."""
    folder = Folder(tmp_path / "archive", keys)
    rows = [
        SourceRecord("identity", 0, number, AT, key, b"x", ())
        for number, key in enumerate((b"A", None, b"\0\0\0\0\1A"))
    ]
    folder.append("identity", 0, 0, 3, rows)
    assert list(folder.rows("identity", 0)) == rows
    keys.erase(b"A", AT)
    assert [isinstance(row, ErasedRecord) for row in folder.rows("identity", 0)] == [True, False, True]


def test_missing_keys_are_told(folder: Folder, keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="it is under keys: --keys FILE"):
        list(Folder(folder.name).rows("status", 1))
    with pytest.raises(ArchiveError, match="no keys: the file is not there"):
        Keys(tmp_path / "none")
    (tmp_path / "text").write_text("no database, but long enough to be one " * 5)
    with pytest.raises(ArchiveError, match="text: file is not a database"):
        Keys(tmp_path / "text")
    other = Keys(tmp_path / "other", make=True)
    assert other.id != keys.id
    with pytest.raises(ArchiveError, match=r"no key for [0-9a-f]{32}, and no erasure of it"):
        list(Folder(folder.name, other).rows("status", 1))


def test_content_stays_in_its_place(folder: Folder) -> None:
    """Two segments in each other's place, manifests made to fit: the seal knows where it belongs."""
    first, second = folder.segments("status", 1)
    data = folder.store.read(second.file)
    folder.store.write(first.file, data)
    folder.store.remove(second.manifest)
    folder.store.write(first.manifest, first.model_copy(update={"digest": second.digest}).model_dump_json().encode())
    with pytest.raises(ArchiveError, match="is not what was sealed with its key"):
        list(folder.rows("status", 1))


@pytest.mark.parametrize("size", [0, 5, 21, 23, 60, 400, -1])
def test_a_file_that_ends_early_is_told(folder: Folder, size: int) -> None:
    first = folder.segments("status", 1)[0]
    data = folder.store.read(first.file)[:size]
    folder.store.remove(folder.segments("status", 1)[1].manifest)
    folder.store.write(first.file, data)
    digest = f"sha256:{sha256(data).hexdigest()}"
    folder.store.write(first.manifest, first.model_copy(update={"digest": digest}).model_dump_json().encode())
    with pytest.raises(ArchiveError, match=r"0000\.zst"):
        list(folder.rows("status", 1))


def test_large_segments_have_several_portions(keys: Keys, tmp_path: Path) -> None:
    rows = [SourceRecord("status", 0, at, AT, b"%d" % (at % 5), bytes(1_000_000), ()) for at in range(11)]
    folder = Folder(tmp_path / "archive", keys)
    folder.append("status", 0, 0, 11, rows)
    assert list(folder.rows("status", 0)) == rows
    keys.erase(b"3", AT)
    assert [row.offset for row in folder.rows("status", 0) if isinstance(row, ErasedRecord)] == [3, 8]
    folder.append("status", 0, 11, 12, [])
    assert [each.count for each in folder.segments("status", 0)] == [11, 0]
