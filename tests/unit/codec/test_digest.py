"""Leaves and digests, worked out by hand from the contract's words."""

import struct
from hashlib import sha256

import pytest
from msgspec import structs

from streams.codec.digest import bytes_digest, output_digest, output_leaf, source_digest, source_leaf
from streams.codec.records import OutputRecord, SourceRecord


def sized(data: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if data is None else struct.pack(">I", len(data)) + data


RECORD = SourceRecord("repayments", 3, 41, 1_700_000_000_123, b"A1", b"{}", (("h", b"1"), ("ce_id", None)))


def test_a_source_leaf_covers_place_time_key_value_and_headers() -> None:
    fixed = struct.pack(">Iqq", 3, 41, 1_700_000_000_123)
    headers = sized(b"h") + sized(b"1") + sized(b"ce_id") + sized(None)
    expected = sha256(sized(b"repayments") + fixed + sized(b"A1") + sized(b"{}") + headers).digest()
    assert source_leaf(RECORD) == expected


def test_an_output_leaf_leaves_out_offset_and_headers() -> None:
    row = OutputRecord("status", b"A1", b"{}", 5, (("eligibility-cause", b"x"),))
    expected = sha256(sized(b"status") + struct.pack(">Iq", 3, 5) + sized(b"A1") + sized(b"{}")).digest()
    assert output_leaf(row, 3) == expected
    assert output_leaf(structs.replace(row, headers=()), 3) == expected


@pytest.mark.parametrize(
    "other",
    [
        RECORD._replace(topic="inquiries"),
        RECORD._replace(partition=4),
        RECORD._replace(offset=42),
        RECORD._replace(timestamp=RECORD.timestamp + 1),
        RECORD._replace(key=None),
        RECORD._replace(key=b""),
        RECORD._replace(value=None),
        RECORD._replace(value=b""),
        RECORD._replace(key=b"A", value=b"1{}"),
        RECORD._replace(headers=()),
        RECORD._replace(headers=(("h", b"1"), ("ce_id", b""))),
        RECORD._replace(headers=(("ce_id", None), ("h", b"1"))),
    ],
)
def test_every_field_shows_in_the_leaf(other: SourceRecord) -> None:
    assert source_leaf(other) != source_leaf(RECORD)


OUTPUT = OutputRecord("status", b"A1", b"{}", 5, ())


@pytest.mark.parametrize(
    "other",
    [
        structs.replace(OUTPUT, key=None),
        structs.replace(OUTPUT, value=None),
        structs.replace(OUTPUT, timestamp=6),
        structs.replace(OUTPUT, topic="current"),
    ],
)
def test_every_field_shows_in_an_output_leaf(other: OutputRecord) -> None:
    assert output_leaf(other, 0) != output_leaf(OUTPUT, 0)
    assert output_leaf(OUTPUT, 1) != output_leaf(OUTPUT, 0)


def test_a_digest_is_the_hash_of_the_leaves_in_order() -> None:
    second = RECORD._replace(offset=42)
    expected = "sha256:" + sha256(source_leaf(RECORD) + source_leaf(second)).hexdigest()
    assert source_digest([RECORD, second]) == expected
    assert source_digest([second, RECORD]) != expected
    assert output_digest([], 0) == "sha256:" + sha256(b"").hexdigest() == bytes_digest(b"")
