"""The command line: quick help, one message for an error, the exit codes of the contract."""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import orjson
import pytest

from streams import local
from streams.cli import console
from streams.cli.root import VERBS, module_of
from streams.settings import variables


def _eligibility(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return _called(arguments, cwd, environment, PIPE, PIPE)


def _called(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], stdout: int, stderr: int
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from streams.cli import main; main()", *arguments]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), **environment}
    return subprocess.run(command, cwd=cwd, env=env, stdout=stdout, stderr=stderr, text=True, check=False, timeout=60)


@contextmanager
def _unread() -> Iterator[int]:
    """A pipe whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


def test_help_lists_every_verb_without_importing_any(tmp_path: Path) -> None:
    code = (
        "import sys; from streams.cli.root import command_line\n"
        "try: command_line(['--help'])(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('aiokafka', 'faust', 'pydantic', 'orjson')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(verb in done.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(tmp_path: Path, verb: str) -> None:
    done = _eligibility(verb, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Usage: eligibility {verb}" in done.stdout
    assert "\x1b" not in done.stdout
    for command in importlib.import_module(module_of(verb)).app.registered_commands:
        assert (command.help or command.callback.__doc__).strip()
        assert command.epilog.startswith("Example: eligibility ") or " eligibility " in command.epilog


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("kafka", "start", "--port", "x"),
        ("schemas", "export", "--output", "-"),
        ("send",),
        ("send", "x", "--until", "2026-01-05T08:00:00Z"),
    ],
)
def test_a_wrong_call_exits_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert _eligibility(*arguments, cwd=tmp_path).returncode == 2


def test_a_wrong_setting_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    done = _eligibility("config", "show", cwd=tmp_path, ELIGIBILITY_PARTITIONS="many")
    assert done.returncode == 2
    assert done.stderr.startswith("eligibility: ELIGIBILITY_PARTITIONS: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("topics", "plan"), ("kafka", "status")])
def test_without_brokers_a_verb_is_not_ready(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = _eligibility(*arguments, cwd=tmp_path)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_a_wrong_line_of_a_file_ends_sending_before_any_broker_is_asked(tmp_path: Path) -> None:
    (tmp_path / "events.ndjson").write_text('{"type": "repayment.dew"}\n')
    done = _eligibility("send", "events.ndjson", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith('eligibility: events.ndjson:1: type: got "repayment.dew"')


def test_config_show_tells_every_setting_and_masks_secrets(tmp_path: Path) -> None:
    password = {"ELIGIBILITY_KAFKA__SASL_PASSWORD": "opensesame"}
    done = _eligibility("config", "show", "--json", cwd=tmp_path, **password)
    assert done.returncode == 0, done.stderr
    shown = orjson.loads(done.stdout)
    assert list(shown) == list(variables())
    assert set(shown["ELIGIBILITY_KAFKA__SASL_PASSWORD"]) == {"*"}
    text = _eligibility("config", "show", cwd=tmp_path, **password).stdout
    assert "opensesame" not in text
    assert "* ELIGIBILITY_KAFKA__SASL_PASSWORD=" in text
    assert "  ELIGIBILITY_PARTITIONS=4" in text


def test_version(tmp_path: Path) -> None:
    assert _eligibility("--version", cwd=tmp_path).stdout.strip()[0].isdigit()


W1 = str(Path(local.__file__).parent / "policies" / "w1.yaml")
EVENT = {
    "specversion": "1.0", "id": "1", "source": "/test", "type": "account.opened", "subject": "A1",
    "time": "2026-01-01T00:00:00Z", "data": {},
}  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("verify", "--help"),
        ("config", "show"),
        ("reasons",),
        ("reasons", "REP-07", "--json"),
        ("policy", "check", W1),
        ("policy", "show", W1, "--canonical"),
        ("schemas", "export", "--output", "contracts"),
        ("replay", "--policy", W1, "--events", "events.ndjson", "--output", "-"),
    ],
)
def test_a_command_whose_reader_has_left_ends_without_a_word(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "events.ndjson").write_bytes(orjson.dumps(EVENT))
    with _unread() as pipe:
        done = _called(arguments, tmp_path, {}, pipe, PIPE)
    assert done.returncode == 141, "as for a program that SIGPIPE has ended: neither right nor wrong"
    assert "Error" not in done.stderr
    assert "Exception" not in done.stderr


def test_a_command_whose_progress_nobody_reads_ends_so_too(tmp_path: Path) -> None:
    with _unread() as pipe:
        done = _called(("policy", "check", "nowhere.yaml"), tmp_path, {}, PIPE, pipe)
    assert (done.returncode, done.stdout) == (141, "")


def test_verbs_write_by_the_console_alone() -> None:
    folder = Path(console.__file__).parent
    others = [path.name for path in folder.glob("*.py") if path.name not in ("console.py", "__init__.py")]
    found = {name for name in others if re.search(r"std(out|err)\.(write|buffer|flush)", (folder / name).read_text())}
    assert len(others) > 20
    assert found == set()
