"""Facts: named, typed, dated values of an account's state (the list of policy.md)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from streams.core.facts import accounts, counts, dates, finances, people, repayments
from streams.core.facts.base import Fact

_ALL: Final[tuple[type[Fact], ...]] = (
    *repayments.FACTS,
    *counts.FACTS,
    *accounts.FACTS,
    *finances.FACTS,
    *people.FACTS,
    *dates.FACTS,
)
FACTS: Final[Mapping[str, type[Fact]]] = MappingProxyType({fact.name: fact for fact in _ALL})
"""By name; account.segment and the review facts, which a policy builds itself, are left out."""

REVIEW_FACTS: Final = MappingProxyType({fact.name: fact for fact in dates.REVIEW_FACTS})
SEGMENT: Final = "account.segment"
NAMES: Final = frozenset({*FACTS, *REVIEW_FACTS, SEGMENT})

_WINDOW: Final = frozenset({"window"})
ARGUMENTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **{fact.name: _WINDOW for fact in counts.FACTS},
        "repayment.late_count": frozenset({"window", "min_days"}),
        "repayment.worst_days_past_due": _WINDOW,
        "account.limit": frozenset({"product"}),
        "choice.paused": frozenset({"product"}),
        "consent.granted": frozenset({"scope"}),
        "score.value": frozenset({"provider"}),
        "score.age_days": frozenset({"provider"}),
        "score.factors_known": frozenset({"provider"}),
    }
)
"""The arguments that a fact takes; facts not named take none."""

REQUIRED: Final[Mapping[str, frozenset[str]]] = MappingProxyType({"consent.granted": frozenset({"scope"})})
