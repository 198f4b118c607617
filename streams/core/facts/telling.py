"""What each reason's text tells of a fact, and where every value in it comes from.

One table for two: the check of a policy refuses a reason whose text a rule's fact can't fill, and reasons are filled
from nothing else (decision 0030, 18). Codes whose texts hold no value are left out: any fact may have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal


class Source(StrEnum):
    """Where a value of a text comes from."""

    VALUE = "the fact's value"
    LIMIT = "the limit"
    WINDOW = "the window"
    MONTHS = "the window's months"
    CLEARS = "the day on which time clears it"
    OBSERVED_UNTIL = "the end of an observation, else the day on which time clears it"
    EFFECTIVE = "the day from which the policy holds"
    EXPIRY = "the day on which the identity document expires"
    RESTRICTIONS = "the names of the restrictions"
    ITEMS = "the items that could not be verified"
    FACTORS = "what weighed in the score"
    DAYS_PAST_DUE = "the days past due now"
    AMOUNT_OVERDUE = "the amount overdue now, with its currency where it isn't the fact's own value"
    REVIEW = "the policy's next review day"
    ANSWER = "the day on which the first open dispute or review is overdue"
    NOWHERE = "what no fact of an account holds"


WITHOUT_VALUE: Final = frozenset({Source.EFFECTIVE, Source.REVIEW})
"""Sources that need no value: all that a reason for an unknown one can have."""

OF_OBSERVATION: Final = frozenset({Source.OBSERVED_UNTIL, Source.REVIEW})
"""Sources that an observation has: there is no failing value any more."""

IN_A_WINDOW: Final = frozenset({Source.WINDOW, Source.MONTHS, Source.OBSERVED_UNTIL})
"""Sources that need the fact's window; an observation has its own end."""

Side = Literal["high", "low", "either"]


@dataclass(frozen=True, slots=True)
class Telling:
    """What a code's text tells: of which facts (None: any), that the value is too high or too low, and whence each
    placeholder is filled.
    """

    facts: frozenset[str] | None
    side: Side
    sources: Mapping[str, Source]


def _of(*facts: str, side: Side = "either", **sources: Source) -> Telling:
    return Telling(frozenset(facts), side, MappingProxyType(dict(sorted(sources.items()))))


def _of_any(**sources: Source) -> Telling:
    return Telling(None, "either", MappingProxyType(sources))


_INQUIRIES: Final = (
    "inquiries.hard_count",
    "inquiries.soft_count",
    "inquiries.institutions",
    "inquiries.refused_count",
)
_LATE: Final = (
    "repayment.late_count",
    "repayment.worst_days_past_due",
    "repayment.missed_count",
    "delinquency.worst_months",
)

TELLINGS: Final[Mapping[str, Telling]] = MappingProxyType(
    {
        "ACC-01": _of("account.restricted", state=Source.RESTRICTIONS),
        "ACC-02": _of("account.age_days", side="low", n=Source.LIMIT),
        "ACC-03": _of_any(review=Source.REVIEW),
        "IDN-02": _of("identity.document_days_left", side="low", date=Source.EXPIRY),
        "IDN-03": _of("identity.failed_items", side="high", item=Source.ITEMS),
        "IDN-04": _of("identity.failed_items", side="high", item=Source.ITEMS),
        "REP-01": _of(
            "repayment.days_past_due",
            "repayment.amount_overdue",
            side="high",
            dpd=Source.DAYS_PAST_DUE,
            amount=Source.AMOUNT_OVERDUE,
        ),
        "REP-02": _of("repayment.worst_days_past_due", side="high", m=Source.MONTHS, dpd=Source.VALUE),
        "REP-03": _of(
            "repayment.late_count",
            "repayment.missed_count",
            side="high",
            m=Source.MONTHS,
            n=Source.VALUE,
            k=Source.LIMIT,
        ),
        "REP-04": _of(*_LATE, side="high", date=Source.OBSERVED_UNTIL),
        "REP-07": _of(
            "delinquency.months_past_due",
            "delinquency.worst_months",
            side="high",
            months=Source.VALUE,
            limit=Source.LIMIT,
        ),
        "REP-08": _of("repayment.received_count", side="low", w=Source.WINDOW, n=Source.VALUE, k=Source.LIMIT),
        "INQ-01": _of(*_INQUIRIES, side="high", w=Source.WINDOW, n=Source.VALUE, k=Source.LIMIT),
        "INQ-02": _of("inquiries.refused_count", side="high", w=Source.WINDOW, n=Source.VALUE),
        "SCO-01": _of(
            "score.value",
            side="low",
            score=Source.VALUE,
            limit=Source.LIMIT,
            factors=Source.FACTORS,
            review=Source.REVIEW,
        ),
        "SCO-02": _of_any(review=Source.REVIEW),
        "SCO-03": _of("score.age_days", side="high", n=Source.LIMIT, review=Source.REVIEW),
        "CAP-01": _of("capacity.debt_to_income", side="high", x=Source.VALUE, k=Source.LIMIT),
        "CAP-03": _of("capacity.utilisation", side="high", x=Source.VALUE, k=Source.LIMIT),
        "CAP-04": _of("capacity.lenders", side="high", n=Source.VALUE, k=Source.LIMIT),
        "HIS-01": _of("history.months", side="low", m=Source.LIMIT),
        "LEG-01": _of("account.years_old", n=Source.LIMIT),
        "LEG-02": _of("account.region", region=Source.VALUE),
        "DIS-01": _of("disputes.open", "reviews.open", side="high", date=Source.ANSWER),
        "POL-01": _of_any(date=Source.EFFECTIVE, review=Source.REVIEW),
        "SYS-01": _of(time=Source.NOWHERE),
        "SYS-02": _of(time=Source.NOWHERE),
        "CHO-01": _of("choice.paused", date=Source.CLEARS),
        "SPE-01": _of("spending.amount", side="low", w=Source.WINDOW, amount=Source.VALUE, limit=Source.LIMIT),
        "REV-01": _of(reason=Source.NOWHERE),
    }
)
