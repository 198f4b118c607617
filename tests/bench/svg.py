"""A curve as a small SVG: one line over a logarithmic axis, its points named with their values."""

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from tests.bench.tables import amount

_WIDTH: Final = 640
_HEIGHT: Final = 300
_LEFT: Final = 70
_TOP: Final = 50
_RIGHT: Final = 40
_BOTTOM: Final = 50


def drawn(name: str, across: str, unit: str, points: Sequence[tuple[int, float]]) -> str:
    """The vertical axis begins at 0; sizes lie by their logarithm."""
    most = max(value for _, value in points) or 1.0
    low, high = math.log(points[0][0]), math.log(points[-1][0])
    places = [(_across(math.log(size), low, high), _up(value, most)) for size, value in points]
    bottom = _HEIGHT - _BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12">',
        f"<title>{escape(name)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(name)}</text>',
        f'<text x="{_LEFT}" y="38" fill="#555">{escape(unit)}</text>',
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}" fill="none" stroke="#888"/>',
        f'<text x="{_LEFT - 8}" y="{bottom}" text-anchor="end">0</text>',
        f'<text x="{_LEFT - 8}" y="{_TOP + 4}" text-anchor="end">{amount(most)}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>',
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" stroke="#06c" '
        'stroke-width="2"/>',
    ]
    for (size, value), (x, y) in zip(points, places, strict=True):
        lines += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#06c"/>',
            f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{amount(value)}</text>',
            f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{size:,}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _across(at: float, low: float, high: float) -> float:
    inner = _WIDTH - _LEFT - _RIGHT
    return _LEFT + inner / 2 if high == low else _LEFT + inner * (at - low) / (high - low)


def _up(value: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / most
