"""Facts on installments, payments and reports (policy.md repayment.*, delinquency.*)."""

from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal

from streams.reference.facts import (
    UNKNOWN,
    Fact,
    Frame,
    Query,
    Steps,
    Value,
    counted,
    leaving,
    no_moments,
)
from streams.reference.history import Known, Record
from streams.reference.ledger import Installment, ledger_of

PAUSES = ("repayment.paused", "repayment.resumed")
MONEY = ("repayment.due", "repayment.received", "repayment.reversed")
DUES = (*MONEY, *PAUSES)
REPORTS = ("delinquency.reported",)


def installments(known: Known) -> list[Installment]:
    return list(ledger_of(known).installments.values())


def paused_days(known: Known, loan: str, frame: Frame) -> list[int]:
    """Every paused local day of a loan: the newest pause or resumption that covers a day decides (0002, 10)."""
    covering: dict[int, Record] = {}
    for record in known.of(*PAUSES):
        if record.data.get("loan_id") not in (None, loan):
            continue
        first, last = frame.calendar.first_day(record.data["from"]), frame.calendar.last_day(record.data["until"])
        for day in range(first, last + 1):
            if day not in covering or record.order > covering[day].order:
                covering[day] = record
    return sorted({day for day, record in covering.items() if record.kind == "repayment.paused"} | known.excused)


def days_past_due(known: Known, installment: Installment, frame: Frame, at: int) -> int:
    """Local days since due_on, less the paused ones among them, at least 0."""
    day, due_on = frame.business_day(at), installment.due_on
    paused = paused_days(known, installment.loan, frame)
    return max(0, day - due_on - (bisect_right(paused, day) - bisect_right(paused, due_on)))


def reaches(known: Known, installment: Installment, frame: Frame, days: int) -> int:
    """The instant at which this many days past due are reached, paid or not (0002, 9)."""
    paused = set(paused_days(known, installment.loan, frame))
    day = installment.due_on
    while days > 0:
        day += 1
        if day not in paused:
            days -= 1
    return frame.business_start(day)


def past_due(known: Known, frame: Frame, at: int) -> list[Installment]:
    return [i for i in installments(known) if i.open > 0 and days_past_due(known, i, frame, at) >= 1]


def worst_open_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    late = past_due(known, frame, at)
    return Value(max((days_past_due(known, i, frame, at) for i in late), default=0), [i.due for i in late])


def worst_open_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    for installment in installments(known):
        if installment.open > 0:
            for days in steps:
                if days >= 1:
                    yield reaches(known, installment, frame, days)


def open_sum(of: list[Installment], frame: Frame) -> Value:
    if not all(frame.home(i.due) for i in of):
        return UNKNOWN
    return Value(sum((i.open for i in of), Decimal(0)), [i.due for i in of])


def overdue_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    return open_sum(past_due(known, frame, at), frame)


def overdue_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    return worst_open_moments(known, query, frame, at, [1])


def open_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    return open_sum([i for i in installments(known) if i.open > 0], frame)


def was_open(installment: Installment, at: int) -> bool:
    return installment.paid_before(at) < installment.amount


def late_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    late = []
    for installment in installments(known):
        reached = reaches(known, installment, frame, query.min_days)
        if frame.inside(reached, query.window, at) and was_open(installment, reached):
            late.append(installment.due)
    return Value(len(late), late)


def late_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    for installment in installments(known):
        reached = reaches(known, installment, frame, query.min_days)
        yield reached
        yield frame.leaves(reached, query.window)


def worst_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    days: list[tuple[int, Record]] = []
    for installment in installments(known):
        settled = installment.settled_at()
        if settled is None:
            days.append((days_past_due(known, installment, frame, at), installment.due))
        elif frame.inside(settled, query.window, at):
            days.append((days_past_due(known, installment, frame, settled - 1), installment.due))
    worst = max((n for n, _ in days), default=0)
    return Value(worst, [due for n, due in days if n == worst and n > 0])


def worst_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    yield from worst_open_moments(known, query, frame, at, steps)
    for installment in installments(known):
        settled = installment.settled_at()
        if settled is not None:
            yield frame.leaves(settled, query.window)


def payments_received(known: Known, query: Query) -> list[Record]:
    return [payment.record for payment in ledger_of(known).payments]


def missed(known: Known, query: Query) -> list[Record]:
    records = known.usable(known.of("repayment.missed"))
    return [each for each in records if not any(begin <= each.time < end for begin, end, _ in known.down)]


def reports(known: Known) -> list[Record]:
    return known.usable(known.of(*REPORTS))


def reported_months(record: Record) -> int:
    """With both, months count; days reported count as ceil(days / 30) (0002, 11)."""
    months = record.data.get("months_past_due")
    return int(months) if months is not None else -(-int(record.data["days_past_due"]) // 30)


def months_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    newest = max(reports(known), key=lambda record: record.order, default=None)
    return Value(reported_months(newest), [newest]) if newest else UNKNOWN


def worst_months_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    inside = [r for r in reports(known) if frame.inside(r.time, query.window, at)]
    worst = max((reported_months(r) for r in inside), default=0)
    return Value(worst, [r for r in inside if reported_months(r) == worst])


def written_off_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    said = [record for record in reports(known) if record.data.get("written_off") is not None]
    newest = max(said, key=lambda record: record.order, default=None)
    return Value(newest.data["written_off"], [newest]) if newest else UNKNOWN


FACTS = {
    "repayment.days_past_due": Fact("days", "int", DUES, worst_open_value, worst_open_moments, expected_paid=True),
    "repayment.amount_overdue": Fact("amount", "amount", DUES, overdue_value, overdue_moments, expected_paid=True),
    "repayment.open_amount": Fact("amount", "amount", DUES, open_value, no_moments),
    "repayment.late_count": Fact("count", "int", DUES, late_value, late_moments, expected_paid=True),
    "repayment.worst_days_past_due": Fact("days", "int", DUES, worst_value, worst_moments, expected_paid=True),
    "repayment.received_count": Fact("count", "int", MONEY, *counted(payments_received)),
    "repayment.missed_count": Fact("count", "int", ("repayment.missed",), *counted(missed)),
    "delinquency.months_past_due": Fact("months", "int", REPORTS, months_value, no_moments),
    "delinquency.worst_months": Fact(
        "months", "int", REPORTS, worst_months_value, leaving(lambda known, _: reports(known))
    ),
    "delinquency.written_off": Fact(None, "bool", REPORTS, written_off_value, no_moments),
}
