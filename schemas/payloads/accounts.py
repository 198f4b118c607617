"""Accounts: who the customer is, restrictions, limits, consents, choices and security flags."""

from typing import ClassVar, Literal

from schemas.payloads.base import MoneyPayload, Payload
from schemas.values import Amount, Bool, Date, Name, ProductId, Text, WhenField


class AccountOpened(Payload):
    """The account exists (again); each field given replaces its former value."""

    region: Name | None = None
    born_on: Date | None = None
    segment: Name | None = None
    student: Bool | None = None
    opened_on: Date | None = None


class AccountUpdated(AccountOpened):
    """Each field given replaces its former value."""


class AccountRestricted(Payload):
    """A restriction of the account, named by its state."""

    state: Name
    reason: Text | None = None


class AccountUnrestricted(AccountRestricted):
    """That restriction is lifted."""


class AccountClosed(Payload):
    """The account is closed until it is opened again."""

    reason: Text | None = None
    by: Literal["customer", "lender"] | None = None


class CreditLimitSet(MoneyPayload):
    """The credit limit of one product, or of the account."""

    AMOUNTS: ClassVar = ("amount",)

    amount: Amount
    product: ProductId | None = None


class ConsentChanged(Payload):
    """A consent was given or withdrawn."""

    scope: Name
    granted: Bool


class ChoiceMade(Payload):
    """The customer pauses, closes or reopens one product or all."""

    choice: Literal["pause", "close", "reopen"]
    product: ProductId | None = None
    until: WhenField | None = None


class SecurityFlagged(Payload):
    """A security concern; limited disclosure keeps its detail out of customer messages."""

    flag: Name
    disclosure: Literal["full", "limited"] | None = None


class SecurityCleared(SecurityFlagged):
    """That concern is settled."""
