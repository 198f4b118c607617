"""The quick reader gives what the models give, or leaves the event to them; it accepts nothing that they refuse."""

import os
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ContractError
from schemas.event import Event
from schemas.events import EVENT_TYPES, parse_event
from schemas.quick import QUICK, quick_event
from tests.contracts.golden import fields, golden, plain, with_value, without

NAMES = tuple(str(struct.__struct_config__.tag) for struct in QUICK)
STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 3, -1, 10**18, 10**18 + 1, 10**19, 1.0, 1.5, 1e300, [], {}, [1], {"a": 1}),
    *("", "0", "1", "A", "*", " ", "x" * 64, "x" * 65, "x" * 128, "x" * 129, "x" * 256, "x" * 257, "é" * 64, "a\nb"),
    *("a\x7f", "a\u2028b", "a\u00a0b", "\ufeff", "1.00", "1.005", "-1.00", "0.00", "1e3", "+1", "CNY", "JPY", "cny"),
    *("2026-01-05", "2026-02-30", "1899-12-31", "9999-12-31", "2026-01-05T08:00:00Z", "2026-01-05T08:00:00.123Z"),
    *("2026-01-05T08:00:00+08:00", "2026-01-05t08:00:00z", "2026-01-05T24:00:00Z", "2026-01-05T08:00:60Z", "1.0"),
    *("hard", "soft", "refused", "repayment.due", "application/json", "text/plain"),
)


def by_models(document: dict[str, Any]) -> Event | None:
    try:
        return parse_event(document)
    except ContractError:
        return None


def check(document: dict[str, Any]) -> bool:
    """Whether it was read quickly; then as by the models."""
    found, expected = quick_event(orjson.dumps(document)), by_models(document)
    if found is None:
        return False
    assert expected is not None, f"accepted what the models refuse: {document}"
    assert plain(found) == plain(expected), document
    return True


def test_all_but_lists_broadcasts_and_what_people_sign_are_read_quickly() -> None:
    slow = {name for name, kind in EVENT_TYPES.items() if not kind.broadcast and not kind.signed} - set(NAMES)
    assert slow <= {"score.updated", "fact.corrected"}


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_read_quickly_and_as_by_the_models(name: str) -> None:
    document = golden(name)
    assert check(document)
    for field in fields(document):
        if by_models(without(document, field)) is not None:
            assert check(without(document, field)), field


@pytest.mark.parametrize("name", NAMES)
def test_each_field_with_each_strange_value(name: str) -> None:
    document = golden(name)
    step = 1 if os.environ.get("ELIGIBILITY_LONG") else 4  # each value comes to some fields of every kind
    for place, field in enumerate((*fields(document), "other", "data.other")):
        for value in STRANGE[place % step :: step]:
            check(with_value(document, field, value))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from([v for v in STRANGE if v != 10**19]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_", max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(st.data())
def test_any_value_in_any_field(data: st.DataObject) -> None:
    document = golden(data.draw(st.sampled_from(NAMES)))
    for field in data.draw(st.lists(st.sampled_from(sorted({*fields(document)} - {"data"})), min_size=1, max_size=3)):
        document = with_value(document, field, data.draw(json_values))
    check(document)


@settings(max_examples=300)
@given(st.sampled_from(NAMES), st.data())
def test_damaged_bytes(name: str, data: st.DataObject) -> None:
    value = bytearray(orjson.dumps(golden(name)))
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    found = quick_event(bytes(value))
    if found is not None:
        assert plain(found) == plain(parse_event(orjson.loads(bytes(value))))


def test_a_name_that_comes_twice_is_read_as_by_the_models() -> None:
    text = orjson.dumps(golden("repayment.missed")).decode()
    for again in ('"id":"again",', '"data":{},', '"type":"repayment.reversed",', '"subject":"B",'):
        for value in ("{" + again + text[1:], text[:-1] + "," + again[:-1] + "}"):
            found, expected = quick_event(value.encode()), by_models(orjson.loads(value))
            assert found is None or (expected is not None and plain(found) == plain(expected))


def test_plain_tells_events_apart() -> None:
    event = parse_event(golden("repayment.due"))
    assert plain(event) != plain(event.at(event.time + 1))
