"""Repayments due or failing in outages: decision 0091, as rows of a table."""

import pytest

from streams.core.operations import EVERY
from tests.support.core import Lane, Row, check, names, policy, rule, told
from tests.support.events import Event, due, event, inquiry, missed, paid, updated

EXCUSED = {"outages": {"repayments": "excused"}}
OVERDUE = rule("o", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0)
MISSED = rule("m", "repayment.missed_count", "NOT_OPEN", window="30d", at_most=0)
LATE = rule("l", "repayment.late_count", "NOT_OPEN", at_most=0)


def down(at: str, begin: str, end: str | None, subject: str = EVERY, **place: str) -> Event:
    return event(at, "maintenance.planned", window_id="W", from_=begin, until=end, **place).of(subject)


def incident(at: str, what: str, **place: str) -> Event:
    return event(at, f"incident.{what}", incident_id="I", **place).of(EVERY)


DUE = due("2025-01-01", on="2025-01-10")
NIGHT = down("2025-01-02", "2025-01-10T10:00:00Z", "2025-01-10T14:00:00Z")
OPEN = "2025-01-01 OPEN"

ROWS = [
    Row(
        "due on the day of an outage it is past due a day later",
        policy(OVERDUE, **EXCUSED),
        [DUE, NIGHT],
        [OPEN, "2025-01-12 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "by default outages excuse nothing",
        policy(OVERDUE),
        [DUE, NIGHT],
        [OPEN, "2025-01-11 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "over midnight it takes both days",
        policy(OVERDUE, **EXCUSED),
        [DUE, down("2025-01-02", "2025-01-10T20:00:00Z", "2025-01-11T02:00:00Z")],
        [OPEN, "2025-01-13 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "a night before the cutoff belongs to the day before",
        policy(OVERDUE, repayment_cutoff="06:00", **EXCUSED),
        [DUE, down("2025-01-02", "2025-01-11T00:00:00Z", "2025-01-11T05:00:00Z")],
        [OPEN, "2025-01-12 06:00 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "an outage before the due date excuses nothing",
        policy(OVERDUE, **EXCUSED),
        [DUE, down("2025-01-02", "2025-01-09T10:00:00Z", "2025-01-09T14:00:00Z")],
        [OPEN, "2025-01-11 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "a cancelled one neither",
        policy(OVERDUE, **EXCUSED),
        [DUE, NIGHT, event("2025-01-03", "maintenance.cancelled", window_id="W").of(EVERY)],
        [OPEN, "2025-01-11 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "nor one of a product, of a channel or of another region",
        policy(OVERDUE, **EXCUSED),
        [
            DUE,
            down("2025-01-02", "2025-01-10T10:00:00Z", "2025-01-10T14:00:00Z", "a"),
            event("2025-01-02", "incident.started", incident_id="C", channel="app").of(EVERY),
            event("2025-01-02", "incident.started", incident_id="R", region="CN-31").of(EVERY),
            event("2025-01-02", "provider.paused", provider="lender").of(EVERY),
        ],
        [OPEN, "2025-01-11 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "one of the account's region does",
        policy(OVERDUE, **EXCUSED),
        [
            DUE,
            updated("2025-01-02", region="CN-31"),
            down("2025-01-02", "2025-01-10T10:00:00Z", "2025-01-10T14:00:00Z", region="CN-31"),
        ],
        [OPEN, "2025-01-12 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "an account that moves into an outage's region is told the value that this changes",
        policy(OVERDUE, **EXCUSED),
        [
            DUE,
            down("2025-01-02", "2025-01-10T10:00:00Z", "2025-01-10T14:00:00Z", region="CN-31"),
            updated("2025-01-15", region="CN-31"),
        ],
        [OPEN, "2025-01-11 NOT_OPEN o=1/0", "2025-01-15 NOT_OPEN o=4/0"],
        until="2025-01-20",
    ),
    Row(
        "an outage that goes on goes on excusing",
        policy(OVERDUE, **EXCUSED),
        [DUE, incident("2025-01-10 12:00", "started"), incident("2025-01-13 12:00", "ended")],
        [OPEN, "2025-01-15 NOT_OPEN o=1/0"],
        until="2025-01-20",
    ),
    Row(
        "what is past due already stands still meanwhile",
        policy(rule("o", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=3), **EXCUSED),
        [DUE, incident("2025-01-12 12:00", "started"), incident("2025-01-12 13:00", "ended")],
        [OPEN, "2025-01-15 NOT_OPEN o=4/3"],
        until="2025-01-20",
    ),
    Row(
        "what was missed in one was not missed, told before or after",
        policy(MISSED, **EXCUSED),
        [
            incident("2025-01-10 12:00", "started"),
            missed("2025-01-10 13:00"),
            incident("2025-01-10 14:00", "ended"),
            missed("2025-01-10 15:00").happened("2025-01-10 12:30"),
            inquiry("2025-01-11"),
            missed("2025-01-12"),
        ],
        ["2025-01-10 13:00 OPEN", "2025-01-12 NOT_OPEN m=1/0"],
        until="2025-01-20",
    ),
    Row(
        "paid on the excused day it was never late",
        policy(LATE, **EXCUSED),
        [DUE, NIGHT, paid("2025-01-11 12:00", "100.00", "L", 1), inquiry("2025-02-01")],
        [OPEN],
        until="2025-03-01",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_outages_excuse_repayments(row: Row) -> None:
    check(row)


def test_an_outage_that_is_called_off_hides_no_due_day() -> None:
    """Nothing may be put off because of what is only announced: nobody would look when it is called off."""
    lane = Lane(policy(OVERDUE, **EXCUSED)).feed(DUE, NIGHT, inquiry("2025-01-05"))
    lane.restart().feed(event("2025-01-09", "maintenance.cancelled", window_id="W").of(EVERY)).tick("2025-01-20")
    assert told(lane.statuses) == [OPEN, "2025-01-11 NOT_OPEN o=1/0"]
