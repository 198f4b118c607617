"""Checkpoints: the states that an audit has come to, signed, from which a later one goes on (decision 0104).

What stands before a checkpoint need not be there any more, by retention or by law. It is made only of what was found
equal. Who starts from one trusts its signer for all that was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.instants import instant_text
from schemas.values import Digest
from streams.archive import Folder
from streams.audit.logs import AuditError, Position, partition_of_lane
from streams.audit.signed import complaint
from streams.codec.partition import CHANGELOG
from streams.codec.records import SourceRecord
from streams.codec.signatures import signed

DOCUMENT: Final = "checkpoint"

Number = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class LaneCheckpoint(_Model):
    """One lane behind its block `block`: `positions` of its sources, `offsets` to read ledger and outputs on from.

    `states` is the digest of the file that holds the changelog's content; `written_at` the block record's timestamp.
    """

    lane: Number
    block: Number
    hash: Digest
    clock: Number
    written_at: int
    engine: dict[str, str]
    settings: dict[str, int | str]
    partitions: Annotated[int, Field(ge=1)]
    positions: dict[str, Number]
    offsets: dict[str, Number]
    states: Digest


class Checkpoint(_Model):
    """All lanes at one position."""

    format: Literal[1]
    type: Literal["eligibility.checkpoint"]
    cluster: str | None
    topics: dict[str, str] | None
    made_at: str
    lanes: list[LaneCheckpoint]
    signingkey: str
    signature: str

    def of(self, lane: int) -> LaneCheckpoint | None:
        """A lane's; None where the lane had not begun."""
        return next((each for each in self.lanes if each.lane == lane), None)

    def begun(self, position: Position) -> Position:
        """The position, read from the checkpoint on."""
        wanted: dict[tuple[str, int], int] = {}
        for each in self.lanes:
            for name, offset in {**each.positions, **each.offsets}.items():
                at = (name, partition_of_lane(name, each.lane))
                wanted[at] = min(wanted.get(at, offset), offset)  # of a broadcast topic the earliest lane's
        ranges = {
            at: range._replace(start=max(range.start, wanted.get(at, 0))) for at, range in position.ranges.items()
        }
        return position._replace(ranges=ranges)


class Beginning(NamedTuple):
    """A checkpoint to start from, and the folder that holds its states."""

    folder: Folder
    checkpoint: Checkpoint

    def check(self, position: Position, anchored: Mapping[int, Mapping[int, str]], copied: bool) -> None:
        """Raises AuditError where it is of another system, or contradicts an anchor."""
        own = (self.checkpoint.cluster, self.checkpoint.topics)
        if not copied and own != (position.cluster, position.topics):
            raise AuditError(f"{self.folder.name}: the checkpoint is of another cluster, or of other topics")
        for each in self.checkpoint.lanes:
            if anchored.get(each.lane, {}).get(each.block, each.hash) != each.hash:
                raise AuditError(
                    f"{self.folder.name}: an anchor has another hash of lane {each.lane}, block {each.block}"
                )


def write_states(folder: Folder, lane: int, states: Mapping[bytes, bytes]) -> str:
    """Keeps a lane's states in the folder; the digest of their file. Raises ArchiveError."""
    rows = (SourceRecord(CHANGELOG, lane, offset, 0, key, states[key], ()) for offset, key in enumerate(sorted(states)))
    return folder.append(CHANGELOG, lane, 0, len(states), rows).digest


def write_checkpoint(
    folder: Folder, position: Position, lanes: Iterable[LaneCheckpoint], key: Ed25519PrivateKey
) -> None:
    """Signs what the lanes have come to; a folder without this document is no checkpoint. Raises ArchiveError."""
    document: dict[str, Any] = {
        "format": 1,
        "type": "eligibility.checkpoint",
        "cluster": position.cluster,
        "topics": None if position.topics is None else dict(position.topics),
        "made_at": instant_text(position.taken_at),
        "lanes": [each.model_dump() for each in lanes],
    }
    folder.write(DOCUMENT, signed(document, key))


def read_checkpoint(folder: Folder, key: str | None = None) -> Checkpoint:
    """A checkpoint whose signature holds, by `key` where that is given. Raises AuditError and ArchiveError."""
    document = folder.document(DOCUMENT)
    try:
        found = Checkpoint.model_validate(document)
    except ValidationError as error:
        raise AuditError(f"{folder.name}: no checkpoint: {error.errors()[0]['loc']}") from None
    wrong = complaint(document, key)
    if wrong is not None:
        raise AuditError(f"{folder.name}: {wrong}")
    return found


def states_of(folder: Folder, lane: LaneCheckpoint) -> Iterator[SourceRecord]:
    """A lane's states, by key and value; of accounts erased since, no more than that they were there.

    Raises AuditError for another file than the signed one, and ArchiveError.
    """
    segments = folder.segments(CHANGELOG, lane.lane)
    if [each.digest for each in segments] != [lane.states]:
        raise AuditError(f"{folder.name}: lane {lane.lane}: the states are not those that were signed")
    yield from folder.rows(CHANGELOG, lane.lane)
