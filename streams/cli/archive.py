"""`eligibility archive`: every topic to files that verify and replay read without Kafka; erasing a person from them."""

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.wording.template import counted
from streams.cli.audited import BrokersOption, KeysOption, Signed, beginning, connected_to
from streams.cli.console import CommandError, Exit, Json, say, show, show_json, told

if TYPE_CHECKING:
    from streams.archive import Erasure
    from streams.archive.retention import Expired
    from streams.audit.archives import Archived
    from streams.settings import Settings

app = typer.Typer()

_TOLD_S = 5
_STANDARD_INPUT = "-"


@app.callback(invoke_without_command=True, epilog="Example: eligibility archive --output /mnt/archive --every 3600")
def archive(
    context: typer.Context,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="DIR|URL", help="A folder, made where it isn't there; or a store's URL."
        ),
    ] = None,
    keys: KeysOption = None,
    every: Annotated[float | None, typer.Option(min=1, help="Again and again, after so many seconds.")] = None,
    segment_mib: Annotated[int, typer.Option(min=1, help="MiB of records in one file at most, uncompressed.")] = 64,
    brokers: BrokersOption = None,
    json: Json = False,
) -> None:
    """Add what has come since the last run, up to where all ledgers stand now.

    A run that was killed goes on where it was; a file counts once it is whole and was read back. Accounts' records are
    under a key for each account, in the file of --keys: keep it elsewhere than the archive.
    """
    from streams.archive import ArchiveError
    from streams.audit.logs import AuditError

    if context.invoked_subcommand is not None:
        return
    if output is None:
        raise CommandError("--output DIR|URL: where the archive is", Exit.USAGE)
    settings = connected_to(brokers)
    while True:
        with told(ArchiveError), told(AuditError, code=Exit.NOT_READY):
            done = asyncio.run(_archive(settings, output, keys, segment_mib << 20))
        if json:
            show_json({"segments": done.segments, "records": done.records, "taken_at": done.position.taken_at})
        else:
            show(f"{counted(done.records, 'record')} in {counted(done.segments, 'new segment')}")
        if every is None:
            return
        time.sleep(every)


@app.command(epilog="Example: eligibility archive erase A0000001 --archive /mnt/archive")
def erase(
    accounts: Annotated[list[str], typer.Argument(help="Account ids; - reads them from standard input, a line each.")],
    archive: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="An archive under the keys; without it --keys.")
    ] = None,
    keys: KeysOption = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Also accounts of which nothing was archived: nothing will be.")
    ] = False,
    json: Json = False,
) -> None:
    """Erase persons: drop the keys and salts of accounts, whose records are noise then in every archive under them.

    Leaves stay, so that everybody else's verification passes. What comes of an erased account later is not kept
    either. Exit code 4: of an account nothing was archived. Topics in Kafka are not touched.
    """
    from streams.archive import ArchiveError, Keys, readable
    from streams.messages import now_ms

    with told(ArchiveError):
        if archive is not None:
            found = readable(archive, keys).keys
            if found is None:
                raise CommandError(f"{archive}: was begun without keys: nobody can be erased from it")
        elif keys is not None:
            found = Keys(keys)
        else:
            raise CommandError("--archive DIR|URL or --keys FILE", Exit.USAGE)
        named = [line.strip() for line in sys.stdin] if accounts == [_STANDARD_INPUT] else accounts
        done = [found.erase(each.encode(), now_ms(), unknown=unknown) for each in named if each]
    for each in done:
        if json:
            show_json(
                {"account": None if each.handle is None else each.handle.hex(), "outcome": _outcome(each, unknown)}
            )
        else:
            show(_TEXTS[_outcome(each, unknown)].format(handle="" if each.handle is None else each.handle.hex()))
    say("not reached: topics in Kafka, copies of the keys; deploy/docs/audit.md, Erasing a person")
    if not unknown and any(each.handle is None and not each.before for each in done):
        raise typer.Exit(Exit.NOT_READY)


@app.command(epilog="Example: eligibility archive expire --archive /mnt/archive --checkpoint /mnt/cp/2026-11 --dry-run")
def expire(
    archive: Annotated[str, typer.Option(metavar="DIR|URL", help="What `archive` wrote.")],
    checkpoint: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="What replays need goes only where this stands for it.")
    ] = None,
    anchor_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The public key that must have signed the checkpoint.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Classes, months and reasons in place of the default ones.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and touch nothing.")] = False,
    json: Json = False,
) -> None:
    """Take out what is older than its record class is kept, never the ledger. Whole segments, oldest first.

    Facts and decisions go only up to a signed checkpoint, from which replay and verify then start (--checkpoint).
    """
    from streams.archive import ArchiveError, Folder
    from streams.archive.retention import expired, read_table
    from streams.audit.archives import Archive
    from streams.audit.logs import AuditError
    from streams.messages import now_ms

    with told(ArchiveError), told(AuditError, code=Exit.NOT_READY):
        folder, rules = Folder(archive), read_table() if table is None else read_table(table)
        position = asyncio.run(Archive(folder).position())
        before: dict[tuple[str, int], int] = {}
        if checkpoint is not None:
            begun = beginning(Signed(checkpoint, anchor_key), position).checkpoint
            before = {at: each.start for at, each in begun.begun(position).ranges.items()}
            say(f"checkpoint of {begun.made_at}, signed by {begun.signingkey}")
        for each in list(expired(folder, rules, position.ranges, before, now_ms())):
            if each.segments and not dry_run:
                folder.take_out(each.segments)
            _show_expired(each, dry_run, json)


def _show_expired(each: "Expired", dry_run: bool, json: bool) -> None:
    records = sum(one.count for one in each.segments)
    begins = each.segments[-1].next if each.segments else None
    if json:
        show_json(
            {
                "class": each.record_class.name,
                "topic": each.topic,
                "partition": each.partition,
                "segments": len(each.segments),
                "records": records,
                "begins": begins,
                "waits": each.waits,
                "basis": each.record_class.basis,
                "dry_run": dry_run,
            }
        )
        return
    went = "would go" if dry_run else "is gone" if records == 1 else "are gone"
    done = f"{counted(records, 'record')} in {counted(len(each.segments), 'segment')} {went}"
    done += f", it begins at offset {begins}" if begins is not None else ""
    waiting = "waits for a checkpoint behind it" if each.waits == 1 else "wait for a checkpoint behind them"
    waits = f"; {counted(each.waits, 'segment')} {waiting}" if each.waits else ""
    show(f"{each.topic}/{each.partition} ({each.record_class.name}, {each.record_class.months} months): {done}{waits}")


_TEXTS = {
    "erased": "{handle}: key and salt are dropped; its records can't be read any more",
    "erased_before": "was erased before; nothing was kept since",
    "unknown": "nothing of it was archived; nothing was done (--unknown: nothing will be)",
    "marked": "nothing of it was archived; nothing will be",
}


def _outcome(done: "Erasure", unknown: bool) -> str:
    if done.handle is not None:
        return "erased"
    if done.before:
        return "erased_before"
    return "marked" if unknown else "unknown"


async def _archive(settings: "Settings", output: str, keys: Path | None, segment_bytes: int) -> "Archived":
    from streams.archive import writable
    from streams.audit.archives import BESIDE
    from streams.audit.archives import archive as archive_topics
    from streams.audit.brokers import Brokers

    origin = Brokers(settings)
    position = await origin.position(BESIDE)
    folder = writable(output, keys)
    return await archive_topics(origin, position, settings.topic_prefix, folder, _Progress(), segment_bytes)


class _Progress:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, records: int) -> None:
        if time.monotonic() - self._told >= _TOLD_S:
            self._told = time.monotonic()
            say(f"{counted(records, 'record')} written")
