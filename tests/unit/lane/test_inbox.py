"""The inbox: nothing lost unseen, each source bounded by itself, broadcasts read again by who lacks them."""

import pytest

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec.records import SourceRecord
from streams.lane.errors import HoleError
from streams.lane.fetch import Mark, Slice
from streams.lane.inbox import Bound, Inbox


def row(topic: str, offset: int, timestamp: int = 0, value: bytes | None = b"v") -> SourceRecord:
    return SourceRecord(topic, 0, offset, timestamp, b"k", value, ())


def piece(
    topic: str, begin: int, end: int, *, epoch: int = 1, stable: int | None = None, offsets: list[int] | None = None
) -> Slice:
    rows = tuple(row(topic, offset) for offset in (range(begin, end) if offsets is None else offsets))
    return Slice(epoch, topic, 0, begin, end, end if stable is None else stable, rows)


class Signals:
    """What the inbox said."""

    def __init__(self) -> None:
        self.full: list[str] = []
        self.drained: list[str] = []


@pytest.fixture
def signals() -> Signals:
    return Signals()


@pytest.fixture
def inbox(signals: Signals) -> Inbox:
    made = Inbox(Bound(10, 1_000), signals.full.append, signals.drained.append)
    made.begin({name: Mark(0, 0) for name in SOURCE_ORDER}, epoch=1)
    return made


def take(inbox: Inbox, count: int = 100) -> list[tuple[str, int]]:
    return [(record.topic, record.offset) for record in inbox.take(count, 1 << 20)]


def deliver(inbox: Inbox, topic: str, part: Slice) -> None:
    inbox.announce(topic, part.epoch)
    inbox.deliver(topic, part)


def test_slices_follow_one_another_and_markers_leave_no_hole(inbox: Inbox) -> None:
    deliver(inbox, "identity", piece("identity", 0, 3, offsets=[0, 1]))
    deliver(inbox, "identity", piece("identity", 3, 4))
    assert take(inbox) == [("identity", 0), ("identity", 1), ("identity", 3)]
    assert inbox.idle


def test_a_slice_that_begins_after_the_expected_offset_is_a_hole(inbox: Inbox) -> None:
    deliver(inbox, "identity", piece("identity", 0, 2))
    with pytest.raises(HoleError, match="begins at 3, but 2 is next"):
        deliver(inbox, "identity", piece("identity", 3, 5))


def test_records_below_the_position_are_dropped(inbox: Inbox) -> None:
    inbox.begin({"identity": Mark(2, 4)}, epoch=1)
    deliver(inbox, "identity", piece("identity", 0, 4))
    assert take(inbox) == [("identity", 2), ("identity", 3)]


def test_slices_from_before_a_seek_are_void(inbox: Inbox) -> None:
    inbox.announce("identity", 1)
    inbox.begin({"identity": Mark(5, 6)}, epoch=2)
    inbox.deliver("identity", piece("identity", 7, 9, epoch=1))
    deliver(inbox, "identity", piece("identity", 5, 6, epoch=2))
    assert take(inbox) == [("identity", 5)]
    assert inbox.idle


def test_a_full_source_is_held_back_by_itself_and_goes_on_at_half(inbox: Inbox, signals: Signals) -> None:
    deliver(inbox, "identity", piece("identity", 0, 12))
    assert signals.full == ["identity"]
    deliver(inbox, "identity", piece("identity", 12, 13))
    assert signals.full == ["identity", "identity"], "said again: Faust's own queue may have let the source go on"
    take(inbox, 7)
    assert signals.drained == []
    take(inbox, 1)
    assert signals.drained == ["identity"]


def test_bytes_fill_a_source_too(inbox: Inbox, signals: Signals) -> None:
    inbox.announce("identity", 1)
    inbox.deliver("identity", Slice(1, "identity", 0, 0, 1, 1, (row("identity", 0, value=b"x" * 1_000),)))
    assert signals.full == ["identity"]
    take(inbox)
    assert signals.drained == ["identity"]


def test_the_merge_waits_for_a_slice_under_way(inbox: Inbox) -> None:
    deliver(inbox, "identity", piece("identity", 0, 1))
    inbox.announce("repayments", 1)
    assert not inbox.ready
    assert inbox.blocking == ("repayments",)
    inbox.deliver("repayments", piece("repayments", 0, 0))
    assert inbox.ready


@pytest.mark.parametrize("name", sorted(BROADCAST))
def test_a_broadcast_slice_that_begins_too_late_is_for_other_lanes(inbox: Inbox, name: str) -> None:
    inbox.broadcast(name, piece(name, 5, 6))
    assert inbox.wanted(name) == 0
    assert inbox.blocking == (name,), "but it tells that the end lies further on"
    inbox.broadcast(name, piece(name, 0, 6))
    assert [offset for _, offset in take(inbox)] == list(range(6))


def test_known_broadcast_records_come_again_and_are_dropped(inbox: Inbox) -> None:
    inbox.broadcast("policies", piece("policies", 0, 3))
    assert len(take(inbox)) == 3
    inbox.broadcast("policies", piece("policies", 1, 4))
    assert take(inbox) == [("policies", 3)]
    inbox.broadcast("policies", piece("policies", 0, 2, stable=4))
    assert inbox.idle


def test_a_full_broadcast_source_forgets_what_comes_and_wants_it_later(inbox: Inbox, signals: Signals) -> None:
    inbox.broadcast("operations", piece("operations", 0, 10))
    assert inbox.wanted("operations") is None
    inbox.broadcast("operations", piece("operations", 10, 12))
    assert len(take(inbox)) == 10
    assert signals.drained == ["operations"]
    assert signals.full == [], "the shared reader is not held back"
    assert inbox.wanted("operations") == 10
    assert inbox.blocking == ("operations",), "the end was told even so: the merge must not run ahead"
    inbox.broadcast("operations", piece("operations", 10, 12))
    assert [offset for _, offset in take(inbox)] == [10, 11]


def test_given_back_records_come_again(inbox: Inbox) -> None:
    deliver(inbox, "identity", piece("identity", 0, 3))
    records = inbox.take(3, 1 << 20)
    inbox.give_back(records[1:])
    assert take(inbox) == [("identity", 1), ("identity", 2)]
