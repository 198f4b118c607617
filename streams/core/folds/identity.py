"""Identity verification."""

from __future__ import annotations

from schemas.event import Event
from schemas.payloads.identity import IdentityFailed, IdentityVerified
from streams.core import limits
from streams.core.folds.bounded import put
from streams.core.groups import Dated
from streams.core.state import AccountState, Verified, newer


def verified(state: AccountState, event: Event) -> None:
    """The newest verification stands for all."""
    data: IdentityVerified = event.data
    if newer(state.verified, event.time, event.id):
        state.verified = Verified(event.time, event.id, data.level, data.document_expires_on)


def failed(state: AccountState, event: Event) -> None:
    """An item couldn't be verified; a later verification clears it."""
    data: IdentityFailed = event.data
    item = data.item
    put(state, "failures", state.change_irregular().failures, item, Dated(True, event.time, event.id), limits.NAMED)


def revoked(state: AccountState, event: Event) -> None:
    """Every verification up to this one is undone."""
    if newer(state.revoked, event.time, event.id):
        state.revoked = Dated(True, event.time, event.id)


FOLDS = {"identity.verified": verified, "identity.failed": failed, "identity.revoked": revoked}
