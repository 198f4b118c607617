"""`eligibility replay`: statuses from files of events, without any Kafka."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import CommandError, Exit, Json, say, show_json, told

if TYPE_CHECKING:
    from schemas.policy import PolicyDocument
    from streams.audit.replay import Line, Refused, Replay

app = typer.Typer()

STANDARD_OUTPUT = Path("-")
REFUSED_SHOWN = 20
PROGRESS_STATUSES = 50_000


@app.command(
    epilog="Example: eligibility replay --events a.ndjson.gz b.ndjson --policy policy.yaml --output out.ndjson"
)
def replay(
    events: Annotated[
        list[Path], typer.Option("--events", help="NDJSON of events, also .gz or .zst; several may follow.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the status events go; - is standard output.")],
    policy: Annotated[
        Path | None, typer.Option(help="The policy in force from its effective_from; without it those in the events.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            help="Up to this instant, or through this local day of the policy; the default is the last record's."
        ),
    ] = None,
    dead_letters: Annotated[Path | None, typer.Option(help="Where refused lines go, as NDJSON.")] = None,
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files of events.")] = None,
    json: Json = False,
) -> None:
    """What would have come out: the status events of a history, the same values as through Kafka.

    Events are taken in the order of their record times (recordedtime, else time). A line that is no valid event is told
    on stderr and left out, as Kafka's goes to the dead letters.
    """
    from streams.audit.replay import Replay
    from streams.files import FileError

    document = _policy(policy)
    end = _end(until, document)
    run = Replay()
    _settle_collector()
    with told(FileError), _written(output) as write:
        for value in run.run(_lines(_in_order([*events, *(more or [])])), document, end):
            write(value + b"\n")
            if run.statuses % PROGRESS_STATUSES == 0:
                say(f"{run.records} events, {run.statuses} statuses")
    _tell(run, dead_letters, json)


def _settle_collector() -> None:
    """A batch makes no cycles: the collector would only look at millions of live objects again and again."""
    import gc

    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _in_order(files: list[Path]) -> list[Path]:
    """As they stand on the command line, where the option's and the further ones are mixed."""
    places = {argument: place for place, argument in reversed(list(enumerate(sys.argv)))}
    return sorted(files, key=lambda file: places.get(str(file), len(places)))


def _lines(files: list[Path]) -> Iterator["Line"]:
    from streams.audit.replay import Line
    from streams.files import numbered_lines

    for file in files:
        for number, value in numbered_lines(file):
            yield Line(str(file), number, value)


def _policy(path: Path | None) -> "PolicyDocument | None":
    from schemas.policy import load_policy
    from streams.core.policy.compile import compile_policy

    if path is None:
        return None
    try:
        document = load_policy(path.read_bytes())
        compile_policy(document)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error
    return document


def _end(until: str | None, policy: "PolicyDocument | None") -> int | None:
    """The last instant (ms) of a replay; a date means all of that day where the policy is."""
    from schemas.instants import parse_date, parse_instant
    from streams.core.calendar import zone

    if until is None:
        return None
    try:
        if len(until) == len("2026-01-05"):
            return zone(policy.zone if policy else "UTC").start(parse_date(until) + 1) - 1
        return parse_instant(until)
    except ValueError as error:
        wanted = "an instant such as 2026-01-05T08:00:00Z or a date such as 2026-01-05"
        raise CommandError(f"--until {until}: wanted {wanted}", Exit.USAGE) from error


@contextmanager
def _written(output: Path) -> Iterator[Callable[[bytes], object]]:
    """Writing to a file that only takes its name when it is whole."""
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    partial = output.with_name(output.name + ".partial")
    try:
        with partial.open("wb") as file:
            yield file.write
        partial.replace(output)
    except OSError as error:
        raise CommandError(f"{output}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def _tell(run: "Replay", dead_letters: Path | None, json: bool) -> None:
    for refused in run.refused[:REFUSED_SHOWN]:
        say(f"{refused.line.file}:{refused.line.number}: {refused.problem}")
    if len(run.refused) > REFUSED_SHOWN:
        say(f"and {len(run.refused) - REFUSED_SHOWN} more")
    if dead_letters is not None:
        with _written(dead_letters) as write:
            for refused in run.refused:
                write(_letter(refused))
    if json:
        show_json({"events": run.records, "statuses": run.statuses, "refused": len(run.refused)})
    else:
        say(f"{run.records} events, {run.statuses} statuses, {len(run.refused)} lines refused")


def _letter(refused: "Refused") -> bytes:
    import orjson

    line = refused.line
    letter = {
        "file": line.file,
        "line": line.number,
        "problem": refused.problem,
        "value": line.value.decode(errors="replace"),
    }
    return orjson.dumps(letter) + b"\n"
