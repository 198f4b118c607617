"""Leaves and digests of the ledger (contracts, "Ledger block").

A leaf is the SHA-256 over a record's fields: texts and byte strings with their length in front (4 bytes, big-endian;
all bits set for an absent key, value or header value, as an empty one is something else), partition in 4, offset and
timestamp in 8 bytes each. A digest is the SHA-256 over the leaves one after another.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from struct import Struct
from typing import Any

from streams.codec.records import OutputRecord, SourceRecord

PREFIX = "sha256:"

_ABSENT = b"\xff\xff\xff\xff"
_LENGTH = Struct(">I").pack
_PLACE = Struct(">IqqI").pack
_PLACE_NO_KEY = Struct(">Iqq").pack
_OUT = Struct(">IqI").pack
_OUT_NO_KEY = Struct(">Iq").pack


class _Begun(dict[str, Callable[[], Any]]):
    """The catalogue's few names: what gives a hash that has taken the topic in. A copy costs less than a new hash."""

    def __missing__(self, topic: str) -> Callable[[], Any]:
        name = topic.encode()
        begun = self[topic] = sha256(_LENGTH(len(name)) + name).copy
        return begun


_BEGUN = _Begun()


def source_leaf(record: SourceRecord) -> bytes:
    """The leaf of a source record: 32 bytes over topic, partition, offset, timestamp, key, value and headers."""
    return _source_leaves((record,))


def output_leaf(record: OutputRecord, partition: int) -> bytes:
    """The leaf of an output record in its lane's partition: no offset (it is known only later) and no headers."""
    return _output_leaves((record,), partition)


def source_digest(records: Iterable[SourceRecord]) -> str:
    """The digest of source records in their order, as `sha256:<hex>`."""
    return bytes_digest(_source_leaves(records))


def output_digest(records: Iterable[OutputRecord], partition: int) -> str:
    """The digest of one topic's output records in their order, as `sha256:<hex>`."""
    return bytes_digest(_output_leaves(records, partition))


def bytes_digest(data: bytes) -> str:
    """SHA-256 of plain bytes, as `sha256:<hex>`: of a block, a policy, the settings."""
    return PREFIX + sha256(data).hexdigest()


# Every record of a block passes through these two: one loop each, and few objects a record.


def _source_leaves(records: Iterable[SourceRecord]) -> bytes:
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


def _output_leaves(records: Iterable[OutputRecord], partition: int) -> bytes:
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
