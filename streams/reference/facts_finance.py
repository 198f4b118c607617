"""Facts on scores, income, obligations, court records and spending (policy.md)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

from streams.reference.calendar import NEVER
from streams.reference.facts import UNKNOWN, Fact, Frame, Query, Steps, Value, counted, leaving, no_moments
from streams.reference.history import Known, Record

SCORES = ("score.updated",)
INCOME = ("income.updated",)
OBLIGATIONS = ("obligations.updated",)
COURT = ("court_record.changed",)
SPENDING = ("spending.recorded",)


def newest_score(known: Known, query: Query) -> Record | None:
    newest = known.newest_by_key("provider", *SCORES).values()
    wanted = [record for record in newest if query.provider in (None, record.data["provider"])]
    return max(known.usable(wanted), key=lambda record: record.order, default=None)


def score_end(record: Record, frame: Frame) -> int:
    until = record.data.get("valid_until")
    return NEVER if until is None else frame.calendar.end_of(until)


def usable_score(known: Known, query: Query, frame: Frame, at: int) -> Record | None:
    """The newest score while it is valid; an older one never takes its place."""
    newest = newest_score(known, query)
    return newest if newest and at < score_end(newest, frame) else None


def score_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    newest = newest_score(known, query)
    if newest:
        yield score_end(newest, frame)


def score_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    score = usable_score(known, query, frame, at)
    return Value(score.data["value"], [score]) if score else UNKNOWN


def score_age_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    score = usable_score(known, query, frame, at)
    if score is None:
        return UNKNOWN
    return Value(max(0, frame.calendar.day_of(at) - frame.calendar.day_of(score.time)), [score])


def score_age_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    yield from score_moments(known, query, frame, at, steps)
    newest = newest_score(known, query)
    if newest:
        for days in steps:
            yield frame.calendar.start_of(frame.calendar.day_of(newest.time) + days)


def factors_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    score = usable_score(known, query, frame, at)
    return Value(bool(score.data.get("factors")), [score]) if score else UNKNOWN


def amount_field(name: str, *kinds: str) -> Callable[[Known, Query, Frame, int], Value]:
    """The newest value of an optional amount field, unknown in another currency."""

    def value(known: Known, query: Query, frame: Frame, at: int) -> Value:
        newest = known.newest_with(name, *kinds)
        return Value(newest.amount(name), [newest]) if newest and frame.home(newest) else UNKNOWN

    return value


def plain_field(name: str, *kinds: str) -> Callable[[Known, Query, Frame, int], Value]:
    def value(known: Known, query: Query, frame: Frame, at: int) -> Value:
        newest = known.newest_with(name, *kinds)
        return Value(newest.data[name], [newest]) if newest else UNKNOWN

    return value


monthly_income = amount_field("monthly", *INCOME)
monthly_payment = amount_field("monthly_payment", *OBLIGATIONS)
total_limit = amount_field("total_limit", *OBLIGATIONS)
balance = amount_field("balance", *OBLIGATIONS)


def quotient(part: Value, whole: Value) -> Value:
    """An exact ratio, unknown when either is or when the whole is not above 0."""
    if not isinstance(part.value, Decimal) or not isinstance(whole.value, Decimal) or whole.value <= 0:
        return UNKNOWN
    ratio = Fraction(max(Decimal(0), part.value)) / Fraction(whole.value)
    return Value(ratio, part.events + [r for r in whole.events if r not in part.events])


def debt_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    return quotient(monthly_payment(known, query, frame, at), monthly_income(known, query, frame, at))


def utilisation_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    return quotient(balance(known, query, frame, at), total_limit(known, query, frame, at))


def record_end(record: Record, frame: Frame) -> int:
    until = record.data.get("usable_until")
    return NEVER if until is None else frame.calendar.end_of(until)


def open_records(known: Known) -> list[Record]:
    newest = known.usable(known.newest_by_key("record_id", *COURT).values())
    return [r for r in newest if r.data["state"] == "open"]


def court_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    usable = [r for r in open_records(known) if at < record_end(r, frame)]
    return Value(len(usable), usable)


def court_moments(known: Known, query: Query, frame: Frame, at: int, steps: Steps) -> Iterator[int]:
    return (record_end(r, frame) for r in open_records(known))


def spending(known: Known, query: Query) -> list[Record]:
    return known.usable(known.of(*SPENDING))


spending_in_window = counted(spending)[0]


def spending_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    inside = spending_in_window(known, query, frame, at).events
    if not all(frame.home(r) for r in inside):
        return UNKNOWN
    return Value(sum((r.amount() for r in inside), Decimal(0)), inside)


def months_active_value(known: Known, query: Query, frame: Frame, at: int) -> Value:
    inside = spending_in_window(known, query, frame, at).events
    months = {(local.year, local.month) for local in (frame.calendar.local(r.time) for r in inside)}
    return Value(len(months), inside)


FACTS = {
    "score.value": Fact("count", "int", SCORES, score_value, score_moments),
    "score.age_days": Fact("days", "int", SCORES, score_age_value, score_age_moments),
    "score.factors_known": Fact(None, "bool", SCORES, factors_value, score_moments),
    "income.monthly": Fact("amount", "amount", INCOME, monthly_income, no_moments),
    "income.verified": Fact(None, "bool", INCOME, plain_field("verified", *INCOME), no_moments),
    "capacity.debt_to_income": Fact("ratio", "ratio", INCOME + OBLIGATIONS, debt_value, no_moments),
    "capacity.utilisation": Fact("ratio", "ratio", OBLIGATIONS, utilisation_value, no_moments),
    "capacity.lenders": Fact("count", "int", OBLIGATIONS, plain_field("lenders", *OBLIGATIONS), no_moments),
    "capacity.total_limit": Fact("amount", "amount", OBLIGATIONS, total_limit, no_moments),
    "capacity.balance": Fact("amount", "amount", OBLIGATIONS, balance, no_moments),
    "legal.court_records": Fact("count", "int", COURT, court_value, court_moments),
    "spending.amount": Fact("amount", "amount", SPENDING, spending_value, leaving(spending)),
    "spending.months_active": Fact("months", "int", SPENDING, months_active_value, leaving(spending)),
}
