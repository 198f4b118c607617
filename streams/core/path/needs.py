"""Facts inverted: what would have to happen for a limit to hold. Time, which needs no doing, is left to the search."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from streams.core.path import means, owed, person
from streams.core.path.asked import Asked, Inverse, Need
from streams.core.state import AccountState


def needs(asked: Asked) -> list[list[Need]]:
    """Ways to make the limit hold, each one a list of events; none where only time can, or nobody."""
    inverse = _INVERSES.get(asked.fact.name)
    return [way for way in inverse(asked) if way] if inverse is not None else []


def reopening(state: AccountState) -> list[Need]:
    """A closed account is opened again by its customer, unless the lender closed it."""
    closed = state.standing.profile.get("closed")
    if closed is None or closed.value is None or closed.value == "lender":
        return []
    return [Need("open-account", "account.opened")]


_INVERSES: Final = MappingProxyType[str, Inverse]({**owed.INVERSES, **person.INVERSES, **means.INVERSES})
"""By fact. Not here: what only time moves (inquiries, windows, reviews), what nobody changes to fit (a segment; birth,
region and being a student once they are known), and what others decide (limits, disputes, reviews, factors).
"""
