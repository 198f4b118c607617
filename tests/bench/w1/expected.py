"""What W1's events must give: each account's status after each event, written where it changed.

The rules are those of the bench, not the product's: no timers, payments go to the installment they name, an inquiry
older than 180 days is dropped, all at UTC dates. ``Account.apply`` is one step, ``changes`` runs a whole history.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

DAY_SECONDS = 86_400
LIGHT = {"OVERDUE", "INQUIRIES_30D"}
"""Reasons that restrict; any other makes ineligible."""

Event = dict[str, Any]
Change = dict[str, Any]


@dataclass
class Account:
    """One account's state; ``owed`` is what remains of each open installment, by loan and number."""

    due_on: dict[tuple[str, int], date] = field(default_factory=dict)
    owed: dict[tuple[str, int], int] = field(default_factory=dict)
    hard_inquiries: list[int] = field(default_factory=list)
    level: int = 0
    document_expires_on: date | None = None
    status: str | None = None
    reasons: list[str] = field(default_factory=list)
    sequence: int = 0

    def apply(self, event: Event) -> Change | None:
        """Take one event in; the status change that it makes, if any."""
        at = datetime.fromisoformat(event["occurred_at"])
        self._fold(event, int(at.timestamp()))
        reasons = self._judge(at)
        status = "eligible" if not reasons else "restricted" if LIGHT.issuperset(reasons) else "ineligible"
        if (status, reasons) == (self.status, self.reasons):
            return None
        self.sequence += 1
        previous, self.status, self.reasons = self.status, status, reasons
        return {
            "account_id": event["account_id"],
            "sequence": self.sequence,
            "status": status,
            "previous": previous,
            "reasons": reasons,
            "as_of": event["occurred_at"],
            "event_id": event["id"],
        }

    def _fold(self, event: Event, seconds: int) -> None:
        kind = event["type"]
        if kind.startswith("repayment."):
            key = (event["loan_id"], event["installment"])
            if kind == "repayment.due":
                self.due_on[key], self.owed[key] = date.fromisoformat(event["due_on"]), event["amount"]
            elif key in self.owed:
                self.owed[key] -= event["amount"]
                if self.owed[key] <= 0:
                    del self.owed[key], self.due_on[key]
        elif kind == "inquiry.recorded" and event["kind"] == "hard":
            self.hard_inquiries.append(seconds)
        elif kind == "identity.verified":
            self.level = event["level"]
            self.document_expires_on = date.fromisoformat(event["document_expires_on"])

    def _judge(self, at: datetime) -> list[str]:
        seconds, today = int(at.timestamp()), at.date()
        self.hard_inquiries = [t for t in self.hard_inquiries if t > seconds - 180 * DAY_SECONDS]
        in_30_days = sum(t > seconds - 30 * DAY_SECONDS for t in self.hard_inquiries)
        worst = max(((today - due).days for due in self.due_on.values()), default=0)
        expired = self.document_expires_on is not None and self.document_expires_on < today
        found = {
            "OVERDUE_30": worst >= 30,
            "OVERDUE": 1 <= worst < 30,
            "INQUIRIES_30D": in_30_days > 3,
            "INQUIRIES_180D": len(self.hard_inquiries) > 8,
            "IDENTITY_UNVERIFIED": self.level < 2,
            "IDENTITY_EXPIRED": self.level >= 2 and expired,
        }
        return [reason for reason, applies in found.items() if applies]


def changes(events: Iterable[Event]) -> Iterator[Change]:
    """Every status change of a history, in its order."""
    accounts: dict[str, Account] = defaultdict(Account)
    for event in events:
        change = accounts[event["account_id"]].apply(event)
        if change is not None:
            yield change
