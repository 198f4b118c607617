"""`eligibility archive`: every topic to files that verify and replay read without Kafka."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from streams.cli.audited import BrokersOption, connected_to
from streams.cli.console import Exit, Json, say, show, show_json, told

app = typer.Typer()

_TOLD_S = 5


@app.command(epilog="Example: eligibility archive --output /mnt/archive --every 3600")
def archive(
    output: Annotated[Path, typer.Option("--output", "-o", help="The archive's folder; made where it isn't there.")],
    every: Annotated[float | None, typer.Option(min=1, help="Again and again, after so many seconds.")] = None,
    segment_mib: Annotated[int, typer.Option(min=1, help="MiB of records in one file at most, uncompressed.")] = 64,
    brokers: BrokersOption = None,
    json: Json = False,
) -> None:
    """Add what has come since the last run, up to where all ledgers stand now.

    A run that was killed goes on where it was; a file counts once it is whole and was read back.
    """
    from streams.archive import ArchiveError, Folder
    from streams.audit.archives import archive as archive_topics
    from streams.audit.brokers import Brokers
    from streams.audit.logs import AuditError

    settings = connected_to(brokers)
    while True:
        with told(ArchiveError), told(AuditError, code=Exit.NOT_READY):
            run = archive_topics(Brokers(settings), Folder(output), _Progress(), segment_mib << 20)
            done = asyncio.run(run)
        if json:
            show_json({"segments": done.segments, "records": done.records, "taken_at": done.position.taken_at})
        else:
            show(f"{done.records:,} records in {done.segments:,} new segments")
        if every is None:
            return
        time.sleep(every)


class _Progress:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, records: int) -> None:
        if time.monotonic() - self._told >= _TOLD_S:
            self._told = time.monotonic()
            say(f"{records:,} records written")
