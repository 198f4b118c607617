"""`eligibility replay`: statuses from files of events, without any Kafka, or from what a ledger recorded."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from streams.cli.audited import ArchiveOption, KeysOption, Signed
from streams.cli.console import CommandError, Exit, Json, say, show_json, told
from streams.cli.writing import STANDARD_STREAM, written

if TYPE_CHECKING:
    from schemas.policy import PolicyDocument
    from streams.audit.replay import Line, Refused, Replay

app = typer.Typer()

REFUSED_SHOWN = 20
PROGRESS_SECONDS = 5
EVENTS_OPTION = "--events"
FROM_A_LEDGER = ("--account", "--partition", "--from", "--processes", "--checkpoint")


class FilesCommand(TyperCommand):
    """Takes `--events a b c` as `--events a --events b --events c`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Each word after the option's first value is another one, until the next option."""
        spread: list[str] = []
        for word in args:
            previous = spread[-2] if len(spread) > 1 else ""
            named = spread and spread[-1].startswith(f"{EVENTS_OPTION}=")
            if (previous == EVENTS_OPTION or named) and (word == "-" or not word.startswith("-")):
                spread += [EVENTS_OPTION, word]
            else:
                spread.append(word)
        parsed: list[str] = super().parse_args(ctx, spread)
        return parsed


@app.command(
    cls=FilesCommand,
    epilog="Example: eligibility replay --events a.ndjson.gz b.ndjson --policy policy.yaml --output out.ndjson",
)
def replay(
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the status events go; - is standard output.")],
    events: Annotated[
        list[Path] | None,
        typer.Option(
            EVENTS_OPTION,
            metavar="FILE...",
            help="NDJSON of events, also .gz or .zst, one or more; - is standard input.",
        ),
    ] = None,
    brokers: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT,...", help="Instead of files: what the ledgers there recorded, in that order."),
    ] = None,
    archive: ArchiveOption = None,
    keys: KeysOption = None,
    policy: Annotated[
        Path | None, typer.Option(help="The policy in force from its effective_from; without it those recorded.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="From a ledger: only this account.")] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="From a ledger: only this partition.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From a ledger: only statuses from this instant on.")
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="From a ledger: lanes at a time; default: one for each processor.")
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|URL", help="From a ledger: start behind this checkpoint; earlier records may be gone."
        ),
    ] = None,
    anchor_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The public key that must have signed the checkpoint.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The end: an instant such as 2026-01-05T08:00:00Z, or a date such as 2026-01-05, meaning the end of "
            "that day in the policy's zone (UTC without --policy). The default is the last record's instant.",
        ),
    ] = None,
    dead_letters: Annotated[Path | None, typer.Option(help="Where refused lines go, as NDJSON.")] = None,
    availability: Annotated[
        Path | None, typer.Option(help="Where the availability of products goes, as NDJSON.")
    ] = None,
    json: Json = False,
) -> None:
    """What would have come out: the status events of a history, the same values as through Kafka.

    With --brokers or --archive the records are those that the ledgers' blocks name, in the order of the blocks, up to
    where the ledgers stand now; under the policies among them, or under another one. Nothing is written there. With
    --checkpoint statuses begin behind it.

    With --events, events are taken in the order of their record times (recordedtime, else time), ties by topic, then
    as they stand in the files; then time goes on to the end. A line that is no valid event is told on stderr and left
    out, as Kafka's goes to the dead letters. The output file takes its name when it is whole.
    """
    from streams.audit.parallel import settle_collector
    from streams.audit.replay import Replay
    from streams.cli.recorded import Selection, replay_recorded
    from streams.files import FileError

    if [events, brokers, archive].count(None) != 2:
        raise CommandError("replay takes either --events FILE..., --brokers HOST:PORT or --archive DIR", Exit.USAGE)
    document = _policy(policy)
    end = _end(until, document)
    if events is None:
        if dead_letters is not None:
            raise CommandError("--dead-letters goes with --events; recorded ones: eligibility dead-letters", Exit.USAGE)
        if checkpoint is not None and document is not None:
            raise CommandError("--policy begins with the first record, --checkpoint doesn't: one of them", Exit.USAGE)
        selection = Selection(account, partition, _end(since, document, "--from"), end)
        begin = None if checkpoint is None else Signed(checkpoint, anchor_key)
        replay_recorded(brokers, archive, selection, document, output, processes, json, begin, keys)
        return
    if [account, partition, since, processes, checkpoint].count(None) != len(FROM_A_LEDGER):
        raise CommandError(f"{', '.join(FROM_A_LEDGER)} go with --brokers or --archive", Exit.USAGE)
    run = Replay()
    settle_collector()
    with told(FileError), written(output) as write:
        for value in run.run(_lines(events), document, end, _progress(run)):
            write(value + b"\n")
    refused = run.refused
    _tell_refused(refused)
    if dead_letters is not None:
        with written(dead_letters) as write:
            for each in refused:
                write(_letter(each))
    if availability is not None:
        with written(availability) as write:
            for value in run.availability:
                write(value + b"\n")
    _tell(run, len(refused), json, output)


def _lines(files: Sequence[Path]) -> Iterator["Line"]:
    from streams.audit.replay import Line
    from streams.files import numbered_lines

    for file in files:
        if file != STANDARD_STREAM and not file.exists():
            raise CommandError(f"{file}: no such file", Exit.USAGE)
    for file in files:
        name = str(file)
        for number, value in numbered_lines(file):
            yield Line(name, number, value)


def _policy(path: Path | None) -> "PolicyDocument | None":
    """The policy. An unsound one is taken too, so that it can be tried, but not without a word."""
    from streams.cli.policy import read_policy
    from streams.core.policy.check import check_policy
    from streams.core.policy.compile import PolicyMeaningError, compile_policy

    if path is None:
        return None
    document = read_policy(path)
    try:
        compile_policy(document)
    except PolicyMeaningError as error:
        raise CommandError(f"{path}: {error}") from error
    problems = check_policy(document)
    if problems:
        say(f"{path}: no lane would take this policy: {problems[0]}")
        if len(problems) > 1:
            say(f"... and {len(problems) - 1} more: eligibility policy check {path}")
    return document


def _end(until: str | None, policy: "PolicyDocument | None", option: str = "--until") -> int | None:
    """The last (`--until`) or first instant (ms) of a replay; a date means all of that day where the policy is."""
    from schemas.instants import parse_date, parse_instant
    from streams.core.calendar import zone

    if until is None:
        return None
    try:
        if len(until) == len("2026-01-05"):
            days, before = (1, 1) if option == "--until" else (0, 0)
            return zone(policy.zone if policy else "UTC").start(parse_date(until) + days) - before
        return parse_instant(until)
    except ValueError as error:
        wanted = "an instant such as 2026-01-05T08:00:00Z or a date such as 2026-01-05"
        raise CommandError(f"{option} {until}: wanted {wanted}", Exit.USAGE) from error


def _progress(run: "Replay") -> Callable[[], None]:
    """Says now and then how far it is."""
    told_at = time.monotonic()

    def tell() -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= PROGRESS_SECONDS:
            told_at = time.monotonic()
            say(f"{run.records:,} of {run.records_in_all:,} events applied, {run.statuses:,} statuses")

    return tell


def _tell_refused(refused: Sequence["Refused"]) -> None:
    for each in refused[:REFUSED_SHOWN]:
        say(f"{each.line.file}:{each.line.number}: {each.message} ({each.code})")
    if len(refused) > REFUSED_SHOWN:
        say(f"... and {len(refused) - REFUSED_SHOWN} more; --dead-letters FILE keeps them all")


def _tell(run: "Replay", refused: int, json: bool, output: Path) -> None:
    if json:
        counts = {"events": run.records, "later": run.later, "statuses": run.statuses, "refused": refused}
        if output == STANDARD_STREAM:
            import orjson

            say(orjson.dumps(counts).decode())
        else:
            show_json(counts)
        return
    later = f", {run.later:,} events after the end left out" if run.later else ""
    say(f"{run.records:,} events applied, {run.statuses:,} statuses, {refused:,} lines refused{later}")


def _letter(refused: "Refused") -> bytes:
    import orjson

    line = refused.line
    letter = {
        "file": line.file,
        "line": line.number,
        "code": refused.code,
        "field": refused.field,
        "message": refused.message,
        "value": line.value.decode(errors="replace"),
    }
    return orjson.dumps(letter) + b"\n"
