"""Repeated and missing status changes, by their sequences."""

import pytest

import streams.client
from streams.client.sequences import GapError, PartitionMemory, missing_before


@pytest.mark.parametrize(
    ("last", "sequence", "complete", "missing"),
    [
        (None, 1, True, range(0)),
        (None, 1, False, range(0)),
        (None, 4, True, range(1, 4)),
        (None, 4, False, range(0)),
        (3, 4, True, range(0)),
        (3, 6, False, range(4, 6)),
        (3, 3, True, None),
        (3, 1, False, None),
    ],
)
def test_what_is_missing_before_a_change(
    last: int | None, sequence: int, complete: bool, missing: range | None
) -> None:
    assert missing_before(last, sequence, complete=complete) == missing


def test_a_gap_says_what_never_came() -> None:
    error = GapError("A1", "loan", range(4, 6))
    assert str(error) == "A1/loan: 4 to 5 never came"
    assert error.missing == range(4, 6)


def test_what_is_remembered_of_a_partition_goes_with_it() -> None:
    memory = PartitionMemory()
    memory.keep(0, "A1", "loan", 3)
    memory.keep(1, "A2", "loan", 5)
    assert memory.last(0, "A1", "loan") == 3
    assert memory.last(0, "A1", "card") is None
    memory.forget(0)
    assert memory.last(0, "A1", "loan") is None
    assert memory.last(1, "A2", "loan") == 5


def test_the_public_face() -> None:
    names = {
        "Change",
        "GapError",
        "Last",
        "Notices",
        "Settings",
        "SettingsError",
        "Subscriber",
        "SubscriberError",
        "Upcast",
        "load",
    }
    assert set(streams.client.__all__) == names
    assert all(hasattr(streams.client, name) for name in names)
