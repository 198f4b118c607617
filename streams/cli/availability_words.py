"""Whether a service is up, in words, in English and Chinese."""

from collections.abc import Iterator
from typing import Final

from schemas.availability import AvailabilityData, Outage
from schemas.instants import instant_text
from schemas.reasons import REASONS, Language
from streams.availability import outage_texts
from streams.cli.console import painted

_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "up": "service up",
        "INCIDENT": "service down",
        "PAUSED": "service paused",
        "MAINTENANCE": "under maintenance",
        "in": "in {}",
        "by": "by {}",
        "since": "since",
        "to do": "what to do",
        "coming": "maintenance announced",
        "frozen": "statuses stay as they are for now",
        "more": "and {} more places",
    },
    "zh": {
        "up": "服务正常",
        "INCIDENT": "服务故障",
        "PAUSED": "服务暂停",
        "MAINTENANCE": "系统维护中",
        "in": "地区 {}",
        "by": "渠道 {}",
        "since": "自",
        "to do": "怎么办",
        "coming": "已公告的维护",
        "frozen": "状态暂时保持不变",
        "more": "另有{}处",
    },
}


def in_one_line(data: AvailabilityData, lang: Language) -> str:
    """Where a product's service isn't up and why, or that it is up."""
    words = _WORDS[lang]
    parts = [f"{_state(each, words)}: {_texts(each, lang)[0]}" for each in data.outages]
    if data.outages_more:
        parts.append(words["more"].format(data.outages_more))
    if data.up:
        parts.append(painted(words["up"], "green"))
        parts += [f"{words['coming']} {_span(each.from_, each.until)}" for each in data.announced[:1]]
    if data.frozen:
        parts.append(words["frozen"])
    return "; ".join(parts)


def lines(data: AvailabilityData, lang: Language) -> Iterator[str]:
    """What there is to say of a service beside a status: nothing where it is up and nothing is announced."""
    words = _WORDS[lang]
    for each in data.outages:
        yield f"  ! {_state(each, words)}, {words['since']} {instant_text(each.since)}"
        yield from (f"     {text}" for text in _texts(each, lang))
        yield f"     {words['to do']}: {_remedy(each, lang)}"
    if data.outages_more:
        yield f"  ! {words['more'].format(data.outages_more)}"
    for coming in data.announced:
        place = _place(coming.region, coming.channel, words)
        yield f"  ! {words['coming']}: {_span(coming.from_, coming.until)}{place}"
    if data.frozen:
        yield f"  ! {words['frozen']}"


def _texts(outage: Outage, lang: Language) -> list[str]:
    texts = outage_texts(outage, lang)
    return [f"{text} [{reason.code}]" for text, reason in zip(texts, outage.reasons, strict=True)]


def _state(outage: Outage, words: dict[str, str]) -> str:
    return painted(words[outage.state], "red") + _place(outage.region, outage.channel, words)


def _place(region: str | None, channel: str | None, words: dict[str, str]) -> str:
    places = [] if region is None else [words["in"].format(region)]
    places += [] if channel is None else [words["by"].format(channel)]
    return f" ({', '.join(places)})" if places else ""


def _span(begin: int, until: int | None) -> str:
    return f"{instant_text(begin)} - {'' if until is None else instant_text(until)}".rstrip()


def _remedy(outage: Outage, lang: Language) -> str:
    return REASONS[outage.reasons[0].code].remedy_text(lang)
