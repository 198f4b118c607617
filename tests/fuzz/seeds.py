"""Where fuzzing begins: every golden event, the delivered policies, and words that both know."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from schemas.events import EVENT_TYPES
from schemas.topics import SOURCE_ORDER
from streams import local
from tests.contracts.golden import golden

POLICIES = Path(local.__file__).parent / "policies"

TOKENS = (
    *(b'"' + name.encode() + b'"' for name in sorted(EVENT_TYPES)),
    b"[", b"]", b"{", b"}", b":", b",", b'"', b"null", b"true", b"-0", b"1e308", b"1e400", b"9" * 25,
    b"\x00\x00\x00\x00\x07", b"\xff", b"\xed\xa0\x80", b'"2026-02-30"', b'"2026-01-05T24:00:00Z"', b'"0.00001"',
    b'"\\ud800"', b'"' + b"x" * 300 + b'"', b"&a ", b"*a", b"<<: ", b"!!python/object ", b"? ", b"- ", b"\n", b"  ",
    b"06:00", b"yes", b"2026-01-01", b"0o7", b".inf",
)  # fmt: skip


def decode_seeds() -> Iterator[bytes]:
    """Records as the target takes them: two choosing bytes, then the value."""
    for name, kind in EVENT_TYPES.items():
        yield bytes([SOURCE_ORDER.index(kind.topic), 0]) + orjson.dumps(golden(name))


def policy_seeds() -> Iterator[bytes]:
    """Policies as people write them."""
    for path in sorted(POLICIES.glob("*.yaml")):
        yield path.read_bytes()
    yield orjson.dumps(golden("policy-document"))
