"""The merge by time: whatever arrives in whatever portions, the order of truth is the same (semantics T1)."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.merge import Merge
from streams.codec.records import SourceRecord

NAMES = ("repayments", "inquiries", "identity")
EVERYTHING = 1 << 30


def record(topic: str, offset: int, timestamp: int, value: bytes = b"v") -> SourceRecord:
    return SourceRecord(topic, 0, offset, timestamp, b"k", value, ())


def merge(stables: Sequence[int | None] = (0, 0, 0)) -> Merge:
    made = Merge(NAMES)
    for name, stable in zip(NAMES, stables, strict=True):
        made.begin(name, 0, stable)
    return made


def places(records: Sequence[SourceRecord]) -> list[tuple[str, int]]:
    return [(row.topic, row.offset) for row in records]


def test_the_smallest_timestamp_comes_first_then_the_topic_order() -> None:
    made = merge((2, 1, 1))
    made.arrive("identity", [record("identity", 0, 5)], 1, 1)
    made.arrive("inquiries", [record("inquiries", 0, 5)], 1, 1)
    made.arrive("repayments", [record("repayments", 0, 5), record("repayments", 1, 6)], 2, 2)
    expected = [("repayments", 0), ("inquiries", 0), ("identity", 0), ("repayments", 1)]
    assert places(made.take(10, EVERYTHING)) == expected


def test_within_a_partition_offsets_decide_whatever_the_timestamps() -> None:
    made = merge((2, 1, 0))
    made.arrive("repayments", [record("repayments", 0, 9), record("repayments", 1, 1)], 2, 2)
    made.arrive("inquiries", [record("inquiries", 0, 5)], 1, 1)
    assert places(made.take(10, EVERYTHING)) == [("inquiries", 0), ("repayments", 0), ("repayments", 1)]


def test_a_source_whose_end_is_not_known_holds_the_others_back() -> None:
    made = merge((1, None, 0))
    made.arrive("repayments", [record("repayments", 0, 5)], 1, 1)
    assert not made.ready
    assert made.take(10, EVERYTHING) == []
    assert made.blocking == ("inquiries",)
    made.arrive("inquiries", [], 0, 0)
    assert places(made.take(10, EVERYTHING)) == [("repayments", 0)]


def test_before_it_begins_nothing_is_known_of_any_source() -> None:
    made = Merge(NAMES)
    assert made.blocking == NAMES
    assert not made.idle


def test_what_is_on_its_way_is_not_at_its_end() -> None:
    made = merge((1, 0, 0))
    made.arrive("repayments", [record("repayments", 0, 5)], 1, 1)
    made.announce("inquiries")
    assert not made.ready
    made.arrive("inquiries", [record("inquiries", 0, 4)], 1, 1)
    made.landed("inquiries")
    assert places(made.take(10, EVERYTHING)) == [("inquiries", 0), ("repayments", 0)]


def test_an_emptied_source_below_its_stable_end_stops_the_merge_until_more_arrives() -> None:
    made = merge((3, 2, 0))
    made.arrive(
        "repayments", [record("repayments", 0, 1), record("repayments", 1, 2), record("repayments", 2, 9)], 3, 3
    )
    made.arrive("inquiries", [record("inquiries", 0, 1)], 1, 2)
    assert places(made.take(10, EVERYTHING)) == [("repayments", 0), ("inquiries", 0)]
    assert made.blocking == ("inquiries",)
    made.arrive("inquiries", [record("inquiries", 1, 3)], 2, 2)
    assert places(made.take(10, EVERYTHING)) == [("repayments", 1), ("inquiries", 1), ("repayments", 2)]
    assert made.idle


def test_markers_and_aborted_batches_at_the_tail_are_the_end_once_they_are_passed() -> None:
    made = merge((1, 5, 0))
    made.arrive("repayments", [record("repayments", 0, 1)], 1, 1)
    made.arrive("inquiries", [], 4, 5)
    assert not made.ready
    made.arrive("inquiries", [], 5, 5)
    assert made.ready


def test_a_stale_stable_offset_does_not_take_a_known_one_back() -> None:
    made = merge((1, 7, 0))
    made.arrive("repayments", [record("repayments", 0, 1)], 1, 1)
    made.arrive("inquiries", [], 5, 5)
    assert not made.ready


def test_given_back_records_come_again_before_the_others() -> None:
    made = merge((3, 2, 0))
    made.arrive(
        "repayments", [record("repayments", 0, 1), record("repayments", 1, 4), record("repayments", 2, 5)], 3, 3
    )
    made.arrive("inquiries", [record("inquiries", 0, 2), record("inquiries", 1, 3)], 2, 2)
    taken = made.take(4, EVERYTHING)
    made.give_back(taken[1:])
    expected = [("inquiries", 0), ("inquiries", 1), ("repayments", 1), ("repayments", 2)]
    assert places(made.take(10, EVERYTHING)) == expected
    assert made.waiting("repayments") == (0, 0)


def test_beginning_again_forgets_what_waited_and_what_was_on_its_way() -> None:
    made = merge((5, 0, 0))
    made.arrive("repayments", [record("repayments", 0, 1)], 1, 5)
    made.announce("repayments")
    made.begin("repayments", 5, 5)
    assert made.idle
    assert made.position("repayments") == 5


def test_size_and_count_bound_what_is_taken_but_one_record_always_comes() -> None:
    made = merge((3, 0, 0))
    made.arrive("repayments", [record("repayments", offset, offset, b"12345") for offset in range(3)], 3, 3)
    assert made.waiting("repayments") == (3, 15)
    assert len(made.take(10, 1)) == 1
    assert len(made.take(1, EVERYTHING)) == 1
    assert made.waiting("repayments") == (1, 5)


def test_a_source_never_goes_back() -> None:
    made = merge((5, 0, 0))
    made.arrive("repayments", [], 3, 5)
    with pytest.raises(AssertionError):
        made.arrive("repayments", [], 2, 5)


times = st.integers(0, 6)
logs = st.tuples(*(st.lists(times, max_size=12) for _ in NAMES))


def in_order(timestamps: Sequence[Sequence[int]]) -> list[tuple[str, int]]:
    """The order of truth, the slow way: always the smallest head of all that is left."""
    left = [list(enumerate(stamps)) for stamps in timestamps]
    order = []
    while any(left):
        source = min((rows[0][1], source) for source, rows in enumerate(left) if rows)[1]
        order.append((NAMES[source], left[source].pop(0)[0]))
    return order


class Step(NamedTuple):
    """A portion of a source arrives; some records are taken, and of these some given back."""

    source: int
    size: int
    flies: bool
    taken: int
    kept: int


steps = st.lists(
    st.builds(Step, st.integers(0, 2), st.integers(0, 4), st.booleans(), st.integers(0, 5), st.integers(0, 5)),
    max_size=30,
)


@given(logs, steps)
def test_portions_and_their_order_of_arrival_change_nothing(
    timestamps: tuple[list[int], ...], arrivals: list[Step]
) -> None:
    made = merge((None, None, None))
    arrived = [0, 0, 0]
    got: list[tuple[str, int]] = []
    for source, size, flies, wanted, kept in [*arrivals, *(Step(source, 99, True, 99, 99) for source in range(3))]:
        name, rows = NAMES[source], timestamps[source]
        if flies:
            made.announce(name)
            got += places(made.take(wanted, EVERYTHING))
            made.landed(name)
        first, arrived[source] = arrived[source], min(arrived[source] + size, len(rows))
        portion = [record(name, offset, rows[offset]) for offset in range(first, arrived[source])]
        made.arrive(name, portion, arrived[source], len(rows))
        taken = made.take(wanted, EVERYTHING)
        made.give_back(taken[kept:])
        got += places(taken[:kept])
    got += places(made.take(99, EVERYTHING))
    assert got == in_order(timestamps)
    assert made.idle
