"""Archives: whole segments in a chain, or an error that names the file; in a folder and in stores behind fsspec."""

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from streams.archive import ArchiveError, Folder
from streams.codec.records import SourceRecord

ROWS = [
    SourceRecord("status", 1, 0, 5, b"A", b"{}", ()),
    SourceRecord("status", 1, 2, -1, None, None, (("h", None), ("\u00e9", b"\x00\xff"), ("h", b""))),
    SourceRecord("status", 1, 7, 1 << 50, b"", b"x" * 3_000_000, ()),
]
FIRST, SECOND = f"status/1/{0:020}", f"status/1/{3:020}"


@pytest.fixture(params=["a folder", "file://", "local://", "memory://"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """`local://` is fsspec's own local filesystem: it neither makes folders by itself nor renames."""
    if request.param == "memory://":
        return f"memory://{uuid4().hex}"
    return str(tmp_path / "archive") if request.param == "a folder" else f"{request.param}{tmp_path}/archive"


@pytest.fixture
def folder(location: str) -> Folder:
    made = Folder(location)
    made.append("status", 1, 0, 3, ROWS[:2])
    made.append("status", 1, 3, 9, ROWS[2:])
    return Folder(location)


def altered(folder: Folder, path: str) -> None:
    data = bytearray(folder.store.read(path))
    data[len(data) // 2] ^= 1
    folder.store.write(path, bytes(data))


def test_records_come_back_as_they_were(folder: Folder) -> None:
    assert list(folder.rows("status", 1)) == ROWS
    assert list(folder.rows("status", 1, 2)) == ROWS[1:]
    assert list(folder.rows("status", 1, 3)) == ROWS[2:]
    assert list(folder.rows("status", 0)) == []
    assert [(each.first, each.next, each.count) for each in folder.segments("status", 1)] == [(0, 3, 2), (3, 9, 1)]
    assert list(pickle.loads(pickle.dumps(folder)).rows("status", 1)) == ROWS, "another process reads it too"  # noqa: S301


def test_a_file_that_was_altered_is_named(folder: Folder) -> None:
    altered(folder, f"{SECOND}.zst")
    with pytest.raises(ArchiveError, match=r"0003\.zst: it is not the file that its manifest names"):
        list(folder.rows("status", 1))
    folder.store.remove(f"{SECOND}.zst")
    folder.store.remove(f"{SECOND}.zst")
    with pytest.raises(ArchiveError, match=r"0003\.zst"):
        list(folder.rows("status", 1))


def test_a_segment_that_was_left_out_is_noticed(folder: Folder) -> None:
    folder.store.remove(f"{FIRST}.json")
    with pytest.raises(ArchiveError, match=r"0003\.json: a segment before it is missing"):
        folder.segments("status", 1)


def test_what_was_never_finished_does_not_count(folder: Folder) -> None:
    folder.store.remove(f"{SECOND}.json")
    assert list(folder.rows("status", 1)) == ROWS[:2]
    folder.append("status", 1, 3, 9, ROWS[2:])
    assert list(folder.rows("status", 1)) == ROWS

    def breaks_off() -> Iterator[SourceRecord]:
        yield ROWS[2]._replace(offset=9)
        raise ArchiveError("the brokers are gone")

    with pytest.raises(ArchiveError, match="the brokers are gone"):
        folder.append("status", 1, 9, 10, breaks_off())
    assert list(folder.rows("status", 1)) == ROWS
    assert folder.store.names("status/1") == [f"{first:020}.{kind}" for first in (0, 3) for kind in ("json", "zst")], (
        "nothing half"
    )


def test_the_first_part_of_a_manifest_is_none_where_a_store_may_leave_one(folder: Folder) -> None:
    """A writer that died between file and manifest, or in the manifest: its last segment is written anew."""
    whole = folder.store.read(f"{SECOND}.json")
    for size in (0, 1, len(whole) // 2, len(whole) - 1):
        folder.store.write(f"{SECOND}.json", whole[:size])
        if not folder.store.tears:
            with pytest.raises(ArchiveError, match=r"0003\.json: no manifest"):
                folder.segments("status", 1)
            continue
        assert list(folder.rows("status", 1)) == ROWS[:2]
        writer = Folder(folder.name)
        writer.append("status", 1, 3, 9, ROWS[2:])
        assert list(writer.rows("status", 1)) == ROWS
    folder.store.write(f"{SECOND}.json", whole)
    folder.store.write(f"{FIRST}.json", b"{")
    with pytest.raises(ArchiveError, match=r"0000\.json: no manifest"):
        folder.segments("status", 1)
    folder.store.write(f"{FIRST}.json", b"{}")
    with pytest.raises(ArchiveError, match=r"0000\.json: no manifest"):
        folder.segments("status", 1)


def test_what_is_read_back_decides_whether_a_segment_counts(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    write = folder.store.write
    monkeypatch.setattr(folder.store, "write", lambda path, data: write(path, data[:-1]))
    with pytest.raises(ArchiveError, match=r"0009\.zst: it is not the file"):
        folder.append("status", 1, 9, 10, [ROWS[0]._replace(offset=9)])
    monkeypatch.undo()
    assert [each.next for each in Folder(folder.name).segments("status", 1)] == [3, 9]


def test_no_archive_is_told(location: str) -> None:
    folder = Folder(location)
    assert folder.is_empty
    with pytest.raises(ArchiveError, match="no archive"):
        folder.document("position")
    folder.store.write("position.json", b"{")
    with pytest.raises(ArchiveError, match=r"position\.json"):
        folder.document("position")


def test_a_store_that_nobody_reaches_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="nowhere://x: Protocol not known"):
        Folder("nowhere://x")
    with pytest.raises(ArchiveError, match="s3://bucket/x: Install s3fs"):
        Folder("s3://bucket/x")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError, match="file/status/1"):
        Folder(f"local://{tmp_path}/file").append("status", 1, 0, 1, ROWS[:1])
    with pytest.raises(ArchiveError, match="file/status/1"):
        Folder(tmp_path / "file").append("status", 1, 0, 1, ROWS[:1])
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ArchiveError, match=r"memory://x: needs the extra: pip install 'eligibility-streams\[stores\]'"):
        Folder("memory://x")
