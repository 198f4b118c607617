"""What values each fact can have: its kind, its bounds, and whether it may be unknown (decision 0002, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from streams.core import limits

Kind = Literal["whole", "amount", "ratio", "bool", "text", "date"]

NUMBERS: Final = ("at_most", "at_least", "below", "above")
OPERATORS: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        "whole": NUMBERS,
        "amount": NUMBERS,
        "ratio": NUMBERS,
        "bool": ("is",),
        "text": ("one_of", "none_of"),
        "date": ("before", "not_before"),
    }
)
"""The operators that fit each kind of value."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A fact's kind of value; for numbers the least and the greatest one, for dates the same as days since 1970-01-01
    (None: no bound). `unknown`: accounts of which nothing was said have no value.
    """

    kind: Kind
    least: int | None = None
    greatest: int | None = None
    unknown: bool = False


def _upto(greatest: int | None) -> Domain:
    """A count of what an account's state keeps so many of."""
    return Domain("whole", 0, greatest)


_WHOLE: Final = Domain("whole", 0)
_WHOLE_IF_SAID: Final = Domain("whole", 0, unknown=True)
_AMOUNT_IF_SAID: Final = Domain("amount", 0, unknown=True)
_RATIO_IF_SAID: Final = Domain("ratio", 0, unknown=True)
_BOOL: Final = Domain("bool")
_BOOL_IF_SAID: Final = Domain("bool", unknown=True)
_TEXT_IF_SAID: Final = Domain("text", unknown=True)

DOMAINS: Final[Mapping[str, Domain]] = MappingProxyType(
    {
        "repayment.days_past_due": _WHOLE,
        "repayment.amount_overdue": Domain("amount", 0),
        "repayment.open_amount": Domain("amount", 0),
        "repayment.late_count": _upto(limits.OPEN_INSTALLMENTS + limits.SETTLED_INSTALLMENTS),
        "repayment.worst_days_past_due": _WHOLE,
        "repayment.received_count": _upto(limits.PAYMENTS),
        "repayment.missed_count": _upto(limits.MISSED),
        "delinquency.months_past_due": _WHOLE_IF_SAID,
        "delinquency.worst_months": _WHOLE,
        "delinquency.written_off": _BOOL_IF_SAID,
        "inquiries.hard_count": _upto(limits.INQUIRIES),
        "inquiries.soft_count": _upto(limits.INQUIRIES),
        "inquiries.institutions": _upto(limits.INQUIRIES),
        "inquiries.refused_count": _upto(limits.INQUIRIES),
        "identity.level": Domain("whole", 1, 3, unknown=True),
        "identity.document_days_left": Domain("whole", unknown=True),
        "identity.failed_items": _upto(limits.NAMED),
        "account.age_days": _WHOLE_IF_SAID,
        "account.years_old": _WHOLE_IF_SAID,
        "account.region": _TEXT_IF_SAID,
        "account.segment": _TEXT_IF_SAID,
        "account.student": _BOOL_IF_SAID,
        "account.restricted": _BOOL,
        "account.closed": _BOOL,
        "account.limit": _AMOUNT_IF_SAID,
        "consent.granted": _BOOL_IF_SAID,
        "choice.paused": _BOOL,
        "security.flags": _upto(limits.NAMED),
        "score.value": _WHOLE_IF_SAID,
        "score.age_days": _WHOLE_IF_SAID,
        "score.factors_known": _BOOL_IF_SAID,
        "income.monthly": _AMOUNT_IF_SAID,
        "income.verified": _BOOL_IF_SAID,
        "capacity.debt_to_income": _RATIO_IF_SAID,
        "capacity.utilisation": _RATIO_IF_SAID,
        "capacity.lenders": _WHOLE_IF_SAID,
        "capacity.total_limit": _AMOUNT_IF_SAID,
        "capacity.balance": Domain("amount", unknown=True),
        "history.months": _WHOLE,
        "legal.court_records": _upto(limits.CASES),
        "spending.amount": Domain("amount", 0),
        "spending.months_active": _upto(limits.SPENDINGS),
        "disputes.open": _upto(limits.CASES),
        "reviews.open": _upto(limits.CASES),
        "disputes.overdue": _upto(limits.CASES),
        "reviews.overdue": _upto(limits.CASES),
        "policy.days_since_review": _WHOLE,
        "next_review_on": Domain("date"),
    }
)
