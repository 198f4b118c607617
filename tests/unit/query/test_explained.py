"""An explanation tells what a person decided, until when and why, also where that is that the product is open."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.policy import parse_policy
from streams.query.explain import explanation
from streams.query.known import known
from streams.query.log import log_of_files
from streams.query.report import report
from streams.query.words import check_text, explanation_lines
from tests.support.core import policy, rule
from tests.support.events import Event, due, event, inquiry, ms, override, override_approved

POLICY = policy(rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0))
LATE = due("2025-01-03", on="2025-01-10").named("bill")


def explained(
    folder: Path, events: list[Event], at: str = "2025-01-20", document: dict[str, Any] = POLICY
) -> dict[str, Any]:
    file = folder / "events.ndjson"
    file.write_text("".join(json.dumps(each.document(n)) + "\n" for n, each in enumerate(events)), encoding="utf-8")
    log = log_of_files("A", [file])
    found = known(log, ms(at), "then", parse_policy(document))
    assert found is not None
    (told,) = explanation(log, found, "then", None, "")
    return told


def test_a_decision_to_open_is_told_with_its_end_its_reason_and_its_records(tmp_path: Path) -> None:
    steps = [override("2025-01-12", "OPEN", "2025-02-01").named("o1"), override_approved("2025-01-13").named("o2")]
    document = explained(tmp_path, [LATE, *steps])
    until = "2025-02-02T00:00:00Z"
    assert document["decided"] == {
        "rule": "human-override",
        "status": "OPEN",
        "until": until,
        "reason": steps[0].data["reason"],
    }
    assert [each["event_id"] for each in document["evidence"]] == ["o1", "o2"]
    line = f"a person decided this, until {until}: {steps[0].data['reason']}"
    assert f"  {line}" in list(explanation_lines(document, "en"))
    assert line in report([document], "en")


def test_any_other_decision_is_told_as_the_reason_alone(tmp_path: Path) -> None:
    document = explained(tmp_path, [LATE, override("2025-01-12", "LIMITED"), override_approved("2025-01-13")])
    assert document["decided"]["until"] is None
    assert [each["code"] for each in document["status"]["reasons"]] == ["REV-01"]
    assert not [line for line in explanation_lines(document, "en") if "a person decided this" in line]


def test_without_records_behind_it_no_heading_of_records(tmp_path: Path) -> None:
    lines = list(explanation_lines(explained(tmp_path, [inquiry("2025-01-12")]), "en"))
    assert "From these records:" not in lines
    assert "From these records:" in list(explanation_lines(explained(tmp_path, [LATE]), "en"))


def test_a_better_status_that_waits_is_told_with_when_it_will_be_said(tmp_path: Path) -> None:
    quiet = policy(rule("paused", "choice.paused", "NOT_OPEN", "CHO-01", is_=False), quiet={"per_day": 5})
    steps = [
        event(f"2025-01-20 {hour:02}:00", "choice.made", choice="reopen" if hour % 2 else "pause") for hour in range(6)
    ]
    document = explained(tmp_path, steps, "2025-01-20 06:00", quiet)
    assert document["status"]["status"] == "NOT_OPEN"
    assert document["status"]["next_change"] is None, "when it was said, time alone brought nothing"
    assert document["waiting"] == {"at": "2025-01-21T01:00:00Z", "status": "OPEN"}
    assert "  open holds already, and is told at 2025-01-21T01:00:00Z" in list(explanation_lines(document, "en"))
    later = explained(tmp_path, steps, "2025-01-21 01:00", quiet)
    assert (later["status"]["status"], later["waiting"]) == ("OPEN", None)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({"fact": "account.closed", "value": False, "limit": False, "unit": None}, "account.closed no (limit no)"),
        ({"fact": "account.age_days", "value": 1, "limit": 30, "unit": "days"},
         "account.age_days 1 day (limit 30 days)"),
        ({"fact": "identity.level", "value": None, "limit": 2, "unit": "count"}, "identity.level not known (limit 2)"),
        ({"fact": "capacity.debt_to_income", "value": "0.5601", "limit": "0.55", "unit": "ratio"},
         "capacity.debt_to_income 56.01% (limit 55%)"),
        ({"fact": "account.region", "value": "CN-65", "limit": ["CN-31", "CN-11"], "unit": None},
         "account.region Xinjiang (limit Shanghai, Beijing)"),
    ],
)  # fmt: skip
def test_a_check_is_said_with_values_and_limits_as_people_say_them(check: dict[str, Any], said: str) -> None:
    assert check_text({"rule": "r", "result": "fail", "code": "POL-03", **check}, "en") == f"fail: r {said}"


def test_an_observation_is_no_value_that_nobody_knows() -> None:
    check: dict[str, Any] = {"rule": "r", "result": "fail", "code": "REP-04", "fact": "repayment.days_past_due"}
    check |= {"value": None, "limit": 30, "unit": "days"}
    assert check_text(check, "en") == "fail: r repayment.days_past_due holds again, and is observed for 30 days"
    assert check_text(check, "zh") == "未通过: r repayment.days_past_due 已恢复,观察期30天"
