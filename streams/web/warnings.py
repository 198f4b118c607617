"""Early warnings: what looks unusual in the counts, by bounds that are settings. A warning is a hint, not a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from streams.settings import WebSettings
from streams.web.flow import Minute
from streams.web.store import Moves

DAY: Final = 24
REJECTED_LEAST: Final = 20
GROWS_MINUTES: Final = 5
GROWS_LEAST_MS: Final = 60_000


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


def of_flow(minutes: Sequence[Minute], waiting_s: float, limits: WebSettings) -> Iterator[Warned]:
    """What is unusual in the last hour's blocks; `waiting_s`: how long the oldest record not yet applied waits.

    A lag grows where it has risen over three spans of GROWS_MINUTES and is a minute or more: one slow block is no news.
    """
    spans = [minutes[-count * GROWS_MINUTES :][:GROWS_MINUTES] for count in (3, 2, 1)]
    behind = [max((each.behind for each in span if each.behind is not None), default=None) for span in spans]
    known = [each for each in behind if each is not None]
    if waiting_s > limits.warn_behind_s:
        yield Warned("warn waiting", {"age": round(waiting_s * 1000)})
    elif len(known) == len(spans) and known[0] < known[1] < known[2] and known[2] >= GROWS_LEAST_MS:
        yield Warned("warn grows", {"age": known[2], "before": known[0]})
    applied, rejected = sum(each.applied for each in minutes), sum(each.rejected for each in minutes)
    if rejected >= REJECTED_LEAST and 100 * rejected > limits.warn_rejected_percent * applied:
        values = {"rejected": rejected, "applied": applied, "bound": limits.warn_rejected_percent}
        yield Warned("warn rejected", values)


def overdue(count: int) -> Iterator[Warned]:
    """Customers whom the law wants told, and who weren't."""
    if count:
        yield Warned("warn overdue", {"overdue": count})
