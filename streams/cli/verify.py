"""`eligibility verify`: what was emitted against what the log implies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from streams.cli.audited import (
    ArchiveOption,
    Audited,
    BrokersOption,
    KeysOption,
    ProcessesOption,
    Signed,
    audited,
    beginning,
    over_lanes,
)
from streams.cli.console import CommandError, Exit, Json, show, show_json, told
from streams.cli.keys import private_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from streams.audit.asked import Asked
    from streams.audit.logs import Position
    from streams.audit.report import Report
    from streams.audit.watch import Figures

app = typer.Typer()


@app.command(epilog="Example: eligibility verify --brokers broker-1:9092 --anchor anchors/2026-11-24.json")
def verify(
    brokers: BrokersOption = None,
    archive: ArchiveOption = None,
    keys: KeysOption = None,
    copied: Annotated[
        bool,
        typer.Option("--copied", help="The topics are copies: cluster and topic ids may be others than in genesis."),
    ] = False,
    anchor: Annotated[
        list[Path] | None, typer.Option("--anchor", help="Signed heads of the ledgers from another place; repeatable.")
    ] = None,
    anchor_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The public key that must have signed the anchors.")
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIGEST|reference",
            help="An engine whose blocks are taken for good too; repeatable. `reference`: recompute the statuses with "
            "the slow interpreter, which shares no code with the core.",
        ),
    ] = None,
    accounts: Annotated[
        int | None,
        typer.Option(min=1, help="With --engine reference: a sample of so many accounts of each lane; default: all."),
    ] = None,
    salt: Annotated[
        str, typer.Option(help="With --accounts: any text; it chooses which accounts, so that nobody knows before.")
    ] = "",
    bound: Annotated[
        float, typer.Option(min=0, help="Seconds that a record may wait, and a timer be late, without a word.")
    ] = 300,
    processes: ProcessesOption = None,
    report_file: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="The report as JSON, also where it is told as text.")
    ] = None,
    sign: Annotated[Path | None, typer.Option(metavar="KEY", help="The auditor's key, which signs --report.")] = None,
    checkpoint: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="Start behind this checkpoint; what was before may be gone.")
    ] = None,
    write_checkpoint: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="Keep the states there, signed with --sign, if all is equal.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on, position after position, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="With --follow: seconds between two positions.")] = 60,
    json: Json = False,
) -> None:
    """Recompute everything from ledger and sources, and compare it with what was emitted. Exit code 3: different.

    Reads up to where all ledgers stand now, beside a system that goes on; writes nothing. With --follow it goes on in
    one process, tells each position and each new finding once, and answers ELIGIBILITY_MONITOR_ADDRESS/metrics.
    """
    from streams.archive import ArchiveError
    from streams.audit.logs import AuditError

    if (sign is not None and report_file is None and write_checkpoint is None) or (write_checkpoint and sign is None):
        raise CommandError("--sign KEY goes with --report FILE, and --write-checkpoint DIR with --sign KEY", Exit.USAGE)
    if follow and (archive or checkpoint or write_checkpoint):
        raise CommandError("--follow goes with brokers, and without checkpoints", Exit.USAGE)
    second = "reference" in (engine or [])
    if second and (len(engine or []) > 1 or follow or anchor or checkpoint or write_checkpoint):
        raise CommandError("--engine reference goes without other engines, --follow, anchors, checkpoints", Exit.USAGE)
    if (accounts is not None or salt) and not second:
        raise CommandError("--accounts and --salt go with --engine reference", Exit.USAGE)
    hand = None if sign is None else private_key(sign)
    given = _Given(anchor or [], anchor_key, engine or [], round(bound * 1000), copied)
    with told(ArchiveError), told(AuditError, code=Exit.NOT_READY):
        system = audited(brokers, archive, keys)
        if follow:
            _follow(system, given, every, json)
        if second:
            report = _second_report(system, accounts, salt, processes)
        else:
            report = _report(system, given, processes, _Checkpoints(checkpoint, write_checkpoint, hand))
    if report_file is not None:
        _write(report, report_file, hand)
    if json:
        show_json(report.document())
    else:
        for line in report.lines():
            show(line)
    if not report.equal:
        raise typer.Exit(Exit.DIFFERENT)


class _Given(NamedTuple):
    """What was asked on the command line."""

    anchors: list[Path]
    anchor_key: str | None
    engines: list[str]
    bound_ms: int
    copied: bool

    def asked(self, system: Audited, position: "Position") -> "Asked":
        """The same for the audit of a system that stands at a position."""
        from streams.audit.asked import Asked

        hashes = _anchored(self.anchors, self.anchor_key, None if self.copied else position.cluster)
        return Asked(system.prefix, self.bound_ms, system.live_clock, self.engines, hashes, self.copied)


class _Checkpoints(NamedTuple):
    """Folders to start from and to write to, and the key for the latter."""

    begin: str | None
    end: str | None
    key: "Ed25519PrivateKey | None"


def _report(system: Audited, given: _Given, processes: int | None, checkpoints: _Checkpoints) -> "Report":
    import asyncio

    from streams.archive import Folder
    from streams.audit.checkpoints import write_checkpoint as write
    from streams.audit.lane import Audit
    from streams.audit.report import Report

    position = asyncio.run(system.origin.position())
    asked = given.asked(system, position)
    begun, end = None, None if checkpoints.end is None else Folder(checkpoints.end, system.keys)
    if end is not None and not end.is_empty:
        raise CommandError(f"{end.name}: a checkpoint needs a folder of its own, not yet there", Exit.USAGE)
    if checkpoints.begin is not None:
        signed = Signed(checkpoints.begin, given.anchor_key)
        begun = beginning(signed, position, asked.anchored, system.keys, copied=given.copied)
        position = begun.checkpoint.begun(position)
    audit, lanes = Audit(system.origin, position, asked, begun, end), range(position.lanes)
    results = over_lanes(audit, position, lanes, processes)
    report = Report(
        position, results, [str(path) for path in given.anchors], None if begun is None else begun.checkpoint
    )
    if end is not None and checkpoints.key is not None and report.equal:
        made = [each.checkpoint for each in results if each.checkpoint is not None]
        write(end, position, made, checkpoints.key)
    return report


def _second_report(system: Audited, accounts: int | None, salt: str, processes: int | None) -> "Report":
    import asyncio

    from streams.audit.report import Report
    from streams.audit.second import SecondAudit

    position = asyncio.run(system.origin.position())
    audit = SecondAudit(system.origin, position, accounts, salt)
    return Report(position, over_lanes(audit, position, range(position.lanes), processes))


def _write(report: "Report", path: Path, key: "Ed25519PrivateKey | None") -> None:
    from streams.cli.writing import written
    from streams.codec.canonical import canonical
    from streams.codec.signatures import signed

    document = report.document()
    if key is not None:
        document = signed(document, key)
    with written(path) as write:
        write(canonical(document) + b"\n")


def _follow(system: Audited, given: _Given, every: float, json: bool) -> NoReturn:
    import asyncio

    from prometheus_client import start_http_server

    from streams.audit.watch import Figures
    from streams.cli.connection import settings

    figures, address = Figures(), settings().monitor_address
    if address is not None:
        host, _, port = address.rpartition(":")
        try:
            start_http_server(int(port), host, figures.registry)
        except OSError as error:
            raise CommandError(f"{address}: {error.strerror}") from error
    asyncio.run(_rounds(system, given, every, figures, json))
    raise AssertionError("a watch goes on until it is ended")


async def _rounds(system: Audited, given: _Given, every: float, figures: "Figures", json: bool) -> None:
    import asyncio

    from streams.audit.report import finding_document, finding_lines
    from streams.audit.watch import watch

    known: dict[int, int] = {}
    asked = given.asked(system, await system.origin.position())
    async for report in watch(system.origin, asked, [str(path) for path in given.anchors]):
        figures.take(report)
        new = [each for result in report.results for each in result.findings[known.get(result.lane, 0) :]]
        known = {result.lane: len(result.findings) for result in report.results}
        if json:
            show_json({**report.summary(), "findings": [finding_document(each) for each in new]})
        else:
            show(report.line())
            for line in (line for each in new for line in finding_lines(each)):
                show(line)
        await asyncio.sleep(every)


def _anchored(paths: list[Path], key: str | None, cluster: str | None) -> dict[int, dict[int, str]]:
    """The signed hashes by lane and block; anchors of another cluster are refused where that is known."""
    from streams.audit.anchors import AnchorError, anchored, read_anchor

    try:
        return anchored([read_anchor(path.read_bytes(), key) for path in paths], cluster)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}", Exit.USAGE) from error
    except AnchorError as error:
        raise CommandError(f"--anchor: {error}", Exit.DIFFERENT) from error
