"""Golden histories give the same bytes as ever, and states stored long ago are still read."""

import orjson
import pytest
import rfc8785

from tests.support.goldens import FOLDER, as_then, golden, goldens, replayed, second_half
from tests.support.worlds import by_product


def test_there_are_golden_histories() -> None:
    assert len(goldens()) >= 11
    for name in goldens():
        kept = golden(name)
        assert kept.statuses, name
        assert kept.stored, name
        assert {path.name.partition(".")[0] for path in FOLDER.iterdir()} == set(goldens())


@pytest.mark.parametrize("name", goldens())
def test_the_same_bytes_as_ever(name: str) -> None:
    kept = golden(name)
    said = replayed(kept.events, kept.policy)
    assert all(rfc8785.dumps(orjson.loads(value)) == value for value in said), "canonical"
    came = [as_then(value) for value in said]
    for place, (old, new) in enumerate(zip(map(as_then, kept.statuses), came, strict=False)):
        assert orjson.loads(new) == orjson.loads(old), f"status {place}"
    assert came == [as_then(value) for value in kept.statuses]


@pytest.mark.parametrize("name", goldens())
def test_stored_states_go_on_as_they_would_have(name: str) -> None:
    """A later version reads what an earlier one stored, and goes on with the same bytes."""
    kept = golden(name)
    expected: dict[tuple[str, str], list[bytes]] = {}
    for value in map(as_then, kept.statuses):
        data = orjson.loads(value)["data"]
        expected.setdefault((data["account_id"], data["product"]), []).append(value)
    for key, rows in by_product(second_half(kept).rows("status")).items():
        values = [as_then(value) for _, value in rows]
        assert values == expected[key][-len(values) :], key
