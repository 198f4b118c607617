"""A limit by itself: a fact that exists, arguments that it takes, operators and operands that fit its values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from schemas.currency import CURRENCY_DECIMALS
from schemas.errors import Problem, describe
from schemas.policy import Limit, Operators
from schemas.validation import did_you_mean
from streams.core.facts import ARGUMENTS, NAMES, REQUIRED, REVIEW_FACTS, SEGMENT
from streams.core.facts.domains import DOMAINS, NUMBERS, OPERATORS, Kind
from streams.core.policy.checks.ground import Ground, listed, operand_text
from streams.core.policy.prohibited import named

RATIO_MAX: Final = 10
"""A ratio above this is a percentage in disguise: ten times the income, ten times the limit."""

_REGION: Final = "account.region"
_VALUES: Final[dict[Kind, str]] = {
    "whole": "its values are whole numbers",
    "amount": "its values are amounts",
    "ratio": "its values are ratios",
    "bool": "its values are true and false",
    "text": "its values are texts",
    "date": "its values are dates",
}
_EXAMPLES: Final[dict[Kind, str]] = {
    "whole": "at_most: 3",
    "amount": 'at_most: "5000.00"',
    "ratio": 'at_most: "0.55"',
    "bool": "is: true",
    "text": "one_of: [CN-31, CN-33]",
    "date": 'before: "2027-01-01"',
}


def check_limit(limit: Limit, beside: Operators, place: str, ground: Ground) -> Iterator[Problem]:
    """The fact, its arguments, and all operators beside it, those to reopen included."""
    if limit.fact not in NAMES:
        yield from named(limit.fact, f"{place}.fact")
        near = did_you_mean(limit.fact, NAMES)
        yield Problem(f"{place}.fact", describe(limit.fact), "a fact that exists", near or "repayment.days_past_due")
        return
    if limit.fact in REVIEW_FACTS and ground.policy.reviews is None:
        came, expected = f"{limit.fact} without reviews", "reviews in the policy, since without them it is never known"
        yield Problem(f"{place}.fact", came, expected, "reviews: {every: 1m, day: 6}")
    yield from _arguments(limit, place, ground)
    yield from check_operators(limit.fact, beside, place, ground)


def _arguments(limit: Limit, place: str, ground: Ground) -> Iterator[Problem]:
    given = {**limit.args, **({"window": limit.window} if limit.window is not None else {})}
    takes = ARGUMENTS.get(limit.fact, frozenset())
    for name in sorted(given.keys() - takes):
        expected = f"only {listed(sorted(takes), 'and')} with this fact" if takes else "no argument with this fact"
        others = sorted(fact for fact in NAMES if name in ARGUMENTS.get(fact, ()))
        yield Problem(f"{place}.{name}", f"{name} with {limit.fact}", expected, f"{name} with {others[0]}")
    for name in sorted(REQUIRED.get(limit.fact, frozenset()) - given.keys()):
        yield Problem(f"{place}.{name}", "nothing", f"the {name} that {limit.fact} is asked for", f"{name}: credit")
    products = ground.policy.products
    if limit.product is not None and "product" in takes and limit.product not in products:
        example = did_you_mean(limit.product, products) or next(iter(products))
        yield Problem(f"{place}.product", describe(limit.product), "the id of a product of this policy", example)
    for name in ("provider", "scope"):
        if name in given:
            yield from named(str(given[name]), f"{place}.{name}")


def check_operators(fact: str, operators: Operators, place: str, ground: Ground) -> Iterator[Problem]:
    """Operators that fit the fact's values, with operands of its unit; reopening limits too."""
    kind = DOMAINS[fact].kind
    for name, operand in operators.operators.items():
        if name not in OPERATORS[kind]:
            expected = f"{listed(OPERATORS[kind], 'or')}, since {_VALUES[kind]}"
            yield Problem(f"{place}.{name}", f"{name} on {fact}", expected, _EXAMPLES[kind])
        elif name in NUMBERS:
            yield from _unit(fact, kind, operand, f"{place}.{name}", ground)
        elif kind == "text":
            yield from _texts(fact, operand, f"{place}.{name}", ground)
    reopen = operators.reopen
    for name, operand in reopen.operators.items() if reopen is not None else ():
        yield from _unit(fact, kind, operand, f"{place}.reopen_{name}", ground)


def _unit(fact: str, kind: Kind, operand: Any, place: str, ground: Ground) -> Iterator[Problem]:
    came = operand_text("", operand)
    match kind:
        case "whole" if isinstance(operand, Decimal) and operand % 1:
            yield Problem(place, came, f"a whole number, since {fact} is one", str(int(operand)))
        case "amount" if isinstance(operand, Decimal):
            currency = ground.policy.currency
            decimals, exponent = CURRENCY_DECIMALS[currency], operand.as_tuple().exponent
            if isinstance(exponent, int) and -exponent > decimals:
                yield Problem(place, came, f"at most {decimals} decimals in {currency}", f'"{operand:.{decimals}f}"')
        case "ratio" if operand > RATIO_MAX:
            expected = f"a ratio, not a percentage: at most {RATIO_MAX}"
            yield Problem(place, came, expected, f'"{Decimal(operand) / 100:f}"')


def _texts(fact: str, texts: list[str], place: str, ground: Ground) -> Iterator[Problem]:
    for text in texts:
        if fact == SEGMENT and text not in ground.segments:
            yield unknown_segment(text, place, ground)
        if fact in (SEGMENT, _REGION):
            yield from named(text, place)


def unknown_segment(name: str, place: str, ground: Ground) -> Problem:
    """A segment that no one can be in as far as the policy says."""
    near = did_you_mean(name, ground.segments) or next(iter(sorted(ground.segments)), "")
    example = near or f"segments: [{{name: {name}, when: [{{fact: account.age_days, at_least: 730}}]}}]"
    return Problem(place, describe(name), "the name of one of the policy's segments", example)
