"""The pages of reasons, public: all by family, and one each with how it works and how to keep it good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from schemas.reasons import CATALOGUE_VERSION, REASONS, Language, Reason, page, unchangeable
from streams.query.words import UNSAID
from streams.web import html
from streams.web.problems import ProblemError, responses
from streams.web.wording.reasons import REASONS_PAGE
from streams.web.wording.titles import title

router = APIRouter(include_in_schema=False)
_VALUE: Final = re.compile(r"\{[a-z_]+\}")
Lang = Annotated[Language | None, Query()]


@router.get("/reasons")
async def reasons_page(request: Request, lang: Lang = None) -> Response:
    """Every reason, by family."""
    spoken = html.spoken(request, lang)
    families = [(name, list(each)) for name, each in _families(spoken)]
    return html.page(request, "reasons.html", spoken, words=REASONS_PAGE[spoken], families=families)


@router.get("/reasons/{code}", responses=responses("not-found"))
async def reason_page(request: Request, code: str, lang: Lang = None) -> Response:
    """One reason: what it says, how it works, what one can do, and how to keep it good."""
    spoken, reason = html.spoken(request, lang), REASONS.get(code)
    if reason is None:
        raise ProblemError("not-found", f"{code}: no such reason.")
    family = [each for each in REASONS.values() if each.category == reason.category and each.code != code]
    return html.page(
        request,
        "reason.html",
        spoken,
        words=REASONS_PAGE[spoken],
        reason=reason,
        title=title(code, spoken),
        text=_said(reason, spoken),
        about=page(code, spoken),
        remedy=unchangeable(code, spoken) or reason.remedy_text(spoken),
        family=[(each.code, title(each.code, spoken)) for each in family],
        catalogue=CATALOGUE_VERSION,
    )


def _said(reason: Reason, lang: Language) -> str:
    """What it says, without anybody's values."""
    return _VALUE.sub(UNSAID, reason.text(lang))


def _families(lang: Language) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    """By category, in the registry's order of first mention: codes and what they are called."""
    order = list(dict.fromkeys(each.category for each in REASONS.values()))

    def place(reason: Reason) -> Any:
        return order.index(reason.category)

    for category, found in groupby(sorted(REASONS.values(), key=place), lambda each: each.category):
        yield category, ((each.code, title(each.code, lang)) for each in found)
