"""The list of points of a customer's message, each found on a page as assistive technology finds it: by role and name.

The names are those of the English and the Chinese page; `data-point` only says where a point stands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import Locator

from streams.query.words import WORDS
from streams.web.typography import typeset
from streams.web.wording.customer import PAGE
from tests.support.customers import ALWAYS, State

Found = Callable[[Locator, dict[str, str], str], Awaitable[bool]]
STATUSES: Final = ("OPEN", "LIMITED", "NOT_OPEN", "UNDER_REVIEW")


async def _shown(locator: Locator) -> bool:
    return await locator.first.is_visible()


async def _status(card: Locator, _: dict[str, str], lang: str) -> bool:
    text = await card.locator("[data-point=status]").inner_text()
    return text.strip() in {WORDS["en" if lang == "en" else "zh"][each] for each in STATUSES}


def _text_at(point: str) -> Found:
    async def found(card: Locator, _: dict[str, str], __: str) -> bool:
        return bool((await card.locator(f"[data-point={point}]").first.inner_text()).strip())

    return found


def _heading(word: str) -> Found:
    async def found(card: Locator, words: dict[str, str], _: str) -> bool:
        return await _shown(card.get_by_role("heading", name=words[word], exact=True))

    return found


def _opened(word: str, role: str) -> Found:
    """Something that opens, and what is in it then."""

    async def found(card: Locator, words: dict[str, str], _: str) -> bool:
        title = card.locator("summary", has_text=words[word]).first
        inside = title.locator("xpath=..").get_by_role(role).first  # type: ignore[arg-type]
        if await inside.is_visible():
            return False
        await title.click()
        seen = await inside.is_visible()
        await title.click()
        return seen

    return found


async def _reasons(card: Locator, words: dict[str, str], lang: str) -> bool:
    items = card.locator("[data-point=reasons] > li")
    count = await items.count()
    links = card.locator("[data-point=reasons]").get_by_role("link", name=words["learn"])
    return 1 <= count <= 4 and await links.count() == count and await _heading("why")(card, words, lang)


async def _rights(card: Locator, words: dict[str, str], lang: str) -> bool:
    named = [await _shown(card.locator("summary", has_text=words[each])) for each in ("explain", "review")]
    return all(named) and await _opened("review", "button")(card, words, lang)


POINTS: Final[dict[str, Found]] = {
    "status": _status,
    "availability": _text_at("availability"),
    "side": _text_at("side"),
    "provider": _text_at("provider"),
    "reasons": _reasons,
    "remedy": _text_at("remedy"),
    "effect": _text_at("effect"),
    "path": _heading("path"),
    "terms": _heading("terms"),
    "change": _heading("change"),
    "alternatives": _heading("alternatives"),
    "correction": _text_at("correction"),
    "case": _text_at("case"),
    "checks": _opened("checks", "table"),
    "history": _opened("history", "list"),
    "what-if": _opened("what if", "combobox"),
    "rights": _rights,
    "reference": _text_at("reference"),
    "feedback": _opened("feedback", "radio"),
}


def _words(lang: str) -> dict[str, str]:
    """The page's words as they are set."""
    if lang == "en":
        return dict(PAGE["en"])
    return {name: typeset(f">{text}<")[1:-1] for name, text in PAGE["zh"].items()}


async def missing(cards: Locator, state: State, lang: str) -> list[str]:
    """The points that a page owes and doesn't show: those of ALWAYS on each card, the state's own on one of them."""
    words = _words(lang)
    every = await cards.all()
    lacking = [
        f"{point} of {await card.get_attribute('id')}"
        for card in every
        for point in sorted(ALWAYS)
        if not await _holds(card, point, words, lang)
    ]
    for point in sorted(state.points):
        held = [await _holds(card, point, words, lang) for card in every]
        lacking += [] if any(held) else [point]
    return lacking


async def _holds(card: Locator, point: str, words: dict[str, str], lang: str) -> bool:
    place = card.locator(f"[data-point={point}]")
    return await place.count() > 0 and await POINTS[point](card, words, lang)
