"""`eligibility archive`: every topic to files that verify and replay read without Kafka."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.audited import BrokersOption, connected_to
from streams.cli.console import Exit, Json, say, show, show_json, told

if TYPE_CHECKING:
    from streams.archive import Folder
    from streams.audit.archives import Archived
    from streams.settings import Settings

app = typer.Typer()

_TOLD_S = 5


@app.command(epilog="Example: eligibility archive --output /mnt/archive --every 3600")
def archive(
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="DIR|URL", help="A folder, made where it isn't there; or a store's URL."
        ),
    ],
    every: Annotated[float | None, typer.Option(min=1, help="Again and again, after so many seconds.")] = None,
    segment_mib: Annotated[int, typer.Option(min=1, help="MiB of records in one file at most, uncompressed.")] = 64,
    brokers: BrokersOption = None,
    json: Json = False,
) -> None:
    """Add what has come since the last run, up to where all ledgers stand now.

    A run that was killed goes on where it was; a file counts once it is whole and was read back.
    """
    from streams.archive import ArchiveError, Folder
    from streams.audit.logs import AuditError

    settings = connected_to(brokers)
    while True:
        with told(ArchiveError), told(AuditError, code=Exit.NOT_READY):
            done = asyncio.run(_archive(settings, Folder(output), segment_mib << 20))
        if json:
            show_json({"segments": done.segments, "records": done.records, "taken_at": done.position.taken_at})
        else:
            show(f"{done.records:,} records in {done.segments:,} new segments")
        if every is None:
            return
        time.sleep(every)


async def _archive(settings: "Settings", folder: "Folder", segment_bytes: int) -> "Archived":
    from streams.audit.archives import BESIDE
    from streams.audit.archives import archive as archive_topics
    from streams.audit.brokers import Brokers

    origin = Brokers(settings)
    position = await origin.position(BESIDE)
    return await archive_topics(origin, position, settings.topic_prefix, folder, _Progress(), segment_bytes)


class _Progress:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, records: int) -> None:
        if time.monotonic() - self._told >= _TOLD_S:
            self._told = time.monotonic()
            say(f"{records:,} records written")
