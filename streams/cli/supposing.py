"""What would happen to an account, asked while `eligibility up` runs: by time alone, and by what opens it."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.settings import Settings

if TYPE_CHECKING:
    from schemas.reasons import Language

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

    Raises ReadError.
    """
    from streams.messages import now_ms
    from streams.query.log import read_log

    log = await read_log(settings, account)
    return await asyncio.to_thread(_suppose, settings, log, now_ms())


def _suppose(settings: Settings, log: Any, at: int) -> Supposed | None:
    from streams.core.path.search import path
    from streams.query.known import known
    from streams.query.opens import path_document
    from streams.query.what_if import what_if
    from streams.settings import core_settings

    found = known(log, at)
    closed = (
        [] if found is None else [name for name, each in found.pictures.items() if each["data"]["status"] != "OPEN"]
    )
    if found is None or not closed:
        return None
    product = closed[0]
    coming = what_if(found.own(), [], at + _AHEAD_MS, found.policies, core_settings(settings))
    by_time = next((each for each in coming if _turns(each, product)), None)
    clear = path(found.own(), product, at, found.policies)
    plan = None if clear is None else path_document(clear, "CNY")["plan"]
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
