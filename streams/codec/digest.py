"""Digests of the ledger (contracts, "Ledger block"): the SHA-256 over the leaves of records, one after another."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from streams.codec.bulk import output_leaves, source_leaves
from streams.codec.records import OutputRecord, SourceRecord

PREFIX: Final = "sha256:"


def source_leaf(record: SourceRecord) -> bytes:
    """The leaf of a source record: 32 bytes over topic, partition, offset, timestamp, key, value and headers."""
    return source_leaves((record,))


def output_leaf(record: OutputRecord, partition: int) -> bytes:
    """The leaf of an output record in its lane's partition: no offset (it is known only later) and no headers."""
    return output_leaves((record,), partition)


def source_digest(records: Iterable[SourceRecord]) -> str:
    """The digest of source records in their order, as `sha256:<hex>`."""
    return bytes_digest(source_leaves(records))


def output_digest(records: Iterable[OutputRecord], partition: int) -> str:
    """The digest of one topic's output records in their order, as `sha256:<hex>`."""
    return bytes_digest(output_leaves(records, partition))


def bytes_digest(data: bytes) -> str:
    """SHA-256 of plain bytes, as `sha256:<hex>`: of a block, a policy, the settings."""
    return PREFIX + sha256(data).hexdigest()
