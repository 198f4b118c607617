"""Early warnings: what looks unusual in the counts, by bounds that are settings. A warning is a hint, not a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from streams.settings import WebSettings
from streams.web.store import Moves

DAY: Final = 24


class Warned(NamedTuple):
    """A kind of warning and the values that its words name."""

    kind: str
    values: dict[str, Any]


def found(
    moves: Iterable[Moves],
    counts: Mapping[str, Mapping[str, Mapping[str, int]]],
    hour: int,
    limits: WebSettings,
) -> list[Warned]:
    """What is unusual in an hour, against a product's accounts and against the 24 hours before."""
    now: Counter[tuple[str, str, str]] = Counter()
    before: Counter[tuple[str, str, str]] = Counter()
    for each in moves:
        which = each.product, each.kind, each.name
        if each.hour == hour:
            now[which] += each.came
        elif hour - DAY <= each.hour < hour:
            before[which] += each.came
    return [*_closures(now, counts, limits), *_reasons(now, before, limits)]


def _closures(
    now: Counter[tuple[str, str, str]], counts: Mapping[str, Mapping[str, Mapping[str, int]]], limits: WebSettings
) -> Iterable[Warned]:
    for product, by_kind in sorted(counts.items()):
        total, closed = sum(by_kind["status"].values()), now[product, "status", "NOT_OPEN"]
        if total and 100 * closed > limits.warn_closures_percent * total:
            share = f"{100 * closed / total:.1f}"
            values = {"product": product, "closed": closed, "share": share, "bound": limits.warn_closures_percent}
            yield Warned("warn closures", values)


def _reasons(
    now: Counter[tuple[str, str, str]], before: Counter[tuple[str, str, str]], limits: WebSettings
) -> Iterable[Warned]:
    for (product, kind, code), came in sorted(now.items()):
        usual = before[product, kind, code] / DAY
        if kind == "reason" and came >= limits.warn_reason_least and came > limits.warn_reason_times * usual:
            yield Warned("warn reason", {"product": product, "code": code, "came": came, "usual": f"{usual:.1f}"})
