"""The ledger's block: what one lane applied in one transaction, and what it put out."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Code, ContractError, describe
from schemas.hints import Hint
from schemas.validation import parsed
from schemas.values import Digest, Name, Text

FORMAT: Final = 1

Number = Annotated[int, Field(strict=True, ge=0), Hint("a whole number of 0 or more", "0")]


class BlockModel(BaseModel):
    """Strict, and unknown fields are refused: every byte of a block is hashed and means something."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Engine(BlockModel):
    """Which code and time zone data made the block."""

    version: Name
    digest: Digest
    tzdata: Name


class Slice(BlockModel):
    """A contiguous run of records of one source partition, both ends inclusive."""

    topic: Name
    partition: Number
    first: Number
    last: Number
    count: Annotated[int, Field(strict=True, ge=1), Hint("a whole number of 1 or more", "1")]
    digest: Digest


class Position(BlockModel):
    """The offset that a source partition goes on from."""

    topic: Name
    partition: Number
    next: Number


class Output(BlockModel):
    """How many records went to one topic, and the digest of them."""

    topic: Name
    count: Annotated[int, Field(strict=True, ge=1), Hint("a whole number of 1 or more", "1")]
    digest: Digest


class Genesis(BlockModel):
    """What a ledger stands on: cluster, topic ids by name, number of lanes, the settings in full; after a reshard also
    the former ledgers' heads.
    """

    cluster: Text
    topics: dict[Name, Text]
    partitions: Annotated[int, Field(strict=True, ge=1), Hint("a whole number of 1 or more", "4")]
    settings: dict[Name, int | Name]
    heads: dict[Name, Digest] | None = None


class Block(BlockModel):
    """One record of the ledger. Instants in ms since the epoch; `previous` is null in block 0, which has `genesis`."""

    format: Literal[1]
    lane: Number
    block: Number
    previous: Digest | None
    engine: Engine
    settings: Digest
    slices: Annotated[list[Slice], Field(strict=True)]
    positions: Annotated[list[Position], Field(strict=True)] = Field(default_factory=list)
    clock: Number
    admit_until: Number
    cursor: Annotated[list[Any], Field(strict=True)] | None
    outputs: Annotated[list[Output], Field(strict=True)]
    activations: Annotated[list[Any], Field(strict=True)] | None = None
    genesis: Genesis | None = None


def parse_block(document: object) -> Block:
    """The block in a parsed JSON document; raises ContractError naming the field."""
    block = parsed(document, Block, "a block")
    _check_together(block)
    return block


def _check_together(block: Block) -> None:
    """Block 0 alone is genesis; slices are whole and of different partitions."""
    if (block.block == 0) != (block.genesis is not None):
        expected = "genesis in block 0 and in no other"
        raise ContractError(Code.INVALID_EVENT, "genesis", describe(block.genesis), expected)
    if (block.block == 0) != (block.previous is None):
        raise ContractError(Code.INVALID_EVENT, "previous", describe(block.previous), "null in block 0 and in no other")
    seen: set[tuple[str, int]] = set()
    for place, piece in enumerate(block.slices):
        if piece.last - piece.first + 1 < piece.count:
            came, expected = describe(piece.count), f"at most {piece.last - piece.first + 1} records in that span"
            raise ContractError(Code.INVALID_EVENT, f"slices[{place}].count", came, expected)
        if (piece.topic, piece.partition) in seen:
            came = f"{piece.topic}/{piece.partition} twice"
            raise ContractError(Code.INVALID_EVENT, f"slices[{place}]", came, "one slice of each partition")
        seen.add((piece.topic, piece.partition))
