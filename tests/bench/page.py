"""The figures of the last benches in deploy/docs/performance.md, between its marks, and curves as SVG beside it.

    python -m tests.bench.page

What stands outside the marks is written by hand: goals, what was tried, limits. A bench without a result in build/bench
keeps what the page has of it.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench import results
from tests.bench.results import say
from tests.bench.sums import exponent, summary
from tests.bench.svg import drawn
from tests.bench.tables import amount, rendered
from tests.support.processes import ROOT

PAGE: Final = ROOT / "deploy" / "docs" / "performance.md"
CURVES: Final = "curves"
BENCHES: Final = ("peers", "faust", "whole", "growth")


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for bench in BENCHES:
        file = results.FOLDER / f"{bench}.json"
        if not file.exists():
            say(f"{bench}: no result, its part of the page stays")
            continue
        text = placed(text, bench, "\n".join(section(results.read(file), PAGE.parent / CURVES)))
        say(f"{bench}: written")
    PAGE.write_text(text, encoding="utf-8")


def placed(page: str, bench: str, text: str) -> str:
    """The page with this text between the bench's marks."""
    begin, end = f"<!-- {bench}: begin -->", f"<!-- {bench}: end -->"
    found, count = re.subn(f"{begin}.*?{end}", lambda _: f"{begin}\n\n{text}\n\n{end}", page, count=1, flags=re.DOTALL)
    if not count:
        sys.exit(f"{PAGE.name} has no {begin} ... {end}")
    return found


def section(document: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """A result as Markdown; its curves are drawn into the folder."""
    asked = ", ".join(f"{name} {value}" for name, value in document["settings"].items() if value is not None)
    yield f"Run with: {asked}.\n"
    if document["figures"]:
        yield rendered(document)
    for curve in document["curves"]:
        points = [(size, summary(runs).median) for size, runs in curve["points"]]
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9]+", "-", curve["name"].lower()).strip("-")
        (folder / f"{name}.svg").write_text(
            drawn(curve["name"], curve["across"], curve["unit"], points), encoding="utf-8"
        )
        shown = ", ".join(f"{size:,}: {amount(value)}" for size, value in points)
        slope = f"exponent {exponent(*zip(*points, strict=True)):+.2f}" if len(points) > 1 else "one size"
        yield f"\n![{curve['name']}]({CURVES}/{name}.svg)\n"
        yield f"{curve['name']} ({curve['unit']}, over {curve['across']}): {shown}; {slope}, wanted {curve['wanted']}."
    for note in document["notes"]:
        yield f"\nNote: {note}."


if __name__ == "__main__":
    main()
