"""Finances: scores, income, obligations, spending, court records."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.hints import Hint
from schemas.payloads.base import MoneyPayload, Payload
from schemas.values import Amount, Bool, Count, Id, Name, SignedAmount, WhenField

FACTORS_MAX = 16

Factors = Annotated[
    list[Name],
    Field(strict=True, max_length=FACTORS_MAX),
    Hint(f"a list of at most {FACTORS_MAX} names", '["short credit history"]'),
]


class ScoreUpdated(Payload):
    """A score of one provider, with the factors that weighed most."""

    provider: Name
    value: Count
    valid_until: WhenField | None = None
    factors: Factors | None = None


class IncomeUpdated(MoneyPayload):
    """The monthly income, as declared or verified."""

    AMOUNTS: ClassVar = ("monthly",)

    monthly: Amount
    verified: Bool | None = None


class ObligationsUpdated(MoneyPayload):
    """Debts in all: each field given replaces its former value; a negative balance is a credit."""

    AMOUNTS: ClassVar = ("monthly_payment", "total_limit", "balance")

    monthly_payment: Amount | None = None
    lenders: Count | None = None
    total_limit: Amount | None = None
    balance: SignedAmount | None = None


class SpendingRecorded(MoneyPayload):
    """One purchase."""

    AMOUNTS: ClassVar = ("amount",)

    amount: Amount
    category: Name | None = None


class CourtRecordChanged(Payload):
    """A court enforcement record; usable until a date, where law ends its use."""

    record_id: Id
    state: Literal["open", "satisfied"]
    usable_until: WhenField | None = None
