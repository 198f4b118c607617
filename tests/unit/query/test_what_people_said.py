"""Checks and the path of accounts of whose events people said something, or on which they decided, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from streams.core.path.scene import Scene
from streams.core.path.search import Path, path
from streams.core.step import Account
from streams.query.checks import checks
from tests.support.core import Document, Lane, policy, rule
from tests.support.events import Event, corrected, decided, due, ms, override, override_approved, suppressed, updated

POLICY = policy(rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0))
BILL = due("2025-01-03", on="2025-01-10", amount="120.00").named("bill")
AT = ms("2025-01-20")


class Asked:
    """An account after some events, asked at an instant."""

    def __init__(self, *events: Event, document: Document = POLICY) -> None:
        self.lane = Lane(document).feed(*events)

    def account(self) -> Account:
        return Account("A", *self.lane.state())

    def checks(self) -> list[tuple[str, str, Any]]:
        scene = Scene(self.account(), "a", AT, self.lane.machine.policies)
        return [(each["rule"], each["result"], each["value"]) for each in checks(scene)]

    def path(self) -> Path:
        found = path(self.account(), "a", AT, self.lane.machine.policies)
        assert found is not None
        return found


def test_checks_show_what_counts_after_a_suppression() -> None:
    asked = Asked(BILL, suppressed("2025-01-15", "bill"))
    assert asked.checks()[0] == ("overdue", "pass", 0)
    assert asked.path().verdict == "open"


def test_the_path_pays_what_a_corrected_bill_says() -> None:
    right = {"loan_id": "L", "installment": 1, "due_on": "2025-01-12", "amount": "80.00"}
    asked = Asked(BILL, corrected("2025-01-15", "bill", **right))
    assert asked.checks()[0] == ("overdue", "fail", 8)
    plan = asked.path().plan
    assert plan is not None
    assert [step.data["amount"] for step in plan.steps] == ["80.00"]


@pytest.mark.parametrize(("until", "clears", "why"), [("2025-03-01", ms("2025-03-02"), None), (None, None, "decision")])
def test_what_a_person_decided_is_the_one_thing_in_the_way(
    until: str | None, clears: int | None, why: str | None
) -> None:
    asked = Asked(updated("2025-01-02"), override("2025-01-11", "LIMITED", until), override_approved("2025-01-12"))
    found = asked.path()
    (way,) = found.ways
    assert (way.rule, way.code, way.clears_at, way.why) == ("human-override", "REV-01", clears, why)
    assert found.verdict == ("time" if until else "unchangeable")


def test_clearing_a_legal_block_alone_is_enough_where_a_person_decided_to_open() -> None:
    stated = rule("student", "account.student", "NOT_OPEN", "LEG-04", is_=False, unknown="NOT_OPEN")
    document = policy(POLICY["products"]["a"]["rules"][0], stated | {"unknown_reason": "LEG-05"})
    found = Asked(BILL, decided("2025-01-12", "OPEN"), document=document).path()
    assert found.plan is not None
    assert [step.type for step in found.plan.steps] == ["account.updated"], "the bill needs no payment"
