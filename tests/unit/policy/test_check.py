"""What `policy check` refuses of one rule, each with its whole message: policy.md's list."""

import pytest

from tests.unit.policy.written import AT, OVERDUE, Document, policy, read, said

INQUIRIES = "id: a, fact: inquiries.hard_count, window: 30d"
INQ = "else: LIMITED, reason: INQ-01"
CAP = "else: LIMITED, reason: CAP-02"
OVER = "else: NOT_OPEN, reason: REP-01"
SCORE = "id: a, fact: score.value, provider: zhima"
SCO = "else: NOT_OPEN, reason: SCO-01, unknown: UNDER_REVIEW, unknown_reason: SCO-02"
IDN = "else: NOT_OPEN, reason: IDN-01"

SOUND = [
    OVERDUE,
    f"{INQUIRIES}, at_most: 3, {INQ}",
    f"{INQUIRIES}, at_most: 3, reopen_at_most: 1, {INQ}",
    f'{INQUIRIES}, at_most: "3.0", {INQ}',
    f"{SCORE}, at_least: 600, reopen_at_least: 605, {SCO}",
    f"id: a, fact: identity.level, at_least: 1, {IDN}, unknown: NOT_OPEN, unknown_reason: IDN-01",
    f"id: a, fact: income.monthly, at_least: 0, {CAP}, unknown: LIMITED, unknown_reason: CAP-02",
    f'id: a, fact: capacity.balance, at_least: "-100.00", {CAP}',
    "id: a, fact: capacity.utilisation, at_most: 1, else: LIMITED, reason: CAP-03",
    "id: a, fact: account.years_old, at_least: 18, at_most: 60, else: NOT_OPEN, reason: LEG-01",
    'id: a, any: [{fact: capacity.debt_to_income, at_most: "0.55"}, {fact: capacity.balance, at_most: "5000.00"}], '
    "else: NOT_OPEN, reason: CAP-01",
    f"{OVERDUE}, observe: {{days: 90, else: LIMITED, reason: REP-04}}",
    "id: a, fact: repayment.late_count, window: 90d, at_most: 0, else: LIMITED, reason: REP-04",
    "id: a, fact: account.closed, is: false, else: NOT_OPEN, reason: ACC-04",
]

REFUSED = [
    # An unknown fact, argument, operator or unit.
    (
        f"id: a, fact: inquiries.hard_cout, at_most: 3, {INQ}",
        f'{AT}.fact: got "inquiries.hard_cout", expected a fact that exists, for example inquiries.hard_count',
    ),
    (
        f"id: a, fact: identity.level, window: 30d, at_least: 2, {IDN}",
        f"{AT}.window: got window with identity.level, expected no argument with this fact, "
        "for example window with delinquency.worst_months",
    ),
    (
        f"id: a, fact: repayment.late_count, provider: zhima, at_most: 2, {CAP}",
        f"{AT}.provider: got provider with repayment.late_count, expected only min_days and window with this fact, "
        "for example provider with score.age_days",
    ),
    (
        "id: a, fact: consent.granted, is: true, else: NOT_OPEN, reason: LEG-05",
        f"{AT}.scope: got nothing, expected the scope that consent.granted is asked for, for example scope: credit",
    ),
    (
        f'id: a, fact: account.limit, product: lone, at_least: "1000.00", {CAP}',
        f'{AT}.product: got "lone", expected the id of a product of this policy, for example loan',
    ),
    (
        "id: a, fact: policy.days_since_review, at_most: 20, else: LIMITED, reason: POL-03",
        f"{AT}.fact: got policy.days_since_review without reviews, expected reviews in the policy, "
        "since without them it is never known, for example reviews: {every: 1m, day: 6}",
    ),
    (
        "id: a, fact: account.restricted, at_most: 0, else: NOT_OPEN, reason: ACC-01",
        f"{AT}.at_most: got at_most on account.restricted, expected is, since its values are true and false, "
        "for example is: true",
    ),
    (
        f"{INQUIRIES}, is: true, {INQ}",
        f"{AT}.is: got is on inquiries.hard_count, expected at_most, at_least, below or above, "
        "since its values are whole numbers, for example at_most: 3",
    ),
    (
        "id: a, fact: account.region, before: 2026-01-01, else: NOT_OPEN, reason: LEG-02",
        f"{AT}.before: got before on account.region, expected one_of or none_of, since its values are texts, "
        "for example one_of: [CN-31, CN-33]",
    ),
    (
        "id: a, fact: account.region, at_most: 3, else: NOT_OPEN, reason: LEG-02",
        f"{AT}.at_most: got at_most on account.region, expected one_of or none_of, since its values are texts, "
        "for example one_of: [CN-31, CN-33]",
    ),
    (
        f"{INQUIRIES}, before: 2026-01-01, {INQ}",
        f"{AT}.before: got before on inquiries.hard_count, expected at_most, at_least, below or above, "
        "since its values are whole numbers, for example at_most: 3",
    ),
    (
        f'{INQUIRIES}, at_most: "3.5", {INQ}',
        f'{AT}.at_most: got "3.5", expected a whole number, since inquiries.hard_count is one, for example 3',
    ),
    (
        f'{SCORE}, at_least: 600, reopen_at_least: "600.5", {SCO}',
        f'{AT}.reopen_at_least: got "600.5", expected a whole number, since score.value is one, for example 600',
    ),
    (
        f'id: a, fact: income.monthly, at_least: "1000.005", {CAP}',
        f'{AT}.at_least: got "1000.005", expected at most 2 decimals in CNY, for example "1000.00"',
    ),
    (
        "id: a, fact: capacity.debt_to_income, at_most: 55, else: LIMITED, reason: CAP-01",
        f'{AT}.at_most: got 55, expected a ratio, not a percentage: at most 10, for example "0.55"',
    ),
    # Limits that contradict each other.
    (
        "id: a, fact: account.years_old, at_least: 60, at_most: 22, else: NOT_OPEN, reason: LEG-01",
        f"{AT}.at_least: got at_least: 60, at_most: 22, expected limits that a value can keep together, "
        "for example at_least: 22, at_most: 60",
    ),
    (
        "id: a, fact: account.years_old, above: 59, below: 60, else: NOT_OPEN, reason: LEG-01",
        f"{AT}.above: got above: 59, below: 60, expected limits that a value can keep together, "
        "for example above: 60, below: 59",
    ),
    (
        "id: a, fact: account.region, one_of: [CN-31], none_of: [CN-31, CN-33], else: NOT_OPEN, reason: LEG-02",
        f"{AT}.one_of: got one_of: [CN-31], none_of: [CN-31, CN-33], expected limits that a value can keep together, "
        "for example one of them alone",
    ),
    (
        f"{SCORE}, at_least: 600, reopen_at_least: 590, {SCO}",
        f"{AT}.reopen_at_least: got 590, looser than at_least: 600, expected a limit as strict as the plain one or "
        "stricter: a rule that failed holds again only from there, for example 600",
    ),
    (
        f"id: a, fact: identity.level, at_least: 2, reopen_at_least: 4, {IDN}",
        f"{AT}.reopen_at_least: got at_least: 4, which no value keeps, expected a limit that a value can keep, "
        "else the rule never holds again, for example 2",
    ),
    (
        "id: a, all: [{fact: account.years_old, at_least: 60}, {fact: account.years_old, at_most: 22}], "
        "else: NOT_OPEN, reason: LEG-01",
        f"{AT}.all[1]: got at_least: 60 and at_most: 22, "
        "expected limits that a value of account.years_old can keep together, for example any: instead of all:",
    ),
    # A rule that can never fail or always fails.
    (
        f"id: a, fact: identity.level, at_least: 4, {IDN}",
        f"{AT}.at_least: got at_least: 4, expected a limit that a value can keep: there are only values from 1 to 3, "
        "for example at_least: 3",
    ),
    (
        f"{INQUIRIES}, below: 0, {INQ}",
        f"{AT}.below: got below: 0, expected a limit that a value can keep: there are only values from 0 to 128, "
        "for example below: 1",
    ),
    (
        "id: a, fact: repayment.received_count, window: 12m, at_least: 100, else: LIMITED, reason: REP-08",
        f"{AT}.at_least: got at_least: 100, expected a limit that a value can keep: there are only values from 0 to 96"
        ", for example at_least: 96",
    ),
    (
        "id: a, fact: spending.months_active, window: 3m, at_least: 5, else: LIMITED, reason: ACC-03",
        f"{AT}.at_least: got at_least: 5, expected a limit that a value can keep: there are only values from 0 to 4, "
        "for example at_least: 4",
    ),
    (
        f"id: a, fact: repayment.days_past_due, at_least: 0, {OVER}",
        f"{AT}.at_least: got at_least: 0, expected a limit that a value can break: there are only values from 0 on, "
        "for example at_least: 1",
    ),
    (
        f"id: a, fact: identity.level, at_least: 1, {IDN}",
        f"{AT}.at_least: got at_least: 1, expected a limit that a value can break: there are only values from 1 to 3, "
        "for example at_least: 2",
    ),
    (
        f"{INQUIRIES}, at_most: 500, {INQ}",
        f"{AT}.at_most: got at_most: 500, expected a limit that a value can break: there are only values from 0 to 128"
        ", for example at_most: 127",
    ),
    (
        f'id: a, fact: income.monthly, at_least: "0.00", {CAP}',
        f'{AT}.at_least: got at_least: "0.00", expected a limit that a value can break: there are only values from 0 on'
        ", for example at_least: 1",
    ),
    (
        "id: a, any: [{fact: account.years_old, at_least: 18}, {fact: account.years_old, below: 60}], "
        "else: NOT_OPEN, reason: LEG-01",
        f"{AT}.any[1]: got at_least: 18 or below: 60, "
        "expected limits that a value of account.years_old can break together, for example all: instead of any:",
    ),
    (
        f"{OVERDUE}, to: 2025-12-31",
        f'{AT}.to: got "2025-12-31", before the policy takes effect, expected a rule that is ever in force: a day '
        'after the policy takes effect, for example "2026-01-02"',
    ),
    # A reason whose text needs evidence that the fact can't give.
    (
        "id: a, fact: repayment.worst_days_past_due, window: 90d, at_most: 30, else: NOT_OPEN, reason: REP-02",
        f"{AT}.reason: got REP-02 without a window in months, expected a window in months, since its text tells {{m}}, "
        "for example window: 24m",
    ),
    (
        f"id: a, fact: inquiries.hard_count, at_most: 3, {INQ}",
        f"{AT}.reason: got INQ-01 without a window, expected a window, since its text tells {{w}}, "
        "for example window: 24m",
    ),
    (
        "id: a, fact: income.verified, is: true, else: NOT_OPEN, reason: INQ-01",
        f"{AT}.reason: got INQ-01 on income.verified, expected a reason that income.verified can fill: only "
        "inquiries.hard_count, inquiries.institutions, inquiries.refused_count or inquiries.soft_count can fill {k}, "
        "{n} and {w} of INQ-01, for example CAP-02",
    ),
    (
        "id: a, fact: delinquency.months_past_due, at_most: 0, else: NOT_OPEN, reason: REP-01",
        f"{AT}.reason: got REP-01 on delinquency.months_past_due, expected a reason that delinquency.months_past_due "
        "can fill: only repayment.amount_overdue or repayment.days_past_due can fill {amount} and {dpd} of REP-01, "
        "for example REP-07",
    ),
    (
        "id: a, fact: disputes.open, at_most: 0, else: UNDER_REVIEW, reason: SYS-01",
        f"{AT}.reason: got SYS-01 on disputes.open, expected another reason: no fact of an account gives {{time}}",
    ),
    (
        f"id: a, fact: score.value, at_most: 600, {SCO}",
        f"{AT}.at_most: got at_most with SCO-01, expected at_least or above, since its text says that the value is "
        "too low, for example at_least: 600",
    ),
    (
        "id: a, all: [{fact: account.region, none_of: [CN-54]}, {fact: account.student, is: false}], "
        "else: NOT_OPEN, reason: LEG-02",
        f"{AT}.reason: got LEG-02 on account.student, expected a reason that account.student can fill: only "
        "account.region can fill {region} of LEG-02, for example LEG-05",
    ),
    (
        f"{SCORE}, at_least: 600, else: NOT_OPEN, reason: SCO-01, unknown: UNDER_REVIEW, unknown_reason: SCO-01",
        f"{AT}.unknown_reason: got SCO-01 for an unknown value, expected a reason whose text tells no value, "
        "not {factors}, {limit} and {score}, for example SCO-02",
    ),
    (
        f"{OVERDUE}, observe: {{days: 90, else: LIMITED, reason: REP-01}}",
        f"{AT}.observe.reason: got REP-01 for an observation, expected a reason that tells at most when the "
        "observation ends, not {amount} and {dpd}, for example REP-04",
    ),
    # Specific reasons; scores with their factors.
    (
        f"{INQUIRIES}, at_most: 3, else: LIMITED, reason: POL-01",
        f"{AT}.reason: got POL-01, which would stand alone, expected a specific reason, or another rule with one that "
        "fails whenever this one does, for example INQ-01",
    ),
    (
        f"{INQUIRIES}, at_most: 3, {INQ}, unknown: LIMITED, unknown_reason: POL-01",
        f"{AT}.unknown_reason: got POL-01, which would stand alone, expected a specific reason, or another rule with "
        "one that fails whenever this one does, for example INQ-01",
    ),
    (
        f"{SCORE}, at_least: 600, else: NOT_OPEN, reason: SCO-01",
        f"{AT}.unknown: got pass, expected a result for a score of zhima that is missing, or a rule on "
        "score.factors_known of zhima beside it, for example unknown: UNDER_REVIEW, unknown_reason: SCO-02",
    ),
    # Segments, prohibited factors.
    (
        f"{INQUIRIES}, at_most: 3, {INQ}, for: {{vip: {{at_most: 5}}}}",
        f'{AT}.for.vip: got "vip", expected the name of one of the policy\'s segments, '
        "for example segments: [{name: vip, when: [{fact: account.age_days, at_least: 730}]}]",
    ),
    (
        "id: a, fact: account.segment, one_of: [vip], else: LIMITED, reason: POL-03",
        f'{AT}.one_of: got "vip", expected the name of one of the policy\'s segments, '
        "for example segments: [{name: vip, when: [{fact: account.age_days, at_least: 730}]}]",
    ),
    (
        f"id: only-married, fact: repayment.days_past_due, at_most: 0, {OVER}",
        f'{AT}.id: got "only-married", expected a name without a factor that may not count (marital status), '
        "for example long-standing",
    ),
    (
        "id: a, fact: account.region, none_of: [少数民族地区], else: NOT_OPEN, reason: LEG-02",
        f'{AT}.none_of: got "少数民族地区", expected a name without a factor that may not count (ethnicity), '
        "for example long-standing",
    ),
    (
        f"id: a, fact: customer.sex, one_of: [f], {CAP}",
        f'{AT}.fact: got "customer.sex", expected a name without a factor that may not count (sex), '
        "for example long-standing",
    ),
]


@pytest.mark.parametrize(
    ("rule", "message"), REFUSED, ids=[f"{place}: {row[0][:70]}" for place, row in enumerate(REFUSED)]
)
def test_a_rule_that_cannot_be_meant_is_refused_with_what_would_be_right(rule: str, message: str) -> None:
    assert message in said(policy(rule))


@pytest.mark.parametrize("rule", SOUND)
def test_a_rule_that_can_be_meant_is_not_refused(rule: str) -> None:
    assert said(policy(rule)) == []


def with_segment(*rules: str, when: str = "{fact: account.age_days, at_least: 730}", name: str = "loyal") -> Document:
    return policy(*rules, segments=[read(f"name: {name}, when: [{when}]")])


def test_a_segment_that_everybody_knows_may_have_other_limits_or_none() -> None:
    assert said(with_segment(f"{INQUIRIES}, at_most: 3, {INQ}, for: {{loyal: {{at_most: 5}}}}")) == []
    left_out = f"{INQUIRIES}, at_most: 3, {INQ}, for: {{loyal: {{at_most: 500}}}}"
    assert said(with_segment(left_out)) == [], "a limit that everybody keeps leaves the rule out for the segment"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            "at_most: 1, at_least: 3",
            f"{AT}.for.loyal.at_most: got at_most: 1, at_least: 3, expected limits that a value can keep together, "
            "for example at_most: 3, at_least: 1",
        ),
        (
            "below: 0",
            f"{AT}.for.loyal.below: got below: 0, expected a limit that a value can keep: "
            "there are only values from 0 to 128, for example below: 1",
        ),
        (
            "at_most: 5, reopen_at_most: 6",
            f"{AT}.for.loyal.reopen_at_most: got 6, looser than at_most: 5, expected a limit as strict as the plain "
            "one or stricter: a rule that failed holds again only from there, for example 5",
        ),
        (
            "is: true",
            f"{AT}.for.loyal.is: got is on inquiries.hard_count, expected at_most, at_least, below or above, "
            "since its values are whole numbers, for example at_most: 3",
        ),
        (
            "at_least: 1",
            f"{AT}.for.loyal.at_least: got at_least with INQ-01, expected at_most or below, "
            "since its text says that the value is too high, for example at_most: 1",
        ),
    ],
)
def test_limits_of_a_segment_are_checked_like_any(limits: str, message: str) -> None:
    assert message in said(with_segment(f"{INQUIRIES}, at_most: 3, {INQ}, for: {{loyal: {{{limits}}}}}"))


def test_a_segment_may_ask_whether_a_value_is_known_or_take_everybody() -> None:
    assert said(with_segment(OVERDUE, when="{fact: capacity.utilisation, at_least: 0}")) == []
    assert said(with_segment(OVERDUE, when="{fact: inquiries.hard_count, at_least: 0}")) == []


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (
            "{fact: account.segment, one_of: [loyal]}",
            "segments[0].when[0].fact: got account.segment, expected a fact that no segment decides, "
            "for example account.age_days",
        ),
        (
            "{fact: account.age_days, below: 0}",
            "segments[0].when[0].below: got below: 0, expected a limit that a value can keep: "
            "there are only values from 0 on, for example below: 1",
        ),
        (
            "{fact: account.age_days, at_most: 30}, {fact: account.age_days, at_least: 60}",
            "segments[0].when[1]: got at_most: 30 and at_least: 60, "
            "expected limits that a value of account.age_days can keep together, for example one of them",
        ),
        (
            "{fact: account.days, at_most: 30}",
            'segments[0].when[0].fact: got "account.days", expected a fact that exists, for example account.age_days',
        ),
    ],
)
def test_a_segment_that_nobody_can_be_in_is_refused(when: str, message: str) -> None:
    assert said(with_segment(OVERDUE, when=when)) == [message]


def test_names_of_segments_products_providers_and_policies_are_free_of_prohibited_factors() -> None:
    document = with_segment(OVERDUE, name="女性客户") | {"policy": "muslim-credit"}
    document["products"]["ladies-women"] = document["products"].pop("loan") | {
        "name": {"zh": "已婚贷", "en": "Married Loan"},
        "provider": "jewish-bank",
    }
    assert [line.partition(": ")[0] for line in said(document)] == [
        "policy",
        "segments[0].name",
        "products.ladies-women",
        "products.ladies-women.name.zh",
        "products.ladies-women.name.en",
        "products.ladies-women.provider",
    ]


def test_reviews_bound_the_days_since_one() -> None:
    rule = "id: a, fact: policy.days_since_review, at_most: 31, else: LIMITED, reason: POL-03"
    message = (
        f"{AT}.at_most: got at_most: 31, expected a limit that a value can break: "
        "there are only values from 0 to 30, for example at_most: 29"
    )
    assert said(policy(rule, reviews={"every": "1m", "day": 6})) == [message]
    assert said(policy(rule, reviews={"every": "2m", "day": 6})) == []


def test_a_review_day_lies_after_the_day_the_policy_takes_effect() -> None:
    rule = "id: a, fact: next_review_on, before: 2026-01-02, else: LIMITED, reason: POL-03"
    message = (
        f'{AT}.before: got before: "2026-01-02", expected a limit that a value can keep: '
        'there are only values from "2026-01-02" on, for example before: "2026-01-03"'
    )
    reviews = {"every": "1m", "day": 6}
    assert said(policy(rule, reviews=reviews)) == [message]
    assert said(policy(rule.replace("before: 2026-01-02", "not_before: 2026-06-01"), reviews=reviews)) == []


def test_a_score_rule_may_leave_the_missing_score_to_a_rule_on_its_factors() -> None:
    score = f"{SCORE}, at_least: 600, else: NOT_OPEN, reason: SCO-01"
    factors = "id: b, fact: score.factors_known, provider: {}, is: true, else: UNDER_REVIEW, reason: SCO-02"
    assert said(policy(score, factors.format("zhima"))) == []
    assert len(said(policy(score, factors.format("fico")))) == 1, "another provider's factors say nothing of it"


def test_a_changed_policy_is_no_reason_alone_but_beside_one_that_fails_whenever_it_does() -> None:
    changed = f"{INQUIRIES}, at_most: 3, else: LIMITED, reason: POL-01"
    why = "id: b, fact: inquiries.hard_count, window: {}, at_most: {}, {}, {}"
    assert said(policy(changed, why.format("30d", 3, "to: 2030-01-01", INQ))), "not always in force"
    assert said(policy(changed, why.format("30d", 4, "superseded_by: []", INQ))), "holds at 4"
    assert said(policy(changed, why.format("60d", 3, "superseded_by: []", INQ))), "another value"
    assert said(policy(changed, why.format("30d", 2, "superseded_by: [a]", INQ))), "silenced by it"
    assert said(policy(changed, why.format("30d", 2, "superseded_by: []", INQ))) == []
