"""Charts as inline SVG, made here: no script, and no style but the sheet's classes, as the security policy wants it.

The lines are stretched to whatever width there is; what is to be read stands beside them as text, in its own size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

WIDTH, HEIGHT = 600, 150
_EDGE: Final = 4
_GRID: Final = (_EDGE, HEIGHT // 2, HEIGHT - _EDGE)
_DASHES: Final = ("", "7 4", "2 4", "10 3 2 3")
"""Lines differ by dashes too, not by colour alone."""


class Series(NamedTuple):
    """A line: its class in the style sheet, its name, and a value for each step; None where there is none."""

    kind: str
    name: str
    values: Sequence[int | None]


class Axis(NamedTuple):
    """What stands under the first and the last step, and how a value is told."""

    begin: str
    end: str
    told: Callable[[int], str] = "{:,}".format


def lines(series: Sequence[Series], axis: Axis, title: str) -> Markup:
    """Lines over steps of equal length, the newest on the right. A reader of the screen hears first and last values."""
    most = max((value for each in series for value in each.values if value is not None), default=0) or 1
    spoken = "; ".join(f"{each.name}: {_ends(each, axis)}" for each in series)
    parts = [
        '<div class="plot"><div class="scale" aria-hidden="true">',
        *(f"<span>{escape(axis.told(each))}</span>" for each in (most, most // 2, 0) if most > 1 or each != most // 2),
        f'</div><svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" ',
        f'aria-label="{escape(title)}: {escape(spoken)}">',
    ]
    parts += (f'<line class="grid" x1="0" x2="{WIDTH}" y1="{y}" y2="{y}"/>' for y in _GRID)
    for each, dashes in zip(series, _DASHES, strict=False):
        parts += (_line(points, each.kind, dashes) for points in _pieces(each.values, most))
    parts.append(f'</svg><div class="axis" aria-hidden="true"><span>{escape(axis.begin)}</span>')
    parts.append(f"<span>{escape(axis.end)}</span></div></div>")
    if len(series) > 1:
        parts.append(_legend(series))
    return Markup("".join(parts))  # noqa: S704 - what is not ours in it is escaped above


def _ends(series: Series, axis: Axis) -> str:
    known = [value for value in series.values if value is not None]
    return f"{axis.told(known[0])} → {axis.told(known[-1])}" if known else "–"


def _pieces(values: Sequence[int | None], most: int) -> Iterator[list[tuple[float, float]]]:
    """Runs of values that are there, as points."""
    across, down = WIDTH / max(len(values) - 1, 1), (HEIGHT - 2 * _EDGE) / most
    run: list[tuple[float, float]] = []
    for step, value in enumerate(values):
        if value is not None:
            run.append((step * across, HEIGHT - _EDGE - value * down))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _line(points: list[tuple[float, float]], kind: str, dashes: str) -> str:
    (x, y), *others = points
    # One value alone has no length: a short line shows it.
    text = " ".join(f"{px:.1f},{py:.1f}" for px, py in ((x, y), *(others or [(x + 2, y)])))
    return f'<polyline class="line {escape(kind)}" points="{text}"{_dashed(dashes)}/>'


def _dashed(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _legend(series: Sequence[Series]) -> str:
    items = "".join(
        f'<li><svg class="swatch" viewBox="0 0 32 8"><line class="line {escape(each.kind)}" x1="0" x2="32" y1="4" '
        f'y2="4"{_dashed(dashes)}/></svg>{escape(each.name)}</li>'
        for each, dashes in zip(series, _DASHES, strict=False)
    )
    return f'<ul class="legend" aria-hidden="true">{items}</ul>'
