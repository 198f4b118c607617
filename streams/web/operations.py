"""The page of operations: how many accounts have each status and reason, what changed lately, and what looks unusual.

Nothing of single accounts is on it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from schemas.availability import availability_text, parse_availability
from schemas.instants import instant_text
from schemas.reasons import Language
from schemas.vocabulary import STATUSES
from streams.messages import now_ms
from streams.query.words import WORDS
from streams.web import html, warnings
from streams.web.charts import Series, lines
from streams.web.instants import Shown, shown
from streams.web.service import Service, ServiceOf, requires
from streams.web.store import HOUR_MS, Document, Moves
from streams.web.wording.operations import OPERATIONS

router = APIRouter(include_in_schema=False)

_ZONE: Final = ZoneInfo("UTC")
HOURS: Final = 48
_REASONS_MAX: Final = 10


@router.get("/operations", dependencies=[requires("operations", "audit")])
async def operations_page(
    request: Request, at: ServiceOf, lang: Annotated[Language | None, Query()] = None
) -> Response:
    """Counts now and over the last 48 hours, availability, how new what is known is, and early warnings."""
    spoken, now = html.spoken(request, lang), now_ms()
    words, store = OPERATIONS[spoken], at.view.store
    # Of a history load the newest hour is long ago: the hours that end with it are what there is to see.
    last = (at.view.moved_at or now) // HOUR_MS
    behind = max(now - at.view.moved_at, 0) // 1000
    moves = list(store.moves(last - HOURS + 1))
    counts: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: {"status": {}, "reason": {}})
    for product, kind, name, accounts in store.counts():
        counts[product][kind][name] = accounts
    return html.page(
        request,
        "operations.html",
        spoken,
        words=words,
        now=_when(now, spoken),
        newest=_when(at.view.moved_at, spoken) if at.view.moved_at else None,
        behind=behind,
        ready=at.ready,
        streams=at.view.streams,
        warnings=[
            *([words["warn behind"].format(behind)] if behind > at.settings.web.warn_behind_s else []),
            *(words[each.kind].format(**each.values) for each in warnings.found(moves, counts, last, at.settings.web)),
        ],
        products=[_product(at, name, counts[name], moves, last, spoken) for name in sorted(counts)],
        statuses=STATUSES,
        hours=HOURS,
    )


def _when(at: int, lang: Language) -> Shown:
    return shown(instant_text(at), _ZONE, lang)


def _product(
    at: Service, name: str, counts: dict[str, dict[str, int]], moves: list[Moves], last: int, lang: Language
) -> Document:
    total = sum(counts["status"].values())
    words = WORDS[lang]
    mine = [each for each in moves if each.product == name]
    reasons = sorted(counts["reason"].items(), key=lambda each: (-each[1], each[0]))
    return {
        "product": name,
        "total": total,
        "statuses": [
            {
                "status": each,
                "word": words[each],
                "accounts": counts["status"].get(each, 0),
                "share": _percent(counts["status"].get(each, 0), total),
            }
            for each in STATUSES
        ],
        "reasons": [
            {"code": code, "accounts": accounts, "share": _percent(accounts, total)}
            for code, accounts in reasons[:_REASONS_MAX]
        ],
        "more": max(len(reasons) - _REASONS_MAX, 0),
        "chart": lines(_over_time(counts["status"], mine, last, lang), HOURS, WORDS[lang]["history"]),
        "changes": sum(each.came for each in mine if each.kind == "status"),
        "service": _service(at.view.store.availability().get(name), lang),
    }


def _over_time(now: dict[str, int], moves: list[Moves], last: int, lang: Language) -> list[Series]:
    """Accounts by status at the end of each hour: counted back from what holds now."""
    found = []
    for status in STATUSES:
        steps: dict[int, int] = defaultdict(int)
        for each in moves:
            if each.kind == "status" and each.name == status:
                steps[each.hour] += each.came - each.left
        held, values = now.get(status, 0), []
        for hour in range(last, last - HOURS, -1):
            values.append(held)
            held -= steps[hour]
        found.append(Series(status, WORDS[lang][status], values[::-1]))
    return found


def _service(event: Document | None, lang: Language) -> Document:
    if event is None:
        return {"known": False, "outages": []}
    data = parse_availability(event).data
    return {
        "known": True,
        "frozen": data.frozen,
        "outages": [
            {
                "where": " · ".join(filter(None, (each.region, each.channel))),
                "texts": [availability_text(reason, lang) for reason in each.reasons],
                "since": _when(each.since, lang),
                "until": None if each.until is None else _when(each.until, lang),
            }
            for each in data.outages
        ],
    }


def _percent(part: int, whole: int) -> str:
    return "0 %" if not whole else f"{100 * part / whole:.1f} %"
