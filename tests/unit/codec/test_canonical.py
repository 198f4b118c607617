"""Canonical bytes are those of the reference implementation of RFC 8785."""

from typing import Any

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from streams.codec.canonical import canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@given(values)
@example({"\ufb33": 1, "\U0001f600": 2, "€": 3})  # astral keys sort before some of the BMP in UTF-16
@example({"a": '\x00\x1f\x7f\u2028"\\/', "é": ["😀"]})
def test_canonical_equals_the_reference(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
