"""A policy that keeps quiet, the same without, and events that would make noise under it."""

from pathlib import Path
from typing import Any

from schemas.policy import load_policy
from streams.reference.calendar import parse_instant

DEFAULT = load_policy((Path(__file__).parents[2] / "streams/local/policies/default.yaml").read_bytes())
LOUD = DEFAULT.model_copy(update={"quiet": None})
BEGIN = parse_instant("2026-03-10T00:00:00Z")
SOUND: list[tuple[str, dict[str, Any]]] = [
    ("account.opened", {"opened_on": "2022-01-01", "born_on": "1990-05-01", "region": "CN-31"}),
    ("identity.verified", {"level": 2, "document_expires_on": "2030-01-01"}),
    ("score.updated", {"provider": "zhima", "value": 700, "factors": ["paid on time"]}),
    ("income.updated", {"monthly": "10000.00", "verified": True}),
    ("obligations.updated", {"monthly_payment": "1000.00", "lenders": 1, "total_limit": "20000.00", "balance": "100"}),
    ("repayment.due", {"loan_id": "L", "installment": 1, "due_on": "2026-03-05", "amount": "100.00"}),
    ("repayment.received", {"loan_id": "L", "installment": 1, "amount": "100.00", "payment_id": "P"}),
]
NOISE: list[tuple[str, dict[str, Any]]] = [
    ("security.flagged", {"flag": "device", "disclosure": "full"}),
    ("security.flagged", {"flag": "device"}),
    ("security.cleared", {"flag": "device"}),
    ("account.restricted", {"state": "frozen"}),
    ("account.unrestricted", {"state": "frozen"}),
    ("choice.made", {"choice": "pause", "until": "2026-03-10T06:00:00Z"}),
    ("choice.made", {"choice": "close", "product": "cash"}),
    ("choice.made", {"choice": "reopen"}),
    ("choice.made", {"choice": "reopen", "product": "cash"}),
    ("consent.changed", {"scope": "credit-report", "granted": False}),
    ("consent.changed", {"scope": "credit-report", "granted": True}),
    ("identity.verified", {"level": 1}),
    ("identity.verified", {"level": 2, "document_expires_on": "2030-01-01"}),
    ("identity.verified", {"level": 2, "document_expires_on": "2026-03-01"}),
    ("identity.failed", {"item": "phone"}),
    ("score.updated", {"provider": "zhima", "value": 590, "factors": ["new credit"]}),
    ("score.updated", {"provider": "zhima", "value": 500}),
    ("score.updated", {"provider": "zhima", "value": 700, "factors": ["paid on time"]}),
    ("obligations.updated", {"balance": "19500.00", "lenders": 6}),
    ("obligations.updated", {"balance": "100.00", "lenders": 1}),
    ("obligations.updated", {"monthly_payment": "9000.00"}),
    ("obligations.updated", {"monthly_payment": "1000.00"}),
    ("inquiry.recorded", {"kind": "hard"}),
    ("inquiry.recorded", {"kind": "hard", "outcome": "refused"}),
    ("account.updated", {"region": "CN-65"}),
    ("account.updated", {"region": "CN-31"}),
    ("account.updated", {"student": True}),
    ("account.updated", {"student": False}),
    ("delinquency.reported", {"months_past_due": 3}),
    ("delinquency.reported", {"months_past_due": 0}),
    ("court_record.changed", {"record_id": "C", "state": "open"}),
    ("court_record.changed", {"record_id": "C", "state": "satisfied"}),
    ("repayment.reversed", {"payment_id": "P"}),
    ("repayment.received", {"loan_id": "L", "installment": 1, "amount": "100.00", "payment_id": "Q"}),
    ("account.closed", {"by": "lender"}),
    ("account.opened", {"opened_on": "2022-01-01"}),
]
