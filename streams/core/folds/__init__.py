"""One fold per event type: how an event changes the hot state. Pure, and nothing half-applied."""

from collections.abc import Callable
from typing import Any

from streams.core.folds import accounts, finances, identity, inquiries, repayments, reviews
from streams.core.state import AccountState

FOLDS: dict[str, Callable[[AccountState, Any], None]] = {
    **repayments.FOLDS,
    **inquiries.FOLDS,
    **identity.FOLDS,
    **accounts.FOLDS,
    **finances.FOLDS,
    **reviews.FOLDS,
}
"""By event type. fact.corrected and fact.suppressed change no fact yet; streams.core.folds.targets keeps them."""
