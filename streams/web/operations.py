"""The page of operations: what looks unusual, how the system runs, how many accounts have each status and reason.

Nothing of single accounts is on it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from schemas.availability import parse_availability
from schemas.reasons import Language
from schemas.vocabulary import STATUSES
from streams.availability import outage_texts
from streams.messages import now_ms
from streams.query.words import WORDS
from streams.web import html, running, warnings
from streams.web.behind import Rejected
from streams.web.charts import Axis, Series, lines
from streams.web.instants import span
from streams.web.service import Service, ServiceOf, requires
from streams.web.store import HOUR_MS, Document, Moves
from streams.web.wording.operations import OPERATIONS
from streams.web.wording.titles import title

router = APIRouter(include_in_schema=False)

HOURS: Final = 48
_REASONS_MAX: Final = 10


@router.get("/operations", dependencies=[requires("operations", "audit")])
async def operations_page(
    request: Request, at: ServiceOf, lang: Annotated[Language | None, Query()] = None
) -> Response:
    """Early warnings, flow and lags, clocks of law, dead letters; and by product counts now and over 48 hours."""
    spoken, now = html.spoken(request, lang), now_ms()
    words, store = OPERATIONS[spoken], at.view.store
    # Of a history load the newest hour is long ago: the hours that end with it are what there is to see.
    last = (at.view.moved_at or now) // HOUR_MS
    moves = list(store.moves(last - HOURS + 1))
    counts: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: {"status": {}, "reason": {}})
    for product, kind, name, accounts in store.counts():
        counts[product][kind][name] = accounts
    called = _called(at, now, counts, spoken)
    lags, standing, rejected = await asyncio.gather(at.desk.lags(), at.desk.standing(), at.desk.rejected())
    waiting = max((each.seconds for each in lags.value or ()), default=0.0)
    found = [
        *_silent(at, now),
        *warnings.of_flow(at.flow.minutes(), waiting, at.settings.web),
        *warnings.overdue(0 if standing.value is None else len(standing.value.overdue)),
        *warnings.found(moves, counts, last, at.settings.web),
    ]
    return html.page(
        request,
        "operations.html",
        spoken,
        words=words,
        now=running.when(now, spoken),
        newest=running.when(at.view.moved_at, spoken) if at.view.moved_at else None,
        behind=span(max(now - at.view.moved_at, 0), spoken),
        ready=at.ready,
        streams=at.view.streams,
        warnings=[_in_words(each, called, spoken) for each in found],
        flow=running.flow(at.flow, spoken),
        lags={**running.known(lags, spoken), **running.lanes(lags.value or (), spoken)},
        notices={**running.known(standing, spoken), "standing": standing.value},
        rejected={**running.known(rejected, spoken), **_rejected(rejected.value)},
        products=[
            {"called": called[name], **_product(at, name, counts[name], moves, last, spoken)} for name in sorted(counts)
        ],
        statuses=STATUSES,
        hours=HOURS,
    )


def _silent(at: Service, now: int) -> Iterator[warnings.Warned]:
    age = now - at.view.moved_at
    if age > at.settings.web.warn_behind_s * 1000:
        yield warnings.Warned("warn behind", {"age": age})


def _called(at: Service, now: int, products: Iterable[str], lang: Language) -> dict[str, str]:
    """By id: what products are called, with the id, which is what programs and commands know; the id where no policy
    names them.
    """
    names = at.replica.catalogue(now) if at.replica.ready.is_set() else {}
    return {each: f"{names[each][lang]} ({each})" if each in names else each for each in products}


def _in_words(found: warnings.Warned, called: Mapping[str, str], lang: Language) -> str:
    """A warning as a sentence: products and reasons by what they are called, times by two digits."""
    values = dict(found.values)
    if "product" in values:
        values["product"] = called.get(values["product"], values["product"])
    for name in ("age", "before"):
        if name in values:
            values[name] = span(values[name], lang)
    if "code" in values:
        values["called"] = title(values["code"], lang)
    return OPERATIONS[lang][found.kind].format(**values)


def _rejected(found: Rejected | None) -> Document:
    codes = [] if found is None else found.codes.most_common()
    return {"count": sum(count for _, count in codes), "codes": codes}


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
            {
                "code": code,
                "called": title(code, lang),
                "accounts": accounts,
                "share": _percent(accounts, total),
            }
            for code, accounts in reasons[:_REASONS_MAX]
        ],
        "more": max(len(reasons) - _REASONS_MAX, 0),
        "chart": lines(
            _over_time(counts["status"], mine, last, lang),
            Axis(OPERATIONS[lang]["hours ago"].format(HOURS), OPERATIONS[lang]["newest hour"]),
            OPERATIONS[lang]["over time"].format(HOURS),
        ),
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
                "texts": outage_texts(each, lang),
                "since": running.when(each.since, lang),
                "until": None if each.until is None else running.when(each.until, lang),
            }
            for each in data.outages
        ],
    }


def _percent(part: int, whole: int) -> str:
    return "0 %" if not whole else f"{100 * part / whole:.1f} %"
