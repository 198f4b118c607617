"""The comparison with the committed baseline: what counts as a loss, and that nothing passes unseen."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench import check, results
from tests.bench.check import compared, loss
from tests.bench.results import Figure, Result


def _row(ratio: float, more: bool = True) -> dict[str, Any]:
    return {"ratio": ratio, "more_is_better": more}


@pytest.mark.parametrize(
    ("before", "now", "more", "expected"),
    [(2.0, 1.6, True, 0.2), (2.0, 2.4, True, -0.2), (2.0, 2.4, False, 0.2), (2.0, 1.6, False, -0.2)],
)
def test_less_of_the_good_and_more_of_the_bad_is_a_loss(before: float, now: float, more: bool, expected: float) -> None:
    assert loss(before, now, more) == pytest.approx(expected)


@pytest.mark.parametrize(("now", "worse"), [(0.86, False), (0.84, True), (5.0, False)])
def test_a_loss_of_more_than_15_percent_is_worse(now: float, worse: bool) -> None:
    assert [row.is_worse for row in compared({"a": _row(1.0)}, {"a": _row(now)})] == [worse]


def test_a_ratio_that_is_gone_or_turned_round_is_an_error() -> None:
    with pytest.raises(KeyError, match="lacks"):
        compared({"a": _row(1.0)}, {})
    with pytest.raises(KeyError, match="direction"):
        compared({"a": _row(1.0)}, {"a": _row(1.0, more=False)})


def test_a_result_is_written_with_its_ratios_and_compared_with_what_was_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(check, "BASELINE", tmp_path / "baseline.json")
    _found(ours=[3.0, 1.0, 2.0])
    _run(monkeypatch, "--accept")
    kept = json.loads((tmp_path / "baseline.json").read_text())
    assert kept["made-up"]["ratios"] == {"ours / theirs": {"ratio": 0.5, "more_is_better": True}}

    _found(ours=[1.8])
    _run(monkeypatch)
    _found(ours=[1.6])
    with pytest.raises(SystemExit, match="1 ratios are worse"):
        _run(monkeypatch)


def _found(ours: list[float]) -> None:
    figures = [Figure("ours", "events/s", ours, True, ("theirs",)), Figure("theirs", "events/s", [4.0], True)]
    Result("made-up", {"events": 1}, figures).write()


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["check", *arguments])
    check.main()
