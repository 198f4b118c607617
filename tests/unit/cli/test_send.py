"""`eligibility send` before it connects: what is wrong is told, and nothing is sent."""

from pathlib import Path

import pytest

from tests.unit.cli.calls import call

POLICIES = Path(__file__).parents[3] / "streams" / "local" / "policies"


@pytest.mark.parametrize("history", [(), ("--history",)])
def test_a_policy_that_no_lane_would_take_is_not_sent(
    history: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Well formed, but the check refuses it: every lane would put the proposal into the dead letters."""
    text = (POLICIES / "w1.yaml").read_text(encoding="utf-8")
    path, events = tmp_path / "policy.yaml", tmp_path / "events.ndjson"
    path.write_text(text.replace("fact: inquiries.hard_count", "fact: inquiries.hard_cuont"), encoding="utf-8")
    events.write_text("", encoding="utf-8")
    monkeypatch.setenv("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    done = call(capsys, monkeypatch, "send", *history, "--policy", path, events)
    assert done.code == 1
    assert f"{path}: products.w1.rules[2].fact: " in done.err
    assert "inquiries.hard_count" in done.err


def test_a_policy_that_is_not_there_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = call(capsys, monkeypatch, "send", "--policy", tmp_path / "none.yaml", tmp_path / "none.ndjson")
    assert (done.code, done.err.strip()) == (2, f"eligibility: {tmp_path / 'none.yaml'}: No such file or directory")
