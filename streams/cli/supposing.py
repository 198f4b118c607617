"""What would happen to an account, asked while `eligibility up` runs: by time alone, and by what opens it."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.settings import Settings

if TYPE_CHECKING:
    from schemas.reasons import Language
    from streams.query.present import Present

_AHEAD_MS: Final = 90 * 86_400_000
_WORDS: "Final[dict[Language, dict[str, str]]]" = {
    "en": {
        "time": "what if nothing else happens: {product} will be {status} at {at}",
        "never": "what if nothing else happens: {product} will not change within 90 days",
        "plan": "what would open {product}: {steps}; then it is open at {at}",
    },
    "zh": {
        "time": "如果不做任何事:{product}将于{at}变为{status}",
        "never": "如果不做任何事:{product}在90天内不会变化",
        "plan": "如何开通{product}:{steps};随后将于{at}可用",
    },
}


class Supposed(NamedTuple):
    """What would become of a product: next by time alone, and by the plan that opens it; None where nothing would."""

    product: str
    by_time: dict[str, Any] | None
    plan: dict[str, Any] | None


async def suppose(settings: Settings, account: str) -> Supposed | None:
    """The first of the account's products that isn't open now, and what would become of it; None where all are open.

    Raises ReadError and StoreError.
    """
    from streams.messages import now_ms
    from streams.query.present import present

    at = now_ms()
    found = await present(settings, account, at)
    return None if found is None else await asyncio.to_thread(_suppose, found, at)


def _suppose(found: "Present", at: int) -> Supposed | None:
    from streams.core.path.search import path
    from streams.query.opens import path_document
    from streams.query.what_if import what_if

    told = found.account.state.products
    closed = [name for name in sorted(told, key=found.policies.place_of) if told[name].status != "OPEN"]
    if not closed:
        return None
    product = closed[0]
    clear = path(found.own(), product, at, found.policies)
    plan = None if clear is None else path_document(clear, "CNY")["plan"]
    coming = what_if(found.account, [], at + _AHEAD_MS, found.policies, found.settings)
    by_time = next((each for each in coming if _turns(each, product)), None)
    return Supposed(product, by_time, plan)


def _turns(status: dict[str, Any], product: str) -> bool:
    data = status["data"]
    return data["product"] == product and "status" in data["changed"]


def lines(supposed: Supposed, lang: "Language") -> list[str]:
    """The answers in words."""
    from streams.cli.words import status_word
    from streams.query.words import step_text

    words, product = _WORDS[lang], supposed.product
    found = [words["never"].format(product=product)]
    if supposed.by_time is not None:
        status = status_word(supposed.by_time["data"]["status"], lang)
        found = [words["time"].format(product=product, status=status, at=supposed.by_time["time"])]
    if supposed.plan is not None and supposed.plan["steps"]:
        steps = "; ".join(step_text(step, lang) for step in supposed.plan["steps"])
        found.append(words["plan"].format(product=product, steps=steps, at=supposed.plan["opens_at"]))
    return found
