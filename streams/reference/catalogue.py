"""The reference's own small tables: reason codes, currencies, topics, none shared with the product."""

from typing import NamedTuple


class Code(NamedTuple):
    """One reason code: its category, cause class, whether it counts as adverse (y, n, d), and its disclosure."""

    category: str
    cls: str
    adverse: str
    disclosure: str = "full"


CODES: dict[str, Code] = {
    "ACC-01": Code("account", "A", "y"),
    "ACC-02": Code("account", "T", "n"),
    "ACC-03": Code("account", "T", "d"),
    "ACC-04": Code("account", "C", "d"),
    "IDN-01": Code("identity", "A", "n"),
    "IDN-02": Code("identity", "A", "n"),
    "IDN-03": Code("identity", "A", "y"),
    "IDN-04": Code("identity", "A", "n"),
    "REP-01": Code("repayment", "A", "d"),
    "REP-02": Code("repayment", "T", "y"),
    "REP-03": Code("repayment", "T", "y"),
    "REP-04": Code("repayment", "T", "y"),
    "REP-05": Code("repayment", "A", "y"),
    "REP-06": Code("repayment", "T", "y"),
    "REP-07": Code("repayment", "A", "y"),
    "REP-08": Code("repayment", "A", "y"),
    "INQ-01": Code("inquiries", "T", "y"),
    "INQ-02": Code("inquiries", "T", "y"),
    "SCO-01": Code("score", "A", "y"),
    "SCO-02": Code("score", "U", "n"),
    "SCO-03": Code("score", "U", "n"),
    "CAP-01": Code("capacity", "A", "y"),
    "CAP-02": Code("capacity", "A", "y"),
    "CAP-03": Code("capacity", "A", "y"),
    "CAP-04": Code("capacity", "T", "y"),
    "CAP-05": Code("capacity", "A", "n"),
    "HIS-01": Code("history", "T", "y"),
    "SPE-01": Code("history", "A", "n"),
    "LEG-01": Code("legal", "L", "n"),
    "LEG-02": Code("legal", "L", "n"),
    "LEG-03": Code("legal", "L", "y"),
    "LEG-04": Code("legal", "L", "n"),
    "LEG-05": Code("legal", "A", "n"),
    "SEC-01": Code("security", "A", "y", "limited"),
    "SEC-02": Code("security", "A", "y", "limited"),
    "DIS-01": Code("dispute", "U", "n"),
    "REV-01": Code("dispute", "U", "d"),
    "POL-01": Code("policy", "O", "d"),
    "POL-02": Code("policy", "O", "n"),
    "POL-03": Code("policy", "O", "n"),
    "POL-04": Code("policy", "O", "n"),
    "SYS-01": Code("system", "O", "n"),
    "SYS-02": Code("system", "O", "n"),
    "CHO-01": Code("choice", "C", "n"),
}

SIDES = {"A": "customer", "T": "time", "O": "provider", "L": "law", "U": "unknown", "C": "choice"}

STRENGTH = {"OPEN": 0, "LIMITED": 1, "UNDER_REVIEW": 2, "NOT_OPEN": 3}

CURRENCY_DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}
"""Decimals that differ from 2."""

TOPIC_ORDER = ["repayments", "inquiries", "identity", "accounts", "finances", "reviews", "operations", "policies"]

TOPICS = {
    "repayments": [
        "repayment.due",
        "repayment.received",
        "repayment.missed",
        "repayment.reversed",
        "repayment.paused",
        "repayment.resumed",
        "delinquency.reported",
    ],
    "inquiries": ["inquiry.recorded", "inquiry.withdrawn"],
    "identity": ["identity.verified", "identity.failed", "identity.revoked"],
    "accounts": [
        "account.opened",
        "account.updated",
        "account.restricted",
        "account.unrestricted",
        "account.closed",
        "credit.limit_set",
        "consent.changed",
        "choice.made",
        "security.flagged",
        "security.cleared",
    ],
    "finances": [
        "score.updated",
        "income.updated",
        "obligations.updated",
        "spending.recorded",
        "court_record.changed",
    ],
    "reviews": [
        "override.proposed",
        "override.approved",
        "override.revoked",
        "dispute.opened",
        "dispute.closed",
        "review.requested",
        "review.decided",
        "explanation.requested",
        "explanation.given",
        "fact.corrected",
        "fact.suppressed",
        "support.noted",
    ],
    "operations": [
        "maintenance.planned",
        "maintenance.started",
        "maintenance.extended",
        "maintenance.ended",
        "maintenance.cancelled",
        "incident.started",
        "incident.ended",
        "provider.paused",
        "provider.resumed",
        "clock.advanced",
    ],
    "policies": [
        "policy.proposed",
        "policy.approved",
        "policy.activated",
        "policy.retired",
        "policy.rollout_set",
        "policy.frozen",
        "policy.unfrozen",
    ],
}

TOPIC_OF = {kind: topic for topic, kinds in TOPICS.items() for kind in kinds}
BROADCAST = {"operations", "policies"}
