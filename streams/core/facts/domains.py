"""What values each fact can have, and what of a reason's text it can fill: the ground of the policy check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from schemas.policy_values import Window

Kind = Literal["whole", "amount", "ratio", "bool", "text", "date"]

OPERATORS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        "whole": ("at_most", "at_least", "below", "above"),
        "amount": ("at_most", "at_least", "below", "above"),
        "ratio": ("at_most", "at_least", "below", "above"),
        "bool": ("is",),
        "text": ("one_of", "none_of"),
        "date": ("before", "not_before"),
    }
)
"""The operators that fit each kind of value."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A fact's kind of value, and for numbers the least and the greatest one (None: no bound)."""

    kind: Kind
    least: int | None = None
    greatest: int | None = None


_COUNT: Final = Domain("whole", 0)
_BOOL: Final = Domain("bool")
_TEXT: Final = Domain("text")

DOMAINS: Final[Mapping[str, Domain]] = MappingProxyType(
    {
        "repayment.days_past_due": _COUNT,
        "repayment.amount_overdue": Domain("amount", 0),
        "repayment.open_amount": Domain("amount", 0),
        "repayment.late_count": _COUNT,
        "repayment.worst_days_past_due": _COUNT,
        "repayment.received_count": _COUNT,
        "repayment.missed_count": _COUNT,
        "delinquency.months_past_due": _COUNT,
        "delinquency.worst_months": _COUNT,
        "delinquency.written_off": _BOOL,
        "inquiries.hard_count": _COUNT,
        "inquiries.soft_count": _COUNT,
        "inquiries.institutions": _COUNT,
        "inquiries.refused_count": _COUNT,
        "identity.level": Domain("whole", 1, 3),
        "identity.document_days_left": Domain("whole"),
        "identity.failed_items": _COUNT,
        "account.age_days": _COUNT,
        "account.years_old": _COUNT,
        "account.region": _TEXT,
        "account.segment": _TEXT,
        "account.student": _BOOL,
        "account.restricted": _BOOL,
        "account.closed": _BOOL,
        "account.limit": Domain("amount"),
        "consent.granted": _BOOL,
        "choice.paused": _BOOL,
        "security.flags": _COUNT,
        "score.value": Domain("whole"),
        "score.age_days": _COUNT,
        "score.factors_known": _BOOL,
        "income.monthly": Domain("amount"),
        "income.verified": _BOOL,
        "capacity.debt_to_income": Domain("ratio", 0),
        "capacity.utilisation": Domain("ratio", 0),
        "capacity.lenders": _COUNT,
        "capacity.total_limit": Domain("amount"),
        "capacity.balance": Domain("amount"),
        "history.months": _COUNT,
        "legal.court_records": _COUNT,
        "spending.amount": Domain("amount", 0),
        "spending.months_active": _COUNT,
        "disputes.open": _COUNT,
        "reviews.open": _COUNT,
        "policy.days_since_review": _COUNT,
        "next_review_on": Domain("date"),
    }
)

_ONLY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "state": frozenset({"account.restricted"}),
        "item": frozenset({"identity.failed_items"}),
        "factors": frozenset({"score.value", "score.age_days", "score.factors_known"}),
        "region": frozenset({"account.region"}),
        "x": frozenset({"capacity.debt_to_income", "capacity.utilisation"}),
        "time": frozenset(),
        "reason": frozenset(),
    }
)
"""Placeholders that only these facts can fill; those not named any fact can, or they have a condition of their own."""

_NUMBERS: Final = frozenset({"n", "k", "limit", "score", "months"})
_DATED: Final = frozenset(
    {"identity.document_days_left", "account.age_days", "account.years_old", "choice.paused", "history.months"}
)
_KINDS_WITH_NUMBERS: Final = frozenset({"whole", "amount", "ratio"})


def fills(placeholder: str, code: str, fact: str, window: Window | None) -> bool:
    """Whether a failing limit on a fact has the evidence that fills a placeholder of a reason's text."""
    if placeholder in _ONLY:
        return fact in _ONLY[placeholder]
    if placeholder in _NUMBERS:
        return DOMAINS[fact].kind in _KINDS_WITH_NUMBERS
    if placeholder == "m":
        return fact == "history.months" or (window is not None and window.unit == "m")
    if placeholder == "w":
        return window is not None
    if placeholder == "date":
        return code == "POL-01" or window is not None or fact in _DATED
    return True


def hint(placeholder: str) -> str:
    """What a rule needs so that a placeholder can be filled."""
    if placeholder in _ONLY:
        facts = sorted(_ONLY[placeholder])
        return f"a limit on {' or '.join(facts)}" if facts else "another reason: no fact of an account gives this"
    return {
        "m": "a window in months, for example window: 24m",
        "w": "a window, for example window: 30d",
        "date": "a fact that clears by itself, for example identity.document_days_left",
    }.get(placeholder, "a limit on a number")
