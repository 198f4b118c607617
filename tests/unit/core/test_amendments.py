"""Facts corrected and suppressed: decision 0087, each entry as rows of a table."""

import pytest

from streams.core import limits
from tests.support.core import Lane, Row, check, names, policy, rule
from tests.support.events import (
    corrected,
    court,
    decided,
    dispute,
    dispute_closed,
    due,
    inquiry,
    missed,
    opened,
    paid,
    reported,
    review_requested,
    score,
    spent,
    suppressed,
    verified,
)

MISSED = rule("m", "repayment.missed_count", "NOT_OPEN", window="30d", at_most=0)
HARD = rule("h", "inquiries.hard_count", window="30d", at_most=0)
OVERDUE = rule("o", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0)
OPEN = rule("a", "repayment.open_amount", at_most="50.00")
LATE = rule("l", "repayment.late_count", "NOT_OPEN", at_most=0)
SCORE = rule("s", "score.value", "NOT_OPEN", "SCO-02", at_least=600, unknown="UNDER_REVIEW", unknown_reason="SCO-02")
COURT = rule("c", "legal.court_records", "NOT_OPEN", "LEG-03", at_most=0)
REPORT = rule("r", "delinquency.months_past_due", "NOT_OPEN", at_most=0)
SPENT = rule("p", "spending.amount", at_most="100.00")
LEVEL = rule("i", "identity.level", "NOT_OPEN", "IDN-01", at_least=2, unknown="NOT_OPEN", unknown_reason="IDN-01")

SUPPRESSED = [
    Row(
        "what is suppressed counts no longer, from then on",
        policy(HARD),
        [inquiry("2025-01-01"), suppressed("2025-01-05", "e1")],
        ["2025-01-01 LIMITED h=1/0 cause:event,e1", "2025-01-05 OPEN cause:review,e2"],
        show=("cause",),
    ),
    Row(
        "from a day on: announced, by a timer",
        policy(MISSED),
        [missed("2025-01-01"), suppressed("2025-01-02", "e1", "2025-01-10"), opened("2025-01-03")],
        ["2025-01-01 NOT_OPEN m=1/0 next:2025-01-31,OPEN,m cause:event,e1", "2025-01-10 OPEN next:- cause:time"],
        until="2025-01-20",
        show=("next", "cause"),
    ),
    Row(
        "what is announced is told again where a later event says something new",
        policy(MISSED, HARD),
        [missed("2025-01-01"), suppressed("2025-01-02", "e1", "2025-01-10T08:00:00Z"), inquiry("2025-01-03")],
        [
            "2025-01-01 NOT_OPEN m=1/0[2025-01-31] next:2025-01-31,OPEN,m",
            "2025-01-03 NOT_OPEN m=1/0[2025-01-10 08:00] h=1/0[2025-02-02] next:2025-01-10 08:00,LIMITED,m",
            "2025-01-10 08:00 LIMITED h=1/0[2025-02-02] next:2025-02-02,OPEN,h",
        ],
        until="2025-01-20",
        show=("clears", "next"),
    ),
    Row(
        "a suppressed due is neither overdue nor late, and what was paid to it is not spread anew",
        policy(OVERDUE, LATE, OPEN),
        [
            due("2025-01-01", "2025-01-02"),
            due("2025-01-01", "2025-02-01", number=2),
            paid("2025-01-02", "40.00", "L", 1),
            suppressed("2025-01-05", "e1"),
        ],
        [
            "2025-01-01 LIMITED a=100.00/50.00",
            "2025-01-01 LIMITED a=200.00/50.00",
            "2025-01-02 LIMITED a=160.00/50.00",
            "2025-01-03 NOT_OPEN o=1/0 l=1/0 a=160.00/50.00",
            "2025-01-05 LIMITED a=100.00/50.00",
        ],
    ),
    Row(
        "of a suppressed payment the due is open again",
        policy(OVERDUE),
        [due("2025-01-01", "2025-01-02"), paid("2025-01-02"), suppressed("2025-01-05", "e2")],
        ["2025-01-01 OPEN", "2025-01-05 NOT_OPEN o=3/0"],
    ),
    Row(
        "without a suppressed score nothing is known, also where an older one came before",
        policy(SCORE),
        [score("2025-01-01", 700), score("2025-01-02", 500), suppressed("2025-01-03", "e2")],
        ["2025-01-01 OPEN", "2025-01-02 NOT_OPEN s=500/600", "2025-01-03 UNDER_REVIEW s=-/600"],
    ),
    Row(
        "a suppressed court record counts no longer",
        policy(COURT),
        [court("2025-01-01"), suppressed("2025-01-03", "e1")],
        ["2025-01-01 NOT_OPEN c=1/0", "2025-01-03 OPEN"],
    ),
    Row(
        "of reports the newest one that may be used counts",
        policy(REPORT),
        [reported("2025-01-01", 1), reported("2025-01-02", 0), suppressed("2025-01-03", "e2")],
        ["2025-01-01 NOT_OPEN r=1/0", "2025-01-02 OPEN", "2025-01-03 NOT_OPEN r=1/0"],
    ),
    Row(
        "before its event it waits for it",
        policy(HARD),
        [suppressed("2025-01-01", "late"), inquiry("2025-01-05").named("late"), inquiry("2025-01-06")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED h=1/0"],
    ),
    Row(
        "what anybody can say anew is not put right by suppressing it",
        policy(LEVEL),
        [verified("2025-01-01", 2), suppressed("2025-01-02", "e1")],
        ["2025-01-01 OPEN"],
    ),
]

CORRECTED = [
    Row(
        "a corrected inquiry was another one, at its own time",
        policy(HARD),
        [inquiry("2025-01-01"), corrected("2025-01-05", "e1", kind="soft")],
        ["2025-01-01 LIMITED h=1/0", "2025-01-05 OPEN"],
    ),
    Row(
        "an observed value that a correction changes is told",
        policy(SPENT),
        [spent("2025-01-01", "150.00"), corrected("2025-01-02", "e1", amount="120.00")],
        ["2025-01-01 LIMITED p=150.00/100.00", "2025-01-02 LIMITED p=120.00/100.00"],
    ),
    Row(
        "a due was on another day, and its money stays",
        policy(OVERDUE, OPEN),
        [
            due("2025-01-01", "2025-01-02"),
            paid("2025-01-01", "60.00", "L", 1),
            corrected("2025-01-05", "e1", loan_id="L", installment=1, due_on="2025-01-10", amount="80.00"),
        ],
        [
            "2025-01-01 LIMITED a=100.00/50.00",
            "2025-01-01 OPEN",
            "2025-01-03 NOT_OPEN o=1/0",
            "2025-01-05 OPEN",
            "2025-01-11 NOT_OPEN o=1/0",
        ],
        until="2025-01-20",
    ),
    Row(
        "a payment was of another amount",
        policy(OVERDUE),
        [
            due("2025-01-01", "2025-01-02"),
            paid("2025-01-02"),
            corrected("2025-01-05", "e2", amount="10.00"),
            corrected("2025-01-06", "e2", amount="100.00"),
        ],
        ["2025-01-01 OPEN", "2025-01-05 NOT_OPEN o=3/0", "2025-01-06 OPEN"],
    ),
    Row(
        "of corrections the newest counts, whenever it comes, and a suppression before both",
        policy(SCORE),
        [
            score("2025-01-01", 500),
            corrected("2025-01-05", "e1", provider="zhima", value=700),
            corrected("2025-01-06", "e1", provider="zhima", value=550).happened("2025-01-04"),
            suppressed("2025-01-07", "e1"),
        ],
        ["2025-01-01 NOT_OPEN s=500/600", "2025-01-05 OPEN", "2025-01-07 UNDER_REVIEW s=-/600"],
    ),
]

ASIDE = {"facts": "set-aside"}
DISPUTED = [
    Row(
        "set aside, where the policy says so, until the dispute is closed",
        policy(HARD, disputes=ASIDE),
        [inquiry("2025-01-01"), dispute("2025-01-02", "e1"), dispute_closed("2025-01-05", "e1")],
        ["2025-01-01 LIMITED h=1/0", "2025-01-02 OPEN", "2025-01-05 LIMITED h=1/0"],
    ),
    Row(
        "marked else: it counts as before",
        policy(HARD, rule("d", "disputes.open", "LIMITED", "DIS-01", at_most=0)),
        [inquiry("2025-01-01"), dispute("2025-01-02", "e1")],
        ["2025-01-01 LIMITED h=1/0", "2025-01-02 LIMITED h=1/0 d=1/0[date=2025-01-22]"],
        show=("values",),
    ),
    Row(
        "a dispute of a reason sets no event aside",
        policy(HARD, disputes=ASIDE),
        [inquiry("2025-01-01"), dispute("2025-01-02", "INQ-01")],
        ["2025-01-01 LIMITED h=1/0"],
    ),
    Row(
        "as long as one dispute of it is open it stays aside",
        policy(HARD, disputes=ASIDE),
        [
            inquiry("2025-01-01"),
            dispute("2025-01-02", "e1"),
            dispute("2025-01-03", "e1", key="E"),
            dispute_closed("2025-01-05", "e1", key="E"),
            dispute_closed("2025-01-06", "e1"),
        ],
        ["2025-01-01 LIMITED h=1/0", "2025-01-02 OPEN", "2025-01-06 LIMITED h=1/0"],
    ),
    Row(
        "a dispute that nobody answers in time is overdue, as announced",
        policy(rule("d", "disputes.overdue", "UNDER_REVIEW", at_most=0)),
        [dispute("2025-01-01", "INQ-01"), opened("2025-01-02"), dispute_closed("2025-01-25", "INQ-01")],
        [
            "2025-01-01 OPEN next:2025-01-21,UNDER_REVIEW,d",
            "2025-01-21 UNDER_REVIEW d=1/0 next:-",
            "2025-01-25 OPEN next:-",
        ],
        show=("next",),
    ),
    Row(
        "within as many days as the policy says",
        policy(rule("r", "reviews.overdue", "UNDER_REVIEW", at_most=0), disputes={"answer_days": 5}),
        [review_requested("2025-01-01"), decided("2025-01-08", "OPEN")],
        ["2025-01-01 OPEN", "2025-01-06 UNDER_REVIEW r=1/0", "2025-01-08 OPEN"],
        until="2025-02-01",
    ),
]

ROWS = [*SUPPRESSED, *CORRECTED, *DISPUTED]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_amendments(row: Row) -> None:
    check(row)


def test_a_correction_that_is_no_data_of_its_type_is_a_dead_letter_with_its_field() -> None:
    lane = Lane(policy(SPENT)).feed(spent("2025-01-01", "150.00"), corrected("2025-01-02", "e1", amount="cheap"))
    assert lane.rejected() == ["invalid_event data.data.amount"]
    assert lane.feed(corrected("2025-01-03", "e1", amount="9.00")).told()[1:] == ["2025-01-03 OPEN"]


def test_one_that_came_before_its_event_and_turns_out_wrong_changes_nothing() -> None:
    lane = Lane(policy(SPENT)).feed(corrected("2025-01-01", "late", colour="blue"))
    lane.feed(spent("2025-01-02", "150.00").named("late"))
    assert lane.told() == ["2025-01-01 OPEN", "2025-01-02 LIMITED p=150.00/100.00"]


def test_an_event_that_the_state_still_holds_is_found_however_many_came_since() -> None:
    many = [verified(f"2025-01-02 {place // 60:02d}:{place % 60:02d}", 2) for place in range(limits.EVENT_IDS + 1)]
    lane = Lane(policy(HARD)).feed(inquiry("2025-01-01").named("i")).together(*many)
    assert lane.feed(suppressed("2025-01-05", "i")).told()[1:] == ["2025-01-05 OPEN"]
