"""Facts of repayments inverted: what to pay for a limit to hold."""

from __future__ import annotations

from math import ceil
from types import MappingProxyType
from typing import Final

from streams.core.facts.repayments import AmountOverdue, InstallmentFact, days_past_due
from streams.core.money import exponent, to_major
from streams.core.path.asked import DUES, Asked, Inverse, Need, Ways
from streams.core.state import Installment


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


def _days_past_due(asked: Asked) -> Ways:
    most = asked.most()
    if most is not None and most >= 0:
        yield [pay(each, each.amount - each.paid) for days, each in _behind(asked) if days > most]
        if _falls_due(asked):
            yield [Need(DUES, "repayment.received")]


def _amount_overdue(asked: Asked) -> Ways:
    assert isinstance(asked.fact, AmountOverdue), "amounts of installments"
    most = asked.most(asked.unit)
    if most is None or most < 0:
        return
    behind = [each for days, each in _behind(asked) if days > 0]
    yield _paying_down(asked, behind, most)
    if _falls_due(asked):
        yield [Need(DUES, "repayment.received")]


def _open_amount(asked: Asked) -> Ways:
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


def _late(asked: Asked) -> Ways:
    """What was late stays so; what is still open need not get later, and what falls due need not be late."""
    most = asked.most()
    if most is None or most < 0:
        return
    if isinstance(asked.fact, InstallmentFact):
        yield [pay(each, each.amount - each.paid) for days, each in _behind(asked) if days > 0]
        if _falls_due(asked):
            yield [Need(DUES, "repayment.received")]


def _received(asked: Asked) -> Ways:
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


def _reported(asked: Asked) -> Ways:
    """Catching up, so that the next report says so."""
    most = asked.most()
    if most is not None and most >= 0:
        yield [Need("catch-up", "delinquency.reported", (), {"months_past_due": most})]


def _written_off(asked: Asked) -> Ways:
    if asked.limit.holds(False):
        months = max(asked.state.irregular.reports, key=lambda each: (each.time, each.id), default=None)
        fields = {"months_past_due": 0 if months is None else months.months, "written_off": False}
        yield [Need("catch-up", "delinquency.reported", (), fields)]


INVERSES: Final = MappingProxyType[str, Inverse](
    {
        "repayment.days_past_due": _days_past_due,
        "repayment.amount_overdue": _amount_overdue,
        "repayment.open_amount": _open_amount,
        "repayment.late_count": _late,
        "repayment.worst_days_past_due": _late,
        "repayment.received_count": _received,
        "delinquency.months_past_due": _reported,
        "delinquency.written_off": _written_off,
    }
)
"""By fact."""
