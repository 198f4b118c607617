"""Facts inverted: what would have to happen for a limit to hold. Time, which needs no doing, is left to the search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType
from typing import Any, Final

from streams.core.calendar import add_months, from_date, to_date
from streams.core.facts.base import Fact, Moment
from streams.core.facts.counts import FailedItems, SpendingMonths
from streams.core.facts.latest import Ratio, ScoreValue
from streams.core.facts.limit import Limit
from streams.core.facts.repayments import AmountOverdue, InstallmentFact, days_past_due
from streams.core.groups import Dated
from streams.core.money import exponent, to_major
from streams.core.state import AccountState, Installment, effective_verification

DOCUMENT_DAYS: Final = 3_650
"""A renewed document is valid for ten years, as most are."""

ANY_PROVIDER: Final = "any"
"""Stands for a score's provider where the policy names none and none is known."""

DUES: Final = "dues"
"""Paying what falls due on its day, for as long as it takes: the search makes the payments as it goes."""


@dataclass(frozen=True, slots=True)
class Need:
    """One event that would have to happen.

    `kind` is what a person does, `key` names what it is done to: needs of one kind and key are met by one event.
    `fields` hold the event's data as numbers: amounts in minor units of `currency`, dates as days. `spent` is the field
    that is money paid, `was` the amount before, where it is lowered to a target. `day` is the local day, None for at
    once.
    """

    kind: str
    type: str
    key: tuple[Any, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    currency: str | None = None
    spent: str | None = None
    was: dict[str, int] = field(default_factory=dict)
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A limit on a fact that doesn't hold, of an account at an instant; `today` is the local day on which one acts."""

    fact: Fact
    limit: Limit
    state: AccountState
    moment: Moment
    today: int

    @property
    def home(self) -> str:
        """The policy's currency."""
        return self.fact.context.currency

    def least(self, unit: Fraction = Fraction(1), scale: Fraction = Fraction(1)) -> int | None:
        """The smallest number of units that keeps every lower limit; None without one."""
        found = [
            ceil(operand * scale / unit) if name == "at_least" else floor(operand * scale / unit) + 1
            for name, operand in self._numbers("at_least", "above")
        ]
        return max(found, default=None)

    def most(self, unit: Fraction = Fraction(1), scale: Fraction = Fraction(1)) -> int | None:
        """The greatest number of units that keeps every upper limit; None without one."""
        found = [
            floor(operand * scale / unit) if name == "at_most" else ceil(operand * scale / unit) - 1
            for name, operand in self._numbers("at_most", "below")
        ]
        return min(found, default=None)

    def _numbers(self, *names: str) -> Iterator[tuple[str, Fraction]]:
        for name, operand in self.limit.operators:
            if name in names and isinstance(operand, int | Fraction):
                yield name, Fraction(operand)

    @property
    def unit(self) -> Fraction:
        """The policy's currency's minor unit."""
        return Fraction(1, 10 ** exponent(self.home))


def needs(asked: Asked) -> list[list[Need]]:
    """Ways to make the limit hold, each one a list of events; none where only time can, or nobody."""
    inverse = _INVERSES.get(asked.fact.name)
    return [way for way in inverse(asked) if way] if inverse is not None else []


def reopening(state: AccountState) -> list[Need]:
    """A closed account is opened again by its customer, unless the lender closed it."""
    closed = state.standing.profile.get("closed")
    if closed is None or closed.value is None or closed.value == "lender":
        return []
    return [Need("open-account", "account.opened")]


_Ways = Iterator[list[Need]]


# Money owed


def pay(installment: Installment, minor: int, day: int | None = None) -> Need:
    """A payment of so many minor units for one installment."""
    return Need(
        "pay",
        "repayment.received",
        (installment.loan, installment.number),
        {"amount": minor, "loan_id": installment.loan, "installment": installment.number},
        installment.currency,
        spent="amount",
        day=day,
    )


def _behind(asked: Asked) -> list[tuple[int, Installment]]:
    """Days past due of the open installments that had fallen due when one acts; the later ones are `DUES`."""
    zone, cut = asked.fact.context.zone, asked.moment.cut_day
    found = [(days_past_due(asked.state, zone, each, cut), each) for each in asked.state.open]
    return sorted(
        ((days, each) for days, each in found if each.due_on < asked.today),
        key=lambda each: (each[1].due_on, each[1].loan, each[1].number),
    )


def _falls_due(asked: Asked) -> bool:
    """Whether something falls due after one acted that keeps the limit broken."""
    most = asked.most()
    zone, cut = asked.fact.context.zone, asked.moment.cut_day
    return most is not None and any(
        each.due_on >= asked.today and days_past_due(asked.state, zone, each, cut) > 0 for each in asked.state.open
    )


def _days_past_due(asked: Asked) -> _Ways:
    most = asked.most()
    if most is not None and most >= 0:
        yield [pay(each, each.amount - each.paid) for days, each in _behind(asked) if days > most]
        if _falls_due(asked):
            yield [Need(DUES, "repayment.received")]


def _amount_overdue(asked: Asked) -> _Ways:
    assert isinstance(asked.fact, AmountOverdue), "amounts of installments"
    most = asked.most(asked.unit)
    if most is None or most < 0:
        return
    behind = [each for days, each in _behind(asked) if days > 0]
    yield _paying_down(asked, behind, most)
    if _falls_due(asked):
        yield [Need(DUES, "repayment.received")]


def _open_amount(asked: Asked) -> _Ways:
    most = asked.most(asked.unit)
    if most is not None and most >= 0:
        ordered = sorted(asked.state.open, key=lambda each: (each.due_on, each.loan, each.number))
        yield _paying_down(asked, ordered, most)


def _paying_down(asked: Asked, installments: list[Installment], most: int) -> list[Need]:
    """Pay the earliest ones until no more than so much of all is open; all of those in another currency."""
    assert isinstance(asked.fact, AmountOverdue), "amounts of installments"
    foreign = [each for each in installments if each.currency not in (None, asked.home)]
    own = [each for each in installments if each.currency in (None, asked.home)]
    total = asked.fact.sum_open(own)
    assert total is not None, "amounts in the policy's currency add up"
    excess, found = total - most * asked.unit, [pay(each, each.amount - each.paid) for each in foreign]
    for each in own:
        if excess <= 0:
            break
        minor = min(each.amount - each.paid, ceil(excess * 10 ** exponent(each.currency)))
        found.append(pay(each, minor))
        excess -= to_major(minor, each.currency)
    return found


def _late(asked: Asked) -> _Ways:
    """What was late stays so; what is still open need not get later, and what falls due need not be late."""
    most = asked.most()
    if most is None or most < 0:
        return
    if isinstance(asked.fact, InstallmentFact):
        yield [pay(each, each.amount - each.paid) for days, each in _behind(asked) if days > 0]
        if _falls_due(asked):
            yield [Need(DUES, "repayment.received")]


def _received(asked: Asked) -> _Ways:
    """Payments for the next installments, one each; where there are too few, payments ahead, however small."""
    least, value = asked.least(), asked.fact.value(asked.state, asked.moment)
    if least is None or not isinstance(value, int):
        return
    ordered = sorted(asked.state.open, key=lambda each: (each.due_on, each.loan, each.number))[: least - value]
    ahead = [
        Need("pay", "repayment.received", (number,), {"amount": 1}, asked.home, spent="amount")
        for number in range(least - value - len(ordered))
    ]
    yield [*(pay(each, each.amount - each.paid) for each in ordered), *ahead]


def _reported(asked: Asked) -> _Ways:
    """Catching up, so that the next report says so."""
    most = asked.most()
    if most is not None and most >= 0:
        yield [Need("catch-up", "delinquency.reported", (), {"months_past_due": most})]


def _written_off(asked: Asked) -> _Ways:
    if asked.limit.holds(False):
        months = max(asked.state.irregular.reports, key=lambda each: (each.time, each.id), default=None)
        fields = {"months_past_due": 0 if months is None else months.months, "written_off": False}
        yield [Need("catch-up", "delinquency.reported", (), fields)]


# Who one is


def _verify(asked: Asked, level: int, expires_on: int | None) -> _Ways:
    verified = effective_verification(asked.state)
    level = max(level, 0 if verified is None else verified.level)
    if expires_on is None and verified is not None:
        expires_on = verified.expires_on
    if 1 <= level <= 3:
        fields = {"level": level} | ({} if expires_on is None else {"document_expires_on": expires_on})
        yield [Need("verify", "identity.verified", (), fields)]


def _level(asked: Asked) -> _Ways:
    yield from _verify(asked, asked.least() or 1, None)


def _document(asked: Asked) -> _Ways:
    least = asked.least()
    if least is not None:
        yield from _verify(asked, 1, asked.today + DOCUMENT_DAYS + max(least, 0))


def _failed_items(asked: Asked) -> _Ways:
    assert isinstance(asked.fact, FailedItems), "failed items"
    if asked.most() is not None:
        yield from _verify(asked, 1, None)


# The account


def _restricted(asked: Asked) -> _Ways:
    if asked.limit.holds(False):
        on = sorted(name for name, entry in asked.state.standing.restrictions.items() if entry.value)
        yield [Need("lift", "account.unrestricted", (name,), {"state": name}) for name in on]


def _consent(asked: Asked) -> _Ways:
    scope = asked.fact.arguments.scope
    for granted in (True, False):
        if asked.limit.holds(granted):
            yield [Need("consent", "consent.changed", (scope,), {"scope": scope, "granted": granted})]


def _region(asked: Asked) -> _Ways:
    for name, operand in asked.limit.operators:
        if name == "one_of" and isinstance(operand, tuple):
            yield from _stated(asked, "region", operand[0])


def _student(asked: Asked) -> _Ways:
    yield from _stated(asked, "student", False)


def _years_old(asked: Asked) -> _Ways:
    """The latest day of birth that is early enough."""
    least, today = asked.least() or 0, to_date(asked.today)
    if least < today.year:
        day = 28 if (today.month, today.day) == (2, 29) else today.day
        yield from _stated(asked, "born_on", from_date(today.replace(year=today.year - least, day=day)))


def _stated(asked: Asked, name: str, value: Any) -> _Ways:
    """What isn't known of a person can be stated; what is known is as it is."""
    if name not in asked.state.standing.profile:
        yield [Need("state", "account.updated", (), {name: value})]


def _paused(asked: Asked) -> _Ways:
    product = asked.fact.arguments.product
    if asked.limit.holds(False):
        fields = {"choice": "reopen"} | ({"product": product} if product else {})
        yield [Need("reopen", "choice.made", (product,), fields)]


def _flags(asked: Asked) -> _Ways:
    if asked.most() is not None:
        up = sorted(name for name, entry in asked.state.standing.flags.items() if entry.value is not None)
        yield [Need("clear", "security.cleared", (name,), {"flag": name}) for name in up]


# Scores and finances


def _score(asked: Asked) -> _Ways:
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


def _income(asked: Asked) -> _Ways:
    least = asked.least(asked.unit)
    if least is not None:
        yield [Need("income", "income.updated", (), {"monthly": least}, asked.home)]


def _income_verified(asked: Asked) -> _Ways:
    monthly = _minor(asked.state.finances.income.get("monthly"), asked.home) or 0
    if asked.limit.holds(True):
        yield [Need("income", "income.updated", (), {"monthly": monthly, "verified": True}, asked.home)]


def _lowered(asked: Asked, name: str, target: int | None) -> _Ways:
    """An obligation brought down to a target."""
    if target is None or target < 0:
        return
    before = _minor(asked.state.finances.obligations.get(name), asked.home)
    was = {} if before is None else {name: before}
    yield [Need("obligations", "obligations.updated", (), {name: target}, asked.home, was=was)]


def _balance(asked: Asked) -> _Ways:
    yield from _lowered(asked, "balance", asked.most(asked.unit))


def _total_limit(asked: Asked) -> _Ways:
    yield from _lowered(asked, "total_limit", asked.most(asked.unit))


def _lenders(asked: Asked) -> _Ways:
    most = asked.most()
    if most is not None and most >= 0:
        yield [Need("obligations", "obligations.updated", (), {"lenders": most})]


def _utilisation(asked: Asked) -> _Ways:
    """Where no total limit is known, the smallest one that is enough can be stated."""
    yield from _of_ratio(asked, "balance")
    assert isinstance(asked.fact, Ratio), "a ratio"
    balance, total = (asked.fact.amount(part) for part in asked.fact.parts(asked.state))
    if not total:
        stated = {} if balance is not None else {"balance": 0}
        least = _divisor(asked, max(balance or Fraction(0), Fraction(0)))
        if least is not None:
            yield [Need("obligations", "obligations.updated", (), {"total_limit": least, **stated}, asked.home)]


def _debt_to_income(asked: Asked) -> _Ways:
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


def _of_ratio(asked: Asked, name: str) -> _Ways:
    assert isinstance(asked.fact, Ratio), "a ratio"
    divisor = asked.fact.amount(asked.fact.parts(asked.state)[1])
    if divisor:
        yield from _lowered(asked, name, asked.most(asked.unit, divisor))


def _court(asked: Asked) -> _Ways:
    if asked.most() is not None:
        records = sorted(name for name, each in asked.state.finances.court_records.items() if each.open)
        yield [
            Need("settle", "court_record.changed", (name,), {"record_id": name, "state": "satisfied"})
            for name in records
        ]


def _spending(asked: Asked) -> _Ways:
    least, value = asked.least(asked.unit), asked.fact.value(asked.state, asked.moment)
    if least is not None and isinstance(value, int | Fraction):
        minor = ceil(least - value / asked.unit)
        yield [Need("spend", "spending.recorded", (), {"amount": minor}, asked.home, spent="amount")]


def _spending_months(asked: Asked) -> _Ways:
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


_INVERSES: Final = MappingProxyType[str, Callable[[Asked], _Ways]](
    {
        "repayment.days_past_due": _days_past_due,
        "repayment.amount_overdue": _amount_overdue,
        "repayment.open_amount": _open_amount,
        "repayment.late_count": _late,
        "repayment.worst_days_past_due": _late,
        "repayment.received_count": _received,
        "delinquency.months_past_due": _reported,
        "delinquency.written_off": _written_off,
        "identity.level": _level,
        "identity.document_days_left": _document,
        "identity.failed_items": _failed_items,
        "account.restricted": _restricted,
        "consent.granted": _consent,
        "choice.paused": _paused,
        "account.region": _region,
        "account.student": _student,
        "account.years_old": _years_old,
        "security.flags": _flags,
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
"""By fact. Not here: what only time moves (inquiries, windows, reviews), what nobody changes to fit (a segment; birth,
region and being a student once they are known), and what others decide (limits, disputes, reviews, factors).
"""
