"""Records that wait for their target are kept whole, hence a bound in bytes: a state must fit into one record."""

import orjson
import pytest

from schemas.events import VALUE_BYTES_MAX
from streams.codec.partition import CHANGELOG
from streams.codec.records import SourceRecord
from streams.core import limits
from streams.lane.batches import BATCH_BYTES
from tests.support.bounds import HARD, later
from tests.support.core import Lane
from tests.support.events import correction, inquiry


def waiting(lane: Lane, number: int, size: int, headers: int = 0) -> SourceRecord:
    """A correction of an event that never comes, so large."""
    record = lane.record(correction(later("2025-01-01", number), f"missing-{number}"), number)
    document = orjson.loads(record.value or b"") | {"padding": ""}
    padding = size - len(orjson.dumps(document))
    value = orjson.dumps(document | {"padding": "x" * padding})
    return record._replace(value=value, headers=(("pad", b"x" * headers),))


def largest_state(lane: Lane) -> int:
    return max(len(row.value or b"") for row in lane.outputs[CHANGELOG])


@pytest.mark.parametrize(("size", "headers"), [(VALUE_BYTES_MAX, 0), (1_000, VALUE_BYTES_MAX)])
def test_a_record_too_large_to_wait_is_rejected_at_once(size: int, headers: int) -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01"))
    lane.records([waiting(lane, 2, size, headers)])
    assert lane.rejected() == ["target_unknown data.corrects"]
    assert largest_state(lane) < 10_000


def test_of_too_many_bytes_the_oldest_go() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01"))
    size = limits.PENDING_TARGET_BYTES // 4
    for number in range(2, 8):  # the inquiry is the first event
        lane.records([waiting(lane, number, size - 10)])
    assert [letter.offset for letter in lane.letters] == [0, 1], "four fit"
    assert limits.PENDING_TARGET_BYTES - size < largest_state(lane) < BATCH_BYTES
    lane.restart().tick("2025-06-01")
    assert sorted(letter.offset for letter in lane.letters) == [0, 1, 2, 3, 4, 5]


def test_what_waits_and_all_else_that_is_bounded_fit_into_one_record() -> None:
    assert limits.PENDING_TARGET_BYTES + 200 * 1024 < BATCH_BYTES
