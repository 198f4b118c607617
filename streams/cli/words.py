"""Statuses in words, in English and Chinese: what holds, why, what to do, and what comes next."""

from collections.abc import Iterator
from typing import Final

from schemas.instants import instant_text
from schemas.reasons import LANGUAGES, REASONS, Language, render
from schemas.status import StatusData, StatusReason
from streams.cli.console import CommandError, Exit, painted

_UNSAID: Final = "…"
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "OPEN": "open",
        "LIMITED": "limited",
        "NOT_OPEN": "not open",
        "UNDER_REVIEW": "under review",
        "customer": "it is the customer's turn",
        "time": "only time will tell",
        "provider": "it is the lender's turn",
        "law": "the law forbids it",
        "unknown": "something is not known yet",
        "choice": "the customer chose so",
        "since": "since",
        "to do": "what to do",
        "clears": "clears",
        "then": "by time alone",
        "instead": "open instead",
        "reference": "reference",
        "limit": "limit",
        "no draws": "no new draws",
        "up to": "new draws up to",
        "more": "and {} more",
    },
    "zh": {
        "OPEN": "可用",
        "LIMITED": "部分可用",
        "NOT_OPEN": "暂不可用",
        "UNDER_REVIEW": "审核中",
        "customer": "待您处理",
        "time": "需等待时间",
        "provider": "待机构处理",
        "law": "依法限制",
        "unknown": "信息尚缺",
        "choice": "您的选择",
        "since": "自",
        "to do": "怎么办",
        "clears": "解除时间",
        "then": "到期自动变为",
        "instead": "可选产品",
        "reference": "查询编号",
        "limit": "限额",
        "no draws": "不可新借",
        "up to": "可新借不超过",
        "more": "(另有{}项原因)",
    },
}
COLOURS: Final = {"OPEN": "green", "LIMITED": "yellow", "UNDER_REVIEW": "yellow", "NOT_OPEN": "red"}


def language(text: str) -> Language:
    """`--lang` as one of the languages that there are texts in."""
    for known in LANGUAGES:
        if text == known:
            return known
    raise CommandError(f"--lang {text}: there are texts in {' and '.join(LANGUAGES)}", Exit.USAGE)


def status_word(status: str, lang: Language) -> str:
    """A status as people say it, in its colour where there are colours."""
    return painted(_WORDS[lang][status], COLOURS[status])


def reason_text(reason: StatusReason, lang: Language) -> str:
    """The reason's sentence, its placeholders filled from evidence alone."""
    values = {name: value for name, value in reason.values.items() if isinstance(value, str | int)}
    return render(reason.code, lang, values, missing=_UNSAID)


def summary(data: StatusData, lang: Language = "en") -> str:
    """The status in one line: what holds, and the first reason in words."""
    word = status_word(data.status, lang)
    if not data.reasons:
        return f"{data.product} {word}"
    first, others = data.reasons[0], len(data.reasons) - 1
    more = f" {_WORDS[lang]['more'].format(others)}" if others else ""
    return f"{data.product} {word}: {reason_text(first, lang)} [{first.code}]{more}"


def paragraphs(data: StatusData, since: int, lang: Language) -> Iterator[str]:
    """The whole picture of one product, line by line."""
    words = _WORDS[lang]
    turn = f" ({words[data.side]})" if data.side else ""
    word = status_word(data.status, lang)
    yield f"{data.product} ({data.provider}): {word}{turn}, {words['since']} {instant_text(since)}"
    yield from _terms(data, words)
    for number, reason in enumerate(data.reasons, 1):
        yield f"  {number}. {reason_text(reason, lang)} [{reason.code}]{_measured(reason, words)}"
        if reason.remedy is not None:
            yield f"     {words['to do']}: {REASONS[reason.code].remedy_text(lang)}"
        if reason.clears_at is not None:
            yield f"     {words['clears']}: {instant_text(reason.clears_at)}"
    if data.next_change is not None:
        after = words[data.next_change.status]
        yield f"  {words['then']}: {after}, {instant_text(data.next_change.at)} ({data.next_change.because})"
    if data.status != "OPEN" and data.alternatives:
        yield f"  {words['instead']}: {', '.join(other.product for other in data.alternatives)}"
    yield f"  {words['reference']}: {data.reference}"


def _terms(data: StatusData, words: dict[str, str]) -> Iterator[str]:
    terms = data.terms
    if not terms.new_draws:
        yield f"  {words['no draws']}"
    elif terms.max_amount is not None:
        yield f"  {words['up to']} {terms.max_amount} {terms.currency or ''}".rstrip()


def _measured(reason: StatusReason, words: dict[str, str]) -> str:
    if reason.fact is None or reason.observed is None:
        return ""
    unit = f" {reason.unit}" if reason.unit and reason.unit != "count" else ""
    limit = ", ".join(reason.limit) if isinstance(reason.limit, list) else reason.limit
    return f" {reason.fact}: {reason.observed}{unit} ({words['limit']} {limit}{unit})"
