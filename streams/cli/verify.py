"""`eligibility verify`: what was emitted against what the log implies."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import CommandError, Exit, Json, say, show, show_json, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.audit.logs import Position
    from streams.audit.report import Report
    from streams.settings import Settings

app = typer.Typer()

Brokers = Annotated[
    str | None, typer.Option("--brokers", metavar="HOST:PORT,...", help="Default: those of the settings.")
]


@app.command(epilog="Example: eligibility verify --brokers broker-1:9092 --anchor anchors/2026-11-24.json")
def verify(
    brokers: Brokers = None,
    anchor: Annotated[
        list[Path] | None, typer.Option("--anchor", help="Signed heads of the ledgers from another place; repeatable.")
    ] = None,
    anchor_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The public key that must have signed the anchors.")
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(metavar="DIGEST", help="An engine whose blocks are taken for good too; repeatable."),
    ] = None,
    bound: Annotated[
        float, typer.Option(min=0, help="Seconds that a record may wait, and a timer be late, without a word.")
    ] = 300,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Lanes under way at a time; default: one for each processor.")
    ] = None,
    json: Json = False,
) -> None:
    """Recompute everything from ledger and sources, and compare it with what was emitted. Exit code 3: different.

    Reads up to where all ledgers stand now, beside a system that goes on; writes nothing.
    """
    from streams.audit.logs import AuditError

    settings = audited(brokers)
    with told(AuditError, code=Exit.NOT_READY):
        report = _report(settings, anchor or [], anchor_key, engine or [], round(bound * 1000), processes)
    if json:
        show_json(report.document())
    else:
        for line in report.lines():
            show(line)
    if not report.equal:
        raise typer.Exit(Exit.DIFFERENT)


def audited(brokers: str | None) -> "Settings":
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


def processes_for(wanted: int | None) -> int:
    """As many as asked for, else one for each processor."""
    return wanted or os.cpu_count() or 1


def total_records(position: "Position", lanes: "Sequence[int]") -> int:
    """How many records the lanes read at most; a broadcast one counts in each, and markers take offsets as well."""
    from schemas.topics import SOURCE_ORDER
    from streams.audit.logs import partition_of_lane

    ranges = [position.ranges[name, partition_of_lane(name, lane)] for name in SOURCE_ORDER for lane in lanes]
    return sum(each.limit - each.start for each in ranges)


def _report(
    settings: "Settings",
    anchors: list[Path],
    anchor_key: str | None,
    engines: list[str],
    bound_ms: int,
    processes: int | None,
) -> "Report":
    import asyncio

    from streams.audit.brokers import Brokers
    from streams.audit.examiner import Asked
    from streams.audit.lane import Audit
    from streams.audit.parallel import Progress, run
    from streams.audit.report import Report

    origin = Brokers(settings)
    position = asyncio.run(origin.position())
    hashes = _anchored(anchors, anchor_key, position)
    asked = Asked(settings.topic_prefix, bound_ms, settings.live_clock, engines, hashes)
    lanes = range(position.lanes)
    audit = Audit(origin, position, asked)
    results = run(audit, lanes, processes_for(processes), Progress(total_records(position, lanes), say))
    return Report(position, results, [str(path) for path in anchors])


def _anchored(paths: list[Path], key: str | None, position: "Position") -> dict[int, dict[int, str]]:
    """The signed hashes by lane and block."""
    from streams.audit.anchors import AnchorError, anchored, read_anchor

    try:
        return anchored([read_anchor(path.read_bytes(), key) for path in paths], position.cluster)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}", Exit.USAGE) from error
    except AnchorError as error:
        raise CommandError(f"--anchor: {error}", Exit.DIFFERENT) from error
