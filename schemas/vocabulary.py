"""The closed word lists that several forms share."""

from typing import Final, Literal, get_args

Status = Literal["OPEN", "LIMITED", "NOT_OPEN", "UNDER_REVIEW"]
Effect = Literal["LIMITED", "UNDER_REVIEW", "NOT_OPEN"]
Unknown = Literal["pass", "LIMITED", "UNDER_REVIEW", "NOT_OPEN"]
Motive = Literal["market", "internal", "regulatory", "test"]
Side = Literal["customer", "time", "provider", "law", "unknown", "choice"]
Disclosure = Literal["full", "limited"]
CauseKind = Literal["event", "time", "policy", "operations", "review"]
Change = Literal["status", "side", "terms", "reasons"]
Role = Literal[
    "trustee",
    "override-proposer",
    "override-approver",
    "reviewer",
    "policy-author",
    "policy-approver",
    "policy-operator",
]
Unit = Literal["days", "count", "months", "years", "ratio"]

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
