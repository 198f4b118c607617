"""Repayments: what falls due, what is paid, missed, reversed or paused, and what others report."""

from typing import ClassVar

from pydantic import ConfigDict, Field

from schemas.errors import Code, ContractError
from schemas.payloads.base import MoneyPayload, Payload, check_span
from schemas.values import Bool, Date, Days, Id, Installment, Name, PositiveAmount, Text, WhenField


class RepaymentDue(MoneyPayload):
    """An installment with its due date and amount; sent again, it amends."""

    AMOUNTS: ClassVar = ("amount",)

    loan_id: Name
    installment: Installment
    due_on: Date
    amount: PositiveAmount


class RepaymentReceived(MoneyPayload):
    """A payment, for one installment, for a loan, or for the account."""

    AMOUNTS: ClassVar = ("amount",)

    amount: PositiveAmount
    loan_id: Name | None = None
    installment: Installment | None = None
    payment_id: Id | None = None


class RepaymentMissed(Payload):
    """A due date that passed without payment, where installments themselves are not reported."""

    loan_id: Name | None = None
    installment: Installment | None = None
    days_past_due: Days | None = None


class RepaymentReversed(Payload):
    """A payment that turned out not to be one."""

    payment_id: Id


class RepaymentPaused(Payload):
    """A span of local days that do not count as past due, for one loan or all."""

    from_: WhenField = Field(alias="from")
    until: WhenField
    loan_id: Name | None = None

    def check(self, subject: str) -> None:
        check_span(self.from_, self.until)


class RepaymentResumed(RepaymentPaused):
    """A span of local days that count again."""


class DelinquencyReported(Payload):
    """What an issuer or bureau reports: months or days past due, at least one of them."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["months_past_due"]}, {"required": ["days_past_due"]}]}
    )

    REQUIRES_ONE: ClassVar = True

    months_past_due: Days | None = None
    days_past_due: Days | None = None
    reporter: Text | None = None
    as_of: WhenField | None = None
    written_off: Bool | None = None

    def check(self, subject: str) -> None:
        if self.months_past_due is None and self.days_past_due is None:
            field, expected = "data.months_past_due", "months_past_due or days_past_due, a whole number of 0 or more"
            raise ContractError(Code.INVALID_EVENT, field, "neither", expected, "2")
