"""The histories that the golden files were written from."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from schemas.events import EVENT_TYPES
from schemas.topics import SOURCE_ORDER
from streams import local
from tests.reference import generate
from tests.support.core import composite, digest, limit, policy, product, rule
from tests.support.events import (
    Event,
    activated,
    approved,
    choice,
    clock_advanced,
    closed,
    consent,
    corrected,
    correction,
    court,
    decided,
    dispute,
    dispute_closed,
    due,
    event,
    failed,
    flagged,
    frozen,
    income,
    inquiry,
    limit_set,
    missed,
    note,
    obligations,
    opened,
    override,
    override_approved,
    override_revoked,
    paid,
    pause,
    proposed,
    reported,
    restricted,
    resume,
    retired,
    reversal,
    review_requested,
    rollout,
    score,
    spent,
    suppressed,
    suppression,
    unfrozen,
    unrestricted,
    updated,
    verified,
    withdrawal,
)
from tests.support.worlds import delivered, recorded

Document = dict[str, Any]
History = tuple[str, list[Document], Document | None]

CARDS = 20
SEEDS = (4, 17, 40, 101, 233)
_ORDER = {name: place for place, name in enumerate(SOURCE_ORDER)}


def histories() -> Iterator[History]:
    """Name, events and policy of each."""
    yield "card-sample", _cards(), delivered("default.yaml") | {"effective_from": "2005-04-01T00:00:00+08:00"}
    yield "customer-year", _documents(_customer_year()), delivered("default.yaml")
    yield "money", _documents(_money()), _money_policy()
    yield "new-york", _documents(_changes_of_clocks()), _calendar_policy("America/New_York")
    yield "apia", _documents(_skipped_day()), _calendar_policy("Pacific/Apia")
    yield "policies", _documents(_policies()), None
    yield "people", _documents(_people()), _people_policy()
    for seed in SEEDS:
        yield f"generated-{seed}", _ordered(generate.history(seed, 5, 150)), generate.policy(seed)


def _documents(events: Sequence[Event]) -> list[Document]:
    return _ordered([each.document(place) for place, each in enumerate(events, 1)])


def _ordered(events: list[Document]) -> list[Document]:
    return sorted(events, key=lambda each: (recorded(each), _ORDER[EVENT_TYPES[each["type"]].topic]))


def _cards() -> list[Document]:
    """The first accounts of the card data (I-C. Yeh, UCI Machine Learning Repository, CC BY 4.0)."""
    with gzip.open(Path(local.__file__).parent / "data/taiwan_1000.ndjson.gz") as lines:
        events = [orjson.loads(line) for line in lines]
    wanted = {f"tw-{number:05d}" for number in range(1, CARDS + 1)}
    return [each for each in events if each["subject"] in wanted]


def _customer_year() -> list[Event]:
    """A customer who gets nearly everything wrong once, and a second one who doesn't."""
    good = [
        opened("2025-01-02", region="CN-31", born_on="1985-06-01", student=False, opened_on="2022-01-01"),
        consent("2025-01-02 01:00", True, "credit-report"),
        verified("2025-01-02 02:00", 3, expires="2035-01-01"),
        score("2025-01-06", 680, factors=["long history"]),
        income("2025-01-07", "12000.00", verified=True),
        obligations("2025-01-07", monthly_payment="2000.00", lenders=2, total_limit="60000.00", balance="12000.00"),
    ]
    events = [each.of("good") for each in good]
    events += [score(f"2025-{month:02d}-06", 680).of("good") for month in range(2, 13)]
    events += [
        opened("2025-01-03 09:00", region="CN-44", born_on="2003-02-28"),
        verified("2025-01-03 09:05", 1),
        failed("2025-01-03 09:06", "face"),
        verified("2025-01-04 10:00", 2, expires="2025-08-31"),
        consent("2025-01-04 10:01", True, "credit-report"),
        score("2025-01-06", 596, factors=["short history"]),
        income("2025-01-08", "5000.00"),
        obligations(
            "2025-01-08 00:01", monthly_payment="2750.00", lenders=3, total_limit="20000.00", balance="18000.00"
        ),
        limit_set("2025-01-09", "5000.00", product="instalments"),
        *[inquiry(f"2025-01-{10 + n} 12:00", f"q{n}", institution=f"bank-{n % 3}") for n in range(5)],
        withdrawal("2025-01-20", "q4"),
        due("2025-02-01", on="2025-02-20", amount="500.00", currency="CNY"),
        paid("2025-02-25 08:00", "200.00", loan="L", currency="CNY", payment="p1"),
        paid("2025-02-27 08:00", "300.00", loan="L", currency="CNY", payment="p2"),
        reversal("2025-03-01", "p2"),
        paid("2025-03-03", "300.00", loan="L", currency="CNY"),
        score("2025-03-06", 590, factors=["late payment", "many inquiries"]),
        score("2025-04-06", 598, factors=["late payment"]),
        score("2025-05-06", 601),
        spent("2025-05-07", "88.00", currency="CNY"),
        obligations("2025-05-10", monthly_payment="2750.01"),
        restricted("2025-05-11", "watched"),
        unrestricted("2025-05-12", "watched"),
        flagged("2025-05-13", "new-device"),
        flagged("2025-05-14", "new-device", "full"),
        event("2025-05-15", "security.cleared", flag="new-device"),
        choice("2025-06-01", "pause", until="2025-06-15", product="cash"),
        dispute("2025-06-02", "e1"),
        correction("2025-06-02 01:00", "never-seen"),
        suppression("2025-06-03", "e2"),
        reported("2025-06-10", months=2),
        reported("2025-07-10", months=0),
        court("2025-07-15", until="2025-08-15"),
        dispute_closed("2025-07-20", "e1"),
        event("2025-09-05", "review.requested", review_id="v1", product="cash"),
        closed("2025-10-01", by="customer"),
        opened("2025-10-20"),
        updated("2025-11-01", region="CN-31", student=True),
        note("2025-12-31"),
    ]
    return events


def _money_policy() -> Document:
    return policy(
        rule("past-due", "repayment.days_past_due", effect="NOT_OPEN", reason="REP-01", at_most=0),
        rule(
            "overdue",
            "repayment.amount_overdue",
            reason="CAP-05",
            at_most="0.00",
            unknown="UNDER_REVIEW",
            unknown_reason="POL-03",
        ),
        rule("open", "repayment.open_amount", reason="CAP-05", at_most="250.00"),
        rule(
            "late",
            "repayment.late_count",
            reason="REP-03",
            window="6m",
            at_most=1,
            observe={"days": 30, "else": "UNDER_REVIEW", "reason": "REP-04"},
        ),
        rule("worst", "repayment.worst_days_past_due", reason="REP-02", window="3m", at_most=5),
        rule("paying", "repayment.received_count", reason="REP-08", window="3m", at_least=1),
        rule("missed", "repayment.missed_count", reason="REP-03", window="2m", at_most=0, superseded_by=["past-due"]),
        zone="Asia/Shanghai",
        repayment_cutoff="06:00",
    )


def _money() -> list[Event]:
    return [
        paid("2025-01-01", "40.00"),
        due("2025-01-02", on="2025-01-10"),
        due("2025-01-02", on="2025-02-10", number=2),
        due("2025-01-02", on="2025-03-10", number=10),
        due("2025-01-02", on="2025-02-10", loan="K", number="a", amount="33.33"),
        paid("2025-01-10 21:59:59.999", "60.00", loan="L", payment="p1"),
        paid("2025-02-12", "150.00", payment="p2"),
        paid("2025-02-13", "10.00", loan="L", number=10),
        reversal("2025-02-20", "p2"),
        pause("2025-02-21", "2025-02-21", "2025-02-25", loan="L"),
        resume("2025-02-22", "2025-02-24", "2025-02-24"),
        paid("2025-03-01", "133.33"),
        paid("2025-03-02", "150.00", number=10, payment="p3"),
        paid("2025-03-03", "151.00", number=10, payment="p3"),
        due("2025-03-04", on="2025-03-31", number=10, amount="200.00"),
        missed("2025-03-05"),
        due("2025-03-06", on="2025-04-01", loan="J", number=1, amount="5000", currency="JPY"),
        paid("2025-04-05", "5000", currency="JPY"),
        due("2025-04-06", on="2025-04-20", loan="M", number=1).happened("2025-04-01"),
        paid("2025-05-20", "100.00", loan="M").happened("2025-04-20"),
        reversal("2025-05-21", "p9"),
        paid("2025-05-22", "100.00", payment="p9"),
        note("2025-12-31"),
    ]


def _calendar_policy(zone: str) -> Document:
    return policy(
        rule("day", "inquiries.hard_count", reason="INQ-01", window="1d", at_most=0),
        rule("month", "inquiries.hard_count", reason="INQ-01", window="1m", at_most=1),
        rule("past-due", "repayment.days_past_due", effect="NOT_OPEN", reason="REP-01", at_most=0),
        rule("document", "identity.document_days_left", effect="NOT_OPEN", reason="IDN-02", at_least=0),
        rule("age", "account.age_days", reason="ACC-02", at_least=30),
        rule("adult", "account.years_old", effect="NOT_OPEN", reason="LEG-01", at_least=18),
        rule(
            "dated",
            "repayment.missed_count",
            reason="REP-03",
            window="1m",
            at_most=0,
            from_="2011-12-31",
            to="2025-11-02",
        ),
        zone=zone,
        repayment_cutoff="03:30",
        effective_from="2010-01-01T00:00:00Z",
    )


def _changes_of_clocks() -> list[Event]:
    return [
        opened("2025-02-08 12:00", born_on="2007-02-28"),
        inquiry("2025-02-09 07:30"),  # 02:30, which the 9th of March skips
        verified("2025-02-10", expires="2025-03-08"),
        due("2025-02-11", on="2025-03-08"),
        paid("2025-03-09 06:45"),  # 03:30 of the old offset would be 08:30Z
        due("2025-03-09 06:50", on="2025-03-08", number=2),
        paid("2025-03-10 08:00", number=2),
        verified("2025-03-12", expires="2025-11-01"),
        inquiry("2025-10-02 05:30"),  # 01:30, which comes twice on the 2nd of November
        inquiry("2025-10-02 06:00"),
        missed("2025-10-20"),
        due("2025-10-21", on="2025-11-01", number=3),
        paid("2025-11-02 08:30", number=3),
        note("2025-12-15"),
    ]


def _skipped_day() -> list[Event]:
    return [
        opened("2011-11-29 12:00", born_on="1993-12-30"),
        inquiry("2011-11-30 12:00"),
        verified("2011-12-01", expires="2011-12-29"),
        due("2011-12-02", on="2011-12-28"),
        missed("2011-12-15"),
        paid("2011-12-29 13:29"),
        inquiry("2011-12-30 09:59:59.999"),
        inquiry("2011-12-30 10:00"),
        due("2011-12-30 11:00", on="2011-12-30", number=2),
        note("2012-02-28"),
    ]


def _policies() -> list[Event]:
    def version(number: int, at_most: int, *more: Document, **fields: Any) -> Document:
        first = rule(
            "missed", "repayment.missed_count", effect="NOT_OPEN", reason="REP-03", window="3m", at_most=at_most
        )
        capacity = composite(
            "capacity",
            reason="CAP-02",
            any_=[limit("capacity.balance", at_most="100.00"), limit("income.monthly", at_least="500.00")],
        )
        products = {"one": product(first, capacity), "two": product(*more, provider="other", adds_inquiry=True)}
        return policy(products=products, version=number, **fields)

    first = version(1, 0)
    second = version(
        2, 1, rule("level", "identity.level", at_least=2, unknown="LIMITED", unknown_reason="IDN-01", reason="IDN-01")
    )
    third = version(3, 0, effective_from="2025-05-01T00:00:00Z")
    names = [f"A{number}" for number in range(6)]
    events = [missed("2025-01-01").of(name) for name in names]
    events += [
        proposed("2025-01-05", first, digest(first)),
        approved("2025-01-05", digest(first)),
        activated("2025-01-06", digest(first)),
    ]
    events += [obligations("2025-01-10", balance="200.00").of(name) for name in names[:3]]
    events += [
        proposed("2025-02-01", second, digest(second)),
        approved("2025-02-01", digest(second)),
        rollout("2025-02-01", digest(second), 50),
    ]
    events += [
        activated("2025-02-02", digest(second)),
        missed("2025-02-10").of("A1"),
        rollout("2025-02-20", digest(second), 100),
    ]
    events += [frozen("2025-03-01"), *[verified("2025-03-02", 3).of(name) for name in names], unfrozen("2025-03-03")]
    events += [
        proposed("2025-03-10", third, digest(third)),
        approved("2025-03-10", digest(third)),
        activated("2025-03-11", digest(third)),
    ]
    events += [
        income("2025-03-12", "600.00").of("A2"),
        missed("2025-05-02").of("A3"),
        retired("2025-05-03", digest(third)),
    ]
    return [*events, clock_advanced("2025-09-01")]


def _people_policy() -> Document:
    inquiries = rule("inquiries", "inquiries.hard_count", reason="INQ-01", window="30d", at_most=1)
    overdue = rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0)
    student = rule("student", "account.student", "NOT_OPEN", "LEG-04", is_=False)
    asked = rule("asked", "reviews.open", "UNDER_REVIEW", "DIS-01", at_most=0)
    late = rule("unanswered", "reviews.overdue", "UNDER_REVIEW", at_most=0)
    products = {
        "a": product(student, overdue, inquiries, asked),
        "b": product(overdue, inquiries, late, provider="other"),
    }
    return policy(products=products, zone="Asia/Shanghai", disputes={"facts": "set-aside", "answer_days": 20})


def _people() -> list[Event]:
    """What people say and decide of three accounts: overrides, reviews, disputes, corrections, suppressions."""
    first = [
        opened("2025-01-01", region="CN-31", student=False),
        due("2025-01-02", "2025-01-10"),
        inquiry("2025-01-05").named("i1"),
        inquiry("2025-01-06").named("i2"),
        override("2025-01-12", "OPEN", "2025-01-20"),
        override_approved("2025-01-12 12:00"),
        override_approved("2025-01-13", by="li"),
        updated("2025-01-14", student=True),
        updated("2025-01-15", student=False),
        override("2025-01-16", "LIMITED", "2025-02-28T12:00:00Z", product="b", key="P"),
        override_approved("2025-01-17", key="P"),
        dispute("2025-01-18", "i1"),
        paid("2025-01-22"),
        dispute_closed("2025-01-25", "i1"),
        override_revoked("2025-02-01", key="P"),
    ]
    second = [
        due("2025-01-02", "2025-01-10", number=7),
        due("2025-01-02", "2025-02-10", number=8),
        paid("2025-01-11", "60.00", "L", 7, payment="p1"),
        review_requested("2025-01-12"),
        corrected("2025-01-13", "d7", loan_id="L", installment=7, due_on="2025-01-20", amount="80.00"),
        decided("2025-01-30", "OPEN", "2025-02-15"),
        review_requested("2025-01-31", key="S"),
        corrected("2025-02-11", "p1", amount="80.00", payment_id="p1", loan_id="L", installment=7),
        suppressed("2025-02-12", "d8", "2025-03-01"),
        decided("2025-02-25", "NOT_OPEN", "2025-03-10T00:00:00Z", product="b", key="S"),
    ]
    ids = {0: "d7", 1: "d8", 2: "p1"}
    second = [each.named(ids.get(place, f"s{place}")).of("B") for place, each in enumerate(second)]
    third = [
        suppressed("2025-01-03", "later"),
        inquiry("2025-01-04").named("later"),
        inquiry("2025-01-05"),
        corrected("2025-01-06", "never", kind="soft"),
        inquiry("2025-01-07"),
        closed("2025-01-08", by="customer"),
        override("2025-01-09", "OPEN", key="Q"),
        override_approved("2025-01-10", key="Q"),
        opened("2025-01-11"),
    ]
    return [*first, *second, *(each.of("C") for each in third), clock_advanced("2025-04-01")]
