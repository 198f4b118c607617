"""A policy in words: what each product asks for, what follows when a rule fails, and what opens the product again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from schemas.instants import date_text, instant_text
from schemas.policy import Limit, Observe, PolicyDocument, Product, Quiet, Rule, Terms
from schemas.reasons import REASONS
from schemas.vocabulary import STATUSES
from schemas.wording.template import counted
from streams.cli.console import painted
from streams.cli.words import COLOURS

_OPERATORS: Final = {
    "at_most": "at most",
    "at_least": "at least",
    "below": "below",
    "above": "above",
    "is": "is",
    "one_of": "one of",
    "none_of": "none of",
    "before": "before",
    "not_before": "not before",
}
_WHOSE: Final = {
    "A": "the customer can",
    "T": "time alone",
    "O": "the lender's side",
    "L": "the law",
    "U": "when it is known",
    "C": "the customer's choice",
}
_STATUS_WIDTH: Final = max(map(len, STATUSES))
_LABEL_WIDTH: Final = len("segments  ")


def paragraphs(policy: PolicyDocument, langs: Sequence[str]) -> Iterator[str]:
    """The whole policy, line by line."""
    minutes = policy.repayment_cutoff
    yield f"{policy.policy} version {policy.version} ({policy.motive})"
    yield from _rows(
        "",
        {
            "digest": policy.digest,
            "from": instant_text(policy.effective_from),
            "zone": f"{policy.zone}; past due from {minutes // 60:02d}:{minutes % 60:02d} of the day after",
            "currency": policy.currency,
            "source": policy.source,
            "reviews": policy.reviews
            and f"every {counted(policy.reviews.every, 'month')}, on day {policy.reviews.day}",
            "quiet": policy.quiet and _quiet(policy.quiet),
            "near": policy.near_percent is not None and f"within {policy.near_percent:f} % of a limit",
            "outages": policy.outages
            and f"repayments due or failing in outages of everything are {policy.outages.repayments}",
            "segments": [f"{each.name}: {_all(each.when)}" for each in policy.segments],
        },
    )
    for name, product in policy.products.items():
        yield ""
        yield from _product(name, product, langs)


def _quiet(quiet: Quiet) -> str:
    few = f"at most {quiet.per_day} status events within 24 hours; a worse status never waits"
    return few if not quiet.dwell_minutes else f"{few}, a better one {counted(quiet.dwell_minutes, 'minute')}"


def _product(name: str, product: Product, langs: Sequence[str]) -> Iterator[str]:
    title = " / ".join(product.name.zh if lang == "zh" else product.name.en for lang in langs)
    inquiry = "adds an inquiry" if product.adds_inquiry else "adds no inquiry"
    yield f"{name}: {title}, by {product.provider}, {inquiry}{', WITHDRAWN' if product.withdrawn else ''}"
    yield from (f"  {_status(status)}  {_terms(terms)}" for status, terms in product.terms.items())
    for rule in product.rules:
        yield f"  {rule.id}"
        yield from _rows("    ", _rule(rule, langs))


def _rule(rule: Rule, langs: Sequence[str]) -> dict[str, Any]:
    unknown: Any = "passes" if rule.unknown == "pass" else _effect(rule.unknown, rule.unknown_reason or "", langs)
    return {
        "holds": _condition(rule),
        "segments": [f"{segment}: {_operators(each.operators)}" for segment, each in rule.for_.items()],
        "else": _effect(rule.else_, rule.reason, langs),
        "reopens": rule.reopen and _operators(rule.reopen.operators),
        "unknown": unknown,
        "after": rule.observe and _observed(rule.observe, langs),
        "opens": _opening(rule.reason, langs),
        "silent": rule.superseded_by and f"while {' or '.join(rule.superseded_by)} fails",
        "dates": _dates(rule),
        "source": rule.source,
    }


def _rows(indent: str, rows: Mapping[str, Any]) -> Iterator[str]:
    """Aligned labels; what is empty is left out, of several lines only the first has the label."""
    for label, value in rows.items():
        lines = [value] if isinstance(value, str) else value or []
        for number, line in enumerate(lines):
            yield f"{indent}{'' if number else label:<{_LABEL_WIDTH}}{line}"


def _condition(rule: Rule) -> list[str]:
    if rule.limit is not None:
        return [_limit(rule.limit)]
    word = "any of" if rule.any else "all of"
    first, *others = [_limit(part) for part in rule.any or rule.all]
    return [f"{word}  {first}", *(f"{'':<{len(word)}}  {each}" for each in others)]


def _all(limits: Iterable[Limit]) -> str:
    return " and ".join(map(_limit, limits))


def _limit(limit: Limit) -> str:
    arguments = [f"{name} {value}" for name, value in limit.args.items()]
    if limit.window is not None:
        arguments.append(f"last {counted(limit.window.count, 'day' if limit.window.unit == 'd' else 'month')}")
    asked = f" ({', '.join(arguments)})" if arguments else ""
    return f"{limit.fact}{asked} {_operators(limit.operators)}"


def _operators(operators: Mapping[str, Any]) -> str:
    return " and ".join(f"{_OPERATORS[name]} {_operand(name, value)}" for name, value in operators.items())


def _operand(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if name in ("before", "not_before"):
        return date_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _effect(status: str, code: str, langs: Sequence[str]) -> list[str]:
    """A status with the texts of its reason, one under the other."""
    first, *others = _texts(code, langs)
    indent = " " * (_STATUS_WIDTH + 2 + len(code) + 2)
    return [f"{_status(status)}  {code}  {first}", *(f"{indent}{text}" for text in others)]


def _observed(observe: Observe, langs: Sequence[str]) -> list[str]:
    first, *others = _effect(observe.else_, observe.reason, langs)
    days = f"{counted(observe.days, 'day')}  "
    return [days + first, *(" " * len(days) + each for each in others)]


def _opening(code: str, langs: Sequence[str]) -> list[str]:
    """Whose turn it is, and what to do."""
    reason = REASONS[code]
    return [f"{_WHOSE[reason.cls]}: {' / '.join(reason.remedy_text('zh' if lang == 'zh' else 'en') for lang in langs)}"]


def _texts(code: str, langs: Sequence[str]) -> list[str]:
    return [REASONS[code].text("zh" if lang == "zh" else "en") for lang in langs]


def _status(status: str) -> str:
    return painted(f"{status:<{_STATUS_WIDTH}}", COLOURS[status])


def _terms(terms: Terms) -> str:
    if not terms.new_draws:
        return "no new draws"
    return "new draws" if terms.max_amount is None else f"new draws up to {terms.max_amount:f} {terms.currency}"


def _dates(rule: Rule) -> str | None:
    if rule.from_ is None and rule.to is None:
        return None
    begin = "" if rule.from_ is None else f"from {date_text(rule.from_)} on"
    return f"{begin} {'' if rule.to is None else f'until before {date_text(rule.to)}'}".strip()
