"""What earlier statuses should have been: a lane's own log, looked at again with all that is known since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from schemas.corrected import parse_correction
from schemas.instants import parse_instant
from streams.corrections.finding import Made, Published, corrections
from tests.support.core import Document, Lane, digest, policy, rule
from tests.support.events import (
    Event,
    activated,
    approved,
    corrected,
    decided,
    due,
    event,
    inquiry,
    missed,
    ms,
    paid,
    proposed,
    short,
    suppressed,
)

OVERDUE = rule("o", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0)
HARD = rule("h", "inquiries.hard_count", window="30d", at_most=0)
MISSED = rule("m", "repayment.missed_count", "NOT_OPEN", window="30d", at_most=0)
BOTH = policy(OVERDUE, HARD)
DUE = due("2025-01-01", on="2025-01-10").named("bill")


class Desk:
    """A lane with all its records, which is asked for corrections at any time."""

    def __init__(self, document: Document) -> None:
        self.lane = Lane().feed(*_in_force(document))
        self.given = list(_in_force(document))
        self.told: list[Document] = []

    def feed(self, *events: Event) -> Desk:
        self.lane.feed(*events)
        self.given += events
        return self

    def ask(self, until: str) -> list[str]:
        """What is corrected with the clock at an instant, and is told from then on."""
        self.lane.tick(until)
        again = Lane()
        records = [again.record(each, place) for place, each in enumerate(self.given, 1)]
        made = Made(records, 0, 1, self.lane.settings, self.lane.machine.clock)
        found = corrections(made, self.lane.statuses, self.told)
        self.told += [each.event for each in found]
        return [_line(each) for each in found]


def _in_force(document: Document) -> list[Event]:
    name = digest(document)
    return [
        proposed("2024-12-31", document, name).named("p1"),
        approved("2024-12-31", name).named("p2"),
        activated("2024-12-31", name).named("p3"),
    ]


def _line(published: Published) -> str:
    data = parse_correction(published.event).data
    said, should = (
        "+".join([picture.status, *(each.rule or each.code for each in picture.reasons)])
        for picture in (data.said, data.should)
    )
    until = "" if data.until is None else short(data.until)
    facts = " ".join(f"{each.event_id}:{each.why}" for each in data.facts)
    return f"{data.corrects.split('/', 1)[1]} {said} > {should} {short(data.since)} - {until} {facts}".replace(
        "- ", "- "
    )


class Case(NamedTuple):
    document: Document
    events: Sequence[Event]
    expected: Sequence[str]
    until: str = "2025-02-20"


CASES = {
    "all in time: nothing to correct": Case(
        BOTH, [DUE, inquiry("2025-01-03"), paid("2025-01-20", "100.00", "L", 1)], []
    ),
    "a payment told five days late": Case(
        BOTH,
        [DUE, paid("2025-01-20", "100.00", "L", 1).happened("2025-01-15").named("pay")],
        ["a/2 NOT_OPEN+o > OPEN 2025-01-15 - 2025-01-20 pay:late"],
    ),
    "told within five minutes it is in time": Case(
        BOTH, [DUE, paid("2025-01-20", "100.00", "L", 1).happened("2025-01-19 23:55").named("pay")], []
    ),
    "paid in time, told late: it was never overdue": Case(
        BOTH,
        [DUE, paid("2025-01-20", "100.00", "L", 1).happened("2025-01-09").named("pay")],
        ["a/2 NOT_OPEN+o > OPEN 2025-01-11 - 2025-01-20 pay:late"],
    ),
    "an inquiry told late should have limited": Case(
        BOTH,
        [inquiry("2025-01-01"), inquiry("2025-02-05").happened("2025-01-20").named("look")],
        ["a/2 OPEN > LIMITED+h 2025-01-31 - 2025-02-05 look:late"],
        "2025-02-10",
    ),
    "a due that was wrong, put right later": Case(
        BOTH,
        [DUE, corrected("2025-01-15", "bill", loan_id="L", installment=1, due_on="2025-02-10", amount="100.00")],
        [
            "a/2 NOT_OPEN+o > OPEN 2025-01-11 - 2025-01-15 bill:corrected",
        ],
        "2025-02-01",
    ),
    "a true fact suppressed from a day before": Case(
        policy(MISSED),
        [missed("2025-01-01").named("m1"), suppressed("2025-01-20", "m1", "2025-01-10")],
        ["a/1 NOT_OPEN+m > OPEN 2025-01-10 - 2025-01-20 m1:suppressed"],
    ),
    "suppressed at once it was right until then": Case(
        policy(MISSED), [missed("2025-01-01").named("m1"), suppressed("2025-01-20", "m1")], []
    ),
    "what people decide late stays decided late": Case(
        policy(MISSED), [missed("2025-01-01"), decided("2025-01-20", "OPEN").happened("2025-01-05")], []
    ),
    "an outage told late excuses what was due in it": Case(
        policy(OVERDUE, outages={"repayments": "excused"}),
        [
            DUE,
            event("2025-01-14", "incident.started", incident_id="I").of("*").happened("2025-01-10 08:00").named("down"),
            event("2025-01-14", "incident.ended", incident_id="I").of("*").happened("2025-01-10 09:00").named("up"),
            paid("2025-01-20", "100.00", "L", 1),
        ],
        ["a/2 NOT_OPEN+o > OPEN 2025-01-11 - 2025-01-12 down:late up:late"],
    ),
    "the reason was wrong, not the status": Case(
        policy(
            rule("h", "inquiries.hard_count", window="30d", at_most=0), rule("s", "spending.amount", at_most="1.00")
        ),
        [
            inquiry("2025-01-01").named("look"),
            event("2025-01-09", "spending.recorded", amount="5.00").happened("2025-01-05").named("bought"),
        ],
        ["a/1 LIMITED+h > LIMITED+s+h 2025-01-05 - 2025-01-09 bought:late"],
        "2025-01-20",
    ),
    "another account's news is not one's own": Case(
        BOTH,
        [DUE, DUE.of("B"), paid("2025-01-20", "100.00", "L", 1).of("B").happened("2025-01-15").named("pay")],
        ["a/2 NOT_OPEN+o > OPEN 2025-01-15 - 2025-01-20 pay:late"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_corrected_and_never_twice(name: str) -> None:
    case = CASES[name]
    desk = Desk(case.document).feed(*case.events)
    assert desk.ask(case.until) == list(case.expected)
    assert desk.ask(case.until) == [], "told once"
    assert desk.ask("2025-03-20") == [], "time alone makes no further correction"


def test_newer_knowledge_corrects_a_correction_and_takes_one_back() -> None:
    desk = Desk(BOTH).feed(DUE, paid("2025-01-20", "100.00", "L", 1, "p").happened("2025-01-15").named("pay"))
    assert desk.ask("2025-01-21") == ["a/2 NOT_OPEN+o > OPEN 2025-01-15 - 2025-01-20 pay:late"]
    right: dict[str, Any] = {"amount": "50.00", "loan_id": "L", "installment": 1, "payment_id": "p"}
    desk.feed(corrected("2025-01-25", "pay", **right))
    assert desk.ask("2025-01-30") == [
        "a/corrected/1 OPEN > NOT_OPEN+o 2025-01-15 - 2025-01-20 pay:corrected pay:late",
        "a/3 OPEN > NOT_OPEN+o 2025-01-20 - 2025-01-25 pay:corrected",
    ]
    assert desk.ask("2025-02-10") == []
    desk.feed(corrected("2025-02-10", "pay", **right | {"amount": "100.00"}))
    lines = desk.ask("2025-02-20")
    assert [line.split(" 2025")[0] for line in lines] == [
        "a/corrected/2 NOT_OPEN+o > OPEN",
        "a/corrected/3 NOT_OPEN+o > OPEN",
        "a/4 NOT_OPEN+o > OPEN",
    ]
    assert desk.ask("2025-02-25") == []
    assert [parse_correction(each).data.sequence for each in desk.told] == [1, 2, 3, 4, 5, 6]


def test_what_is_still_told_otherwise_has_no_end_and_is_told_once() -> None:
    """A profile is put right by sending it anew (decision 0087): until then the status goes on as it is."""
    adult = policy(
        rule("r", "account.region", "NOT_OPEN", "LEG-02", one_of=["CN-31"], unknown="NOT_OPEN", unknown_reason="LEG-05")
    )
    home = event("2025-01-01", "account.opened", region="CN-11").named("home")
    desk = Desk(adult).feed(home, corrected("2025-01-10", "home", region="CN-31"))
    assert desk.ask("2025-01-15") == ["a/1 NOT_OPEN+r > OPEN 2025-01-01 -  home:corrected"]
    assert desk.ask("2025-01-20") == []
    desk.feed(event("2025-01-25", "account.updated", region="CN-31"))
    assert desk.ask("2025-01-30") == []
    assert parse_instant(desk.told[0]["time"]) == ms("2025-01-15")
