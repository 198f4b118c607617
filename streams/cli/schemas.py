"""`eligibility schemas`: the contracts as files, and events checked against them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.console import CommandError, Exit, Json, say, show, show_json, told
from streams.cli.writing import STANDARD_STREAM

if TYPE_CHECKING:
    from schemas.strict import Finding

app = typer.Typer(no_args_is_help=True)

ASYNCAPI = "asyncapi.json"
PROBLEMS_SHOWN_MAX = 100
FIELDS_COUNTED_MAX = 1000


@dataclass(slots=True)
class Report:
    """What a check found: lines read, lines that break the contract, unknown fields by name, and each problem."""

    events: int = 0
    invalid: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)
    problems_count: int = 0

    def add(self, problem: dict[str, Any]) -> None:
        """Count a problem; the first hundred are kept."""
        self.problems_count += 1
        if len(self.problems) < PROBLEMS_SHOWN_MAX:
            self.problems.append(problem)


@app.command(epilog="Example: eligibility schemas export --output contracts")
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="Directory to write to; made where it is missing.")],
    json: Json = False,
) -> None:
    """Write the JSON Schema (2020-12) of every message and one AsyncAPI 3.0 document."""
    if output == STANDARD_STREAM:
        raise CommandError("--output -: many files are written: wanted a directory", Exit.USAGE)
    with told(OSError):
        output.mkdir(parents=True, exist_ok=True)
        written = [_write(output / name, content) for name, content in contract_files().items()]
    if json:
        show_json({"output": str(output), "files": written})
    else:
        show(f"{len(written)} files in {output}: a JSON Schema per message, and {ASYNCAPI}")


@app.command(epilog="Example: eligibility schemas check --strict events.ndjson.gz")
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="NDJSON of events, also .gz or .zst; - is standard input.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="An unknown field is an error, not only counted.")] = False,
    against: Annotated[
        Path | None, typer.Option(help="Directory of an earlier export: is what was valid then still valid?")
    ] = None,
    json: Json = False,
) -> None:
    """Check events line by line, or the contracts against an earlier export.

    Ends with 0 when nothing is wrong, 1 when something is, 2 when there is nothing to check.
    """
    if not files and against is None:
        raise CommandError("name a file of events, or --against a directory of an earlier export", Exit.USAGE)
    report = Report()
    if against is not None:
        _check_against(against, report)
    for path in files or ():
        _check_file(path, strict, report)
    _tell(report, json)
    if report.problems_count:
        raise typer.Exit(Exit.FAILED)


def contract_files() -> dict[str, Any]:
    """Every exported document by its file name."""
    from schemas.asyncapi import asyncapi_document
    from schemas.export import json_schemas

    return {f"{name}.json": schema for name, schema in json_schemas().items()} | {ASYNCAPI: asyncapi_document()}


def document_text(document: Any) -> str:
    """How an exported document is written: two spaces, fields in their order, a line end."""
    import json

    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, document: Any) -> str:
    path.write_text(document_text(document), encoding="utf-8")
    return path.name


def _check_file(path: Path, strict: bool, report: Report) -> None:
    from schemas.strict import UNKNOWN_FIELD
    from streams.files import STANDARD_INPUT, FileError, numbered_lines

    if path != STANDARD_INPUT and not path.is_file():
        raise CommandError(f"{path}: no such file", Exit.USAGE)
    with told(FileError):
        for number, line in numbered_lines(path):
            report.events += 1
            for finding in _findings(line):
                if finding.code != UNKNOWN_FIELD:
                    report.invalid += 1
                elif len(report.unknown) < FIELDS_COUNTED_MAX or finding.field in report.unknown:
                    report.unknown[finding.field] += 1
                if strict or finding.code != UNKNOWN_FIELD:
                    report.add({"file": str(path), "line": number, **finding._asdict()})


def _findings(line: bytes) -> "Iterator[Finding]":
    import orjson

    from schemas.errors import Code
    from schemas.events import VALUE_BYTES_MAX
    from schemas.strict import Finding, findings

    if len(line) > VALUE_BYTES_MAX:
        yield Finding(Code.TOO_LARGE.value, "value", f"value: {len(line)} bytes, at most {VALUE_BYTES_MAX}", "")
        return
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        yield Finding(Code.INVALID_JSON.value, "value", f"value: not JSON: {error}", "")
        return
    yield from findings(document)


def _check_against(directory: Path, report: Report) -> None:
    import orjson

    from schemas.compatibility import narrowed
    from schemas.export import OUTBOUND, json_schemas

    present = json_schemas()
    earlier = sorted(path for path in directory.glob("*.json") if path.name != ASYNCAPI)
    if not earlier:
        raise CommandError(f"{directory}: no JSON Schemas of an earlier export here", Exit.USAGE)
    for path in earlier:
        with told(OSError, orjson.JSONDecodeError):
            old = orjson.loads(path.read_bytes())
        new = present.get(path.stem)
        if new is None:
            report.add({"file": str(path), "line": None, "code": "removed", "field": "", "problem": "removed message"})
            continue
        # Outputs must be readable by those who know the earlier contract, inputs by us.
        for place, problem in narrowed(new, old) if path.stem in OUTBOUND else narrowed(old, new):
            text = f"{place or 'message'}: {problem}"
            report.add({"file": str(path), "line": None, "code": "incompatible", "field": place, "problem": text})


def _tell(report: Report, json: bool) -> None:
    if json:
        fields = {"events": report.events, "invalid": report.invalid, "unknown": dict(report.unknown)}
        show_json(fields | {"problems_count": report.problems_count, "problems": report.problems})
        return
    for problem in report.problems:
        place = problem["file"] if problem["line"] is None else f"{problem['file']}:{problem['line']}"
        show(f"{place}: {problem['problem']}")
    if report.problems_count > len(report.problems):
        say(f"... and {report.problems_count - len(report.problems)} more")
    for name, count in sorted(report.unknown.items()):
        say(f"unknown field {name}: {count} times")
    say(f"{report.events} events, {report.invalid} invalid, {report.problems_count} problems")
