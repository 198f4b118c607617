"""Facts, values, rules and plans as sentences for customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.instants import parse_instant
from schemas.reasons import LANGUAGES, Language, values_of
from schemas.wording.template import fill
from streams.core.facts.base import Window
from streams.query.values import value
from streams.query.words import WORDS, step_text, way_text
from streams.web.instants import Shown
from streams.web.wording.customer import PAGE
from streams.web.wording.facts import BUREAU, FACTS, SOURCES

When = Callable[[str], Shown]


def day(date: str, lang: Language) -> str:
    """A date (YYYY-MM-DD) as people write it."""
    return fill("{date:day}", lang, {"date": date})


def of_bureau(fact: str | None) -> bool:
    """Whether a fact rests on what a credit bureau, or the maker of a score, reports."""
    return fact is not None and fact.partition(".")[0] in BUREAU


def source(fact: str | None, lang: Language) -> str | None:
    """Where a fact's values come from."""
    texts = None if fact is None else SOURCES.get(fact.partition(".")[0])
    return None if texts is None else texts[LANGUAGES.index(lang)]


def check(found: dict[str, Any], window: Window | None, lang: Language) -> dict[str, str]:
    """What a rule looks at, its value and its limit; a rule of limited disclosure has no more than a name."""
    if "fact" not in found:
        return {"label": PAGE[lang]["limited"], "value": "", "limit": ""}
    template = FACTS[found["fact"]][LANGUAGES.index(lang)]
    span = {} if window is None else {"w": f"{window.count}{'m' if window.months else 'd'}"}
    known = found["value"]
    past = found["unit"] == "days" and str(known).startswith("-")
    return {
        "label": fill(template, lang, span),
        "value": WORDS[lang]["unknown"]
        if known is None
        else PAGE[lang]["expired"].format(value(str(known)[1:], "days", lang))
        if past
        else value(known, found["unit"], lang),
        "limit": value(found["limit"], found["unit"], lang),
    }


def path(opens: dict[str, Any], lang: Language, when: When, reasons: list[dict[str, Any]]) -> dict[str, Any]:
    """What opens a product, from its document; `reasons` as they were said, whose values fill what is to be done."""
    values = {each["code"]: values_of(each["values"], each["unit"]) for each in reasons}
    until = opens["no_application_until"]
    return {
        "verdict": _verdict(opens),
        "plan": None if opens["plan"] is None else _plan(opens["plan"], lang, when),
        "sooner": None if opens["sooner"] is None else _plan(opens["sooner"], lang, when),
        "no_application_until": None if until is None else when(until),
        "ways": [
            {"code": each["code"], "text": way_text(each, lang, values.get(each["code"], {}))}
            for each in opens["ways"]
            if not each["actions"] and each["clears_at"] is None
        ],
    }


def _verdict(opens: dict[str, Any]) -> str:
    """What comes first. Where the plan is to wait, what can be done besides is told as the sooner way."""
    if opens["plan"] is not None:
        return "doable" if opens["plan"]["steps"] else "time"
    return "ask" if any(each["why"] == "limited" for each in opens["ways"]) else str(opens["verdict"])


def _plan(plan: dict[str, Any], lang: Language, when: When) -> dict[str, Any]:
    first = plan["turns"][0]["at"] if plan["turns"] else None
    steps: list[dict[str, Any]] = [{"at": each["at"], "text": step_text(_priced(each), lang)} for each in plan["steps"]]
    turns = [
        {"at": each["at"], "text": None, "status": each["status"], "word": WORDS[lang][each["status"]]}
        for each in plan["turns"][1:]
        if each["status"] != "OPEN"
    ]
    course = sorted([*steps, *turns], key=lambda each: parse_instant(each["at"]))
    return {
        "acts": bool(steps),
        "course": [{**each, "at": None if each["at"] == first else when(each["at"])} for each in course],
        "opens": when(plan["opens_at"]),
        "at_once": plan["opens_at"] == first,
        "money": plan["money"] if plan["money"].strip("0.") and plan["steps"] else None,
    }


def _priced(step: dict[str, Any]) -> dict[str, Any]:
    """A step whose amount has its currency, also where that is the policy's own."""
    priced = {} if step["currency"] is None else {"currency": step["currency"]}
    return {**step, "data": {**priced, **step["data"]}}
