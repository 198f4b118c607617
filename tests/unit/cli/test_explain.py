"""`explain` and `what-if` from files: reasons with their records, two ways of knowing, and what opens it."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from streams.cli.console import Exit
from tests.support.core import policy, rule
from tests.support.events import Event, due, event, inquiry, opened, override, override_approved, paid, suppressed
from tests.unit.cli.calls import Called, call

Ask = Callable[..., Called]

POLICY = policy(
    rule(
        "overdue",
        "repayment.days_past_due",
        "NOT_OPEN",
        "REP-01",
        at_most=0,
        observe={"days": 30, "else": "LIMITED", "reason": "REP-04"},
    ),
    rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=2),
)
HISTORY = [
    due("2025-01-03", on="2025-01-10", amount="120.00").named("bill"),
    inquiry("2025-01-04").named("look"),
    paid("2025-01-20", "100.00", "L", 1).happened("2025-01-09").named("late"),
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    return ["--events", str(_written(tmp_path / "events.ndjson", HISTORY)), "--policy", str(tmp_path / "policy.json")]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ask:
    return partial(call, capsys, monkeypatch)


def _written(path: Path, events: list[Event]) -> Path:
    path.write_text("".join(json.dumps(each.document(n)) + "\n" for n, each in enumerate(events, 1)), encoding="utf-8")
    return path


def _explained(ask: Ask, *arguments: str) -> dict[str, Any]:
    documents: list[dict[str, Any]] = json.loads(ask("explain", "A", "--json", *arguments).out)
    return documents[0]


def test_an_explanation_names_the_records_behind_each_reason(ask: Ask, files: list[str]) -> None:
    told = _explained(ask, "--at", "2025-01-25T00:00:00Z", *files)
    assert told["status"]["status"] == "NOT_OPEN"
    (record,) = told["evidence"]
    assert (record["event_id"], record["line"], record["event"]["type"]) == ("bill", 1, "repayment.due")


def test_every_check_shows_its_value_and_limit(ask: Ask, files: list[str]) -> None:
    told = _explained(ask, "--at", "2025-01-25T00:00:00Z", *files)
    assert [(each["rule"], each["result"], each["value"], each["limit"]) for each in told["checks"]] == [
        ("overdue", "fail", 15, 0),
        ("inquiries", "pass", 1, 2),
    ]


def test_a_dispute_marks_the_reasons_that_stand_on_what_is_disputed(ask: Ask, tmp_path: Path, files: list[str]) -> None:
    opened = event("2025-01-15", "dispute.opened", dispute_id="D", about="bill")
    closed = event("2025-01-22", "dispute.closed", dispute_id="D", about="bill", outcome="rejected")
    files[1] = str(_written(tmp_path / "more.ndjson", [*HISTORY, opened, closed]))
    at = ["--at", "2025-01-16T00:00:00Z", *files]
    told = _explained(ask, *at)
    assert told["status"]["reasons"][0]["code"] == "REP-01"
    assert told["disputes"] == [{"dispute_id": "D", "about": "bill", "answer_by": "2025-02-04T00:00:00Z"}]
    marked = "     you disputed this; an answer is due by 2025-02-04T00:00:00Z"
    assert marked in ask("explain", "A", *at).out.splitlines()
    page = tmp_path / "why.html"
    ask("explain", "A", *at, "--html", str(page))
    assert "(you disputed this; an answer is due by 2025-02-04T00:00:00Z)" in page.read_text(encoding="utf-8")
    assert _explained(ask, "--at", "2025-01-25T00:00:00Z", *files)["disputes"] == []


@pytest.mark.parametrize(
    ("percent", "count", "result"),
    [(None, 9, "near"), (None, 8, "pass"), (25, 8, "near"), (25, 7, "pass"), (100, 0, "pass")],
)
def test_a_value_is_near_its_limit_within_the_policys_margin(
    ask: Ask, tmp_path: Path, percent: int | None, count: int, result: str
) -> None:
    document = policy(rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=10))
    document |= {} if percent is None else {"near_percent": percent}
    (tmp_path / "near.json").write_text(json.dumps(document), encoding="utf-8")
    events = [opened("2025-01-02"), *(inquiry("2025-01-04", f"I{number}") for number in range(count))]
    files = ["--events", str(_written(tmp_path / "e.ndjson", events)), "--policy", str(tmp_path / "near.json")]
    told = _explained(ask, "--at", "2025-01-10T00:00:00Z", *files)
    assert [each["result"] for each in told["checks"]] == [result]


def test_the_path_pays_what_is_left_and_waits_for_the_observation(ask: Ask, files: list[str]) -> None:
    path = _explained(ask, "--at", "2025-01-25T00:00:00Z", *files)["path"]
    assert path["verdict"] == "doable"
    assert [(step["type"], step["money"]) for step in path["plan"]["steps"]] == [("repayment.received", "20.00")]
    assert [(each["at"], each["status"]) for each in path["plan"]["turns"]] == [
        ("2025-01-25T00:00:00Z", "LIMITED"),
        ("2025-02-24T00:00:00Z", "OPEN"),
    ]


def test_what_came_later_shows_only_where_the_present_knowledge_is_asked_for(ask: Ask, files: list[str]) -> None:
    at = ["--at", "2025-01-12T12:00:00Z", *files]
    then, now = _explained(ask, *at), _explained(ask, "--known", "now", *at)
    assert then["path"]["plan"]["money"] == "120.00"
    assert now["path"]["plan"]["money"] == "20.00"


def test_a_suppression_counts_in_the_present_knowledge_from_when_it_takes_effect(
    ask: Ask, tmp_path: Path, files: list[str]
) -> None:
    gone = suppressed("2025-02-01", "bill", "2025-01-22")
    files[1] = str(_written(tmp_path / "more.ndjson", [*HISTORY, gone]))
    before, after = (["--at", f"2025-01-{day}T00:00:00Z", *files] for day in (21, 25))
    assert _explained(ask, *after)["status"]["status"] == "NOT_OPEN"
    now = _explained(ask, "--known", "now", *after)
    assert now["status"]["status"] == "LIMITED", "rightly told until then, so what follows is observed"
    assert now["differs_with_other_knowledge"]
    assert _explained(ask, "--known", "now", *before)["status"]["status"] == "NOT_OPEN"


@pytest.mark.parametrize(("lang", "said"), [("en", "What opens it"), ("zh", "如何恢复")])
def test_a_report_is_one_page_with_a_timeline(ask: Ask, files: list[str], tmp_path: Path, lang: str, said: str) -> None:
    page = tmp_path / "why.html"
    ask("explain", "A", "--at", "2025-01-25T00:00:00Z", "--lang", lang, "--html", str(page), *files)
    text = page.read_text(encoding="utf-8")
    assert said in text
    assert "http" not in text.replace("http://www.w3.org", "")
    svg = text[text.index("<svg") : text.index("</svg>") + 6]
    assert len(ET.fromstring(svg).findall("rect")) == 4  # noqa: S314 - our own text


def test_the_text_says_why_and_what_to_do(ask: Ask, files: list[str]) -> None:
    lines = ask("explain", "A", "--at", "2025-01-25T00:00:00Z", *files).out
    assert "1. 2025-01-25T00:00:00Z pay 20.00 (L/1)" in lines
    assert "then: 2025-02-24T00:00:00Z open" in lines


def test_what_if_tells_what_events_would_bring(ask: Ask, files: list[str], tmp_path: Path) -> None:
    add = _written(tmp_path / "add.ndjson", [paid("2025-01-26", "20.00", "L", 1).named("rest")])
    rest = ["--at", "2025-01-25T00:00:00Z", "--add", str(add), "--until", "2025-03-01T00:00:00Z", "--json", *files]
    told = json.loads(ask("what-if", "A", *rest).out)
    assert [(each["time"], each["data"]["status"]) for each in told] == [
        ("2025-01-26T00:00:00Z", "LIMITED"),
        ("2025-02-25T00:00:00Z", "OPEN"),
    ]


def test_events_of_one_instant_come_in_the_order_of_their_topics(ask: Ask, files: list[str], tmp_path: Path) -> None:
    """As they will be applied when they happen, in whatever order the file has them."""
    asked = [inquiry("2025-01-26").named(f"asked-{number}") for number in range(3)]
    rest = paid("2025-01-26", "20.00", "L", 1).named("rest")
    told = []
    for supposed in ([*asked, rest], [rest, *asked]):
        add = _written(tmp_path / "add.ndjson", supposed)
        called = ask("what-if", "A", "--at", "2025-01-25T00:00:00Z", "--add", str(add), "--json", *files)
        told.append([(each["data"]["cause"]["event_id"], each["data"]["status"]) for each in json.loads(called.out)])
    assert told[0] == told[1] == [("rest", "LIMITED"), ("asked-1", "LIMITED"), ("asked-2", "LIMITED")]


def test_what_people_decide_is_supposed_as_it_would_come(ask: Ask, files: list[str], tmp_path: Path) -> None:
    """Nobody approves an override of their own, not even supposedly."""
    proposed = override("2025-01-26", "OPEN", "2025-02-01")
    rest = ["--at", "2025-01-25T00:00:00Z", "--until", "2025-03-01T00:00:00Z", *files]
    add = _written(tmp_path / "add.ndjson", [proposed, override_approved("2025-01-27", by=proposed.data["by"])])
    told = ask("what-if", "A", "--add", str(add), *rest)
    assert told.code == Exit.USAGE
    assert "who took the other step" in told.err
    add = _written(tmp_path / "add.ndjson", [proposed, override_approved("2025-01-27", by="another")])
    told = ask("what-if", "A", "--add", str(add), "--json", *rest)
    assert [(each["time"], each["data"]["status"], each["data"]["cause"]["kind"]) for each in json.loads(told.out)] == [
        ("2025-01-27T00:00:00Z", "OPEN", "review"),
        ("2025-02-02T00:00:00Z", "NOT_OPEN", "time"),
    ]


def test_events_of_another_account_are_refused(ask: Ask, files: list[str], tmp_path: Path) -> None:
    add = _written(tmp_path / "add.ndjson", [paid("2025-01-26").of("B")])
    told = ask("what-if", "A", "--add", str(add), *files)
    assert told.code == Exit.USAGE
    assert "an event of B" in told.err


@pytest.mark.parametrize("line", ["[]", "null", "7", "{", '{"type": "account.opened"}', '{"type": ["x"]}'])
def test_what_is_no_event_is_told_with_its_line(ask: Ask, files: list[str], tmp_path: Path, line: str) -> None:
    (tmp_path / "add.ndjson").write_text(f"\n{line}\n", encoding="utf-8")
    told = ask("what-if", "A", "--add", str(tmp_path / "add.ndjson"), *files)
    assert told.code == Exit.USAGE
    assert "add.ndjson:2: " in told.err


@pytest.mark.parametrize(("verb", "option"), [("explain", "--at"), ("what-if", "--at"), ("what-if", "--until")])
def test_an_instant_in_some_other_age_is_refused(ask: Ask, files: list[str], verb: str, option: str) -> None:
    told = ask(verb, "A", option, "9999-12-31T00:00:00Z", *files)
    assert told.code == Exit.USAGE
    assert f"{option} 9999-12-31T00:00:00Z: more than 100 years ahead" in told.err


def test_a_report_that_cannot_be_written_is_told(ask: Ask, files: list[str], tmp_path: Path) -> None:
    told = ask("explain", "A", "--html", str(tmp_path / "nowhere" / "why.html"), *files)
    assert told.code == Exit.FAILED
    assert "nowhere/why.html: " in told.err


def test_an_account_that_nothing_is_known_of_is_not_ready(ask: Ask, files: list[str]) -> None:
    told = ask("explain", "nobody", *files)
    assert told.code == Exit.NOT_READY
    assert "nobody" in told.err
