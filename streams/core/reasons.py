"""Reasons as they are said: ordered by what matters, with value, limit, evidence and what fills the texts (E3, E13)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from schemas.reasons import REASONS
from streams.core import limits, money
from streams.core.calendar import to_date
from streams.core.evaluate import CLOSED, FORCED, Failure, Frame, Outcome
from streams.core.facts.base import Fact, Value
from streams.core.facts.dates import effective_verification
from streams.core.policy.limit import Operand
from streams.core.policy.program import EFFECTS, LIMIT, OBSERVE

SIDES = {"A": "customer", "T": "time", "O": "provider", "L": "law", "U": "unknown", "C": "choice"}
_GROUPS = {"legal": 0, "choice": 1, "security": 2, "identity": 4}
_OVERDUE, _REST = 3, 5


class Said(NamedTuple):
    """A reason as far as E5 compares it; `failure` is None for a forced one."""

    rule: str
    code: str
    kind: int
    observed: Any
    limit: Any
    unit: str | None
    since: int
    fact: str | None
    failure: Failure | None


class Detail(NamedTuple):
    """What else is sent of a reason: the ids of the events behind it, and what fills its texts."""

    evidence: list[str]
    evidence_more: int
    disclosure: str
    values: dict[str, Any]


def say(outcome: Outcome, frame: Frame) -> list[Said]:
    """The reasons of an outcome, in order."""
    if outcome.forced is not None:
        return [_forced(outcome.forced, frame)]
    failures = outcome.failures
    if len(failures) > 1:
        failures = sorted(failures, key=lambda each: _rank(each, failures, outcome.status))
    return [_said(each, frame) for each in failures]


def side(reasons: Sequence[Said]) -> str | None:
    """Whose turn it is: the class of the first reason (E4)."""
    return SIDES[REASONS[reasons[0].code].cls] if reasons else None


def adverse(status: str, reasons: Sequence[Said], frame: Frame) -> bool:
    """Whether the status counts as adverse action (decision 0002, 26)."""
    return status != "OPEN" and any(_counts(each.code, frame) for each in reasons)


def _counts(code: str, frame: Frame) -> bool:
    rule = REASONS[code].adverse
    if rule != "d":
        return rule == "y"
    if code == "ACC-04":
        closed = frame.state.profile.get("closed")
        return closed is not None and closed.value == "lender"
    return code not in ("REP-01", "POL-01")


def _rank(failure: Failure, failures: Sequence[Failure], status: str) -> tuple[int, int, bool, Fraction, int]:
    code = failure.code
    group = _OVERDUE if code == "REP-01" else _GROUPS.get(REASONS[code].category, _REST)
    others = (each.effect for each in failures if each is not failure)
    alone = max(others, key=EFFECTS.__getitem__, default="OPEN") != status
    return group, -EFFECTS[failure.effect], not alone, -_distance(failure), failure.rule.order


def _distance(failure: Failure) -> Fraction:
    """abs(value - limit) / max(abs(limit), 1), exact; 0 where there is no number."""
    value, atom = failure.value, failure.atom
    if failure.kind != LIMIT or atom is None or not atom.limit.numeric or not isinstance(value, int | Fraction):
        return Fraction(0)
    limit = atom.limit.failing(value)
    assert isinstance(limit, int | Fraction)
    return abs(Fraction(value) - limit) / max(abs(Fraction(limit)), 1)


def _forced(forced: tuple[str, int], frame: Frame) -> Said:
    rule, since = forced
    if rule != CLOSED:
        return Said(rule, FORCED[rule], LIMIT, None, None, None, since, None, None)
    return Said(rule, FORCED[rule], LIMIT, True, False, None, since, "account.closed", None)


def _said(failure: Failure, frame: Frame) -> Said:
    atom = failure.atom
    assert atom is not None, "a failure is shown by one of its atoms"
    fact, currency = atom.fact, frame.program.context.currency
    if failure.kind == OBSERVE:
        observe = failure.version.observe
        assert observe is not None, "an observation comes from its rule"
        return Said(
            failure.rule.id, failure.code, OBSERVE, None, observe.days, "days", failure.since, fact.name, failure
        )
    known = failure.kind == LIMIT
    operand = atom.limit.failing(failure.value if known else None)
    return Said(
        failure.rule.id,
        failure.code,
        failure.kind,
        shown(fact, failure.value, operand, currency) if known else None,
        shown(fact, operand, operand, currency),
        currency if fact.unit == "amount" else fact.unit,
        failure.since,
        fact.name,
        failure,
    )


def detail(said: Said, frame: Frame) -> Detail:
    """Evidence, disclosure and text values of a reason."""
    failure = said.failure
    how_much = disclosure(said.code, frame)
    if failure is None or failure.atom is None:
        evidence = [frame.state.profile["closed"].id] if said.rule == CLOSED else []
        return Detail(evidence, 0, how_much, {})
    stamps: list[tuple[int, str]] = []
    if failure.kind == LIMIT:
        stamps = sorted(set(failure.atom.fact.evidence(frame.state, frame.moment)))
    kept = [id for _, id in stamps[-limits.EVIDENCE :]]
    values = _values(said, failure, failure.atom.fact, frame) if REASONS[said.code].placeholders else {}
    return Detail(kept, len(stamps) - len(kept), how_much, values)


def shown(fact: Fact, value: Value | Operand, limit: Operand, currency: str) -> Any:
    """A value or limit of a fact as events carry it: integers, decimal strings, texts, lists (decision 0002, 29)."""
    if fact.unit == "amount" and isinstance(value, int | Fraction):
        return money.text(Fraction(value), currency)
    if fact.unit == "ratio" and isinstance(value, int | Fraction):
        assert isinstance(limit, int | Fraction)
        return money.ratio_text(Fraction(value), Fraction(limit))
    if isinstance(value, Fraction):
        return _decimal(value)
    return list(value) if isinstance(value, tuple) else value


def _decimal(value: Fraction) -> str:
    """The decimal text of a policy's non-integer number for a whole-number fact."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = abs(value * 10**digits).numerator
    return f"{'-' if value < 0 else ''}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"


def disclosure(code: str, frame: Frame) -> str:
    """How much of a reason may be told; SEC-01 is limited unless every open flag says full (decision 0002, 38)."""
    if code == "SEC-01":
        flags = [each.value for each in frame.state.flags.values() if each.value is not None]
        return "full" if flags and all(each == "full" for each in flags) else "limited"
    return REASONS[code].disclosure


_NUMBER_IS_LIMIT = frozenset({"ACC-02", "LEG-01", "SCO-03"})
"""Codes whose {n} is the limit; elsewhere it is what was counted."""


def _values(said: Said, failure: Failure, fact: Fact, frame: Frame) -> dict[str, Any]:
    """What fills the placeholders of a reason's texts, from evidence alone; what there is no evidence for is left out."""
    found = {name: _value(name, said, failure, fact, frame) for name in REASONS[said.code].placeholders}
    return {name: value for name, value in sorted(found.items()) if value is not None}


def _value(name: str, said: Said, failure: Failure, fact: Fact, frame: Frame) -> Any:
    code, observed, limit = said.code, said.observed, said.limit
    match name:
        case "n":
            return limit if code in _NUMBER_IS_LIMIT else observed
        case "k" | "limit":
            return _percent(limit) if fact.unit == "ratio" else limit
        case "x":
            return _percent(observed) if fact.unit == "ratio" else observed
        case "score" | "months" | "region":
            return observed
        case "dpd":
            return observed if fact.unit == "days" else _beside("repayment.days_past_due", frame)
        case "amount":
            return observed if fact.unit == "amount" else _beside("repayment.amount_overdue", frame)
        case "w" | "m":
            return _window(name, fact, limit)
        case "date":
            return _date(code, failure, fact, frame)
        case "state":
            return ", ".join(sorted(name for name, each in frame.state.restrictions.items() if each.value)) or None
        case "item":
            return _items(frame)
        case "factors":
            return _factors(fact, frame)
    return None


def _percent(ratio: Any) -> str | None:
    """A ratio "0.5601" as "56.01" percent."""
    if not isinstance(ratio, str):
        return None
    whole, decimals = str(int(ratio.replace(".", ""))).zfill(3)[:-2], ratio[-2:]
    return whole if decimals == "00" else f"{whole}.{decimals}"


def _beside(name: str, frame: Frame) -> Any:
    fact = frame.program.facts[name]
    value = fact.value(frame.state, frame.moment)
    if fact.unit == "amount" and isinstance(value, Fraction):
        return money.text(value, frame.program.context.currency) + " " + frame.program.context.currency
    return value


def _window(name: str, fact: Fact, limit: Any) -> Any:
    window = fact.window
    if fact.name == "history.months":
        return limit
    if window.count is None:
        return None
    if name == "m":
        return window.count if window.months else None
    return f"{window.count}{'m' if window.months else 'd'}"


def _date(code: str, failure: Failure, fact: Fact, frame: Frame) -> str | None:
    zone = frame.program.context.zone
    if failure.kind == OBSERVE:
        return to_date(zone.day(failure.until)).isoformat()
    if code == "IDN-02":
        verified = effective_verification(frame.state)
        known = verified is not None and verified.expires_on is not None
        return to_date(verified.expires_on).isoformat() if known else None  # type: ignore[union-attr, arg-type]
    if code == "POL-01":
        return to_date(zone.day(frame.program.effective_from)).isoformat()
    crossing = fact.crossing(frame.state, frame.moment, failure.atom.limit, False) if failure.atom else None
    return None if crossing is None else to_date(zone.day(crossing)).isoformat()


def _items(frame: Frame) -> str | None:
    verified = frame.state.verified
    since = (verified.time, verified.id) if verified else (-1, "")
    items = sorted(item for item, each in frame.state.failures.items() if (each.time, each.id) > since)
    return ", ".join(items) or None


def _factors(fact: Fact, frame: Frame) -> str | None:
    score = getattr(fact, "valid", lambda *_: None)(frame.state, frame.moment)
    return "; ".join(score.factors) if score is not None and score.factors else None


