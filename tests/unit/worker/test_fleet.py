"""A worker's partitions: all sources of each, or none."""

import pytest
from faust.types.tuples import TP

from streams.worker.fleet import SplitAssignmentError, checked_numbers

TOPICS = {"repayments": "p.repayments", "inquiries": "p.inquiries", "identity": "p.identity"}


def whole(*numbers: int) -> set[TP]:
    return {TP(topic, number) for topic in TOPICS.values() for number in numbers}


def test_a_partition_with_all_its_sources_is_a_lane() -> None:
    assert checked_numbers(whole(0, 3), TOPICS) == {0, 3}
    assert checked_numbers(set(), TOPICS) == set()


def test_a_split_partition_is_refused_with_what_is_missing() -> None:
    split = whole(0, 1) - {TP("p.inquiries", 1)}
    with pytest.raises(SplitAssignmentError, match=r"partition 1: assigned here without p\.inquiries"):
        checked_numbers(split, TOPICS)
