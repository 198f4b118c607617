"""Every fact of the policy language at its edges, and what record 0002 says of them (6 to 15); what fills texts."""

from typing import Any

import pytest

from tests.support.core import Document, Lane, Row, check, limit, names, policy, rule, run, told
from tests.support.events import (
    Event,
    choice,
    closed,
    consent,
    court,
    dispute,
    dispute_closed,
    due,
    event,
    failed,
    flagged,
    income,
    inquiry,
    limit_set,
    missed,
    note,
    obligations,
    opened,
    paid,
    pause,
    reported,
    restricted,
    resume,
    reversal,
    revoked,
    score,
    spent,
    updated,
    verified,
)


def one(fact: str, **more: Any) -> Document:
    return policy(rule("r", fact, **more))


def knows(fact: str, **more: Any) -> Document:
    """Unknown is told apart."""
    return one(fact, unknown="UNDER_REVIEW", unknown_reason="SCO-02", **more)


DPD = one("repayment.days_past_due", at_most=0)

REPAYMENTS = [
    Row(
        "days_past_due is of the worst open installment",
        one("repayment.days_past_due", at_most=3),
        [
            due("2025-01-01", on="2025-01-05"),
            due("2025-01-01", on="2025-01-03", number=2),
            paid("2025-01-08", number=2),
        ],
        ["2025-01-01 OPEN", "2025-01-07 LIMITED r=4/3", "2025-01-08 OPEN", "2025-01-09 LIMITED r=4/3"],
        until="2025-01-20",
    ),
    Row(
        "amount_overdue: only what is past due",
        one("repayment.amount_overdue", at_most="99.99"),
        [due("2025-01-01", on="2025-01-05"), due("2025-01-01", on="2025-02-05", number=2)],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED r=100.00/99.99[CNY]"],
        until="2025-02-01",
        show=("unit",),
    ),
    Row(
        "late_count counts installments that reached min_days past due",
        one("repayment.late_count", min_days=3, at_most=0),
        [
            due("2025-01-01", on="2025-01-05"),
            due("2025-01-01", on="2025-01-06", number=2),
            paid("2025-01-08", number=1),
        ],
        ["2025-01-01 OPEN", "2025-01-08 LIMITED r=1/0"],
        until="2025-02-01",
    ),
    Row(
        "late_count in a window: from the instant of becoming late, not from the due date",
        one("repayment.late_count", window="1m", at_most=0),
        [due("2025-01-01", on="2025-01-30"), paid("2025-02-10")],
        ["2025-01-01 OPEN", "2025-01-31 LIMITED r=1/0", "2025-02-28 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "worst_days_past_due grows while open, stays what it was when settled, leaves with the settling",
        one("repayment.worst_days_past_due", window="10d", at_most=2),
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-09 12:00")],
        [
            "2025-01-01 OPEN",
            "2025-01-08 LIMITED r=3/2",
            "2025-01-19 12:00 OPEN",
        ],
        until="2025-02-01",
    ),
    Row(
        "9 settled at exactly a day's change: that instant belongs to the day before",
        one("repayment.worst_days_past_due", window="10d", at_most=2),
        [due("2025-01-01", on="2025-01-05"), note("2025-01-07 12:00"), paid("2025-01-08")],
        ["2025-01-01 OPEN", "2025-01-08 LIMITED r=3/2", "2025-01-08 OPEN"],
        until="2025-02-01",
    ),
    Row(
        "received_count leaves reversed payments out",
        one("repayment.received_count", window="30d", at_least=1),
        [paid("2025-01-01", payment="P"), reversal("2025-01-02", "P"), paid("2025-01-03")],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED r=0/1", "2025-01-03 OPEN", "2025-02-02 LIMITED r=0/1"],
        until="2025-03-01",
    ),
    Row(
        "10 paused days don't count, both ends included",
        DPD,
        [due("2025-01-01", on="2025-01-05"), pause("2025-01-02", "2025-01-06", "2025-01-08")],
        ["2025-01-01 OPEN", "2025-01-09 LIMITED r=1/0"],
        until="2025-02-01",
    ),
    Row(
        "10 a pause of another loan is none",
        DPD,
        [due("2025-01-01", on="2025-01-05"), pause("2025-01-02", "2025-01-06", "2025-01-08", loan="K")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED r=1/0"],
        until="2025-02-01",
    ),
    Row(
        "10 the newest that covers a day decides: resumed in the middle",
        one("repayment.days_past_due", at_most=1),
        [
            due("2025-01-01", on="2025-01-05"),
            pause("2025-01-02", "2025-01-06", "2025-01-10"),
            resume("2025-01-03", "2025-01-08", "2025-01-08", loan="L"),
        ],
        ["2025-01-01 OPEN", "2025-01-11 LIMITED r=2/1"],  # the 8th and the 11th
        until="2025-02-01",
    ),
    Row(
        "10 an instant's last day is that of the ms before it",
        DPD,
        [due("2025-01-01", on="2025-01-05"), pause("2025-01-02", "2025-01-06T15:00:00Z", "2025-01-08T00:00:00Z")],
        ["2025-01-01 OPEN", "2025-01-08 LIMITED r=1/0"],
        until="2025-02-01",
    ),
    Row(
        "10 a pause learnt of later lifts the days past due that it covers",
        DPD,
        [due("2025-01-01", on="2025-01-05"), pause("2025-01-07", "2025-01-06", "2025-01-07")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED r=1/0", "2025-01-07 OPEN", "2025-01-08 LIMITED r=1/0"],
        until="2025-02-01",
    ),
    Row(
        "10 paused days put off becoming late too",
        one("repayment.late_count", at_most=0),
        [pause("2025-01-01", "2025-01-06", "2025-01-07"), due("2025-01-01", on="2025-01-05")],
        ["2025-01-01 OPEN", "2025-01-08 LIMITED r=1/0"],
        until="2025-02-01",
    ),
]

REPORTS = [
    Row(
        "11 days reported are months rounded up",
        one("delinquency.months_past_due", at_most=1),
        [reported("2025-01-01", days=30), reported("2025-01-02", days=31)],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED r=2/1[months]"],
        show=("unit",),
    ),
    Row(
        "11 with both, months count",
        one("delinquency.months_past_due", at_most=1),
        [reported("2025-01-01", months=1, days=100)],
        ["2025-01-01 OPEN"],
    ),
    Row(
        "the last report by event time stands",
        one("delinquency.months_past_due", at_most=1),
        [reported("2025-01-10", months=0), reported("2025-01-11", months=3).happened("2025-01-09")],
        ["2025-01-10 OPEN"],
    ),
    Row(
        "11 written_off: the newest report that says so either way",
        one("delinquency.written_off", is_=False),
        [reported("2025-01-01", months=5, written_off=True), reported("2025-01-02", months=0)],
        ["2025-01-01 LIMITED r=true/false"],
    ),
    Row(
        "worst_months looks at every report in the window, evidence names the worst",
        one("delinquency.worst_months", window="30d", at_most=1),
        [reported("2025-01-01", months=3), reported("2025-01-02", months=2)],
        ["2025-01-01 LIMITED r=3/1[e1]"],
        until="2025-01-30",
        show=("evidence",),
    ),
    Row(
        "worst_months falls to the next worst by time alone, untold until it holds",
        one("delinquency.worst_months", window="30d", at_most=1),
        [reported("2025-01-01", months=3), reported("2025-01-02", months=2)],
        ["2025-01-01 LIMITED r=3/1", "2025-02-01 OPEN"],
        until="2025-03-01",
    ),
]

INQUIRIES = [
    Row(
        "7 refused ones are hard and soft ones",
        one("inquiries.refused_count", at_most=1),
        [inquiry("2025-01-01", outcome="refused"), inquiry("2025-01-02", kind="soft", outcome="refused")],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED r=2/1"],
    ),
    Row(
        "7 institutions: different ones with hard inquiries; those without a name don't count",
        one("inquiries.institutions", at_most=1),
        [
            inquiry("2025-01-01", institution="b"),
            inquiry("2025-01-02", institution="b"),
            inquiry("2025-01-03"),
            inquiry("2025-01-04", institution="c", kind="soft"),
            inquiry("2025-01-05", institution="c"),
        ],
        ["2025-01-01 OPEN", "2025-01-05 LIMITED r=2/1"],
    ),
    Row(
        "6 without a window all that is kept counts",
        one("inquiries.hard_count", at_most=1),
        [inquiry("2020-01-02"), inquiry("2025-01-01")],
        ["2020-01-02 OPEN", "2025-01-01 LIMITED r=2/1[-]"],
        until="2035-01-01",
        show=("clears",),
    ),
    Row(
        "soft ones",
        one("inquiries.soft_count", window="30d", below=1),
        [inquiry("2025-01-01"), inquiry("2025-01-02", kind="soft")],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED r=1/1", "2025-02-01 OPEN"],
        until="2025-03-01",
    ),
]

IDENTITY = [
    Row(
        "8 a revocation undoes every verification up to it",
        knows("identity.level", at_least=2),
        [
            verified("2025-01-01", 3),
            revoked("2025-01-02"),
            verified("2025-01-03", 2).happened("2025-01-01 12:00"),
            verified("2025-01-04", 1),
        ],
        ["2025-01-01 OPEN", "2025-01-02 UNDER_REVIEW r=-/2", "2025-01-04 LIMITED r=1/2"],
    ),
    Row(
        "8 the newest verification only: its document, or none",
        knows("identity.document_days_left", at_least=0),
        [verified("2025-01-01", expires="2025-06-01"), verified("2025-01-02")],
        ["2025-01-01 OPEN", "2025-01-02 UNDER_REVIEW r=-/0"],
    ),
    Row(
        "document_days_left is negative when expired",
        one("identity.document_days_left", at_least=5),
        [verified("2025-01-11", expires="2025-01-10")],
        ["2025-01-11 LIMITED r=-1/5[days]"],
        show=("unit",),
    ),
    Row(
        "document_days_left with two operators moves twice",
        one("identity.document_days_left", at_least=0, at_most=10),
        [verified("2025-01-01", expires="2025-01-15")],
        ["2025-01-01 LIMITED r=14/10", "2025-01-05 OPEN", "2025-01-16 LIMITED r=-1/0"],
        until="2025-02-01",
    ),
    Row(
        "8 failed items: those whose newest failure is later than the newest verification",
        one("identity.failed_items", at_most=1),
        [
            failed("2025-01-01", "face"),
            failed("2025-01-02", "name"),
            verified("2025-01-03"),
            failed("2025-01-04", "face"),
        ],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED r=2/1", "2025-01-03 OPEN"],
    ),
    Row(
        "8 a failure of before the verification, learnt of after it, was verified since",
        one("identity.failed_items", at_most=0),
        [verified("2025-01-03"), failed("2025-01-04").happened("2025-01-02")],
        ["2025-01-03 OPEN"],
    ),
]

ACCOUNT = [
    Row(
        "13 age_days: local dates since opened_on",
        one("account.age_days", at_least=30),
        [opened("2025-01-15 23:00", opened_on="2025-01-01")],
        ["2025-01-15 23:00 LIMITED r=14/30", "2025-01-31 OPEN"],
        until="2025-03-01",
    ),
    Row(
        "13 else since account.opened, in the policy's zone",
        policy(rule("r", "account.age_days", at_least=1), zone="Asia/Shanghai"),
        [opened("2025-01-15 15:59:59.999")],
        ["2025-01-15 15:59:59.999 LIMITED r=0/1", "2025-01-15 16:00 OPEN"],
        until="2025-03-01",
    ),
    Row(
        "13 an account that opens in the future is 0 days old",
        one("account.age_days", at_least=1),
        [opened("2025-01-01", opened_on="2025-01-10")],
        ["2025-01-01 LIMITED r=0/1", "2025-01-11 OPEN"],
        until="2025-03-01",
    ),
    Row(
        "years_old with an upper limit: at most 55 until the 56th birthday",
        one("account.years_old", at_most=55),
        [opened("2025-01-01", born_on="1969-03-10")],
        ["2025-01-01 OPEN", "2025-03-10 LIMITED r=56/55[years]"],
        until="2025-06-01",
        show=("unit",),
    ),
    Row(
        "12 account.limit of a product, and of the account",
        policy(
            rule(
                "own", "account.limit", product="a", at_least="100.00", unknown="UNDER_REVIEW", unknown_reason="POL-03"
            ),
            rule("all", "account.limit", at_least="100.00", unknown="UNDER_REVIEW", unknown_reason="POL-03"),
        ),
        [limit_set("2025-01-01", "50.00"), limit_set("2025-01-02", "50.00", product="a")],
        [
            "2025-01-01 UNDER_REVIEW own=-/100.00 all=50.00/100.00",
            "2025-01-02 LIMITED own=50.00/100.00 all=50.00/100.00",
        ],
    ),
    Row(
        "consent by scope",
        knows("consent.granted", scope="report", is_=True),
        [consent("2025-01-01", True, "other"), consent("2025-01-02", False), consent("2025-01-03", True)],
        ["2025-01-01 UNDER_REVIEW r=-/true", "2025-01-02 LIMITED r=false/true", "2025-01-03 OPEN"],
    ),
    Row(
        "12 the newer of the choices for this product and for all",
        one("choice.paused", is_=False),
        [
            choice("2025-01-01", "pause"),
            choice("2025-01-02", "reopen", product="a"),
            choice("2025-01-03", "close", product="b"),
            choice("2025-01-04", "close"),
            choice("2025-01-05", "reopen"),
        ],
        ["2025-01-01 LIMITED r=true/false", "2025-01-02 OPEN", "2025-01-04 LIMITED r=true/false", "2025-01-05 OPEN"],
    ),
    Row(
        "12 closing is a pause without end, whatever its until",
        one("choice.paused", is_=False),
        [choice("2025-01-01", "close", until="2025-01-10")],
        ["2025-01-01 LIMITED r=true/false[-]"],
        until="2026-01-01",
        show=("clears",),
    ),
    Row(
        "account.closed as a fact of rules",
        one("account.closed", is_=False),
        [note("2025-01-01"), closed("2025-01-02")],
        ["2025-01-01 OPEN", "2025-01-02 NOT_OPEN account-closed=true/false"],
    ),
    Row(
        "history.months: whole months since the earliest event time, which may come late",
        one("history.months", at_least=3),
        [note("2025-03-31"), note("2025-04-01").happened("2025-01-31")],
        ["2025-03-31 LIMITED r=0/3", "2025-04-01 LIMITED r=2/3", "2025-04-30 OPEN"],
        until="2025-06-01",
    ),
    Row(
        "4 account.segment: the event's own, else the policy's first that holds, else unknown",
        policy(
            rule("r", "account.segment", one_of=["own"], unknown="UNDER_REVIEW", unknown_reason="POL-03"),
            segments=[
                {"name": "late", "when": [limit("repayment.missed_count", at_least=2)]},
                {"name": "ever", "when": [limit("repayment.missed_count", at_least=1)]},
            ],
        ),
        [note("2025-01-01"), missed("2025-01-02"), missed("2025-01-03"), updated("2025-01-04", segment="own")],
        [
            '2025-01-01 UNDER_REVIEW r=-/["own"]',
            '2025-01-02 LIMITED r=ever/["own"][e2]',
            '2025-01-03 LIMITED r=late/["own"][e2+e3]',
            "2025-01-04 OPEN",
        ],
        show=("evidence",),
    ),
    Row(
        "other limits by segment",
        policy(
            rule("r", "repayment.missed_count", at_most=0, for_={"good": {"at_most": 1}}),
            segments=[{"name": "good", "when": [limit("score.value", at_least=700)]}],
        ),
        [missed("2025-01-01"), score("2025-01-02", 700), missed("2025-01-03")],
        ["2025-01-01 LIMITED r=1/0", "2025-01-02 OPEN", "2025-01-03 LIMITED r=2/1"],
    ),
    Row(
        "segments are asked of the account as it is; an account's own segment that no rule knows takes the plain limit",
        policy(rule("r", "repayment.missed_count", at_most=0, for_={"good": {"at_most": 5}})),
        [updated("2025-01-01", segment="odd"), missed("2025-01-02"), updated("2025-01-03", segment="good")],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED r=1/0", "2025-01-03 OPEN"],
    ),
]

FINANCES = [
    Row(
        "12 score without a provider: the newest of any",
        one("score.value", at_least=600),
        [
            score("2025-01-02", 500, "x"),
            score("2025-01-03", 700, "y").happened("2025-01-01"),
            score("2025-01-04", 650, "y"),
        ],
        ["2025-01-02 LIMITED r=500/600", "2025-01-04 OPEN"],
    ),
    Row(
        "score of a provider",
        knows("score.value", provider="y", at_least=600),
        [score("2025-01-01", 700, "x"), score("2025-01-02", 500, "y")],
        ["2025-01-01 UNDER_REVIEW r=-/600", "2025-01-02 LIMITED r=500/600"],
    ),
    Row(
        "score.age_days: local dates since it was made",
        one("score.age_days", at_most=2),
        [score("2025-01-01 23:59", 700)],
        ["2025-01-01 23:59 OPEN", "2025-01-04 LIMITED r=3/2"],
        until="2025-02-01",
    ),
    Row(
        "score.factors_known",
        knows("score.factors_known", is_=True),
        [
            score("2025-01-01", 700),
            score("2025-01-02", 700, factors=["short history"]),
            score("2025-01-03", 700, factors=[]),
        ],
        ["2025-01-01 LIMITED r=false/true", "2025-01-02 OPEN", "2025-01-03 LIMITED r=false/true"],
    ),
    Row(
        "income, and whether it was verified, each by itself",
        policy(
            rule("i", "income.monthly", at_least="100.00"),
            rule("v", "income.verified", is_=True, unknown="UNDER_REVIEW", unknown_reason="CAP-02"),
        ),
        [income("2025-01-01", "100.00"), income("2025-01-02", "99.99", verified=True), income("2025-01-03", "100.00")],
        ["2025-01-01 UNDER_REVIEW v=-/true", "2025-01-02 LIMITED i=99.99/100.00", "2025-01-03 OPEN"],
    ),
    Row(
        "M8 an income of another currency is unknown",
        knows("income.monthly", at_least="100.00"),
        [income("2025-01-01", "500.00", currency="USD")],
        ["2025-01-01 UNDER_REVIEW r=-/100.00"],
    ),
    Row(
        "a ratio whose divisor is 0 or unknown is unknown",
        knows("capacity.debt_to_income", at_most="0.5"),
        [
            obligations("2025-01-01", monthly_payment="10.00"),
            income("2025-01-02", "0.00"),
            income("2025-01-03", "20.00"),
        ],
        ["2025-01-01 UNDER_REVIEW r=-/0.5000", "2025-01-03 OPEN"],
    ),
    Row(
        "lenders and total limit",
        policy(rule("l", "capacity.lenders", at_most=2), rule("t", "capacity.total_limit", at_most="100.00")),
        [obligations("2025-01-01", lenders=3, total_limit="100.01")],
        ["2025-01-01 LIMITED l=3/2 t=100.01/100.00"],
    ),
    Row(
        "spending in a window: amount and different local months",
        policy(
            rule("a", "spending.amount", window="90d", at_least="30.00"),
            rule("m", "spending.months_active", window="90d", at_least=2),
            zone="Asia/Shanghai",
        ),
        [spent("2025-01-31 15:59", "10.00"), spent("2025-01-31 16:00", "20.00")],  # 1 February, local
        [
            "2025-01-31 15:59 LIMITED a=10.00/30.00 m=1/2",
            "2025-01-31 16:00 OPEN",
            "2025-05-01 15:59 LIMITED m=1/2 a=20.00/30.00",
        ],
        until="2025-05-01 15:59",
    ),
    Row(
        "M8 a spending of another currency in the window makes the amount unknown, as long as it is in it",
        knows("spending.amount", window="30d", at_most="5.00"),
        [spent("2025-01-01", "1.00", currency="USD"), spent("2025-01-02", "1.00")],
        ["2025-01-01 UNDER_REVIEW r=-/5.00", "2025-01-31 OPEN"],
        until="2025-02-20",
    ),
    Row(
        "court records: open and usable",
        one("legal.court_records", at_most=0),
        [
            court("2025-01-01", until="2025-02-01"),
            court("2025-01-02", record="D"),
            court("2025-01-03", "satisfied", record="D"),
        ],
        ["2025-01-01 LIMITED r=1/0", "2025-01-02 LIMITED r=2/0", "2025-01-03 LIMITED r=1/0", "2025-02-02 OPEN"],
        until="2025-03-01",
    ),
]

PEOPLE = [
    Row(
        "disputes and reviews, open ones",
        policy(rule("d", "disputes.open", at_most=0), rule("v", "reviews.open", at_most=0)),
        [
            dispute("2025-01-01", "REP-01"),
            event("2025-01-02", "review.requested", review_id="V", product="a"),
            dispute_closed("2025-01-03", "REP-01"),
            event("2025-01-04", "review.decided", review_id="V", product="a", by="clerk", status="OPEN", reason="fine"),
        ],
        [
            "2025-01-01 LIMITED d=1/0",
            "2025-01-02 LIMITED d=1/0 v=1/0",
            "2025-01-03 LIMITED v=1/0",
            "2025-01-04 OPEN",
        ],
    ),
    Row(
        "a dispute closed before it was opened, as learnt of, stays closed",
        one("disputes.open", at_most=0),
        [dispute_closed("2025-01-02", "REP-01"), dispute("2025-01-03", "REP-01").happened("2025-01-01")],
        ["2025-01-02 OPEN"],
    ),
    Row(
        "14 review days: day 31 clamped, of every second month from that of effective_from",
        policy(
            rule("r", "policy.days_since_review", at_most=27),
            reviews={"every": "2m", "day": 31},
            effective_from="2024-12-10T00:00:00Z",
        ),
        [note("2025-01-20")],  # 31 December, 28 February, 30 April
        [
            "2025-01-20 OPEN next:2025-01-28,LIMITED,r",
            "2025-01-28 LIMITED r=28/27 next:2025-02-28,OPEN,r",
            "2025-02-28 OPEN next:2025-03-28,LIMITED,r",
            "2025-03-28 LIMITED r=28/27 next:2025-04-30,OPEN,r",
        ],
        until="2025-04-01",
        show=("next",),
    ),
    Row(
        "14 a review day before the policy's own begin counts by the same months",
        policy(
            rule("r", "policy.days_since_review", at_most=1000),
            rule("n", "next_review_on", not_before="2025-04-06"),
            reviews={"every": "3m", "day": 6},
            effective_from="2025-01-10T00:00:00Z",
        ),
        [note("2025-01-20")],
        ["2025-01-20 OPEN"],
        until="2025-03-01",
    ),
    Row(
        "4 without reviews in the policy both are unknown",
        policy(
            rule("r", "policy.days_since_review", at_most=0, unknown="LIMITED", unknown_reason="POL-03"),
            rule("n", "next_review_on", before="2025-01-01", unknown="LIMITED", unknown_reason="POL-03"),
        ),
        [note("2025-01-20")],
        ["2025-01-20 LIMITED r=-/0 n=-/2025-01-01"],
    ),
]

ROWS = [*REPAYMENTS, *REPORTS, *INQUIRIES, *IDENTITY, *ACCOUNT, *FINANCES, *PEOPLE]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_fact(row: Row) -> None:
    check(row)


# What fills the texts of reasons


VALUES: list[tuple[str, dict[str, Any], list[Event], str]] = [
    ("ACC-01", rule("r", "account.restricted", is_=False), [restricted("2025-01-01", "b")], "state=b"),
    ("ACC-02", rule("r", "account.age_days", at_least=30), [opened("2025-01-01")], "n=30"),
    (
        "IDN-02",
        rule("r", "identity.document_days_left", at_least=0),
        [verified("2025-01-05", expires="2025-01-04")],
        "date=2025-01-04",
    ),
    ("IDN-02", rule("r", "identity.level", at_least=3), [verified("2025-01-05", 1)], ""),
    (
        "IDN-03",
        rule("r", "identity.failed_items", at_most=0),
        [failed("2025-01-01", "name"), failed("2025-01-01", "face")],
        "item=face, name",
    ),
    (
        "REP-01",
        rule("r", "repayment.days_past_due", at_most=0),
        [due("2025-01-10", on="2025-01-05")],
        "amount=100.00 CNY,dpd=5",
    ),
    (
        "REP-01",
        rule("r", "repayment.amount_overdue", at_most="0.00"),
        [due("2025-01-10", on="2025-01-05", currency="CNY")],
        "amount=100.00,dpd=5",
    ),
    (
        "REP-02",
        rule("r", "repayment.worst_days_past_due", window="6m", at_most=0),
        [due("2025-01-10", on="2025-01-05")],
        "dpd=5,m=6",
    ),
    (
        "REP-02",
        rule("r", "repayment.worst_days_past_due", window="90d", at_most=0),
        [due("2025-01-10", on="2025-01-05")],
        "dpd=5",
    ),
    ("REP-03", rule("r", "repayment.missed_count", window="6m", at_most=0), [missed("2025-01-01")], "k=0,m=6,n=1"),
    (
        "REP-07",
        rule("r", "delinquency.months_past_due", at_most=1),
        [reported("2025-01-01", months=2)],
        "limit=1,months=2",
    ),
    ("REP-08", rule("r", "repayment.received_count", window="3m", at_least=1), [note("2025-01-01")], "k=1,n=0,w=3m"),
    ("INQ-01", rule("r", "inquiries.hard_count", window="30d", at_most=0), [inquiry("2025-01-01")], "k=0,n=1,w=30d"),
    ("INQ-01", rule("r", "inquiries.hard_count", at_most=0), [inquiry("2025-01-01")], "k=0,n=1"),
    (
        "SCO-01",
        rule("r", "score.value", at_least=600),
        [score("2025-01-01", 500, factors=["a", "b"])],
        "factors=a; b,limit=600,score=500",
    ),
    ("SCO-01", rule("r", "score.value", at_least=600), [score("2025-01-01", 500)], "limit=600,score=500"),
    ("SCO-03", rule("r", "score.age_days", at_most=1), [score("2025-01-05", 500).happened("2025-01-01")], "n=1"),
    (
        "CAP-01",
        rule("r", "capacity.debt_to_income", at_most="0.555"),
        [income("2025-01-01", "1.00"), obligations("2025-01-01", monthly_payment="0.56")],
        "k=55.50,x=56",
    ),
    ("CAP-04", rule("r", "capacity.lenders", at_most=2), [obligations("2025-01-01", lenders=3)], "k=2,n=3"),
    ("HIS-01", rule("r", "history.months", at_least=3), [note("2025-01-01")], "m=3"),
    ("LEG-01", rule("r", "account.years_old", at_least=18), [opened("2025-01-01", born_on="2010-01-01")], "n=18"),
    ("LEG-02", rule("r", "account.region", none_of=["US-NY"]), [updated("2025-01-01", region="US-NY")], "region=US-NY"),
    ("POL-01", rule("r", "repayment.missed_count", at_most=0), [missed("2025-01-01")], "date=2020-01-01"),
    (
        "CHO-01",
        rule("r", "choice.paused", is_=False),
        [choice("2025-01-01", "pause", until="2025-01-10")],
        "date=2025-01-11",
    ),
    ("CHO-01", rule("r", "choice.paused", is_=False), [choice("2025-01-01", "close")], ""),
    (
        "SPE-01",
        rule("r", "spending.amount", window="1m", at_least="5.00"),
        [spent("2025-01-01", "1.50")],
        "amount=1.50,limit=5.00,w=1m",
    ),
    ("SEC-01", rule("r", "security.flags", at_most=0), [flagged("2025-01-01")], ""),
]


@pytest.mark.parametrize(("code", "document", "events", "values"), VALUES)
def test_values_of_texts_come_from_evidence_alone(
    code: str, document: Document, events: list[Event], values: str
) -> None:
    (reason,) = run(policy(document | {"reason": code}), events)[-1]["data"]["reasons"]
    assert ",".join(f"{name}={value}" for name, value in sorted(reason["values"].items())) == values


def test_an_observations_text_names_its_last_day() -> None:
    observed = {"observe": {"days": 10, "else": "LIMITED", "reason": "REP-04"}}
    document = policy(rule("r", "repayment.missed_count", window="1d", at_most=0) | observed)
    assert told(run(document, [missed("2025-01-01")], "2025-01-05"), "values")[-1].endswith("[date=2025-01-12]")


def test_39_what_lies_beyond_the_horizon_is_named_so() -> None:
    lane = Lane(DPD).feed(due("2025-01-01", on="1899-12-31"))
    lane.feed(verified("2025-01-01", expires="1800-01-01"))
    assert lane.rejected() == ["beyond_horizon data.due_on", "beyond_horizon data.document_expires_on"]


def test_43_a_look_ahead_takes_512_instants_at_most() -> None:
    """Monthly reviews make two instants a month; a birthday 50 years ahead lies beyond them."""
    document = policy(
        rule("old", "account.years_old", effect="NOT_OPEN", at_most=65),
        rule("rev", "policy.days_since_review", at_most=20),
        rule("m", "repayment.missed_count", effect="UNDER_REVIEW", at_most=0),
        reviews={"every": "1m", "day": 1},
    )
    events = [missed("2025-01-01"), opened("2025-01-02", born_on="2000-01-01")]
    assert told(run(document, events), "next")[-1].endswith("next:-")
    near = [missed("2025-01-01"), opened("2025-01-02", born_on="1970-01-01")]
    assert Lane(document).feed(*near).currents[-1]["data"]["next_change"] == {
        "at": "2036-01-01T00:00:00Z",
        "because": "old",
        "status": "NOT_OPEN",
    }
