"""What `policy check` refuses, each with its whole message, and that delivered policies pass."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.policy import load_policy, parse_policy
from streams.core.policy.check import check_policy
from streams.core.policy.compile import compile_policy
from streams.core.policy.prohibited import prohibited
from tests.reference import generate

POLICIES = sorted(Path(__file__).parents[3].glob("streams/local/policies/*.yaml"))

RULE: dict[str, Any] = {
    "id": "overdue",
    "fact": "repayment.days_past_due",
    "at_most": 0,
    "else": "NOT_OPEN",
    "reason": "REP-01",
}


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    product = {"name": {"zh": "借", "en": "Loan"}, "provider": "bank", "rules": list(rules)}
    base = {"policy": "test", "version": 1, "effective_from": "2026-01-01T00:00:00Z", "products": {"loan": product}}
    return base | more


def messages(document: dict[str, Any], former: dict[str, Any] | None = None) -> list[str]:
    problems = check_policy(parse_policy(document), None if former is None else parse_policy(former))
    return [
        f"{each.place}: got {each.came}, expected {each.expected}" + (f" ({each.example})" if each.example else "")
        for each in problems
    ]


HEAD = "products.loan.rules[0]"
END = "else: NOT_OPEN, reason: INQ-01"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            f"id: a, fact: inquiries.hard_cout, at_most: 3, window: 30d, {END}",
            f'{HEAD}.fact: got "inquiries.hard_cout", expected a fact that exists (inquiries.hard_count)',
        ),
        (
            "id: a, fact: identity.level, at_least: 2, window: 30d, else: NOT_OPEN, reason: IDN-01",
            f"{HEAD}.window: got window with identity.level, expected no argument with this fact",
        ),
        (
            "id: a, fact: consent.granted, is: true, else: NOT_OPEN, reason: LEG-05",
            f"{HEAD}.scope: got nothing, expected scope, without which consent.granted means nothing",
        ),
        (
            "id: a, fact: account.restricted, at_most: 0, else: NOT_OPEN, reason: ACC-01",
            f"{HEAD}.at_most: got at_most on account.restricted, expected is, since its values are of the kind bool",
        ),
        (
            "id: a, fact: account.region, before: 2026-01-01, else: NOT_OPEN, reason: LEG-02".replace(
                "2026-01-01", '"2026-01-01"'
            ),
            f"{HEAD}.before: got before on account.region, expected one_of or none_of, "
            "since its values are of the kind text",
        ),
        (
            f'id: a, fact: inquiries.hard_count, at_most: "3.5", window: 30d, {END}',
            f'{HEAD}.at_most: got "3.5", expected a whole number, since inquiries.hard_count is one (3)',
        ),
        (
            'id: a, fact: income.monthly, at_least: "1000.005", else: NOT_OPEN, reason: CAP-02',
            f'{HEAD}.at_least: got "1000.005", expected at most 2 decimals for CNY ("1000.00")',
        ),
        (
            "id: a, fact: account.years_old, at_least: 60, at_most: 22, else: NOT_OPEN, reason: LEG-01",
            f"{HEAD}.at_least: got at_least: 60, at_most: 22, expected limits that don't contradict each other",
        ),
        (
            "id: a, fact: identity.level, at_least: 4, else: NOT_OPEN, reason: IDN-01",
            f"{HEAD}.at_least: got at_least: 4, expected a limit that a value can keep; "
            "there are only values from 1 to 3",
        ),
        (
            "id: a, fact: repayment.days_past_due, at_least: 0, else: NOT_OPEN, reason: REP-01",
            f"{HEAD}.at_least: got at_least: 0, expected a limit that a value can break; "
            "there are only values of 0 and more",
        ),
        (
            "id: a, fact: score.value, at_least: 600, reopen_at_least: 590, else: NOT_OPEN, reason: SCO-01, "
            "unknown: UNDER_REVIEW, unknown_reason: SCO-02",
            f"{HEAD}.reopen_at_least: got a looser limit than the plain one, "
            "expected one at least as strict as the plain one",
        ),
        (
            "id: a, fact: score.value, at_least: 600, else: NOT_OPEN, reason: SCO-01",
            f"{HEAD}.unknown: got pass, expected a result for a score that is missing, or a rule on "
            "score.factors_known beside it (unknown: UNDER_REVIEW, unknown_reason: SCO-02)",
        ),
        (
            "id: a, fact: repayment.worst_days_past_due, window: 90d, at_most: 30, else: NOT_OPEN, reason: REP-02",
            f"{HEAD}.reason: got REP-02 on repayment.worst_days_past_due, "
            "expected a window in months, for example window: 24m, since its text needs {m}",
        ),
        (
            "id: a, fact: income.verified, is: true, else: NOT_OPEN, reason: INQ-01",
            f"{HEAD}.reason: got INQ-01 on income.verified, expected a limit on a number, since its text needs {{k}}",
        ),
        (
            "id: a, fact: identity.level, at_least: 2, else: NOT_OPEN, reason: IDN-03",
            f"{HEAD}.reason: got IDN-03 on identity.level, "
            "expected a limit on identity.failed_items, since its text needs {item}",
        ),
        (
            f"id: a, fact: inquiries.hard_count, window: 30d, at_most: 3, for: {{vip: {{at_most: 5}}}}, {END}",
            f'{HEAD}.for.vip: got "vip", expected the name of a segment of this policy',
        ),
        (
            "id: only-married, fact: repayment.days_past_due, at_most: 0, else: NOT_OPEN, reason: REP-01",
            f'{HEAD}.id: got "only-married", expected no factor that may not count (marital status)',
        ),
    ],
    ids=lambda each: each[:60],
)
def test_a_rule_that_cannot_be_meant_is_refused_with_what_would_be_right(written: str, said: str) -> None:
    found = messages(policy(yaml.safe_load("{" + written + "}")))
    assert said in found


def test_a_sound_policy_has_no_problems() -> None:
    assert messages(policy(RULE)) == []


def test_rules_on_one_fact_that_no_value_can_keep_together_are_refused() -> None:
    low = yaml.safe_load("{id: young, fact: account.years_old, at_most: 30, else: NOT_OPEN, reason: LEG-01}")
    high = yaml.safe_load("{id: old, fact: account.years_old, at_least: 40, else: NOT_OPEN, reason: LEG-01}")
    said = "products.loan.rules[1].at_least: got a limit that contradicts rule young, "
    assert messages(policy(low, high)) == [said + "expected limits on one fact that a value can keep together"]


@pytest.mark.parametrize(
    ("until", "begins", "said"),
    [
        ("2026-06-01", "2026-06-02", '"2026-06-02", a gap to the entry before'),
        ("2026-06-01", "2026-05-31", '"2026-05-31", an overlap to the entry before'),
    ],
)
def test_dates_of_one_rule_follow_on(until: str, begins: str, said: str) -> None:
    found = messages(policy(RULE | {"to": until}, RULE | {"from": begins, "at_most": 1}))
    place = "products.loan.rules[1].from"
    assert found == [f'{place}: got {said}, expected the day on which the entry before ends ("{until}")']
    assert messages(policy(RULE | {"to": until}, RULE | {"from": until, "at_most": 1})) == []


def test_one_id_twice_without_dates_is_refused() -> None:
    assert "another rule overdue at the same time" in messages(policy(RULE, RULE))[0]


def test_rules_that_silence_each_other_in_a_circle_are_refused() -> None:
    one, two = RULE | {"superseded_by": ["b"]}, RULE | {"id": "b", "at_most": 5, "superseded_by": ["overdue"]}
    place = "products.loan.rules[0].superseded_by"
    assert messages(policy(one, two)) == [f"{place}: got a circle back to the rule itself, expected an order of rules"]


def test_a_product_does_not_just_vanish() -> None:
    former = policy(RULE)
    former["products"]["card"] = former["products"]["loan"]
    said = "products.card: got nothing, expected the product with withdrawn: true, so that its customers are told"
    assert messages(policy(RULE), former) == [said]


def test_a_segment_may_ask_whether_a_value_is_known() -> None:
    segments = [{"name": "revolving", "when": [{"fact": "capacity.utilisation", "at_least": 0}]}]
    assert messages(policy(RULE, segments=segments)) == []


def test_a_segment_cannot_ask_for_the_segment() -> None:
    segments = [{"name": "a", "when": [{"fact": "account.segment", "one_of": ["b"]}]}]
    found = messages(policy(RULE, segments=segments))
    assert found == [
        "segments[0].when[0].fact: got account.segment, expected a fact that no segment decides (account.age_days)"
    ]


@pytest.mark.parametrize(
    "text", ["essex", "trace-route", "广西壮族自治区", "延边朝鲜族自治州", "humane", "embrace", "CN-45"]
)
def test_names_of_places_and_other_words_are_no_prohibited_factor(text: str) -> None:
    assert prohibited(text) is None


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("female-only", "sex"),
        ("isMarried", "marital status"),
        ("RACE_A", "ethnicity"),
        ("女", "sex"),
        ("已婚客户", "marital status"),
        ("宗教", "religion"),
    ],
)
def test_prohibited_factors_are_known_in_both_languages(text: str, factor: str) -> None:
    assert prohibited(text) == factor


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_delivered_policies_are_sound(path: Path) -> None:
    assert check_policy(load_policy(path.read_bytes())) == []


@pytest.mark.parametrize("seed", range(60))
def test_any_policy_is_judged_and_compiles(seed: int) -> None:
    document = parse_policy(generate.policy(seed))
    check_policy(document)
    assert compile_policy(document).products
