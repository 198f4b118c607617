"""Leaves and digests of the ledger (contracts, "Ledger block").

A leaf is the SHA-256 over a record's fields: texts and byte strings with their length in front (4 bytes, big-endian;
all bits set for an absent key, value or header value, as an empty one is something else), partition in 4, offset and
timestamp in 8 bytes each. A digest is the SHA-256 over the leaves one after another.
"""

from collections.abc import Iterable
from hashlib import sha256
from struct import Struct

from streams.codec.records import OutputRecord, SourceRecord

PREFIX = "sha256:"

_ABSENT = b"\xff\xff\xff\xff"
_LENGTH = Struct(">I").pack
_PLACE = Struct(">IqqI").pack
_PLACE_NO_KEY = Struct(">Iqq").pack
_OUT = Struct(">IqI").pack
_OUT_NO_KEY = Struct(">Iq").pack


def source_leaf(record: SourceRecord) -> bytes:
    """The leaf of a source record: 32 bytes over topic, partition, offset, timestamp, key, value and headers."""
    topic, partition, offset, timestamp, key, value, headers = record
    if key is None:
        start = _PLACE_NO_KEY(partition, offset, timestamp) + _ABSENT
    else:
        start = _PLACE(partition, offset, timestamp, len(key)) + key
    return sha256(b"%b%b%b%b" % (_named(topic), start, _sized(value), _headers(headers) if headers else b"")).digest()


def output_leaf(record: OutputRecord, partition: int) -> bytes:
    """The leaf of an output record in its lane's partition: no offset (it is known only later) and no headers."""
    topic, key, value, timestamp = record.topic, record.key, record.value, record.timestamp
    start = _OUT_NO_KEY(partition, timestamp) + _ABSENT if key is None else _OUT(partition, timestamp, len(key)) + key
    if value is None:
        return sha256(_named(topic) + start + _ABSENT).digest()
    leaf = sha256(_named(topic) + start + _LENGTH(len(value)))
    leaf.update(value)  # status events are long: hashed where they are, not copied first
    return leaf.digest()


def source_digest(records: Iterable[SourceRecord]) -> str:
    """The digest of source records in their order, as `sha256:<hex>`."""
    return _digest(map(source_leaf, records))


def output_digest(records: Iterable[OutputRecord], partition: int) -> str:
    """The digest of one topic's output records in their order, as `sha256:<hex>`."""
    return _digest(output_leaf(record, partition) for record in records)


def bytes_digest(data: bytes) -> str:
    """SHA-256 of plain bytes, as `sha256:<hex>`: of a block, a policy, the settings."""
    return PREFIX + sha256(data).hexdigest()


def _digest(leaves: Iterable[bytes]) -> str:
    return PREFIX + sha256(b"".join(leaves)).hexdigest()


def _named(topic: str) -> bytes:
    prefix = _TOPICS.get(topic)
    if prefix is None:
        data = topic.encode()
        prefix = _TOPICS[topic] = _LENGTH(len(data)) + data
    return prefix


def _sized(value: bytes | None) -> bytes:
    return _ABSENT if value is None else _LENGTH(len(value)) + value


def _headers(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    parts: list[bytes] = []
    for name, value in headers:
        data = name.encode()
        parts += (_LENGTH(len(data)), data, _sized(value))
    return b"".join(parts)


_TOPICS: dict[str, bytes] = {}  # the catalogue's few names, each with its length in front
