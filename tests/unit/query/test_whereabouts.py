"""The index of an account's records finds all of them, however its records come and whoever writes it."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.query import whereabouts
from streams.query.following import StoreError
from streams.query.whereabouts import Whereabouts

TOPIC, LANE = "t.repayments", 2
KEYS = [b"A", b"B", b"C"]
FRAME = b"\0\0\0\0\7"


class Row(NamedTuple):
    topic: str
    offset: int
    timestamp: int
    key: bytes | None


ROWS = st.lists(
    st.tuples(st.sampled_from([*KEYS, FRAME + KEYS[0]]), st.integers(1, 9), st.integers(0, 20)), min_size=1, max_size=60
)  # a record's key (once in a while with Confluent's frame), the offsets since the one before, and its timestamp


def rows_of(drawn: Sequence[tuple[bytes, int, int]]) -> list[Row]:
    offsets = accumulate(gap for _, gap, _ in drawn)
    return [Row(TOPIC, offset, at, key) for offset, (key, _, at) in zip(offsets, drawn, strict=True)]


def found(index: Whereabouts, rows: Sequence[Row], key: bytes) -> list[tuple[int, int]]:
    """By the index: the offsets of a key, each with the latest timestamp so far."""
    at = {row.offset: row for row in rows}
    offsets = [each for each in index.offsets(TOPIC, key) if at[each].key in (key, FRAME + key)]
    return [(each, index.latest(TOPIC, each, at[each].timestamp)) for each in offsets]


def expected(rows: Sequence[Row], key: bytes) -> list[tuple[int, int]]:
    latest = accumulate((row.timestamp for row in rows), max)
    return [(row.offset, so_far) for row, so_far in zip(rows, latest, strict=True) if row.key in (key, FRAME + key)]


@settings(max_examples=25, derandomize=True, database=None)
@given(ROWS, st.lists(st.integers(0, 60), max_size=4), st.integers(2, 40))
def test_every_record_is_found_with_the_latest_timestamp_before_it(
    drawn: list[tuple[bytes, int, int]], cuts: list[int], chunk: int
) -> None:
    """Over batches, chunks and reopened files."""
    rows = rows_of(drawn)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(whereabouts, "CHUNK", chunk)
        begin = 0
        for end in [*sorted(min(cut, len(rows)) for cut in cuts), len(rows)]:
            with Whereabouts(Path(folder) / "index", "id") as index:
                if begin < end:
                    index.take(rows[begin:end], {(TOPIC, LANE): rows[end - 1].offset + 1})
            begin = end
        with Whereabouts(Path(folder) / "index", "id") as index:
            assert index.places() == {(TOPIC, LANE): rows[-1].offset + 1}
            for key in KEYS:
                assert found(index, rows, key) == expected(rows, key)


@settings(max_examples=25, derandomize=True, database=None)
@given(ROWS, st.integers(0, 60), st.integers(0, 60))
def test_two_who_write_it_at_once_do_no_harm(drawn: list[tuple[bytes, int, int]], one: int, other: int) -> None:
    rows = rows_of(drawn)
    end = {(TOPIC, LANE): rows[-1].offset + 1}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        with Whereabouts(path, "id") as first, Whereabouts(path, "id") as second:
            for index, count in ((first, one % len(rows) + 1), (second, other % len(rows) + 1)):
                index.take(rows[:count], {(TOPIC, LANE): rows[count - 1].offset + 1})
        with Whereabouts(path, "id") as last:
            begin = other % len(rows) + 1
            assert last.places() == {(TOPIC, LANE): rows[begin - 1].offset + 1}
            if begin < len(rows):
                last.take(rows[begin:], end)
            for key in KEYS:
                assert found(last, rows, key) == expected(rows, key)


def test_marks_at_another_alignment_are_no_marks(tmp_path: Path) -> None:
    """A mark's bytes that begin within another one's are passed over."""
    mark = whereabouts.mark_of(b"A")
    with Whereabouts(tmp_path / "index", "id") as index:
        index.take([Row(TOPIC, 0, 1, b"A"), Row(TOPIC, 5, 1, b"A")], {(TOPIC, LANE): 6})
        shifted = b"\0\0" + mark + b"\0\0" + mark
        index._db.execute("UPDATE marks SET marks = ?", (shifted,))
        assert list(index.offsets(TOPIC, b"A")) == [2]


def test_the_index_of_another_system_is_refused(tmp_path: Path) -> None:
    Whereabouts(tmp_path / "index", "one").close()
    with pytest.raises(StoreError, match="holds the states of one, not of other"):
        Whereabouts(tmp_path / "index", "other")
