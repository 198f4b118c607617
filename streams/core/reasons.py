"""Reasons as they are said: ordered by what matters, with value, limit, evidence and what fills the texts (E3, E13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from mypy_extensions import mypyc_attr

from schemas.instants import date_text
from schemas.reasons import REASONS
from streams.core import limits
from streams.core.calendar import NEVER
from streams.core.evaluate import CLOSED, FORCED, Failure, Frame, Outcome, Verdict, ranked
from streams.core.facts.base import Atom, Fact
from streams.core.facts.limit import Value
from streams.core.facts.people import OpenDisputes
from streams.core.facts.telling import OF_OBSERVATION, TELLINGS, WITHOUT_VALUE, Source
from streams.core.policy.program import LIMIT, OBSERVE, UNKNOWN
from streams.core.policy.shown import shown
from streams.core.state import effective_verification

SIDES: Final = {"A": "customer", "T": "time", "O": "provider", "L": "law", "U": "unknown", "C": "choice"}
_SIDE_OF: Final = {code: SIDES[each.cls] for code, each in REASONS.items()}
_ADVERSE: Final = {code: each.adverse for code, each in REASONS.items()}
_LIMITED: Final = frozenset(code for code, each in REASONS.items() if each.disclosure == "limited")
_MAY_BE_LIMITED: Final = _LIMITED | {"SEC-01"}


_Fill = Callable[["Said", Failure, Fact, Frame], Any]


@mypyc_attr(acyclic=True)
class Said:
    """A reason as far as E5 compares it; `failure` is None for a forced one."""

    __slots__ = (
        "code",
        "fact",
        "failure",
        "kind",
        "limit",
        "limited",
        "observed",
        "rule",
        "since",
        "told",
        "unit",
        "verdict",
    )

    def __init__(
        self,
        rule: str,
        code: str,
        kind: int,
        observed: Any,
        limit: Any,
        unit: str | None,
        since: int,
        fact: str | None,
        failure: Failure | None,
        limited: bool,
        told: tuple[str, str, Any],
        verdict: Verdict | None = None,
    ) -> None:
        self.rule = rule
        self.code = code
        self.kind = kind
        self.observed = observed
        self.limit = limit
        self.unit = unit
        self.since = since
        self.fact = fact
        self.failure = failure
        self.limited = limited
        """Only code and category may be told."""
        self.told = told
        """What of it is compared with what was last sent: (rule, code, limit) as they are shown."""
        self.verdict = verdict
        """What a person decided, where that is the reason."""


def _told(rule: str, code: str, limit: Any, limited: bool) -> tuple[str, str, Any]:
    """True and false get a form of their own, since Python takes them for 1 and 0."""
    if limited:
        return "", code, None
    return rule, code, (f"is {limit}" if limit is True or limit is False else limit)


@mypyc_attr(acyclic=True)
class Detail:
    """What else is sent of a reason: the ids of the events behind it, and what fills its texts."""

    __slots__ = ("evidence", "evidence_more", "values")

    def __init__(self, evidence: list[str], evidence_more: int, values: dict[str, Any]) -> None:
        self.evidence = evidence
        self.evidence_more = evidence_more
        self.values = values


def say(outcome: Outcome, frame: Frame) -> list[Said]:
    """The reasons of an outcome, in the order of the document."""
    if outcome.forced is not None:
        return [_forced(outcome.forced, outcome.verdict, frame)]
    return [_said(each, frame) for each in outcome.failures]


def in_order(said: list[Said], outcome: Outcome, frame: Frame) -> list[Said]:
    """Reasons by what matters (E3)."""
    if len(said) < 2:
        return said
    pattern = outcome.pattern
    if pattern is not None and pattern.order is not None:
        return [said[place] for place in pattern.order]
    failures = [each.failure for each in said if each.failure is not None]
    return [said[place] for place in _ordered(failures, outcome.status, frame)]


def _ordered(failures: Sequence[Failure], status: str, frame: Frame) -> list[int]:
    """Places by what matters; of what matters equally, what is further from its limit first."""
    ranks = ranked([each.version.ranks[each.kind] for each in failures], [each.effect for each in failures], status)
    if len({rank for rank, _ in ranks}) < len(ranks):
        ranks.sort(key=lambda each: (each[0], -_distance(failures[each[1]], frame), each[1]))
    return [place for _, place in ranks]


def side(reasons: Sequence[Said]) -> str | None:
    """Whose turn it is: the class of the first reason (E4)."""
    return _SIDE_OF[reasons[0].code] if reasons else None


def adverse(status: str, reasons: Sequence[Said], frame: Frame) -> bool:
    """Whether the status counts as adverse action (decision 0002, 26)."""
    if status == "OPEN":
        return False
    for each in reasons:
        rule = _ADVERSE[each.code]
        if rule == "y" or (rule == "d" and _depends(each.code, frame)):
            return True
    return False


def _depends(code: str, frame: Frame) -> bool:
    if code == "ACC-04":
        closed = frame.state.standing.profile.get("closed")
        return closed is not None and closed.value == "lender"
    return code not in ("REP-01", "POL-01")


def _distance(failure: Failure, frame: Frame) -> Fraction:
    """abs(value - limit) / max(abs(limit), 1), exact; 0 where there is no number."""
    atom = failure.atom
    if failure.kind != LIMIT or not atom.limit.numeric:
        return Fraction(0)
    value = frame.value(atom)
    if not isinstance(value, int | Fraction):
        return Fraction(0)
    limit = atom.limit.failing(value)
    assert isinstance(limit, int | Fraction)
    return abs(Fraction(value) - limit) / max(abs(Fraction(limit)), Fraction(1))


def _forced(forced: tuple[str, int], verdict: Verdict | None, frame: Frame) -> Said:
    rule, since = forced
    if rule != CLOSED:
        told = _told(rule, FORCED[rule], None, False)
        return Said(rule, FORCED[rule], LIMIT, None, None, None, since, None, None, False, told, verdict)
    told = _told(rule, FORCED[rule], False, False)
    return Said(rule, FORCED[rule], LIMIT, True, False, None, since, "account.closed", None, False, told)


def _said(failure: Failure, frame: Frame) -> Said:
    rule, version, kind, atom = failure.rule.id, failure.version, failure.kind, failure.atom
    code, currency = version.codes[kind], frame.program.context.currency
    limited = code in _MAY_BE_LIMITED and is_limited(code, frame)
    if kind == OBSERVE:
        observe = version.observe
        assert observe is not None, "an observation comes from its rule"
        name, told = version.plain.atoms[0].fact.name, _told(rule, code, observe.days, limited)
        return Said(rule, code, OBSERVE, None, observe.days, "days", failure.since, name, failure, limited, told)
    fact, value = atom.fact, frame.value(atom) if kind == LIMIT else None
    limit = atom.shown
    if limit is None:
        operand = atom.limit.failing(value)
        limit = shown(fact, operand, operand, currency)
    seen = observed(atom, value, currency) if kind == LIMIT else None
    unit, told = currency if fact.unit == "amount" else fact.unit, _told(rule, code, limit, limited)
    return Said(rule, code, kind, seen, limit, unit, failure.since, fact.name, failure, limited, told)


def observed(atom: Atom, value: Value, currency: str) -> Any:
    """The value that breaks an atom's limit, as events carry it."""
    if type(value) is int and atom.fact.unit != "amount":
        return value
    return shown(atom.fact, value, atom.limit.failing(value), currency)


def detail(said: Said, frame: Frame) -> Detail:
    """Evidence and text values of a reason; nothing of a limited one."""
    failure = said.failure
    if said.limited:
        return _UNTOLD
    if said.verdict is not None:
        return Detail(said.verdict.evidence, 0, {"reason": said.verdict.reason})
    if failure is None:
        return Detail([frame.state.standing.profile["closed"].id], 0, {}) if said.rule == CLOSED else _UNTOLD
    stamps: list[tuple[int, str]] = []
    if failure.kind == LIMIT:
        stamps = failure.atom.fact.evidence(frame.state, frame.moment)
        if len(stamps) > 1:
            stamps = sorted(set(stamps))
    kept = [id for _, id in stamps[-limits.EVIDENCE :]]
    values = _values(said, failure, failure.atom.fact, frame)
    return Detail(kept, len(stamps) - len(kept), values)


_UNTOLD: Final = Detail([], 0, {})


def is_limited(code: str, frame: Frame) -> bool:
    """Whether only the code may be told; SEC-01 unless every open flag says full (decision 0002, 38)."""
    if code != "SEC-01":
        return code in _LIMITED
    flags = [each.value for each in frame.state.standing.flags.values() if each.value is not None]
    return not flags or any(each != "full" for each in flags)


_SOURCES: Final = {
    LIMIT: frozenset(Source),
    UNKNOWN: WITHOUT_VALUE,
    OBSERVE: OF_OBSERVATION,
}
"""Whence texts are filled, by how a rule fails."""


def _values(said: Said, failure: Failure, fact: Fact, frame: Frame) -> dict[str, Any]:
    """What fills the placeholders of a reason's texts, from evidence alone; what has no evidence is left out."""
    found = {}
    for name, fill in _fills(said.code, failure.kind, fact.name):
        value = fill(said, failure, fact, frame)
        if value is not None:
            found[name] = value
    return found


@lru_cache(4096)
def _fills(code: str, kind: int, fact: str) -> tuple[tuple[str, _Fill], ...]:
    """The placeholders of a code's texts that a fact can fill, and what fills each."""
    telling = TELLINGS.get(code)
    if telling is None or (kind != OBSERVE and telling.facts is not None and fact not in telling.facts):
        return ()
    return tuple((name, _FILLS[source]) for name, source in telling.sources.items() if source in _SOURCES[kind])


def _value(said: Said, _: Failure, fact: Fact, __: Frame) -> Any:
    return _percent(said.observed) if fact.unit == "ratio" else said.observed


def _limit(said: Said, _: Failure, fact: Fact, __: Frame) -> Any:
    return _percent(said.limit) if fact.unit == "ratio" else said.limit


def _percent(ratio: Any) -> str | None:
    """A ratio "0.5601" as "56.01" percent."""
    if not isinstance(ratio, str):
        return None
    whole, decimals = str(int(ratio.replace(".", ""))).zfill(3)[:-2], ratio[-2:]
    return whole if decimals == "00" else f"{whole}.{decimals}"


def _window(_: Said, __: Failure, fact: Fact, ___: Frame) -> str | None:
    window = fact.window
    return None if window.count is None else f"{window.count}{'m' if window.months else 'd'}"


def _months(_: Said, __: Failure, fact: Fact, ___: Frame) -> int | None:
    return fact.window.count if fact.window.months else None


def _clears(_: Said, failure: Failure, __: Fact, frame: Frame) -> str | None:
    return _day(frame.crossings[failure.atom.index] or NEVER, frame)


def _observed_until(said: Said, failure: Failure, fact: Fact, frame: Frame) -> str | None:
    return _day(failure.until, frame) if failure.kind == OBSERVE else _clears(said, failure, fact, frame)


def _effective(_: Said, __: Failure, ___: Fact, frame: Frame) -> str | None:
    return _day(frame.program.effective_from, frame)


def _review(_: Said, __: Failure, ___: Fact, frame: Frame) -> Any:
    days = frame.program.next_review
    return None if days is None else days.value(frame.state, frame.moment)


def _day(instant: int, frame: Frame) -> str | None:
    return None if instant >= NEVER else date_text(frame.program.context.zone.day(instant))


def _expiry(_: Said, __: Failure, ___: Fact, frame: Frame) -> str | None:
    verified = effective_verification(frame.state)
    return None if verified is None or verified.expires_on is None else date_text(verified.expires_on)


def _restrictions(_: Said, __: Failure, ___: Fact, frame: Frame) -> str | None:
    return ", ".join(sorted(name for name, each in frame.state.standing.restrictions.items() if each.value)) or None


def _items(_: Said, __: Failure, ___: Fact, frame: Frame) -> str | None:
    verified = effective_verification(frame.state)
    since = (verified.time, verified.id) if verified else (-1, "")
    items = sorted(item for item, each in frame.state.irregular.failures.items() if (each.time, each.id) > since)
    return ", ".join(items) or None


def _factors(_: Said, __: Failure, fact: Fact, frame: Frame) -> str | None:
    score = getattr(fact, "valid", lambda *_: None)(frame.state, frame.moment)
    return "; ".join(score.factors) if score is not None and score.factors else None


def _answer(_: Said, __: Failure, fact: Fact, frame: Frame) -> str | None:
    assert isinstance(fact, OpenDisputes), "the code's text tells of these facts alone"
    return _day(min(fact.deadlines(frame.state), default=NEVER), frame)


def _days_past_due(said: Said, _: Failure, fact: Fact, frame: Frame) -> Any:
    return said.observed if fact.unit == "days" else frame.program.past_due.value(frame.state, frame.moment)


def _amount_overdue(said: Said, _: Failure, fact: Fact, frame: Frame) -> Any:
    return said.observed if fact.unit == "amount" else frame.program.overdue.text(frame.state, frame.moment)


_FILLS: dict[Source, _Fill] = {
    Source.VALUE: _value,
    Source.LIMIT: _limit,
    Source.WINDOW: _window,
    Source.MONTHS: _months,
    Source.CLEARS: _clears,
    Source.OBSERVED_UNTIL: _observed_until,
    Source.EFFECTIVE: _effective,
    Source.REVIEW: _review,
    Source.EXPIRY: _expiry,
    Source.RESTRICTIONS: _restrictions,
    Source.ITEMS: _items,
    Source.FACTORS: _factors,
    Source.DAYS_PAST_DUE: _days_past_due,
    Source.AMOUNT_OVERDUE: _amount_overdue,
    Source.ANSWER: _answer,
    Source.NOWHERE: lambda *_: None,
}
assert set(_FILLS) == set(Source), "each source is filled"
