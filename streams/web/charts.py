"""Charts as inline SVG, made here: no script, and no style but the sheet's classes, as the security policy wants it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 52, 22
_TOP: Final = 10
_DASHES: Final = ("", "7 4", "2 4", "10 3 2 3")
"""Lines differ by dashes too, not by colour alone."""


class Series(NamedTuple):
    """A line: its class in the style sheet, its name, and a value for each step."""

    kind: str
    name: str
    values: Sequence[int]


def lines(series: Sequence[Series], steps: int, title: str) -> Markup:
    """Lines over steps of equal length, the newest on the right. A reader of the screen hears first and last values."""
    most = max((value for each in series for value in each.values), default=0) or 1
    across, down = (WIDTH - LEFT - 8) / max(steps - 1, 1), (HEIGHT - BOTTOM - _TOP) / most
    base = HEIGHT - BOTTOM
    told = "; ".join(f"{each.name}: {each.values[0]:,} → {each.values[-1]:,}" for each in series)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}: {escape(told)}">'
    ]
    for share in (0.0, 0.5, 1.0):
        y = base - share * most * down
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * share:,.0f}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 4}">−{steps} h</text>')
    parts.append(f'<text x="{WIDTH - 4}" y="{HEIGHT - 4}" text-anchor="end">0</text>')
    for each, dashes in zip(series, _DASHES, strict=False):
        points = " ".join(f"{LEFT + n * across:.1f},{base - v * down:.1f}" for n, v in enumerate(each.values))
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<polyline class="line {escape(each.kind)}" points="{points}"{dashed}/>')
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - what is not ours in it is escaped above
