"""Statuses in words, in English and Chinese: what holds, why, what to do, and what comes next."""

from collections.abc import Iterator
from typing import Final

from schemas.instants import instant_text
from schemas.reasons import LANGUAGES, Language, remedy, render, unchangeable, values_of
from schemas.status import StatusData, StatusReason
from schemas.wording.template import quantity
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
        "not known": "not known",
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
        "not known": "未知",
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


def reason_text(reason: StatusReason, lang: Language, version: str) -> str:
    """The reason's sentence in a version's words, its placeholders filled from evidence alone."""
    return render(reason.code, lang, values_of(reason.values, reason.unit), missing=_UNSAID, version=version)


def _to_do(reason: StatusReason, lang: Language, version: str) -> Iterator[str]:
    """What to do about a reason; where nobody can act, why."""
    fixed = unchangeable(reason.code, lang, version=version)
    if fixed is not None:
        yield fixed
    values = values_of(reason.values, reason.unit)
    yield f"{_WORDS[lang]['to do']}: {remedy(reason.code, lang, values, version=version)}"


def summary(data: StatusData, lang: Language = "en") -> str:
    """The status in one line: what holds, and the first reason in words."""
    word = status_word(data.status, lang)
    if not data.reasons:
        return f"{data.product} {word}"
    first, others = data.reasons[0], len(data.reasons) - 1
    more = f" {_WORDS[lang]['more'].format(others)}" if others else ""
    return f"{data.product} {word}: {reason_text(first, lang, data.catalogue)} [{first.code}]{more}"


def paragraphs(data: StatusData, since: int, lang: Language) -> Iterator[str]:
    """The whole picture of one product, line by line."""
    words = _WORDS[lang]
    turn = f" ({words[data.side]})" if data.side else ""
    word = status_word(data.status, lang)
    yield f"{data.product} ({data.provider}): {word}{turn}, {words['since']} {instant_text(since)}"
    yield from _terms(data, words)
    for number, reason in enumerate(data.reasons, 1):
        yield f"  {number}. {reason_text(reason, lang, data.catalogue)} [{reason.code}]{_measured(reason, lang)}"
        yield from (f"     {line}" for line in _to_do(reason, lang, data.catalogue))
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


def _measured(reason: StatusReason, lang: Language) -> str:
    if reason.fact is None or reason.limit is None:
        return ""
    limit = ", ".join(reason.limit) if isinstance(reason.limit, list) else quantity(reason.limit, reason.unit, lang)
    unknown = reason.observed is None
    value = _WORDS[lang]["not known"] if unknown else quantity(reason.observed, reason.unit, lang)
    return f" {reason.fact}: {value} ({_WORDS[lang]['limit']} {limit})"
