"""How the system runs, as plain values for the page of operations: flow, lags, clocks of law, dead letters."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from schemas.errors import Code
from schemas.instants import instant_text
from schemas.reasons import Language
from streams.deadletters.letters import Letter
from streams.inspection.lag import LaneLag
from streams.web.charts import Axis, Series, lines
from streams.web.flow import AGES_MS, MINUTE_MS, MINUTES, RATE_MINUTES, Flow, Minute
from streams.web.instants import Shown, shown, span
from streams.web.memory import Answer
from streams.web.store import Document
from streams.web.wording.operations import OPERATIONS

LANES_SHOWN: Final = 16
UTC: Final = ZoneInfo("UTC")
"""The zone of the pages of operations."""
T = TypeVar("T")


def when(at: int, lang: Language) -> Shown:
    """An instant (ms) in UTC."""
    return shown(instant_text(at), UTC, lang)


def known(answer: Answer[T], lang: Language) -> Document:
    """What a part of the page says beside its values: how old they are, or why there are none."""
    words = OPERATIONS[lang]
    age = None if answer.asked_at is None else round((time.monotonic() - answer.asked_at) * 1000)
    problem = words["cannot"].format(answer.error) if answer.error else words["slow"] if answer.underway else None
    return {"known": answer.value is not None, "age": None if age is None else span(age, lang), "problem": problem}


def flow(found: Flow, lang: Language) -> Document:
    """Rates and ages over the last minutes, and the last hour as charts."""
    words, minutes, ages = OPERATIONS[lang], found.minutes(), found.ages()
    seconds = RATE_MINUTES * MINUTE_MS // 1000
    recent = minutes[-RATE_MINUTES:]
    axis = Axis(words["minutes ago"].format(MINUTES), words["now"])
    time_axis = Axis(axis.begin, axis.end, lambda ms: span(ms, lang))
    per_minute: list[tuple[str, str, Callable[[Minute], int | None], Axis]] = [
        ("applied a minute", "first", lambda each: each.applied, axis),
        ("told a minute", "second", lambda each: each.told, axis),
        ("behind a minute", "third", lambda each: each.behind, time_axis),
    ]
    return {
        "ready": found.ready.is_set() and found.error is None,
        "error": found.error,
        "minutes": RATE_MINUTES,
        "applied": _rate(sum(each.applied for each in recent), seconds),
        "told": _rate(sum(each.told for each in recent), seconds),
        "blocks": _rate(sum(each.blocks for each in recent), seconds),
        "ages": {
            "changes": ages.changes,
            "loaded": ages.loaded,
            "minutes": AGES_MS // MINUTE_MS,
            "median": span(ages.median, lang),
            "p99": span(ages.p99, lang),
        },
        "charts": [
            (words[name], lines([Series(kind, words[name], [value(each) for each in minutes])], scale, words[name]))
            for name, kind, value, scale in per_minute
        ],
    }


def _rate(count: int, seconds: int) -> str:
    rate = count / seconds
    return f"{rate:,.0f}" if rate >= 10 or not count else f"{rate:.2f}"


def lanes(found: Sequence[LaneLag], lang: Language) -> Document:
    """Every lane, those that are furthest behind first, at most LANES_SHOWN."""
    order = sorted(found, key=lambda each: (-each.seconds, -each.records, each.lane))
    return {
        "rows": [
            {
                "lane": each.lane,
                "block": each.block,
                "records": each.records,
                "age": span(round(each.seconds * 1000), lang) if each.records else None,
            }
            for each in order[:LANES_SHOWN]
        ],
        "more": max(len(order) - LANES_SHOWN, 0),
        "records": sum(each.records for each in found),
        "age": span(round(max((each.seconds for each in found), default=0) * 1000), lang),
    }


def letter(found: Letter, lang: Language) -> Document:
    """A dead letter without its key, its value or the text of its error: they may name a person."""
    words, said = OPERATIONS[lang], found.origin
    code = said.code if said.code in set(Code) else None
    source = (said.topic, said.partition, said.offset)
    return {
        "place": str(found.place),
        "source": "/".join("?" if part is None else str(part) for part in source),
        "at": when(found.timestamp, lang) if found.timestamp >= 0 else None,
        "code": said.code or said.family,
        "field": said.field,
        "says": words[f"code {code}"] if code else words["code other"],
    }
