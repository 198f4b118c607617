"""Score, income, obligations, spending and court records. The newest event wins, field by field."""

from __future__ import annotations

from decimal import Decimal

from schemas.event import Event
from schemas.payloads.finances import (
    CourtRecordChanged,
    IncomeUpdated,
    ObligationsUpdated,
    ScoreUpdated,
    SpendingRecorded,
)
from streams.core import limits
from streams.core.folds.bounded import append, put, put_each
from streams.core.groups import Record, Score, Spending
from streams.core.money import to_minor
from streams.core.state import AccountState


def score_updated(state: AccountState, event: Event) -> None:
    """A provider's score."""
    data: ScoreUpdated = event.data
    entry = Score(event.time, event.id, data.value, data.valid_until, list(data.factors or ()))
    put(state, "scores", state.change_finances().scores, data.provider, entry, limits.NAMED)


def income_updated(state: AccountState, event: Event) -> None:
    """Monthly income and whether it was verified."""
    data: IncomeUpdated = event.data
    put_each(
        state.change_finances().income,
        event.time,
        event.id,
        monthly=_amount(data.monthly, data.currency),
        verified=data.verified,
    )


def obligations_updated(state: AccountState, event: Event) -> None:
    """What is owed elsewhere; each stated figure by itself."""
    data: ObligationsUpdated = event.data
    put_each(
        state.change_finances().obligations,
        event.time,
        event.id,
        monthly_payment=_amount(data.monthly_payment, data.currency),
        lenders=data.lenders,
        total_limit=_amount(data.total_limit, data.currency),
        balance=_amount(data.balance, data.currency),
    )


def spending_recorded(state: AccountState, event: Event) -> None:
    """Money spent."""
    data: SpendingRecorded = event.data
    entry = Spending(event.time, event.id, to_minor(data.amount, data.currency), data.currency)
    append(state, "spendings", state.change_finances().spendings, entry, limits.SPENDINGS)


def court_record_changed(state: AccountState, event: Event) -> None:
    """A court record opens, is satisfied, or gets a date from which it may no longer be used."""
    data: CourtRecordChanged = event.data
    entry = Record(event.time, event.id, data.state == "open", data.usable_until)
    put(state, "court_records", state.change_finances().court_records, data.record_id, entry, limits.CASES)


def _amount(value: Decimal | None, currency: str | None) -> list[int | str | None] | None:
    return None if value is None else [to_minor(value, currency), currency]


FOLDS = {
    "score.updated": score_updated,
    "income.updated": income_updated,
    "obligations.updated": obligations_updated,
    "spending.recorded": spending_recorded,
    "court_record.changed": court_record_changed,
}
