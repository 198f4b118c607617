"""What the verbs of the audit share: the system that is audited, on brokers or in an archive."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import typer

from streams.cli.console import CommandError, Exit, say, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.archive import Keys
    from streams.audit.checkpoints import Beginning
    from streams.audit.logs import Origin, Position
    from streams.audit.parallel import Work
    from streams.settings import Settings

T = TypeVar("T")

BrokersOption = Annotated[
    str | None, typer.Option("--brokers", metavar="HOST:PORT,...", help="Default: those of the settings.")
]
ArchiveOption = Annotated[
    str | None,
    typer.Option(
        "--archive", metavar="DIR|URL", help="Instead of brokers: what `archive` wrote, in a folder or store."
    ),
]
KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="What an archive is under; default: beside a local one, FOLDER.keys."),
]
ProcessesOption = Annotated[
    int | None, typer.Option(min=1, help="Lanes under way at a time; default: one for each processor.")
]


class Audited(NamedTuple):
    """The origin of the records, and what of the settings an audit must know."""

    origin: "Origin"
    prefix: str
    live_clock: bool
    keys: "Keys | None" = None
    """Of the archive, or given for a checkpoint."""


def audited(brokers: str | None, archive: str | None, keys: Path | None = None) -> Audited:
    """The system that is meant. Raises AuditError and ArchiveError for an archive that can't be read."""
    from streams.archive import Keys, readable
    from streams.audit.archives import Archive
    from streams.audit.brokers import Brokers
    from streams.cli.connection import settings

    if archive is None:
        given = connected_to(brokers)
        found = None if keys is None else Keys(keys)
        return Audited(Brokers(given), given.topic_prefix, given.live_clock, found)
    if brokers is not None:
        raise CommandError("--brokers or --archive, not both", Exit.USAGE)
    folder = readable(archive, keys)
    origin = Archive(folder)
    return Audited(origin, origin.prefix, settings().live_clock, folder.keys)


def connected_to(brokers: str | None) -> "Settings":
    """The settings of the environment, with these brokers where some are named."""
    from streams.cli.connection import connected, settings, with_brokers
    from streams.security import security_protocol
    from streams.settings import SettingsError

    if brokers is None:
        return connected()
    given = with_brokers(settings(), brokers)
    with told(SettingsError, code=Exit.USAGE):
        security_protocol(given.kafka)
    return given


class Signed(NamedTuple):
    """Where a checkpoint is, and the public key that must have signed it (None: anybody's)."""

    location: str
    key: str | None


def beginning(
    given: Signed,
    position: "Position",
    anchored: "Mapping[int, Mapping[int, str]] | None" = None,
    keys: "Keys | None" = None,
    *,
    copied: bool = False,
) -> "Beginning":
    """The checkpoint to start from, of this system and of these anchors. Raises AuditError and ArchiveError."""
    from streams.archive import Folder
    from streams.audit.checkpoints import Beginning, read_checkpoint

    folder = Folder(given.location, keys)
    found = Beginning(folder, read_checkpoint(folder, given.key))
    found.check(position, anchored or {}, copied)
    return found


def over_lanes(work: "Work[T]", position: "Position", lanes: "Sequence[int]", processes: int | None) -> "list[T]":
    """The results of the lanes, over so many processes (None: one for each processor); told how far it is."""
    from streams.audit.parallel import Progress, run

    return run(work, lanes, processes or os.cpu_count() or 1, Progress(_total_records(position, lanes), say))


def _total_records(position: "Position", lanes: "Sequence[int]") -> int:
    """How many records the lanes read at most; a broadcast one counts in each, and markers take offsets as well."""
    from schemas.topics import SOURCE_ORDER
    from streams.audit.logs import partition_of_lane

    ranges = [position.ranges[name, partition_of_lane(name, lane)] for name in SOURCE_ORDER for lane in lanes]
    return sum(each.limit - each.start for each in ranges)
