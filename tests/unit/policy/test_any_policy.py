"""Delivered policies, the design's example, and random ones: judged without a crash, and what passes compiles."""

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import PolicyError, Problem
from schemas.policy import load_policy, parse_policy
from schemas.reasons import REASONS
from streams.core.facts import NAMES
from streams.core.facts.domains import DOMAINS, OPERATORS
from streams.core.facts.telling import TELLINGS
from streams.core.policy.check import check_policy
from streams.core.policy.compile import compile_policy
from tests.reference import generate_policy

POLICIES = sorted(Path(__file__).parents[3].glob("streams/local/policies/*.yaml"))
EXAMPLE = Path(__file__).with_name("example.yaml")
"""The example of the design's policy.md."""

FACTS = sorted(NAMES)
OPERANDS: list[Any] = [
    0,
    1,
    3,
    600,
    -1,
    10**15,
    "0.5",
    "100.005",
    "3.0",
    True,
    False,
    ["a"],
    ["CN-31", "女"],
    "2026-01-01",
]
WINDOWS = ["1d", "30d", "3660d", "1m", "120m", None]


@pytest.mark.parametrize("path", [*POLICIES, EXAMPLE], ids=lambda path: path.stem)
def test_delivered_policies_are_sound(path: Path) -> None:
    assert check_policy(load_policy(path.read_bytes())) == []


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_delivered_policies_may_replace_themselves_and_not_each_other(path: Path) -> None:
    policy = load_policy(path.read_bytes())
    assert check_policy(policy, policy) == []
    other = load_policy(EXAMPLE.read_bytes())
    assert [problem.place for problem in check_policy(policy, other)] == ["products.jiebei"]


def test_every_fact_has_its_values_and_every_text_its_evidence() -> None:
    assert set(DOMAINS) == NAMES
    assert {code: set(telling.sources) for code, telling in TELLINGS.items()} == {
        code: set(reason.placeholders) for code, reason in REASONS.items() if reason.placeholders
    }
    assert NAMES.issuperset(fact for telling in TELLINGS.values() for fact in telling.facts or ())


@pytest.mark.parametrize("share", range(8))
def test_random_policies_are_judged_and_compile(share: int) -> None:
    for seed in range(share, 240, 8):
        policy = parse_policy(generate_policy.policy(seed))
        assert all(isinstance(problem, Problem) for problem in check_policy(policy))
        compile_policy(policy)


@pytest.mark.parametrize("share", range(8))
def test_whatever_has_the_form_of_a_policy_is_judged_and_what_passes_compiles(share: int) -> None:
    passed = judged = 0
    for seed in range(share, 1600, 8):
        dice = random.Random(f"spoilt {seed}")
        document = spoilt(copy.deepcopy(generate_policy.policy(seed % 200)), dice)
        try:
            policy = parse_policy(document)
        except PolicyError:
            continue
        judged += 1
        problems = check_policy(policy)
        assert check_policy(parse_policy(copy.deepcopy(document))) == problems, "the same problems in the same order"
        assert all(place and came and expected for place, came, expected, _ in problems)
        if not problems:
            passed += 1
            compile_policy(policy)
    assert judged > 50
    assert passed > 0


def spoilt(document: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The policy with a few things changed for others, which may mean nothing."""
    limits = [limit for segment in document["segments"] for limit in segment["when"]]
    for product in document["products"].values():
        for rule in product["rules"]:
            limits += [rule] if "fact" in rule else rule.get("any", rule.get("all"))
    for _ in range(dice.choice([0, 1, 1, 3])):
        limit = dice.choice(limits)
        match dice.randrange(5):
            case 0:
                limit["fact"] = dice.choice([*FACTS, "no.fact"])
            case 1:
                limit["window"] = dice.choice(WINDOWS)
            case 2:
                limit[dice.choice([name for names in OPERATORS.values() for name in names])] = dice.choice(OPERANDS)
            case 3:
                limit["reason" if "reason" in limit else "scope"] = dice.choice(list(REASONS))
            case _:
                operator = next(name for names in OPERATORS.values() for name in names if name in limit)
                limit[operator] = dice.choice(OPERANDS)
    return document
