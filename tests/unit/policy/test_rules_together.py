"""What `policy check` refuses of rules together, of versions, and of products that vanish."""

import pytest

from tests.unit.policy.written import OVERDUE, policy, read, said

YOUNG = "id: young, fact: account.years_old, at_most: 30, else: NOT_OPEN, reason: LEG-01"
OLD = "id: old, fact: account.years_old, at_least: 40, else: NOT_OPEN, reason: LEG-01"
TOGETHER = "expected limits that a value can keep together, else loan is never open"
ONE = "for example one of the two rules alone"


def test_rules_on_one_value_that_it_cannot_keep_together_are_refused() -> None:
    place = "products.loan.rules[1].at_least"
    assert said(policy(YOUNG, OLD)) == [
        f"{place}: got at_least: 40, where rule young has at_most: 30, {TOGETHER}, {ONE}"
    ]


@pytest.mark.parametrize(
    "other",
    [
        OLD.replace("at_least: 40", "at_least: 30"),
        OLD.replace("account.years_old", "account.age_days").replace("LEG-01", "ACC-02"),
        OLD + ", to: 2025-06-01, from: 2025-01-01",
    ],
    ids=["they meet", "other values", "never in force together"],
)
def test_rules_that_a_value_can_keep_together_are_not_refused(other: str) -> None:
    found = said(policy(YOUNG, other))
    assert not any("never open" in line for line in found)


def test_rules_that_follow_each_other_in_time_do_not_contradict_each_other() -> None:
    assert said(policy(f"{YOUNG}, to: 2027-01-01", f"{OLD}, from: 2027-01-01")) == []
    assert len(said(policy(f"{YOUNG}, to: 2027-01-02", f"{OLD}, from: 2027-01-01"))) == 1


def test_rules_may_contradict_each_other_for_a_segment_alone() -> None:
    segments = [read("name: loyal, when: [{fact: account.age_days, at_least: 730}]")]
    old = OLD.replace("at_least: 40", "at_least: 20") + ", for: {loyal: {at_least: 40}}"
    place = "products.loan.rules[1].at_least"
    assert said(policy(YOUNG, old, segments=segments)) == [
        f"{place}: got at_least: 20, where rule young has at_most: 30, {TOGETHER} for loyal, {ONE}"
    ]
    old += ", superseded_by: []"
    young = YOUNG + ", for: {loyal: {at_most: 50}}"
    assert said(policy(young, old, segments=segments)) == []


def test_composites_contradict_rules_too() -> None:
    each = "id: old, all: [{fact: account.student, is: false}, {fact: account.years_old, at_least: 40}]"
    found = said(policy(YOUNG, f"{each}, else: NOT_OPEN, reason: LEG-05"))
    place = "products.loan.rules[1].all[1]"
    assert found == [f"{place}: got at_least: 40, where rule young has at_most: 30, {TOGETHER}, {ONE}"]
    either = "id: old, any: [{fact: account.years_old, above: 50}, {fact: account.years_old, at_least: 40}]"
    found = said(policy(YOUNG, f"{either}, else: NOT_OPEN, reason: LEG-05"))
    place = "products.loan.rules[1].any"
    assert found == [f"{place}: got above: 50 or at_least: 40, where rule young has at_most: 30, {TOGETHER}, {ONE}"]
    other = "id: old, any: [{fact: account.student, is: false}, {fact: account.years_old, at_least: 40}]"
    assert said(policy(YOUNG, f"{other}, else: NOT_OPEN, reason: LEG-05")) == []


def test_texts_and_truths_contradict_each_other_too() -> None:
    here = "id: here, fact: account.region, one_of: [CN-31, CN-33], else: NOT_OPEN, reason: LEG-02"
    there = "id: there, fact: account.region, none_of: [CN-31, CN-33, CN-44], else: NOT_OPEN, reason: LEG-02"
    place = "products.loan.rules[1].none_of"
    rule = "got none_of: [CN-31, CN-33, CN-44], where rule here has one_of: [CN-31, CN-33]"
    assert said(policy(here, there)) == [f"{place}: {rule}, {TOGETHER}, {ONE}"]
    free = "id: free, fact: choice.paused, is: false, else: NOT_OPEN, reason: CHO-01"
    paused = "id: paused, fact: choice.paused, product: loan, is: true, else: NOT_OPEN, reason: CHO-01"
    place = "products.loan.rules[1].is"
    assert said(policy(free, paused)) == [f"{place}: got is: true, where rule free has is: false, {TOGETHER}, {ONE}"]


# Dates


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "to: 2026-06-01",
            "from: 2026-06-02",
            'rules[1].from: got "2026-06-02", a gap to the entry before, '
            'expected the day on which the entry before ends, for example "2026-06-01"',
        ),
        (
            "to: 2026-06-01",
            "from: 2026-05-31",
            'rules[1].from: got "2026-05-31", an overlap to the entry before, '
            'expected the day on which the entry before ends, for example "2026-06-01"',
        ),
        (
            "to: 2026-06-01",
            "superseded_by: []",
            "rules[1].from: got nothing, an overlap to the entry before, "
            'expected the day on which the entry before ends, for example "2026-06-01"',
        ),
        (
            "from: 2026-02-01",
            "from: 2026-06-01",
            "rules[0].to: got nothing, expected the day on which the next entry of this id begins, "
            'for example "2026-06-01"',
        ),
        (
            "superseded_by: []",
            "superseded_by: []",
            'rules[1].id: got "overdue", which another rule has at the same time, '
            "expected an id of its own, or dates that follow on, for example overdue-2",
        ),
    ],
)
def test_entries_of_one_rule_follow_on_without_gap_or_overlap(first: str, second: str, message: str) -> None:
    assert said(policy(f"{OVERDUE}, {first}", f"{OVERDUE}, {second}")) == [f"products.loan.{message}"]


def test_entries_that_follow_on_may_stand_in_any_order() -> None:
    entries = [
        f"{OVERDUE}, {dates}" for dates in ("from: 2026-06-01", "to: 2026-03-01", "from: 2026-03-01, to: 2026-06-01")
    ]
    assert said(policy(*entries)) == []


# Silence


def test_rules_that_silence_each_other_in_a_circle_are_refused() -> None:
    rules = [
        f"id: {name}, fact: {fact}, window: 3m, at_most: 0, else: LIMITED, reason: CAP-02, superseded_by: [{after}]"
        for name, fact, after in (
            ("a", "inquiries.hard_count", "b"),
            ("b", "inquiries.soft_count", "c"),
            ("c", "repayment.missed_count", "a"),
        )
    ]
    assert said(policy(*rules)) == [
        "products.loan.rules[0].superseded_by: got [b], a circle back to a, "
        "expected an order of rules: one of the circle without superseded_by, for example []"
    ]


def test_a_rule_that_is_silent_whenever_it_fails_is_refused() -> None:
    month = "id: late, fact: repayment.days_past_due, at_most: 29, else: NOT_OPEN, reason: REP-01"
    assert said(policy(f"{month}, superseded_by: [overdue]", OVERDUE)) == [
        "products.loan.rules[0].superseded_by: got overdue, which fails whenever late does, expected a rule that may "
        "hold while late fails, else late is never heard, for example superseded_by: [late] on overdue instead"
    ]
    assert said(policy(month, f"{OVERDUE}, superseded_by: [late]")) == []
    observed = "observe: {days: 30, else: LIMITED, reason: REP-04}"
    assert said(policy(f"{month}, superseded_by: [overdue], {observed}", OVERDUE)) == [], "it is heard afterwards"


# Products


def test_a_product_does_not_just_vanish() -> None:
    former = policy(OVERDUE)
    former["products"]["card"] = former["products"]["loan"]
    assert said(policy(OVERDUE), former) == [
        'products.card: got nothing, where version 7 of "test" has it, expected the product with withdrawn: true, '
        "so that its customers are told, for example card: {..., withdrawn: true}"
    ]
    later = policy(OVERDUE)
    later["products"]["card"] = former["products"]["card"] | {"withdrawn": True}
    assert said(later, former) == []
    assert said(policy(OVERDUE), later) == [], "one that was withdrawn may go"
