"""Decoding and policies under inputs that nobody would write: no exception but ours, no slow path beyond a bound.

The quick form takes a few seconds and the same inputs each time; ELIGIBILITY_LONG=1 takes many new ones, and the slow
paths at full size. `make fuzz` goes on from there, guided by coverage.
"""

import os
from collections.abc import Callable

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import VALUE_BYTES_MAX
from schemas.policy_text import TEXT_BYTES_MAX
from tests.contracts.golden import golden
from tests.fuzz.seeds import TOKENS, decode_seeds, policy_seeds
from tests.fuzz.targets import (
    DECODE_BYTES_A_SECOND,
    JSON_BYTES_A_SECOND,
    POLICY_BYTES_A_SECOND,
    bounded,
    decode_target,
    policy_target,
)

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
DECODE_SEEDS, POLICY_SEEDS = list(decode_seeds()), list(policy_seeds())
BRIEF = min(POLICY_SEEDS, key=len)

often = settings(
    max_examples=20_000 if LONG else 400,
    derandomize=not LONG,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
seldom = settings(often, max_examples=3_000 if LONG else 60)


@st.composite
def spoilt(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed with some of its bytes cut out, repeated, exchanged, or with something put between them."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, len(data)))
        end = min(len(data), begin + draw(st.integers(0, 12)))
        put = draw(st.sampled_from(TOKENS) | st.binary(max_size=4) | st.just(data[begin:end] * 2))
        data = data[:begin] + put + data[end:]
    return data


@often
@given(spoilt(DECODE_SEEDS))
def test_any_record_gives_an_event_or_a_dead_letter(data: bytes) -> None:
    with bounded(len(data), DECODE_BYTES_A_SECOND):
        decode_target(data)


@seldom
@given(spoilt([BRIEF]) | st.binary(max_size=200))
def test_any_text_gives_a_policy_or_its_problems(data: bytes) -> None:
    with bounded(len(data), POLICY_BYTES_A_SECOND):
        policy_target(data)


def _filled(before: bytes, count: Callable[[int], bytes], after: bytes, size: int) -> bytes:
    """As many different pieces between two ends as `size` bytes hold."""
    parts, left, number = [], size - len(before) - len(after), 0
    while (part := count(number)) and len(part) <= left:
        parts.append(part)
        left -= len(part)
        number += 1
    return before + b"".join(parts) + after


DUE = orjson.dumps(golden("repayment.due"))
SLOW_RECORDS = {
    "a long type": lambda size: _filled(b'{"type":"', lambda _: b"x", b'"}', size),
    "a type of three bytes a character": lambda size: _filled(b'{"type":"', lambda _: "\u4e00".encode(), b'"}', size),
    "many fields": lambda size: _filled(b"{", lambda n: b'"%x":1,' % n, DUE[1:], size),
    "one field many times": lambda size: _filled(b"{", lambda _: b'"type":1,', DUE[1:], size),
    "many unknown fields of the data": lambda size: _filled(
        DUE[:-2] + b',"a":1', lambda n: b',"%x":1' % n, b"}}", size
    ),
    "a long amount": lambda size: _filled(
        orjson.dumps({"type": "repayment.due", "data": {}})[:-3] + b'{"amount":"0.', lambda _: b"1", b'"}}', size
    ),
    "many lists": lambda size: _filled(b"[", lambda _: b"[],", b"0]", size),
    "a long number": lambda size: _filled(b"[0.", lambda _: b"1", b"]", size),
}  # fmt: skip
JSON_TWICE = "many fields, the last one twice"
SLOW_POLICIES = {
    JSON_TWICE: lambda size: _filled(b"{", lambda n: b'"%x":1,' % n, b'"z":1,"z":1}', size),
    "JSON that breaks at its end": lambda size: _filled(b"{", lambda n: b'"%x":1,' % n, b'"z":1', size),
    "many fields": lambda size: _filled(b"", lambda n: b"a%d: 1\n" % n, b"", size),
    "one field many times": lambda size: _filled(b"", lambda _: b"a: 1\n", b"", size),
    "a flow set": lambda size: _filled(b"{", lambda _: b"a,", b"}", size),
    "a flow list": lambda size: _filled(b"a: [", lambda _: b"x,", b"]", size),
    "aliases": lambda size: _filled(b"a: &x [1]\nb: [", lambda _: b"*x,", b"]", size),
    "an open quote": lambda size: _filled(b"'", lambda _: b"a\n", b"", size),
    "brackets": lambda size: _filled(b"", lambda _: b"[", b"", size),
    "empty lines": lambda size: _filled(b"", lambda _: b"\n", b"", size),
}


@pytest.mark.parametrize("name", SLOW_RECORDS)
def test_no_record_takes_long(name: str) -> None:
    value = SLOW_RECORDS[name](VALUE_BYTES_MAX)
    assert VALUE_BYTES_MAX - 20 <= len(value) <= VALUE_BYTES_MAX
    with bounded(len(value), DECODE_BYTES_A_SECOND):
        decode_target(b"\0\0" + value)


@pytest.mark.parametrize("name", SLOW_POLICIES)
def test_no_policy_takes_long(name: str) -> None:
    is_json = name == JSON_TWICE
    size = TEXT_BYTES_MAX if LONG or is_json else TEXT_BYTES_MAX // 16
    text = SLOW_POLICIES[name](size)
    assert size - 20 <= len(text) <= size
    with bounded(len(text), JSON_BYTES_A_SECOND if is_json else POLICY_BYTES_A_SECOND):
        policy_target(text)
