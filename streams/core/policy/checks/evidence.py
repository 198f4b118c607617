"""Reasons that say what a rule's facts can give: texts with their evidence, never POL-01 alone, scores with factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.errors import Problem
from schemas.policy import Product, Rule
from schemas.reasons import REASONS
from streams.core.facts.domains import DOMAINS, NUMBERS
from streams.core.facts.telling import IN_A_WINDOW, OF_OBSERVATION, TELLINGS, WITHOUT_VALUE, Source, Telling
from streams.core.policy.checks.ground import (
    Part,
    Placed,
    key_of,
    limits_by_segment,
    listed,
    operand_text,
    parts_of,
)
from streams.core.policy.checks.spans import covers

POLICY_CHANGED: Final = "POL-01"

_SIDES: Final = {"low": ("at_least", "above"), "high": ("at_most", "below")}
_WITHOUT_TEXT_VALUES: Final = {"score": "SCO-02", "identity": "IDN-01", "income": "CAP-02", "capacity": "CAP-02"}
_SCORE: Final = "score.value"
_FACTORS: Final = "score.factors_known"


def check_reasons(rule: Rule, parts: Sequence[Part], place: str) -> Iterator[Problem]:
    """The reasons of a rule whose limits are sound: for a failing limit, an unknown value, an observation."""
    telling = TELLINGS.get(rule.reason)
    if telling is not None:
        # Of `any` all parts fail or none, and the first one is shown.
        for part in parts[:1] if rule.any else parts:
            yield from _tells(rule.reason, telling, part, f"{place}.reason")
            yield from _side(rule, telling, part)
    code = rule.unknown_reason
    if code is not None and _needs(code, WITHOUT_VALUE):
        came, expected = f"{code} for an unknown value", f"a reason whose text tells no value, not {_braces(code)}"
        example = _WITHOUT_TEXT_VALUES.get(parts[0].limit.fact.partition(".")[0], "LEG-05")
        yield Problem(f"{place}.unknown_reason", came, expected, example)
    if rule.observe is not None and _needs(rule.observe.reason, OF_OBSERVATION):
        code = rule.observe.reason
        expected = f"a reason that tells at most when the observation ends, not {_braces(code)}"
        yield Problem(f"{place}.observe.reason", f"{code} for an observation", expected, "REP-04")


def _tells(code: str, telling: Telling, part: Part, place: str) -> Iterator[Problem]:
    fact, window = part.limit.fact, part.limit.window
    if telling.facts is not None and fact not in telling.facts:
        if not telling.facts:
            expected = f"another reason: no fact of an account gives {_braces(code)}"
            yield Problem(place, f"{code} on {fact}", expected, _another(code))
        else:
            facts = listed(sorted(telling.facts), "or")
            expected = f"a reason that {fact} can fill: only {facts} can fill {_braces(code)} of {code}"
            yield Problem(place, f"{code} on {fact}", expected, _fitting(fact))
        return
    for name, source in telling.sources.items():
        months = source is Source.MONTHS
        if source in IN_A_WINDOW and (window is None or (months and window.unit != "m")):
            kind = "a window in months" if months else "a window"
            came = f"{code} without {kind}"
            yield Problem(place, came, f"{kind}, since its text tells {{{name}}}", "window: 24m")
            return


def _side(rule: Rule, telling: Telling, part: Part) -> Iterator[Problem]:
    """A text that says "below" needs a limit that a low value breaks."""
    fitting = _SIDES.get(telling.side)
    if fitting is None:
        return
    placed = [(part.place, part.limit.operators)]
    placed += [(f"{part.place}.for.{segment}", each.operators) for segment, each in rule.for_.items()]
    for place, operators in placed:
        for name, operand in operators.items():
            if name in NUMBERS and name not in fitting:
                expected = f"{listed(fitting, 'or')}, since its text says that the value is too {telling.side}"
                came, example = f"{name} with {rule.reason}", f"{fitting[0]}: {operand_text(name, operand)}"
                yield Problem(f"{place}.{name}", came, expected, example)


def check_never_alone(rules: Sequence[Placed], product: str) -> Iterator[Problem]:
    """POL-01 only beside a rule that says why: one on the same fact that fails whenever it does (SR-1).

    `rules` are sound.
    """
    for rule, place, _ in rules:
        for field, code in (("reason", rule.reason), ("unknown_reason", rule.unknown_reason)):
            if code == POLICY_CHANGED and not any(_says_why(other, rule, product, field) for other, _, _ in rules):
                came = f"{POLICY_CHANGED}, which would stand alone"
                expected = "a specific reason, or another rule with one that fails whenever this one does"
                example = _fitting(rule.limit.fact) if rule.limit is not None else "CAP-02"
                yield Problem(f"{place}.{field}", came, expected, example)


def _says_why(other: Rule, rule: Rule, product: str, field: str) -> bool:
    one, two = other.limit, rule.limit
    if one is None or two is None or rule.id in (other.id, *other.superseded_by) or not _lasts(other, rule):
        return False
    if key_of(one, product) != key_of(two, product):
        return False
    if field == "unknown_reason":
        return other.unknown_reason not in (None, POLICY_CHANGED)
    kind = DOMAINS[one.fact].kind
    mine, others = limits_by_segment(rule, kind), limits_by_segment(other, kind)
    return other.reason != POLICY_CHANGED and all(
        covers(mine.get(segment, mine[None]), others.get(segment, others[None])) for segment in {*mine, *others}
    )


def _lasts(other: Rule, rule: Rule) -> bool:
    """Whether a rule is in force whenever another one is."""
    begins = other.from_ is None or (rule.from_ is not None and other.from_ <= rule.from_)
    return begins and (other.to is None or (rule.to is not None and rule.to <= other.to))


def check_scores(product: Product, place: str) -> Iterator[Problem]:
    """A refusal by score must say what weighed; without a score or its factors the product needs a result (SR-1)."""
    judged = {limit.provider for rule in product.rules for limit, _ in parts_of(rule, "") if limit.fact == _FACTORS}
    for index, rule in enumerate(product.rules):
        for limit, _ in parts_of(rule, ""):
            if limit.fact == _SCORE and rule.unknown == "pass" and limit.provider not in judged:
                of = f" of {limit.provider}" if limit.provider else ""
                expected = f"a result for a score{of} that is missing, or a rule on {_FACTORS}{of} beside it"
                example = "unknown: UNDER_REVIEW, unknown_reason: SCO-02"
                yield Problem(f"{place}.rules[{index}].unknown", "pass", expected, example)
                break


def _needs(code: str, sources: frozenset[Source]) -> bool:
    telling = TELLINGS.get(code)
    return telling is not None and not sources.issuperset(telling.sources.values())


def _braces(code: str) -> str:
    told = (name for name, source in TELLINGS[code].sources.items() if source is not Source.REVIEW)
    return listed((f"{{{name}}}" for name in told), "and")


def _fitting(fact: str) -> str:
    """A code whose text a fact can fill, or one that tells no value."""
    fitting = [code for code, telling in TELLINGS.items() if telling.facts is not None and fact in telling.facts]
    return fitting[0] if fitting else _WITHOUT_TEXT_VALUES.get(fact.partition(".")[0], "LEG-05")


def _another(code: str) -> str:
    """A code of the same category that tells no value."""
    category = REASONS[code].category
    return next((each.code for each in REASONS.values() if each.category == category and each.code not in TELLINGS), "")
