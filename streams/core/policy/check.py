"""The static check of a policy: what can't be meant is refused before anybody is judged by it (policy.md)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.errors import Problem, describe
from schemas.policy import PolicyDocument, Product, Rule, Segment
from streams.core.facts import NAMES, SEGMENT
from streams.core.policy.checks import evidence, reach, together
from streams.core.policy.checks.ground import Ground, Placed, parts_of
from streams.core.policy.checks.limits import check_limit, check_operators, unknown_segment
from streams.core.policy.prohibited import named


def check_policy(policy: PolicyDocument, former: PolicyDocument | None = None) -> list[Problem]:
    """All that is wrong with a policy: segments, then product by product. `former` is the version that it replaces.

    The same document gives the same problems in the same order on every machine. A policy without problems compiles.
    """
    return list(_check(policy, former))


def _check(policy: PolicyDocument, former: PolicyDocument | None) -> Iterator[Problem]:
    ground = Ground(policy)
    yield from named(policy.policy, "policy")
    for index, segment in enumerate(policy.segments):
        yield from _segment(segment, f"segments[{index}]", ground)
    for name, product in policy.products.items():
        yield from _product(name, product, ground)
    if former is not None:
        yield from _removed(policy, former)


def _segment(segment: Segment, place: str, ground: Ground) -> Iterator[Problem]:
    yield from named(segment.name, f"{place}.name")
    problems: list[Problem] = []
    for index, limit in enumerate(segment.when):
        where = f"{place}.when[{index}]"
        if limit.fact == SEGMENT:
            problems.append(Problem(f"{where}.fact", SEGMENT, "a fact that no segment decides", "account.age_days"))
        else:
            problems += check_limit(limit, limit, where, ground)
    yield from problems or reach.check_segment(segment, place, ground)


def _product(name: str, product: Product, ground: Ground) -> Iterator[Problem]:
    place = f"products.{name}"
    yield from named(name, place)
    yield from named(product.name.zh, f"{place}.name.zh")
    yield from named(product.name.en, f"{place}.name.en")
    yield from named(product.provider, f"{place}.provider")
    sound = []
    for index, rule in enumerate(product.rules):
        problems = list(_rule(rule, f"{place}.rules[{index}]", ground, name))
        yield from problems
        if not problems:
            sound.append(Placed(rule, f"{place}.rules[{index}]", parts_of(rule, f"{place}.rules[{index}]")))
    yield from evidence.check_scores(product, place)
    yield from evidence.check_never_alone(sound, name)
    yield from together.check_dates(product, place, ground)
    yield from together.check_circles(product, place)
    yield from together.check_silence(sound, name)
    yield from together.check_contradictions(sound, name, ground)


def _rule(rule: Rule, place: str, ground: Ground, product: str) -> Iterator[Problem]:
    yield from named(rule.id, f"{place}.id")
    parts = parts_of(rule, place)
    problems: list[Problem] = []
    for limit, where in parts:
        problems += check_limit(limit, limit if rule.limit is None else rule, where, ground)
    for segment, operators in rule.for_.items():
        where = f"{place}.for.{segment}"
        if segment not in ground.segments:
            problems.append(unknown_segment(segment, where, ground))
        if rule.fact in NAMES:
            problems += check_operators(rule.fact, operators, where, ground)
    if not problems:
        problems += reach.check_rule(rule, parts, ground, product)
        problems += evidence.check_reasons(rule, parts, place)
    yield from problems


def _removed(policy: PolicyDocument, former: PolicyDocument) -> Iterator[Problem]:
    for name, product in former.products.items():
        if name not in policy.products and not product.withdrawn:
            came = f"nothing, where version {former.version} of {describe(former.policy)} has it"
            expected = "the product with withdrawn: true, so that its customers are told"
            yield Problem(f"products.{name}", came, expected, f"{name}: {{..., withdrawn: true}}")
