"""Semantics, "Money and folds": M1 to M11, and what record 0002 adds (3, 5, 15 to 17, 44 to 46).

`open` shows what is open of all installments, `late` what of it is past due on the day of the history.
M12 to M14 are in test_bounds.
"""

from typing import Any

import pytest

from streams.codec.state import pack
from tests.support.core import Document, Lane, Row, check, composite, limit, names, policy, product, rule, run, told
from tests.support.events import (
    Event,
    due,
    income,
    inquiry,
    limit_set,
    missed,
    note,
    obligations,
    paid,
    reversal,
    spent,
    withdrawal,
)


def money(**more: Any) -> Document:
    return policy(
        rule("open", "repayment.open_amount", at_most="0.00", unknown="UNDER_REVIEW", unknown_reason="POL-03"), **more
    )


def open_and_late() -> Document:
    return policy(
        rule("open", "repayment.open_amount", at_most="0.00"), rule("late", "repayment.amount_overdue", at_most="0.00")
    )


def days() -> Document:
    return policy(rule("dpd", "repayment.days_past_due", at_most=0))


def two_dues(first: str = "2025-01-05", second: str = "2025-01-03", **more: Any) -> list[Event]:
    """Two installments of 100.00 of one loan; the second is due earlier."""
    return [
        due("2025-01-01", on=first, number=1, **more),
        due("2025-01-01", on=second, number=2, **more),
    ]


COUNT = policy(rule("n", "repayment.received_count", at_most=0))
LATE = policy(rule("n", "repayment.late_count", at_most=0))
HARD = policy(rule("n", "inquiries.hard_count", at_most=0))

ROWS = [
    # M1
    Row(
        "M1 a payment that names an installment goes only to it",
        open_and_late(),
        [*two_dues(), paid("2025-01-04", number=1, loan="L")],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-01 LIMITED open=200.00/0.00",
            "2025-01-04 LIMITED open=200.00/0.00 late=100.00/0.00",
            "2025-01-04 LIMITED open=100.00/0.00 late=100.00/0.00",
        ],
        until="2025-01-20",
    ),
    Row(
        "M1 its surplus never flows on",
        money(),
        [*two_dues(), paid("2025-01-02", "150.00", number=1, loan="L")],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-01 LIMITED open=200.00/0.00",
            "2025-01-02 LIMITED open=100.00/0.00",
        ],
    ),
    Row(
        "M1 a payment of one already paid stays as its credit, and an amended due uses it",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", number=1, loan="L"),
            paid("2025-01-03", "60.00", number=1, loan="L"),
            due("2025-01-04", on="2025-01-05", amount="170.00"),
        ],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-02 OPEN", "2025-01-04 LIMITED open=10.00/0.00"],
    ),
    # M2
    Row(
        "M2 a payment with a loan goes oldest due first",
        open_and_late(),
        [*two_dues(), paid("2025-01-03", "150.00", loan="L")],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-01 LIMITED open=200.00/0.00",
            "2025-01-03 LIMITED open=50.00/0.00",
            "2025-01-06 LIMITED open=50.00/0.00 late=50.00/0.00",
        ],
        until="2025-01-20",
    ),
    Row(
        "M2 ties by installment, integers numerically and before text",
        policy(rule("n", "repayment.received_count", at_most=9), rule("o", "repayment.open_amount", at_most="0.00")),
        [
            due("2025-01-01", on="2025-01-05", number="b", amount="1.00"),
            due("2025-01-01", on="2025-01-05", number=10, amount="2.00"),
            due("2025-01-01", on="2025-01-05", number="9", amount="4.00"),
            paid("2025-01-02", "4.00", loan="L"),  # 9
            paid("2025-01-03", "2.00", loan="L"),  # 10
            paid("2025-01-04", "1.00", loan="L"),  # b
        ],
        [
            "2025-01-01 LIMITED o=1.00/0.00",
            "2025-01-01 LIMITED o=3.00/0.00",
            "2025-01-01 LIMITED o=7.00/0.00",
            "2025-01-02 LIMITED o=3.00/0.00",
            "2025-01-03 LIMITED o=1.00/0.00",
            "2025-01-04 OPEN",
        ],
    ),
    Row(
        "M2 not to another loan",
        money(),
        [due("2025-01-01", on="2025-01-05", loan="K"), paid("2025-01-02", loan="L")],
        ["2025-01-01 LIMITED open=100.00/0.00"],
    ),
    # M3
    Row(
        "M3 a payment without a loan goes over all loans by due date, then loan, then installment",
        open_and_late(),
        [
            due("2025-01-01", on="2025-01-05", loan="M"),
            due("2025-01-01", on="2025-01-05", loan="K", number=2),
            due("2025-01-01", on="2025-01-04", loan="Z", number=7),
            paid("2025-01-02", "150.00"),  # Z whole, half of K
            paid("2025-01-03", "50.00", loan="K"),
            paid("2025-01-03 12:00", "100.00", loan="M"),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-01 LIMITED open=200.00/0.00",
            "2025-01-01 LIMITED open=300.00/0.00",
            "2025-01-02 LIMITED open=150.00/0.00",
            "2025-01-03 LIMITED open=100.00/0.00",
            "2025-01-03 12:00 OPEN",
        ],
    ),
    Row(
        "M3 the rest waits as credit for the next due, of whatever loan",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "150.00"),
            due("2025-01-03", on="2025-02-05", loan="K"),
        ],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-02 OPEN", "2025-01-03 LIMITED open=50.00/0.00"],
    ),
    # M4
    Row(
        "M4 a payment before its due waits for it",
        money(),
        [paid("2025-01-01", number=1, loan="L"), due("2025-01-02", on="2025-01-05")],
        ["2025-01-01 OPEN"],
    ),
    Row(
        "M4 the order of application decides, not that of the events' times",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02"),
            due("2025-01-03", on="2025-01-04", number=2).happened("2024-12-01"),
        ],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-02 OPEN", "2025-01-03 LIMITED open=100.00/0.00"],
    ),
    # M5
    Row(
        "M5 a due sent again with another amount: the later event time replaces, payments kept",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "60.00"),
            due("2025-01-03", on="2025-01-05", amount="80.00"),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-02 LIMITED open=40.00/0.00",
            "2025-01-03 LIMITED open=20.00/0.00",
        ],
    ),
    Row(
        "M5 the earlier event time changes nothing",
        money(),
        [due("2025-01-02", on="2025-01-05"), due("2025-01-03", on="2025-01-05", amount="80.00").happened("2025-01-01")],
        ["2025-01-02 LIMITED open=100.00/0.00"],
    ),
    Row(
        "M5 at the same time the greater event id",
        money(),
        [
            due("2025-01-01", on="2025-01-05").named("m"),
            due("2025-01-01", on="2025-01-05", amount="80.00").named("l"),
            due("2025-01-01", on="2025-01-05", amount="70.00").named("n"),
        ],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-01 LIMITED open=70.00/0.00"],
    ),
    Row(
        "M5 another date: past due is counted from it",
        days(),
        [due("2025-01-01", on="2025-01-05"), due("2025-01-04", on="2025-01-09")],
        ["2025-01-01 OPEN", "2025-01-10 LIMITED dpd=1/0"],
        until="2025-02-01",
    ),
    Row(
        "M5 an amended amount below what was paid settles it, above it opens it again",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "60.00"),
            due("2025-01-03", on="2025-01-05", amount="50.00"),
            due("2025-01-04", on="2025-01-05", amount="61.00"),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-02 LIMITED open=40.00/0.00",
            "2025-01-03 OPEN",
            "2025-01-04 LIMITED open=1.00/0.00",
        ],
    ),
    Row(
        "M5 the integer 1 and the text 1 are the same installment",
        money(),
        [due("2025-01-01", on="2025-01-05", number=1), due("2025-01-02", on="2025-01-05", number="1", amount="80.00")],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-02 LIMITED open=80.00/0.00"],
    ),
    # M6, and 17, 44
    Row(
        "M6 a reversal undoes just what its payment did",
        money(),
        [*two_dues(), paid("2025-01-02", "150.00", payment="P"), reversal("2025-01-03", "P")],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-01 LIMITED open=200.00/0.00",
            "2025-01-02 LIMITED open=50.00/0.00",
            "2025-01-03 LIMITED open=200.00/0.00",
        ],
    ),
    Row(
        "17 freed money is not spread anew: the credit of another payment stays where it waits",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "100.00", payment="P"),
            paid("2025-01-03", "30.00", payment="Q"),  # waits for the next due
            reversal("2025-01-04", "P"),
            due("2025-01-05", on="2025-01-09", number=2),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-02 OPEN",
            "2025-01-04 LIMITED open=100.00/0.00",
            "2025-01-05 LIMITED open=170.00/0.00",
        ],
    ),
    Row(
        "M6 a reversal before its payment meets it",
        COUNT,
        [reversal("2025-01-01", "P"), paid("2025-01-02", payment="P"), paid("2025-01-03", payment="Q")],
        ["2025-01-01 OPEN", "2025-01-03 LIMITED n=1/0"],
    ),
    Row(
        "17 a reversed payment is no payment received, and settled nothing",
        LATE,
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", payment="P"),
            reversal("2025-01-20", "P"),
        ],
        ["2025-01-01 OPEN", "2025-01-20 LIMITED n=1/0"],  # it was never really paid, so late on the 6th
        until="2025-02-01",
    ),
    Row(
        "44 a payment id stays reversed",
        COUNT,
        [
            paid("2025-01-01", payment="P"),
            reversal("2025-01-02", "P"),
            paid("2025-01-03", "70.00", payment="P"),
            reversal("2025-01-04", "P"),
            paid("2026-01-05", "80.00", payment="P"),
        ],
        ["2025-01-01 LIMITED n=1/0", "2025-01-02 OPEN"],
    ),
    Row(
        "45 a waiting reversal's 90 days count from when it was learnt of",
        COUNT,
        [reversal("2025-01-01", "P").happened("2024-06-01"), paid("2025-03-31", payment="P")],
        ["2025-01-01 OPEN"],
    ),
    # M7, 46
    Row(
        "M7 the same source and id is a duplicate, whatever it says",
        policy(rule("n", "repayment.missed_count", at_most=1)),
        [missed("2025-01-01").named("x"), missed("2025-01-02").named("x"), missed("2025-01-03").named("y")],
        ["2025-01-01 OPEN", "2025-01-03 LIMITED n=2/1"],
    ),
    Row(
        "M7 the same id of another source is another event",
        policy(rule("n", "repayment.missed_count", at_most=1)),
        [missed("2025-01-01").named("x"), missed("2025-01-02").named("x").by("/other")],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED n=2/1"],
    ),
    Row(
        "M7 a payment id with other content is an amendment",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "60.00", payment="P"),
            paid("2025-01-03", "70.00", payment="P"),
            paid("2025-01-04", "80.00", payment="P").happened("2025-01-01"),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-02 LIMITED open=40.00/0.00",
            "2025-01-03 LIMITED open=30.00/0.00",
        ],
    ),
    Row(
        "M7 an inquiry id with other content is an amendment, its time too",
        policy(rule("n", "inquiries.hard_count", window="30d", at_most=0)),
        [inquiry("2025-01-01", "q"), inquiry("2025-01-03", "q", kind="soft"), inquiry("2025-01-05", "q")],
        ["2025-01-01 LIMITED n=1/0", "2025-01-03 OPEN", "2025-01-05 LIMITED n=1/0", "2025-02-04 OPEN"],
        until="2025-03-01",
    ),
    Row(
        "46 the same natural key with the same content changes nothing, its window neither",
        policy(rule("n", "inquiries.hard_count", window="30d", at_most=0)),
        [inquiry("2025-01-01", "q", institution="b"), inquiry("2025-01-20", "q", institution="b")],
        ["2025-01-01 LIMITED n=1/0", "2025-01-31 OPEN"],
        until="2025-03-01",
    ),
    # M8, 5
    Row(
        "M8 an amount of another currency makes the fact unknown",
        money(),
        [due("2025-01-01", on="2025-01-05"), due("2025-01-02", on="2025-01-05", number=2, currency="USD")],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-02 UNDER_REVIEW open=-/0.00"],
    ),
    Row(
        "5 facts of days and counts ignore currency",
        days(),
        [due("2025-01-01", on="2025-01-05", currency="USD")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED dpd=1/0"],
        until="2025-02-01",
    ),
    Row(
        "5 a payment only goes to installments of its own currency, none being one of its own",
        days(),
        [
            due("2025-01-01", on="2025-01-05", currency="CNY"),
            paid("2025-01-02", "100.00"),
            paid("2025-01-02", "100.00", currency="USD"),
            paid("2025-01-02", "100.00", number=1, loan="L"),
        ],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED dpd=1/0"],
        until="2025-02-01",
    ),
    Row(
        "5 waiting money keeps its currency",
        days(),
        [paid("2025-01-01", currency="CNY"), paid("2025-01-01"), due("2025-01-02", on="2025-01-05", currency="CNY")],
        ["2025-01-01 OPEN"],
        until="2025-02-01",
    ),
    Row(
        "M8 an amount without a currency is of the policy's",
        money(currency="USD"),
        [due("2025-01-01", on="2025-01-05"), due("2025-01-02", on="2025-01-05", number=2, currency="USD")],
        ["2025-01-01 LIMITED open=100.00/0.00[USD]", "2025-01-02 LIMITED open=200.00/0.00[USD]"],
        show=("unit",),
    ),
    # M9
    Row(
        "M9 a negative balance counts as 0 in utilisation, as itself in the balance",
        policy(
            rule("u", "capacity.utilisation", above="0.00"),
            rule("b", "capacity.balance", at_least="0.00"),
        ),
        [obligations("2025-01-01", balance="-50.00", total_limit="1000.00")],
        ["2025-01-01 LIMITED b=-50.00/0.00 u=0.0000/0.0000"],
    ),
    # M10
    Row(
        "M10 ratios compare exactly: a third is more than 0.3333",
        policy(rule("u", "capacity.utilisation", at_most="0.3333")),
        [obligations("2025-01-01", balance="1.00", total_limit="3.00")],
        ["2025-01-01 LIMITED u=0.3334/0.3333"],  # shown with 4 decimals, away from the limit
    ),
    Row(
        "M10 at the very limit",
        policy(rule("u", "capacity.debt_to_income", at_most="0.55")),
        [income("2025-01-01", "10000.00"), obligations("2025-01-02", monthly_payment="5500.00")],
        ["2025-01-01 OPEN"],
    ),
    Row(
        "M10 a cent above it, rounded away from it",
        policy(rule("u", "capacity.debt_to_income", at_most="0.55")),
        [income("2025-01-01", "10000.00"), obligations("2025-01-02", monthly_payment="5500.01")],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED u=0.5501/0.5500"],
    ),
    Row(
        "M10 below a floor it is rounded down",
        policy(rule("u", "capacity.utilisation", at_least="0.7")),
        [obligations("2025-01-01", balance="2.00", total_limit="3.00")],
        ["2025-01-01 LIMITED u=0.6666/0.7000"],
    ),
    # M11
    Row(
        "M11 a missed repayment counts and opens no installment",
        policy(
            rule("n", "repayment.missed_count", at_most=0),
            rule("dpd", "repayment.days_past_due", at_most=0),
            rule("open", "repayment.open_amount", at_most="0.00"),
        ),
        [missed("2025-01-01")],
        ["2025-01-01 LIMITED n=1/0"],
        until="2025-02-01",
    ),
    # 15
    Row(
        "15 a payment with an installment but no loan goes to the first of that name by due date, then loan",
        open_and_late(),
        [
            due("2025-01-01", on="2025-01-04", loan="Z"),
            due("2025-01-01", on="2025-01-05", loan="K"),
            paid("2025-01-02", number=1),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-01 LIMITED open=200.00/0.00",
            "2025-01-02 LIMITED open=100.00/0.00",
            "2025-01-06 LIMITED open=100.00/0.00 late=100.00/0.00",
        ],
        until="2025-02-01",
    ),
    Row(
        "15 else it waits for the next due of that name",
        money(),
        [
            paid("2025-01-01", number=2),
            due("2025-01-02", on="2025-01-05", number=1),
            due("2025-01-03", on="2025-01-05", number=2),
        ],
        ["2025-01-01 OPEN", "2025-01-02 LIMITED open=100.00/0.00"],
    ),
    # 16
    Row(
        "16 a due takes what names it whole, then its loan's, then the account's",
        money(),
        [
            paid("2025-01-01", "30.00"),
            paid("2025-01-01", "40.00", loan="L"),
            paid("2025-01-01", "50.00", loan="L", number=1),
            due("2025-01-02", on="2025-01-05", number=1),  # 50 + 40 + 10
            due("2025-01-03", on="2025-01-05", number=2),  # 20 of the account's
        ],
        ["2025-01-01 OPEN", "2025-01-03 LIMITED open=80.00/0.00"],
    ),
    Row(
        "16 what names it goes to it whole even beyond what is open",
        money(),
        [
            paid("2025-01-01", "150.00", loan="L", number=1),
            due("2025-01-02", on="2025-01-05", number=1),
            due("2025-01-03", on="2025-01-05", number=2),
        ],
        ["2025-01-01 OPEN", "2025-01-03 LIMITED open=100.00/0.00"],
    ),
    Row(
        "16 a loan's surplus waits for that loan's next due only",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "150.00", loan="L"),
            due("2025-01-03", on="2025-01-06", loan="K"),
            due("2025-01-04", on="2025-01-07", number=2),
        ],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-02 OPEN",
            "2025-01-03 LIMITED open=100.00/0.00",
            "2025-01-04 LIMITED open=150.00/0.00",
        ],
    ),
    Row(
        "16 an amended due takes waiting money again",
        money(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-02", "150.00"),
            due("2025-01-03", on="2025-01-05", amount="140.00"),
            due("2025-01-04", on="2025-01-05", amount="160.00"),
        ],
        ["2025-01-01 LIMITED open=100.00/0.00", "2025-01-02 OPEN", "2025-01-04 LIMITED open=10.00/0.00"],
    ),
    # Partial payments
    Row(
        "partial payments: past due until the whole is paid, to the cent",
        days(),
        [
            due("2025-01-01", on="2025-01-05"),
            paid("2025-01-06", "99.99"),
            paid("2025-01-07", "0.01"),
        ],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED dpd=1/0", "2025-01-07 OPEN"],
    ),
    Row(
        "an amount overdue names partial payments",
        open_and_late(),
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-06", "33.33")],
        [
            "2025-01-01 LIMITED open=100.00/0.00",
            "2025-01-06 LIMITED open=100.00/0.00 late=100.00/0.00",
            "2025-01-06 LIMITED open=66.67/0.00 late=66.67/0.00",
        ],
        until="2025-01-07",
    ),
    Row(
        "the cutoff: an installment is past due from due_on + 1 day + cutoff",
        policy(rule("dpd", "repayment.days_past_due", at_most=0), repayment_cutoff="06:00", zone="Asia/Shanghai"),
        [due("2025-01-01", on="2025-01-05")],
        ["2025-01-01 OPEN", "2025-01-05 22:00 LIMITED dpd=1/0"],
        until="2025-02-01",
    ),
    # 9
    Row(
        "9 paid in time by an event that is learnt of late: it was late when we knew no better, and is no longer",
        LATE,
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-10").happened("2025-01-05 23:59:59.999")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED n=1/0", "2025-01-10 OPEN"],
    ),
    Row(
        "9 paid at the very instant of becoming late is late",
        LATE,
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-10").happened("2025-01-06")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED n=1/0"],
        until="2025-01-20",
    ),
    Row(
        "9 a part that comes late makes the whole late",
        LATE,
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-03", "99.99"), paid("2025-01-07", "0.01")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED n=1/0"],
        until="2025-01-20",
    ),
    Row(
        "9 the worst of a settled installment is that of the last instant before its settling",
        policy(rule("w", "repayment.worst_days_past_due", window="1m", at_most=0)),
        [due("2025-01-01", on="2025-01-05"), paid("2025-01-08")],
        ["2025-01-01 OPEN", "2025-01-06 LIMITED w=1/0", "2025-01-08 LIMITED w=2/0", "2025-02-08 OPEN"],
        until="2025-06-01",
    ),
    # 3 in the core: KWD has three decimals, JPY none
    Row(
        "29 amounts have their currency's decimals",
        policy(rule("l", "account.limit", at_least="1000.005"), currency="KWD"),
        [limit_set("2025-01-01", "1000.004", currency="KWD"), limit_set("2025-01-02", "7", currency="KWD")],
        ["2025-01-01 LIMITED l=1000.004/1000.005[KWD]", "2025-01-02 LIMITED l=7.000/1000.005[KWD]"],
        show=("unit",),
    ),
    Row(
        "29 a currency without decimals, and an event without a currency that has some",
        policy(rule("s", "spending.amount", at_most="100"), currency="JPY"),
        [spent("2025-01-01", "150", currency="JPY"), spent("2025-01-02", "0.50")],
        ["2025-01-01 LIMITED s=150/100[JPY]", "2025-01-02 LIMITED s=150.5/100[JPY]"],
        show=("unit",),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_money(row: Row) -> None:
    check(row)


@pytest.mark.parametrize(
    "event",
    [
        due("2025-01-01", on="2025-01-05", amount="0.00"),
        due("2025-01-01", on="2025-01-05", amount="-1.00"),
        due("2025-01-01", on="2025-01-05", amount="1.005"),
        due("2025-01-01", on="2025-01-05", amount="1.5", currency="JPY"),
        due("2025-01-01", on="2025-01-05", amount="100.00", currency="JPY"),
        paid("2025-01-01", "0"),
        paid("2025-01-01", "0.001", currency="CNY"),
        paid("2025-01-01", "0.0001", currency="KWD"),
    ],
)
def test_m9_amounts_too_fine_or_not_above_0_are_invalid(event: Event) -> None:
    assert Lane(COUNT).feed(event).rejected() == ["invalid_event data.amount"]


def test_m9_a_negative_balance_is_allowed_but_no_negative_limit() -> None:
    assert Lane(COUNT).feed(obligations("2025-01-01", balance="-1.00")).rejected() == []
    assert Lane(COUNT).feed(obligations("2025-01-01", total_limit="-1.00")).rejected() == [
        "invalid_event data.total_limit"
    ]


def test_m7_a_duplicate_changes_nothing_at_all() -> None:
    """Decision 0002, 32: no evaluation, `as_of` stays, only timers due by its timestamp fire before it."""
    document = policy(rule("n", "inquiries.hard_count", window="30d", at_most=0))
    lane = Lane(document).feed(inquiry("2025-01-01").named("x"))
    stored = pack(*lane.state())
    lane.feed(inquiry("2025-01-15").named("x"))
    assert pack(*lane.state()) == stored
    lane.feed(inquiry("2025-02-15").named("x"))
    assert lane.told() == ["2025-01-01 LIMITED n=1/0", "2025-01-31 OPEN"]
    state, _ = lane.state()
    assert state.as_of == 1738281600000, "31 January: the timer's instant, not the duplicate's"


def test_m7_a_payment_sent_again_beyond_the_memory_of_ids_is_the_same_payment() -> None:
    payment = paid("2025-01-01", payment="P").named("x")
    notes = [note(f"2025-01-02 {n // 60:02d}:{n % 60:02d}") for n in range(130)]
    document = policy(rule("n", "repayment.received_count", at_most=1))
    assert told(run(document, [payment, *notes, payment.again("2025-01-10")])) == ["2025-01-01 OPEN"]


def test_18_a_withdrawn_inquiry_stays_withdrawn() -> None:
    events = [inquiry("2025-01-01", "q"), withdrawal("2025-01-02", "q"), inquiry("2025-01-03", "q")]
    assert told(run(HARD, events)) == ["2025-01-01 LIMITED n=1/0", "2025-01-02 OPEN"]


def test_21_composites_take_the_first_part_that_fails() -> None:
    capacity = composite(
        "c",
        any_=[
            limit("capacity.debt_to_income", at_most="0.55"),
            limit("capacity.balance", at_most="5000.00"),
        ],
    )
    events = [
        obligations("2025-01-01", balance="5000.01"),  # the ratio is unknown: so is the whole
        obligations("2025-01-02", monthly_payment="60.00"),
        income("2025-01-03", "100.00"),
        obligations("2025-01-04", balance="5000.00"),
    ]
    document = policy(products={"a": product(capacity)})
    assert told(run(document, events), "fact", "unit") == [
        "2025-01-01 OPEN",
        "2025-01-03 LIMITED c=0.6000/0.5500[capacity.debt_to_income;ratio]",
        "2025-01-04 OPEN",
    ]
