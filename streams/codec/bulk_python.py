"""What is done with all records of a batch or block at once, in Python: what it is, in words and code.

`bulk_native.c` does the same where it was compiled (decision 0194); `streams.codec.bulk` gives out the quicker one.

A leaf (contracts, "Ledger block") is the SHA-256 over a record's fields: texts and byte strings with their length in
front (4 bytes, big-endian; all bits set for an absent key, value or header value, as an empty one is something else),
partition in 4, offset and timestamp in 8 bytes each.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from struct import Struct
from typing import Any, Final

from streams.codec.records import OutputRecord, SourceRecord

_ABSENT: Final = b"\xff\xff\xff\xff"
_LENGTH: Final = Struct(">I").pack
_PLACE: Final = Struct(">IqqI").pack
_PLACE_NO_KEY: Final = Struct(">Iqq").pack
_OUT: Final = Struct(">IqI").pack
_OUT_NO_KEY: Final = Struct(">Iq").pack


class _Begun(dict[str, Callable[[], Any]]):
    """The catalogue's few names: what gives a hash that has taken the topic in. A copy costs less than a new hash."""

    def __missing__(self, topic: str) -> Callable[[], Any]:
        name = topic.encode()
        begun = self[topic] = sha256(_LENGTH(len(name)) + name).copy
        return begun


_BEGUN: Final = _Begun()


def source_records(topic: str, partition: int, rows: Iterable[Any]) -> list[SourceRecord]:
    """Source records of the fetched `rows` of a partition: whatever has offset, timestamp, key, value and headers."""
    new = tuple.__new__  # what SourceRecord(...) comes to, without a call through Python for each row
    return [
        new(SourceRecord, (topic, partition, row.offset, row.timestamp, row.key, row.value, tuple(row.headers)))
        for row in rows
    ]


def source_leaves(records: Iterable[SourceRecord]) -> bytes:
    """32 bytes for each record: over topic, partition, offset, timestamp, key, value and headers."""
    leaves = []
    begun, place, length, join = _BEGUN, _PLACE, _LENGTH, b"".join
    for topic, partition, offset, timestamp, key, value, headers in records:
        if key is None:
            start = _PLACE_NO_KEY(partition, offset, timestamp) + _ABSENT
        else:
            start = place(partition, offset, timestamp, len(key)) + key
        size = _ABSENT if value is None else length(len(value))
        leaf = begun[topic]()
        leaf.update(join((start, size, value or b"", _headers(headers) if headers else b"")))
        leaves.append(leaf.digest())
    return join(leaves)


def output_leaves(records: Iterable[OutputRecord], partition: int) -> bytes:
    """32 bytes for each record that a lane puts out in its partition: over topic, partition, timestamp, key and value.

    No offset, which is known only later, and no headers.
    """
    leaves = []
    begun, place, length = _BEGUN, _OUT, _LENGTH
    for record in records:
        key, value, timestamp = record.key, record.value, record.timestamp
        start = (
            _OUT_NO_KEY(partition, timestamp) + _ABSENT if key is None else place(partition, timestamp, len(key)) + key
        )
        leaf = begun[record.topic]()
        if value is None:
            leaf.update(start + _ABSENT)
        else:
            leaf.update(start + length(len(value)))
            leaf.update(value)  # status events are long: hashed where they are, not copied first
        leaves.append(leaf.digest())
    return b"".join(leaves)


def _sized(value: bytes | None) -> bytes:
    return _ABSENT if value is None else _LENGTH(len(value)) + value


def _headers(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    parts: list[bytes] = []
    for name, value in headers:
        data = name.encode()
        parts += (_LENGTH(len(data)), data, _sized(value))
    return b"".join(parts)
