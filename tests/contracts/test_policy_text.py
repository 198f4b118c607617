"""YAML's traps are closed, and no text, however hostile, does anything but parse or be refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import PolicyError
from schemas.policy_text import TEXT_BYTES_MAX, read_policy_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2026-01-01", "2026-01-01"),
        ("a: 2026-01-01T00:00:00+08:00", "2026-01-01T00:00:00+08:00"),
        ("a: 06:00", "06:00"), ("a: 1:30:00", "1:30:00"),
        ("a: yes", "yes"), ("a: no", "no"), ("a: on", "on"), ("a: off", "off"), ("a: y", "y"), ("a: True", "True"),
        ("a: true", True), ("a: false", False), ("a: null", None), ("a: ~", None), ("a:", None),
        ("a: 12", 12), ("a: -3", -3), ("a: 0", 0), ("a: 007", "007"), ("a: 0x1F", "0x1F"), ("a: 0o17", "0o17"),
        ("a: 1_000", "1_000"), ("a: 0.55", 0.55), ("a: 1e3", 1000.0), ('a: "0.55"', "0.55"), ("a: =", "="),
        ("a: <<", "<<"), ("a: 30d", "30d"), ("a: [1, x]", [1, "x"]), ("a: &x {b: 1}\nc: *x", {"b": 1}),
        ('{"a": "\\u501f\\u5457"}', "借呗"), ('{"a": "\\ud83d\\ude00"}', "😀"), ("{a: b}", "b"), ('{"a": 1.0}', 1.0),
        ("\ufeffa: x", "x"),
    ],
)  # fmt: skip
def test_texts_stay_texts(text: str, value: Any) -> None:
    found = read_policy_text(text)["a"]
    assert found == value
    assert type(found) is type(value)
    assert read_policy_text(text.encode()) == read_policy_text(text)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "the field a twice"),
        ("x: {b: 1, b: 2}", "the field b twice"),
        ('{"a": 1, "a": 2}', "the field twice"),
        ("1: x", "no text: '1'"), ("null: x", "no text"), ("[a]: x", "no text"), ("true: x", "no text"),
        ("a: !!python/object/apply:os.system [ls]", "the tag"),
        ("a: !!timestamp 2026-01-01", "the tag"), ("a: !!binary aGk=", "the tag"), ("a: !!set {x}", "the tag"),
        ("a: !x y", "the tag"), ("a: !!bool x", "the tag"), ("a: !!float 1:30.5", "the tag"), ("a: !!str 1", "the tag"),
        ('a: "\\UFFFFFFFF"', "valid YAML"), ('a: "\\U00110000"', "valid YAML"),
        (BOMB, "larger document"), ("a: &x [*x]", "larger document"),
        ("a: " + "[" * 100 + "]" * 100, "16 levels"), ('{"a":' * 100 + "1" + "}" * 100, "16 levels"),
        ('{"a":' * 20_000, "levels"), ("[" * 20_000, "levels"),
        ("a: [1", "valid YAML"), ("a: b: c", "valid YAML"), ("\ta: 1", "valid YAML"), ("a: 1\n---\nb: 2", "valid YAML"),
        ('{"a": 1,}x', "valid JSON or YAML"), ('{"a": NaN}', "finite"), ('{"a": Infinity}', "finite"),
        ("a: " + "9" * 50, "digits"), ('{"a": ' + "9" * 50 + "}", "digits"), ("a: \x07", "valid YAML"),
        ("a: " + "x" * TEXT_BYTES_MAX, "at most 262144 bytes"), ("a: \ud800", "UTF-8"),
    ],
)  # fmt: skip
def test_traps_and_attacks_are_refused(text: str, words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy_text(text)
    assert words in str(refused.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PolicyError, match="UTF-8"):
        read_policy_text(b"a: \xff")


def test_errors_name_line_and_column() -> None:
    with pytest.raises(PolicyError, match="line 3, column 1"):
        read_policy_text("a: 1\nb: 2\na: 3")


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#,?%@`\n\t 019.e~<\\UuxF"), max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        read_policy_text(text)
    except PolicyError:
        return


@given(st.binary(max_size=60))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        read_policy_text(data)
    except PolicyError:
        return
