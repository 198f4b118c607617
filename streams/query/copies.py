"""Accounts to try things with."""

from __future__ import annotations

from streams.core.copies import copied
from streams.core.step import Account


def own_copy(account: Account) -> Account:
    """The same account; what becomes of it changes nothing in the other one."""
    return Account(account.id, copied(account.state), account.due)
