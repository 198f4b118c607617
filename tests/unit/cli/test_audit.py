"""Wrong calls of the audit's verbs: one message, the exit code of the contract, nothing written."""

from pathlib import Path

import pytest

from streams.cli.console import Exit
from tests.unit.cli.calls import call

REPLAY = ("replay", "--output", "out.ndjson")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (REPLAY, Exit.USAGE, "either --events FILE..., --brokers HOST:PORT or --archive DIR"),
        ((*REPLAY, "--brokers", "a:1", "--archive", "b"), Exit.USAGE, "either --events"),
        (
            (*REPLAY, "--events", "here", "--account", "A"),
            Exit.USAGE,
            "--account, --partition, --from, --processes, --checkpoint go",
        ),
        ((*REPLAY, "--events", "here", "--checkpoint", "A"), Exit.USAGE, "--checkpoint go with --brokers"),
        ((*REPLAY, "--archive", "here", "--dead-letters", "x"), Exit.USAGE, "--dead-letters goes with --events"),
        ((*REPLAY, "--archive", "here", "--from", "soon"), Exit.USAGE, "--from soon: wanted an instant"),
        ((*REPLAY, "--archive", "here"), Exit.NOT_READY, "no archive: archive.json is not there"),
        (("verify", "--archive", "here"), Exit.NOT_READY, "no archive: archive.json is not there"),
        (("verify", "--archive", "here", "--brokers", "a:1"), Exit.USAGE, "--brokers or --archive, not both"),
        (("verify", "--archive", "here", "--follow"), Exit.USAGE, "--follow goes with brokers"),
        (
            ("verify", "--archive", "here", "--write-checkpoint", "x"),
            Exit.USAGE,
            "--write-checkpoint DIR with --sign KEY",
        ),
        (("verify", "--archive", "here", "--sign", "key"), Exit.USAGE, "--sign KEY goes with --report FILE"),
        (("verify", "--archive", "here", "--accounts", "5"), Exit.USAGE, "--accounts and --salt go with"),
        (
            ("verify", "--archive", "here", "--engine", "reference", "--follow"),
            Exit.USAGE,
            "--follow goes with brokers",
        ),
        (("verify", "--engine", "reference", "--checkpoint", "x"), Exit.USAGE, "--engine reference goes without"),
        (("verify", "--brokers", "127.0.0.1:1"), Exit.NOT_READY, "brokers 127.0.0.1:1:"),
        (("archive", "--output", "x", "--brokers", "127.0.0.1:1"), Exit.NOT_READY, "brokers 127.0.0.1:1:"),
        (("verify",), Exit.NOT_READY, "no brokers: start the local ones"),
        (("anchor", "sign", "--key", "key.pem", "--output", "none"), Exit.USAGE, "none: no such folder"),
        (("anchor", "check", "nothing.json"), Exit.USAGE, "nothing.json: No such file"),
        (("anchor", "check", "key.pem"), Exit.DIFFERENT, "no JSON"),
        (("explain", "A", "--archive", "here"), Exit.NOT_READY, "no archive: archive.json is not there"),
        (("explain", "A", "--archive", "here", "--events", "here"), Exit.USAGE, "--events or --archive, not both"),
    ],
)
def test_a_wrong_call_is_told(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: Exit,
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    call(capsys, monkeypatch, "keys", "new", "key.pem")
    done = call(capsys, monkeypatch, *arguments)
    assert (done.code, text in done.err) == (code, True), done.err
    assert not Path("out.ndjson").exists()
    assert not Path("x").exists()
