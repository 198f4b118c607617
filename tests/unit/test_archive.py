"""Archives: whole segments in a chain, or an error that names the file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.archive import ArchiveError, Folder
from streams.codec.records import SourceRecord

ROWS = [
    SourceRecord("status", 1, 0, 5, b"A", b"{}", ()),
    SourceRecord("status", 1, 2, -1, None, None, (("h", None), ("\u00e9", b"\x00\xff"), ("h", b""))),
    SourceRecord("status", 1, 7, 1 << 50, b"", b"x" * 100_000, ()),
]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "archive")
    made.append("status", 1, 0, 3, ROWS[:2])
    made.append("status", 1, 3, 9, ROWS[2:])
    return made


def test_records_come_back_as_they_were(folder: Folder) -> None:
    assert list(folder.rows("status", 1)) == ROWS
    assert list(folder.rows("status", 1, 2)) == ROWS[1:]
    assert list(folder.rows("status", 1, 3)) == ROWS[2:]
    assert list(folder.rows("status", 0)) == []
    assert [(each.first, each.next, each.count) for each in folder.segments("status", 1)] == [(0, 3, 2), (3, 9, 1)]


def test_a_file_that_was_altered_is_named(folder: Folder) -> None:
    path = folder.path / "status/1/00000000000000000003.zst"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match=r"0003\.zst: it is not the file that its manifest names"):
        list(folder.rows("status", 1))
    path.unlink()
    with pytest.raises(ArchiveError, match=r"0003\.zst"):
        list(folder.rows("status", 1))


def test_a_segment_that_was_left_out_is_noticed(folder: Folder) -> None:
    (folder.path / "status/1/00000000000000000000.json").unlink()
    with pytest.raises(ArchiveError, match=r"0003\.json: a segment before it is missing"):
        folder.segments("status", 1)


def test_what_was_never_finished_does_not_count(folder: Folder) -> None:
    (folder.path / "status/1/00000000000000000003.json").unlink()
    assert list(folder.rows("status", 1)) == ROWS[:2]
    folder.append("status", 1, 3, 9, ROWS[2:])
    assert list(folder.rows("status", 1)) == ROWS

    def breaks_off() -> Iterator[SourceRecord]:
        yield ROWS[2]._replace(offset=9)
        raise ArchiveError("the brokers are gone")

    with pytest.raises(ArchiveError, match="the brokers are gone"):
        folder.append("status", 1, 9, 10, breaks_off())
    assert list(folder.rows("status", 1)) == ROWS
    assert not list(folder.path.rglob("*.partial"))


def test_no_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no archive"):
        Folder(tmp_path).document("position")
    (tmp_path / "position.json").write_text("{", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"position\.json"):
        Folder(tmp_path).document("position")
