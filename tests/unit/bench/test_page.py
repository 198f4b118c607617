"""The performance page from results."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tests.bench import page
from tests.bench.page import placed, section
from tests.bench.results import Curve, Figure, Result


def _document() -> dict[str, Any]:
    figures = [
        Figure("ours", "events/s", [20_000.0, 30_000.0], True, ("theirs",)),
        Figure("theirs", "events/s", [5e4], True),
    ]
    curve = Curve("cost by rules", "rules", "us", [(20, [10.0]), (200, [20.0])], "less than linear")
    return Result("made-up", {"events": 5}, figures, [curve]).document()


def test_a_section_tells_medians_ratios_machine_and_curves(tmp_path: Path) -> None:
    text = "\n".join(section(_document(), tmp_path))
    assert "| ours | 25,000 | 20,000 to 30,000 | 2 | events/s |" in text
    assert "| ours / theirs | 0.50 | more |" in text
    assert "exponent +0.30, wanted less than linear" in text
    drawing = ET.parse(tmp_path / "cost-by-rules.svg").getroot()  # noqa: S314 - our own
    assert drawing.tag.endswith("svg")


def test_only_what_is_between_a_benchs_marks_is_replaced() -> None:
    before = "by hand\n<!-- a: begin -->old<!-- a: end -->\n<!-- b: begin -->kept<!-- b: end -->"
    assert placed(before, "a", r"new \1") == (
        "by hand\n<!-- a: begin -->\n\nnew \\1\n\n<!-- a: end -->\n<!-- b: begin -->kept<!-- b: end -->"
    )
    with pytest.raises(SystemExit, match="has no"):
        placed(before, "c", "new")


def test_the_committed_page_has_the_marks_of_every_bench() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    for bench in page.BENCHES:
        assert placed(text, bench, "new") != text
