"""Ledger blocks: what a lane applied in one transaction, sealed (contracts, "Ledger block").

A block is built here from the records applied and the records put out, and taken apart again by whoever continues or
checks a ledger. Topics in blocks are the catalogue's names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from schemas.block import FORMAT, Block, parse_block
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER, TOPICS
from streams.codec.canonical import canonical
from streams.codec.digest import bytes_digest, output_digest, source_digest
from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord, SourceRecord

# Topics whose records a block counts, in the catalogue's order, then the table's changelog.
OUTPUTS: Final = (
    *(name for name in TOPICS if name in ("status", "current", "availability", "dead-letters", "shadow")),
    CHANGELOG,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a ledger stands on and may not change under it: the genesis block has it in full.

    `topics` are topic ids by catalogue name, `partitions` is the number of lanes.
    """

    cluster: str
    topics: Mapping[str, str]
    partitions: int
    settings: CoreSettings

    def as_dict(self) -> dict[str, Any]:
        """For the genesis block."""
        return {
            "cluster": self.cluster,
            "topics": dict(self.topics),
            "partitions": self.partitions,
            "settings": self.settings.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Head:
    """Where a lane's ledger stands: its last block's number and hash, its clock, the next offset of each source."""

    lane: int
    block: int
    hash: str
    clock: int
    positions: Mapping[str, int]


def genesis(lane: int, ground: Ground, engine: Mapping[str, str]) -> bytes:
    """Block 0 of a lane: nothing applied yet, and what the ledger stands on."""
    return canonical(
        {
            "format": FORMAT,
            "lane": lane,
            "block": 0,
            "previous": None,
            "engine": dict(engine),
            "settings": settings_digest(ground.settings),
            "slices": [],
            "positions": [],
            "clock": 0,
            "admit_until": 0,
            "cursor": None,
            "outputs": [],
            "genesis": ground.as_dict(),
        }
    )


def build(
    head: Head,
    engine: Mapping[str, str],
    settings: str,
    records: Sequence[SourceRecord],
    outputs: Mapping[str, Sequence[OutputRecord]],
    *,
    clock: int,
    admit_until: int,
    cursor: Sequence[Any] | None,
    activations: Sequence[Any] = (),
) -> bytes:
    """The block after `head`: `records` in the order of application, `outputs` by catalogue name, instants in ms."""
    slices = _slices(records)
    positions = {**head.positions, **{piece["topic"]: piece["last"] + 1 for piece in slices}}
    block = {
        "format": FORMAT,
        "lane": head.lane,
        "block": head.block + 1,
        "previous": head.hash,
        "engine": dict(engine),
        "settings": settings,
        "slices": slices,
        "positions": [
            {"topic": name, "partition": _partition(name, head.lane), "next": positions[name]}
            for name in SOURCE_ORDER
            if name in positions
        ],
        "clock": clock,
        "admit_until": admit_until,
        "cursor": cursor,
        "outputs": [
            {"topic": name, "count": len(rows), "digest": output_digest(rows, head.lane)}
            for name in OUTPUTS
            if (rows := outputs.get(name))
        ],
    }
    if activations:
        block["activations"] = list(activations)
    return canonical(block)


def read(data: bytes) -> Block:
    """A block from its bytes. Raises ContractError, and ValueError for what is no JSON."""
    return parse_block(orjson.loads(data))


def head_of(data: bytes) -> Head:
    """The head of a ledger whose last block is `data`."""
    block = read(data)
    positions = {place.topic: place.next for place in block.positions}
    return Head(block.lane, block.block, bytes_digest(data), block.clock, positions)


def settings_digest(settings: CoreSettings) -> str:
    """The digest of the settings that every block carries."""
    return bytes_digest(canonical(settings.as_dict()))


def _slices(records: Sequence[SourceRecord]) -> list[dict[str, Any]]:
    by_topic: dict[str, list[SourceRecord]] = {}
    for record in records:
        by_topic.setdefault(record.topic, []).append(record)
    return [
        {
            "topic": name,
            "partition": rows[0].partition,
            "first": rows[0].offset,
            "last": rows[-1].offset,
            "count": len(rows),
            "digest": source_digest(rows),
        }
        for name in SOURCE_ORDER
        if (rows := by_topic.get(name))
    ]


def _partition(name: str, lane: int) -> int:
    return 0 if name in BROADCAST else lane
