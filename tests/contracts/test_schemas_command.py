"""`eligibility schemas`: exports and checks, with the exit codes of the contract."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
import zstandard
from typer.testing import CliRunner

from schemas.events import EVENT_TYPES
from streams.cli.console import CommandError, Exit
from streams.cli.schemas import app, contract_files
from tests.contracts.golden import golden, with_value


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and standard output."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, CommandError):
        return result.exception.code, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def ndjson(path: Path, *documents: Any) -> Path:
    content = b"".join(orjson.dumps(document) + b"\n" for document in documents)
    if path.suffix == ".gz":
        content = gzip.compress(content)
    elif path.suffix == ".zst":
        content = zstandard.compress(content)
    path.write_bytes(content)
    return path


def examples() -> list[dict[str, Any]]:
    return [golden(name) for name in EVENT_TYPES]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_valid_events_end_with_0(tmp_path: Path, suffix: str) -> None:
    path = ndjson(tmp_path / f"events.ndjson{suffix}", *examples())
    assert run("check", "--strict", path) == (Exit.OK, "")
    code, output = run("check", "--strict", "--json", path)
    assert code == Exit.OK
    nothing = {"invalid": 0, "unknown": {}, "problems_count": 0, "problems": []}
    assert orjson.loads(output) == {"events": len(EVENT_TYPES)} | nothing


def test_misspelt_fields_are_counted_and_with_strict_an_error(tmp_path: Path) -> None:
    path = ndjson(
        tmp_path / "e.ndjson", golden("repayment.due"), with_value(golden("repayment.due"), "data.loanid", "x")
    )
    code, output = run("check", "--json", path)
    assert code == Exit.OK
    assert orjson.loads(output)["unknown"] == {"data.loanid": 1}
    code, output = run("check", "--strict", path)
    assert code == Exit.FAILED
    assert output == f"{path}:2: data.loanid: not a field of this event type; did you mean data.loan_id?\n"
    code, output = run("check", "--strict", "--json", path)
    assert code == Exit.FAILED
    assert orjson.loads(output)["problems"] == [
        {
            "file": str(path),
            "line": 2,
            "code": "unknown_field",
            "field": "data.loanid",
            "problem": "data.loanid: not a field of this event type; did you mean data.loan_id?",
            "suggestion": "data.loan_id",
        }
    ]


def test_breaches_of_the_contract_are_named_by_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "e.ndjson"
    lines = [
        b'{"type":"repayment.due"',
        b"",
        orjson.dumps(with_value(golden("repayment.due"), "data.amount", 5)),
        b'"' + b"x" * (1 << 20) + b'"',
        orjson.dumps(golden("repayment.due")),
    ]
    path.write_bytes(b"\n".join(lines))
    code, output = run("check", path)
    assert code == Exit.FAILED
    found = output.splitlines()
    assert [line.removeprefix(f"{path}:").split(":")[:2] for line in found] == [
        ["1", " value"], ["3", " data.amount"], ["4", " value"],
    ]  # fmt: skip


def test_a_flood_of_problems_is_shortened(tmp_path: Path) -> None:
    path = ndjson(tmp_path / "e.ndjson", *([{}] * 250))
    code, output = run("check", "--json", path)
    report = orjson.loads(output)
    assert (code, report["invalid"], report["problems_count"], len(report["problems"])) == (1, 250, 250, 100)
    assert len(run("check", path)[1].splitlines()) == 100


def test_names_of_unknown_fields_are_counted_up_to_a_bound(tmp_path: Path) -> None:
    due = golden("repayment.due")
    due["data"] |= {f"odd{number}": 1 for number in range(1001)}
    code, output = run("check", "--json", ndjson(tmp_path / "e.ndjson", due))
    assert (code, len(orjson.loads(output)["unknown"])) == (Exit.OK, 1000)


def test_nothing_to_check_is_a_usage_error(tmp_path: Path) -> None:
    assert run("check")[0] == Exit.USAGE
    assert run("check", tmp_path / "missing.ndjson") == (Exit.USAGE, f"{tmp_path}/missing.ndjson: no such file")
    assert run("check", "--against", tmp_path)[0] == Exit.USAGE
    assert run("check", "--sloppy")[0] == Exit.USAGE


def test_a_damaged_archive_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "e.ndjson.gz"
    path.write_bytes(gzip.compress(b"x" * 100)[:-9])
    assert run("check", path)[0] == Exit.FAILED


def test_export_writes_every_message_and_is_compatible_with_itself(tmp_path: Path) -> None:
    code, output = run("export", "--output", tmp_path / "new" / "contracts")
    assert code == Exit.OK
    assert "74 files" in output
    assert {path.name for path in (tmp_path / "new" / "contracts").iterdir()} == set(contract_files())
    assert run("check", "--against", tmp_path / "new" / "contracts") == (Exit.OK, "")
    code, output = run("export", "--json", "-o", tmp_path / "new")
    assert set(orjson.loads(output)["files"]) == set(contract_files())


def test_export_into_a_file_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert run("export", "-o", tmp_path / "file")[0] == Exit.FAILED


def test_an_incompatible_contract_is_found(tmp_path: Path) -> None:
    files = contract_files()
    inquiry = files["inquiry.recorded.json"]
    inquiry["$defs"]["InquiryRecorded"]["properties"]["kind"]["enum"].append("medium")
    (tmp_path / "inquiry.recorded.json").write_bytes(orjson.dumps(inquiry))
    (tmp_path / "loan.sold.json").write_bytes(b"{}")
    # Outputs the other way round: those who know the old one read the new one.
    status = files["eligibility.status.changed.json"]
    status["$defs"]["StatusData"]["properties"]["status"]["enum"].remove("UNDER_REVIEW")
    (tmp_path / "eligibility.status.changed.json").write_bytes(orjson.dumps(status))
    code, output = run("check", "--against", tmp_path, "--json")
    assert code == Exit.FAILED
    assert [(problem["code"], problem["problem"]) for problem in orjson.loads(output)["problems"]] == [
        ("incompatible", "data.status: no longer takes UNDER_REVIEW"),
        ("incompatible", "data.kind: no longer takes medium"),
        ("removed", "removed message"),
    ]


def test_help_has_an_example() -> None:
    for verb in ("export", "check"):
        code, output = run(verb, "--help")
        assert code == Exit.OK
        assert "Example" in output
        assert "--json" in output


def test_the_verb_is_a_typer_application() -> None:
    assert isinstance(app, typer.Typer)
