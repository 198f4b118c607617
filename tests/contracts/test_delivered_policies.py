"""The policies that come with the software: well-formed, compilable, specific in every reason."""

from importlib import resources

import orjson
import pytest

from schemas.policy import PolicyDocument, load_policy
from schemas.reasons import REASONS
from streams.core.policy.compile import compile_policy

FOLDER = resources.files("streams.local") / "policies"
NAMES = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".yaml"))


def load(name: str) -> PolicyDocument:
    return load_policy((FOLDER / name).read_bytes())


def test_there_is_a_default_w1_and_five_backtests() -> None:
    assert NAMES == [
        "default.yaml",
        "taiwan-no-repayment.yaml",
        "taiwan-one-month-late.yaml",
        "taiwan-three-missed.yaml",
        "taiwan-two-months-late-in-quarter.yaml",
        "taiwan-two-months-late.yaml",
        "w1.yaml",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_well_formed_compiles_and_has_one_digest_in_yaml_and_json(name: str) -> None:
    policy = load(name)
    assert load_policy(orjson.dumps(policy.document())).digest == policy.digest
    assert compile_policy(policy).digest == policy.digest


def test_the_default_says_that_its_numbers_are_examples() -> None:
    assert b"DEMO NUMBERS" in (FOLDER / "default.yaml").read_bytes()
    policy = load("default.yaml")
    assert policy.source is not None
    assert "examples" in policy.source
    assert all(rule.source for product in policy.products.values() for rule in product.rules)


def test_the_default_has_three_products_of_two_providers() -> None:
    products = load("default.yaml").products
    assert len(products) == 3
    assert len({product.provider for product in products.values()}) == 2
    assert {product.adds_inquiry for product in products.values()} == {True, False}


def test_the_default_shows_what_a_policy_can_express() -> None:
    policy = load("default.yaml")
    rules = [rule for product in policy.products.values() for rule in product.rules]
    assert len(policy.segments) == 2
    assert policy.reviews is not None
    for shown in (
        [rule for rule in rules if rule.observe],
        [rule for rule in rules if rule.reopen],
        [rule for rule in rules if rule.any],
        [rule for rule in rules if rule.all],
        [rule for rule in rules if rule.for_],
        [rule for rule in rules if rule.from_ and not rule.to],
        [rule for rule in rules if rule.superseded_by],
        [rule for rule in rules if rule.unknown != "pass"],
    ):
        assert shown
    categories = {REASONS[rule.reason].category for rule in rules}
    assert categories == {
        "account", "choice", "security", "legal", "repayment", "identity", "inquiries", "score", "capacity", "history",
    }  # fmt: skip


def test_a_score_alone_never_refuses_without_its_factors() -> None:
    rules = {rule.id: rule for rule in load("default.yaml").products["cash"].rules}
    score, explained = rules["score"], rules["score-without-factors"]
    assert (score.unknown, score.unknown_reason) == ("UNDER_REVIEW", "SCO-02")
    assert score.superseded_by == ["score-without-factors"]
    assert explained.else_ == "UNDER_REVIEW"
    assert [part.fact for part in explained.any] == ["score.value", "score.factors_known"]


def test_w1_has_the_benchmarks_six_rules() -> None:
    policy = load("w1.yaml")
    assert (policy.zone, policy.repayment_cutoff) == ("UTC", 0)
    rules = policy.products["w1"].rules
    assert [
        (rule.id, rule.limit.fact, rule.limit.operators, rule.else_, rule.reason, rule.superseded_by)
        for rule in rules
        if rule.limit
    ] == [
        ("OVERDUE_30", "repayment.days_past_due", {"at_most": 29}, "NOT_OPEN", "REP-01", []),
        ("OVERDUE", "repayment.days_past_due", {"at_most": 0}, "LIMITED", "REP-01", ["OVERDUE_30"]),
        ("INQUIRIES_30D", "inquiries.hard_count", {"at_most": 3}, "LIMITED", "INQ-01", []),
        ("INQUIRIES_180D", "inquiries.hard_count", {"at_most": 8}, "NOT_OPEN", "INQ-01", []),
        ("IDENTITY_UNVERIFIED", "identity.level", {"at_least": 2}, "NOT_OPEN", "IDN-01", []),
        (
            "IDENTITY_EXPIRED", "identity.document_days_left", {"at_least": 0}, "NOT_OPEN", "IDN-02",
            ["IDENTITY_UNVERIFIED"],
        ),
    ]  # fmt: skip
    assert rules[4].unknown == "NOT_OPEN"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("taiwan")])
def test_each_backtest_has_one_rule_and_cites_its_data(name: str) -> None:
    policy = load(name)
    (product,) = policy.products.values()
    assert len(product.rules) == 1
    assert (policy.zone, policy.currency) == ("Asia/Taipei", "TWD")
    assert policy.source is not None
    assert "I-C. Yeh" in policy.source
    assert f"{policy.policy}.yaml" == name
