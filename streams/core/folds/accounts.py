"""The account itself: profile, restrictions, limits, consents, choices and security flags. The newest event wins."""

from __future__ import annotations

from schemas.event import Event
from schemas.payloads.accounts import (
    AccountClosed,
    AccountRestricted,
    AccountUpdated,
    ChoiceMade,
    ConsentChanged,
    CreditLimitSet,
    SecurityCleared,
    SecurityFlagged,
)
from streams.core import limits
from streams.core.folds.bounded import put, put_each
from streams.core.groups import Choice, Dated
from streams.core.money import to_minor
from streams.core.state import AccountState, newer


def opened(state: AccountState, event: Event) -> None:
    """The account is open (again)."""
    updated(state, event)
    profile = state.change_standing().profile
    put_each(profile, event.time, event.id, opened=True)
    if newer(profile.get("closed"), event.time, event.id):
        profile["closed"] = Dated(None, event.time, event.id)


def updated(state: AccountState, event: Event) -> None:
    """Each stated field of the profile; what isn't stated stays."""
    data: AccountUpdated = event.data
    put_each(
        state.change_standing().profile,
        event.time,
        event.id,
        region=data.region,
        born_on=data.born_on,
        segment=data.segment,
        student=data.student,
        opened_on=data.opened_on,
    )


def restricted(state: AccountState, event: Event) -> None:
    """A restriction state holds."""
    _restriction(state, event, True)


def unrestricted(state: AccountState, event: Event) -> None:
    """A restriction state is lifted."""
    _restriction(state, event, False)


def _restriction(state: AccountState, event: Event, on: bool) -> None:
    data: AccountRestricted = event.data
    entry = Dated(on, event.time, event.id)
    put(state, "restrictions", state.change_standing().restrictions, data.state, entry, limits.NAMED)


def closed(state: AccountState, event: Event) -> None:
    """The account is closed until it is opened again."""
    data: AccountClosed = event.data
    profile = state.change_standing().profile
    if newer(profile.get("closed"), event.time, event.id):
        profile["closed"] = Dated(data.by or "", event.time, event.id)


def limit_set(state: AccountState, event: Event) -> None:
    """The credit limit of a product, or of the account when none is named."""
    data: CreditLimitSet = event.data
    entry = Dated([to_minor(data.amount, data.currency), data.currency], event.time, event.id)
    put(state, "limits", state.change_standing().credit_limits, data.product or "", entry, limits.NAMED)


def consent_changed(state: AccountState, event: Event) -> None:
    """A consent is given or withdrawn."""
    data: ConsentChanged = event.data
    entry = Dated(data.granted, event.time, event.id)
    put(state, "consents", state.change_standing().consents, data.scope, entry, limits.NAMED)


def choice_made(state: AccountState, event: Event) -> None:
    """The customer pauses, closes or reopens a product, or all of them."""
    data: ChoiceMade = event.data
    until = data.until if data.choice == "pause" else None
    entry = Choice(event.time, event.id, data.choice != "reopen", until)
    put(state, "choices", state.change_standing().choices, data.product or "", entry, limits.NAMED)


def flagged(state: AccountState, event: Event) -> None:
    """A security flag is up; its value is how much of it may be told."""
    data: SecurityFlagged = event.data
    entry = Dated(data.disclosure or "limited", event.time, event.id)
    put(state, "flags", state.change_standing().flags, data.flag, entry, limits.NAMED)


def cleared(state: AccountState, event: Event) -> None:
    """A security flag is down."""
    data: SecurityCleared = event.data
    put(state, "flags", state.change_standing().flags, data.flag, Dated(None, event.time, event.id), limits.NAMED)


FOLDS = {
    "account.opened": opened,
    "account.updated": updated,
    "account.restricted": restricted,
    "account.unrestricted": unrestricted,
    "account.closed": closed,
    "credit.limit_set": limit_set,
    "consent.changed": consent_changed,
    "choice.made": choice_made,
    "security.flagged": flagged,
    "security.cleared": cleared,
}
