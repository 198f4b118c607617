"""Blocks and records by the reference: what a block names, in the order of truth, and the event in a record."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from streams.reference.catalogue import TOPIC_ORDER

Headers = Sequence[tuple[str, bytes | None]]


class Row(Protocol):
    """A record as it was read."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


R = TypeVar("R", bound=Row)


def block_hash(data: bytes) -> str:
    """What the next block has as `previous`."""
    return "sha256:" + sha256(data).hexdigest()


def slice_digest(rows: Iterable[Row]) -> str:
    """The digest over whole records, as a block has it of a slice (contracts, "Ledger block")."""
    leaves = b""
    for row in rows:
        parts = [_sized(row.topic.encode()), row.partition.to_bytes(4, "big")]
        parts += [row.offset.to_bytes(8, "big"), row.timestamp.to_bytes(8, "big", signed=True)]
        parts += [_sized(row.key), _sized(row.value)]
        for name, content in row.headers:
            parts += [_sized(name.encode()), _sized(content)]
        leaves += sha256(b"".join(parts)).digest()
    return block_hash(leaves)


def _sized(data: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if data is None else len(data).to_bytes(4, "big") + data


def in_order_of_truth(piles: Mapping[str, Sequence[R]]) -> list[R]:
    """The slices of one block, by topic, merged on their heads by (timestamp, topic order) (T1)."""
    left = {topic: list(rows) for topic, rows in piles.items() if rows}
    found = []
    while left:
        topic = min(left, key=lambda name: (left[name][0].timestamp, TOPIC_ORDER.index(name)))
        found.append(left[topic].pop(0))
        if not left[topic]:
            del left[topic]
    return found


def document(row: Row) -> Any:
    """The CloudEvent in a record, structured or in binary mode, without Confluent's frame; None where it is none.

    Raises ValueError for what is no UTF-8.
    """
    try:
        found = json.loads(unframed(row.value or b""))
    except ValueError:  # UnicodeDecodeError is one
        return None
    names = {name.lower(): (content or b"").lstrip().lower() for name, content in row.headers}
    structured = names.get("content-type", b"").startswith(b"application/cloudevents")
    if structured or not any(name.startswith("ce_") for name, _ in row.headers):
        return found
    told: dict[str, Any] = {}
    for name, content in row.headers:
        attribute = "datacontenttype" if name.lower() == "content-type" else name.removeprefix("ce_")
        if content is None or name == "ce_data" or attribute == name:
            continue
        if attribute in told:
            return None
        told[attribute] = content.decode()
    return {**told, "data": found}


def unframed(data: bytes) -> bytes:
    """Without Confluent's magic byte 0 and schema id."""
    return data[5:] if len(data) >= 5 and data[0] == 0 else data


def size_of(row: Row) -> int:
    """Bytes of key, value and headers."""
    return len(row.key or b"") + len(row.value or b"") + sum(len(name) + len(each or b"") for name, each in row.headers)
