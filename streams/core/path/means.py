"""Facts of scores and finances inverted: what would have to be reported for a limit to hold."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from types import MappingProxyType
from typing import Final

from streams.core.calendar import add_months, from_date, to_date
from streams.core.facts.counts import SpendingMonths
from streams.core.facts.finances import Ratio, ScoreValue
from streams.core.groups import Dated
from streams.core.money import exponent, to_major
from streams.core.path.asked import Asked, Inverse, Need, Ways
from streams.core.state import AccountState

ANY_PROVIDER: Final = "any"
"""Stands for a score's provider where the policy names none and none is known."""


def _score(asked: Asked) -> Ways:
    assert isinstance(asked.fact, ScoreValue), "a score"
    known = asked.fact.score(asked.state)
    provider = asked.fact.arguments.provider or _provider(asked.state) or ANY_PROVIDER
    least = asked.least() if asked.fact.name == "score.value" else 0
    most = asked.most() if asked.fact.name == "score.value" else None
    if least is None and most is None:
        return
    value = max(least or 0, 0 if known is None else known.value)
    yield [Need("score", "score.updated", (provider,), {"provider": provider, "value": value})]


def _provider(state: AccountState) -> str | None:
    scores = state.finances.scores
    return max(scores, key=lambda each: (scores[each].time, scores[each].id), default=None)


def _minor(entry: Dated | None, home: str) -> int | None:
    """An amount's minor units in the policy's currency; None when unknown or in another one."""
    if entry is None or entry.value[1] not in (None, home):
        return None
    minor, currency = entry.value
    return ceil(to_major(minor, currency) * Fraction(10 ** exponent(home)))


def _income(asked: Asked) -> Ways:
    least = asked.least(asked.unit)
    if least is not None:
        yield [Need("income", "income.updated", (), {"monthly": least}, asked.home)]


def _income_verified(asked: Asked) -> Ways:
    monthly = _minor(asked.state.finances.income.get("monthly"), asked.home) or 0
    if asked.limit.holds(True):
        yield [Need("income", "income.updated", (), {"monthly": monthly, "verified": True}, asked.home)]


def _lowered(asked: Asked, name: str, target: int | None) -> Ways:
    """An obligation brought down to a target."""
    if target is None or target < 0:
        return
    before = _minor(asked.state.finances.obligations.get(name), asked.home)
    was = {} if before is None else {name: before}
    yield [Need("obligations", "obligations.updated", (), {name: target}, asked.home, was=was)]


def _balance(asked: Asked) -> Ways:
    yield from _lowered(asked, "balance", asked.most(asked.unit))


def _total_limit(asked: Asked) -> Ways:
    yield from _lowered(asked, "total_limit", asked.most(asked.unit))


def _lenders(asked: Asked) -> Ways:
    most = asked.most()
    if most is not None and most >= 0:
        yield [Need("obligations", "obligations.updated", (), {"lenders": most})]


def _utilisation(asked: Asked) -> Ways:
    """Where no total limit is known, the smallest one that is enough can be stated."""
    yield from _of_ratio(asked, "balance")
    assert isinstance(asked.fact, Ratio), "a ratio"
    balance, total = (asked.fact.amount(part) for part in asked.fact.parts(asked.state))
    if not total:
        stated = {} if balance is not None else {"balance": 0}
        least = _divisor(asked, max(balance or Fraction(0), Fraction(0)))
        if least is not None:
            yield [Need("obligations", "obligations.updated", (), {"total_limit": least, **stated}, asked.home)]


def _debt_to_income(asked: Asked) -> Ways:
    yield from _of_ratio(asked, "monthly_payment")
    assert isinstance(asked.fact, Ratio), "a ratio"
    payment, income = (asked.fact.amount(part) for part in asked.fact.parts(asked.state))
    monthly = _divisor(asked, payment or Fraction(0))
    if monthly is not None:
        yield [Need("income", "income.updated", (), {"monthly": monthly}, asked.home)]
    if payment is None and not income:
        yield from _lowered(asked, "monthly_payment", 0)


def _divisor(asked: Asked, dividend: Fraction) -> int | None:
    """The smallest divisor, in minor units, with which a ratio keeps its limit; None where none does."""
    bounds = [Fraction(operand) for _, operand in asked.limit.operators if isinstance(operand, int | Fraction)]
    if not bounds or min(bounds) <= 0:
        return None
    least = max(ceil(dividend / min(bounds) / asked.unit), 1)
    return least + (not asked.limit.holds(dividend / (least * asked.unit)))


def _of_ratio(asked: Asked, name: str) -> Ways:
    assert isinstance(asked.fact, Ratio), "a ratio"
    divisor = asked.fact.amount(asked.fact.parts(asked.state)[1])
    if divisor:
        yield from _lowered(asked, name, asked.most(asked.unit, divisor))


def _court(asked: Asked) -> Ways:
    if asked.most() is not None:
        records = sorted(name for name, each in asked.state.finances.court_records.items() if each.open)
        yield [
            Need("settle", "court_record.changed", (name,), {"record_id": name, "state": "satisfied"})
            for name in records
        ]


def _spending(asked: Asked) -> Ways:
    least, value = asked.least(asked.unit), asked.fact.value(asked.state, asked.moment)
    if least is not None and isinstance(value, int | Fraction):
        minor = ceil(least - value / asked.unit)
        yield [Need("spend", "spending.recorded", (), {"amount": minor}, asked.home, spent="amount")]


def _spending_months(asked: Asked) -> Ways:
    """Spending now, unless this month has some, and on the first of the months after it."""
    assert isinstance(asked.fact, SpendingMonths), "months of spending"
    least, value = asked.least(), asked.fact.value(asked.state, asked.moment)
    if least is None or not isinstance(value, int):
        return
    day, today = asked.fact.context.zone.day, to_date(asked.today)
    known = {to_date(day(each.time)).timetuple()[:2] for each in asked.state.finances.spendings}
    found: list[Need] = []
    ahead = 0
    while len(found) < least - value:
        year, month, _ = add_months(today.year, today.month, 1, ahead)
        if (year, month) not in known:
            first = None if not ahead else from_date(today.replace(year=year, month=month, day=1))
            found.append(
                Need(
                    "spend",
                    "spending.recorded",
                    (year, month),
                    {"amount": 1},
                    asked.home,
                    spent="amount",
                    day=first,
                )
            )
        ahead += 1
    yield found


INVERSES: Final = MappingProxyType[str, Inverse](
    {
        "score.value": _score,
        "score.age_days": _score,
        "income.monthly": _income,
        "income.verified": _income_verified,
        "capacity.debt_to_income": _debt_to_income,
        "capacity.utilisation": _utilisation,
        "capacity.lenders": _lenders,
        "capacity.total_limit": _total_limit,
        "capacity.balance": _balance,
        "legal.court_records": _court,
        "spending.amount": _spending,
        "spending.months_active": _spending_months,
    }
)
"""By fact."""
