"""`eligibility replay --brokers | --archive`: statuses once more from what the ledgers recorded."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.cli.audited import Signed, audited, beginning, over_lanes
from streams.cli.console import CommandError, Exit, say, show_json, told
from streams.cli.writing import STANDARD_STREAM, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.policy import PolicyDocument
    from streams.audit.logs import Position


class Selection(NamedTuple):
    """What of the record is wanted; instants in ms, both inclusive; None: no bound."""

    account: str | None
    partition: int | None
    first: int | None
    last: int | None


def replay_recorded(
    brokers: str | None,
    archive: str | None,
    selection: Selection,
    policy: "PolicyDocument | None",
    output: Path,
    processes: int | None,
    json: bool,
    checkpoint: Signed | None = None,
    keys: Path | None = None,
) -> None:
    """Replay the ledgers up to where they stand now into a file, ordered by (instant, account id, product order)."""
    from streams.archive import ArchiveError
    from streams.audit.logs import AuditError
    from streams.audit.recorded import ALWAYS, RecordedReplay
    from streams.audit.runs import merged

    during = (
        ALWAYS[0] if selection.first is None else selection.first,
        ALWAYS[1] if selection.last is None else selection.last,
    )
    with (
        told(ArchiveError),
        told(AuditError, code=Exit.NOT_READY),
        TemporaryDirectory(prefix="eligibility-replay-") as folder,
    ):
        system = audited(brokers, archive, keys)
        position = asyncio.run(system.origin.position())
        begun = None if checkpoint is None else beginning(checkpoint, position, keys=system.keys)
        if begun is not None:
            position = begun.checkpoint.begun(position)
        lanes = _lanes(selection, position)
        work = RecordedReplay(
            system.origin, position, system.prefix, Path(folder), selection.account, during, policy, begun
        )
        results = over_lanes(work, position, lanes, processes)
        with written(output) as write:
            for value in merged(path for each in results for path in each.runs):
                write(value + b"\n")
    counts: dict[str, Any] = {
        "events": sum(each.records for each in results),
        "statuses": sum(each.statuses for each in results),
    }
    if begun is not None:
        made_at, signer = begun.checkpoint.made_at, begun.checkpoint.signingkey
        counts["checkpoint"] = {"made_at": made_at, "signingkey": signer}
        say(f"begun behind the checkpoint of {made_at}, signed by {signer}: what was before is that key's word")
    if json and output != STANDARD_STREAM:
        show_json(counts)
    else:
        say(f"{counts['events']:,} events applied, {counts['statuses']:,} statuses")


def _lanes(selection: Selection, position: "Position") -> "Sequence[int]":
    from streams.codec.murmur2 import partition_of

    if selection.partition is not None and selection.partition >= position.lanes:
        raise CommandError(f"--partition {selection.partition}: there are {position.lanes}, counted from 0", Exit.USAGE)
    if selection.account is None:
        return range(position.lanes) if selection.partition is None else [selection.partition]
    lane = partition_of(selection.account, position.lanes)
    if selection.partition not in (None, lane):
        raise CommandError(f"--partition {selection.partition}: {selection.account} is in partition {lane}", Exit.USAGE)
    return [lane]
