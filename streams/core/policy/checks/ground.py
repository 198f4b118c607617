"""What every part of the check stands on: limits with their places, and the facts' values under a policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from schemas.instants import date_text
from schemas.policy import Limit, PolicyDocument, Rule
from streams.core import limits
from streams.core.calendar import zone
from streams.core.facts.domains import DOMAINS, Domain, Kind
from streams.core.policy.checks.spans import Values, kept

SHORTEST_MONTH: Final = 28
LONGEST_MONTH: Final = 31


class Part(NamedTuple):
    """A limit, and where it stands in the document."""

    limit: Limit
    place: str


def parts_of(rule: Rule, place: str) -> list[Part]:
    """The limits of a rule: its own, or those of `any` or `all`."""
    if rule.limit is not None:
        return [Part(rule.limit, place)]
    name = "any" if rule.any else "all"
    return [Part(limit, f"{place}.{name}[{index}]") for index, limit in enumerate(rule.any or rule.all)]


class Placed(NamedTuple):
    """A rule with its place and its limits."""

    rule: Rule
    place: str
    parts: list[Part]


def key_of(limit: Limit, product: str) -> tuple[Any, ...]:
    """What a limit measures: the same fact with the same window and arguments has one value for all its limits."""
    arguments = dict(limit.args)
    if limit.fact == "choice.paused":
        arguments.setdefault("product", product)
    return (limit.fact, limit.window, *sorted(arguments.items()))


def limits_by_segment(rule: Rule, kind: Kind) -> dict[str | None, Values]:
    """What a rule with a fact of its own lets through: for everybody (None), and for segments with other limits."""
    plain = kept(kind, rule.operators)
    return {None: plain, **{segment: kept(kind, each.operators) for segment, each in rule.for_.items()}}


def listed(words: Iterable[str], last: str) -> str:
    """`a, b or c`, with `last` before the last one."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end


def written(operators: Mapping[str, Any]) -> str:
    """Operators as a document writes them: `at_least: 60, at_most: 22`."""
    return ", ".join(f"{name}: {operand_text(name, operand)}" for name, operand in operators.items())


def operand_text(name: str, operand: Any) -> str:
    """An operand as a document writes it."""
    match operand:
        case bool():
            return "true" if operand else "false"
        case list():
            return "[" + ", ".join(operand) + "]"
        case int() if name in ("before", "not_before"):
            return f'"{date_text(operand)}"'
        case int():
            return str(operand)
    return f'"{operand:f}"'


class Ground:
    """A policy as the check looks things up in it."""

    def __init__(self, policy: PolicyDocument) -> None:
        self.policy = policy
        self.segments = {segment.name for segment in policy.segments}
        self.begins = zone(policy.zone).day(policy.effective_from)
        """The local day on which the policy takes effect."""

    def domain(self, limit: Limit) -> Domain:
        """The values that a limit's fact can have under this policy, with the limit's window."""
        domain, reviews = DOMAINS[limit.fact], self.policy.reviews
        match limit.fact:
            case "spending.months_active" if limit.window is not None:
                count, unit = limit.window.count, limit.window.unit
                touched = count + 1 if unit == "m" else count // SHORTEST_MONTH + 2
                return replace(domain, greatest=min(touched, limits.SPENDINGS))
            case "policy.days_since_review" if reviews is not None:
                return replace(domain, greatest=reviews.every * LONGEST_MONTH - 1)
            case "next_review_on":
                return replace(domain, least=self.begins + 1)
        return domain
