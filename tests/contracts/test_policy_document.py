"""The policy document: strict, complete, identified by what it says and not by how it is written."""

import pickle
from decimal import Decimal
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Code, ContractError, PolicyError
from schemas.events import parse_event
from schemas.instants import parse_date, parse_instant
from schemas.policy import LIMITS_MAX, Limit, PolicyDocument, Terms, load_policy, parse_policy
from schemas.policy_values import Window
from tests.contracts.golden import golden, with_value, without


def document() -> dict[str, Any]:
    return golden("policy-document")


def rule(**fields: Any) -> dict[str, Any]:
    """The document with one rule of these fields, on top of what every rule needs."""
    whole = {"id": "r", "fact": "score.value", "at_least": 600, "else": "NOT_OPEN", "reason": "SCO-01"} | fields
    changed = document()
    changed["products"]["jiebei"]["rules"] = [{name: value for name, value in whole.items() if value is not ...}]
    return changed


def problem(changed: Any) -> tuple[str, str]:
    with pytest.raises(PolicyError) as refused:
        parse_policy(changed)
    return refused.value.problems[0].place, str(refused.value.problems[0])


def test_values_are_held_as_programs_want_them() -> None:
    policy = parse_policy(document())
    assert (policy.policy, policy.version, policy.motive) == ("consumer-credit", 7, "regulatory")
    assert policy.effective_from == parse_instant("2025-12-31T16:00:00Z")
    assert (policy.zone, policy.currency, policy.repayment_cutoff) == ("Asia/Shanghai", "CNY", 360)
    assert policy.reviews is not None
    assert (policy.reviews.every, policy.reviews.day) == (1, 6)
    late = policy.segments[0].when[1]
    assert (late.fact, late.args, late.window, late.operators) == (
        "repayment.late_count", {"min_days": 30}, Window(24, "m"), {"at_most": 0},
    )  # fmt: skip
    overdue, score, inquiries, capacity, home = policy.products["jiebei"].rules
    assert overdue.observe is not None
    assert (overdue.observe.days, overdue.observe.else_, overdue.observe.reason) == (90, "LIMITED", "REP-04")
    assert score.limit is not None
    assert score.reopen is not None
    assert (score.limit.args, score.limit.operators, score.reopen.operators) == (
        {"provider": "zhima"}, {"at_least": 600}, {"at_least": 605},
    )  # fmt: skip
    assert (score.unknown, score.unknown_reason, score.else_) == ("UNDER_REVIEW", "SCO-02", "NOT_OPEN")
    assert inquiries.limit is not None
    assert (inquiries.limit.window, inquiries.for_["long-standing"].operators) == (Window(30, "d"), {"at_most": 5})
    assert (inquiries.from_, inquiries.to) == (parse_date("2026-01-01"), parse_date("2027-01-01"))
    assert capacity.limit is None
    assert [part.operators for part in capacity.any] == [{"at_most": Decimal("0.55")}, {"at_most": Decimal("5000.00")}]
    assert (capacity.all, capacity.superseded_by, overdue.any) == ([], ["overdue"], [])
    assert [part.operators for part in home.all] == [{"none_of": ["CN-54"]}, {"is": False}]


def test_defaults_are_filled_in() -> None:
    least = {
        "policy": "p", "version": 1, "effective_from": "2026-01-01T00:00:00Z",
        "products": {"a": {"name": {"zh": "甲", "en": "A"}, "provider": "b"}},
    }  # fmt: skip
    policy = parse_policy(least)
    product = policy.products["a"]
    assert (policy.zone, policy.currency, policy.repayment_cutoff, policy.motive) == (
        "Asia/Shanghai", "CNY", 0, "internal",
    )  # fmt: skip
    assert (policy.segments, policy.reviews, product.rules, product.withdrawn, product.adds_inquiry) == (
        [], None, [], False, False,
    )  # fmt: skip
    assert {status: terms.new_draws for status, terms in product.terms.items()} == {
        "OPEN": True, "LIMITED": False, "NOT_OPEN": False, "UNDER_REVIEW": False,
    }  # fmt: skip
    assert parse_policy(policy.document()).digest == policy.digest


def test_a_maximum_takes_the_policys_currency() -> None:
    terms = parse_policy(document()).products["jiebei"].terms["LIMITED"]
    assert terms == Terms(new_draws=True, max_amount="2000.00", currency="CNY")  # type: ignore[arg-type]


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    policy = parse_policy(document())
    assert policy.digest == "sha256:15275cc8954cc41e2da7d685d882fa04ec661695c1016f7fad575078bbef1170"
    as_yaml = yaml.safe_dump(document(), allow_unicode=True)
    as_json = orjson.dumps(document())
    reversed_fields = orjson.dumps(dict(reversed(document().items())))
    spelt_out = policy.canonical()
    same_instant = orjson.dumps(with_value(document(), "effective_from", "2025-12-31T16:00:00.0000Z"))
    for text in (as_yaml, as_yaml.encode(), as_json, as_json.decode(), reversed_fields, spelt_out, same_instant):
        assert load_policy(text).digest == policy.digest
    other = load_policy(orjson.dumps(with_value(document(), "version", 8)))
    assert other.digest != policy.digest


def test_the_canonical_form_has_the_documents_own_names_and_no_floats() -> None:
    text = parse_policy(document()).canonical().decode()
    names = ("else", "for", "any", "is", "from", "window", "every", "repayment_cutoff")
    assert all(f'"{name}":' in text for name in names)
    for part in ('"from":"2026-01-01"', '"is":false', '"repayment_cutoff":"06:00"', '"every":"1m"', '"window":"30d"'):
        assert part in text
    assert orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode() == text


def test_operators_keep_the_order_of_the_document() -> None:
    for order in (["below", "at_least"], ["at_least", "below"]):
        limits = {"at_least": ..., "below": 700} | dict.fromkeys(order, 650)
        changed = rule(at_least=...)
        changed["products"]["jiebei"]["rules"][0] |= {name: limits[name] for name in order}
        policy = parse_policy(changed)
        found = policy.products["jiebei"].rules[0].limit
        assert found is not None
        assert list(found.operators) == order
        again = parse_policy(policy.document()).products["jiebei"].rules[0]
        assert list(again.operators) == order


RULE = "products.jiebei.rules[0]"
PART = {"fact": "score.value", "at_least": 1}
COMPOSITE = {"fact": ..., "at_least": ...}


def test_a_limit_is_itself_again_and_can_be_shown_in_part() -> None:
    limit = parse_policy(document()).segments[0].when[0]
    assert Limit.model_validate(limit).operators == {"at_least": 730}
    assert limit.model_dump(mode="json", exclude={"at_least"}, exclude_none=True) == {"fact": "account.age_days"}


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"at_most": 0.55}, ".at_most", 'decimal text, since comparison is exact, for example "0.55"'),
        ({"at_most": float("inf")}, ".at_most", 'for example "0.55"'),
        ({"at_most": "5,5"}, ".at_most", "whole number, or a decimal text"),
        ({"at_most": True}, ".at_most", "got true"),
        ({"at_mots": 3}, ".at_mots", "the field at_most"),
        ({"colour": "red"}, ".colour", "one of the fields at_most"),
        ({"at_least": ...}, "", "no operator"),
        ({"fact": ...}, "", "exactly one of fact, any and all"),
        ({"any": [PART]}, "", "fact and any"),
        (COMPOSITE | {"any": []}, ".any", "1 to 16"),
        (COMPOSITE | {"all": [{"fact": "score.value"}]}, ".all[0]", "no operator"),
        ({"fact": ..., "all": [PART]}, ".at_least", "inside the parts"),
        (COMPOSITE | {"window": "3m", "any": [PART]}, ".window", "inside the parts"),
        (COMPOSITE | {"for": {"x": {"at_most": 1}}, "any": [PART]}, ".for", "parts"),
        (
            COMPOSITE | {"any": [{"fact": "x", "at_least": 1, "reopen_at_least": 2}]},
            ".any[0].reopen_at_least",
            "of its own",
        ),
        ({"reopen_at_most": 605}, ".reopen_at_most", "at_most beside it"),
        ({"reopen_is": True}, ".reopen_is", "unknown field"),
        ({"fact": "Score"}, ".fact", "name of a fact"),
        ({"window": "30"}, ".window", '"30d" or "24m"'),
        ({"window": "0d"}, ".window", "window of days or months"),
        ({"window": "121m"}, ".window", "at most 3660d or 120m"),
        ({"window": 30}, ".window", "the number 30"),
        ({"min_days": 0}, ".min_days", "from 1"),
        ({"one_of": []}, ".one_of", "list of 1 to 512"),
        ({"one_of": "CN-31"}, ".one_of", "a list"),
        ({"is": "yes"}, ".is", "true or false"),
        ({"before": "2026-02-30"}, ".before", "exists"),
        ({"else": "OPEN"}, ".else", '"LIMITED", "UNDER_REVIEW", "NOT_OPEN"'),
        ({"else": ...}, ".else", "nothing"),
        ({"reason": "SCO-99"}, ".reason", 'for example "REP-01"'),
        ({"reason": 1}, ".reason", "the number 1"),
        ({"reason": "sco-01"}, ".reason", 'for example "SCO-01"'),
        ({"reason": ...}, ".reason", "reason code of the catalogue"),
        ({"unknown": "UNDER_REVIEW"}, ".unknown_reason", "nothing"),
        ({"unknown_reason": "SCO-02"}, ".unknown_reason", "unknown: UNDER_REVIEW"),
        ({"unknown": "fail"}, ".unknown", '"pass"'),
        ({"observe": {"days": 0, "else": "LIMITED", "reason": "REP-04"}}, ".observe.days", "from 1"),
        ({"observe": {"days": 90, "reason": "REP-04"}}, ".observe.else", "nothing"),
        ({"id": "no spaces"}, ".id", "an id of 1 to 64"),
        ({"id": "withdrawn"}, ".id", "engine"),
        ({"superseded_by": ["r"]}, ".superseded_by", "rule itself"),
        ({"superseded_by": ["overdeu"]}, ".superseded_by", "same product"),
        ({"from": "2026-02-01", "to": "2026-02-01"}, ".to", "after from (2026-02-01)"),
        ({"for": {"x": {}}}, ".for.x", "no operator"),
        ({"for": {"x": {"at_lest": 1}}}, ".for.x.at_lest", "the field at_least"),
    ],
)
def test_every_message_about_a_rule_names_the_place_and_shows_what_would_be_right(
    fields: dict[str, Any], place: str, words: str
) -> None:
    found, text = problem(rule(**fields))
    assert found == RULE + place
    assert words in text


TERMS = "products.jiebei.terms"


@pytest.mark.parametrize(
    ("field", "value", "place", "words"),
    [
        ("policy", "a b", "policy", "policy id"),
        ("version", "7", "version", '"7"'),
        ("version", 0, "version", "1 or more"),
        ("version", True, "version", "true"),
        ("motive", "profit", "motive", '"regulatory"'),
        ("effective_from", "2026-01-01", "effective_from", "RFC 3339"),
        ("zone", "Asia/Shangai", "zone", 'for example "Asia/Shanghai"'),
        ("zone", "+08:00", "zone", "time zone"),
        ("currency", "RMB", "currency", "ISO 4217"),
        ("repayment_cutoff", 360, "repayment_cutoff", "HH:MM"),
        ("repayment_cutoff", "24:00", "repayment_cutoff", "HH:MM"),
        ("reviews.every", "1d", "reviews.every", '"1m"'),
        ("reviews.day", 32, "reviews.day", "1 to 31"),
        ("segments", [{"name": "a", "when": [PART]}] * 2, "segments[1].name", "of its own"),
        ("segments", [{"name": "a", "when": []}], "segments[0].when", "1 to 16 limits"),
        ("products", {}, "products", "1 to 64 products"),
        ("products", {"Jie Bei": {}}, "products.Jie Bei", "product id"),
        ("products.jiebei.name", "借呗", "products.jiebei.name", "an object"),
        ("products.jiebei.provider", "ACF", "products.jiebei.provider", "product id"),
        (TERMS, {"CLOSED": {}}, TERMS + ".CLOSED", '"NOT_OPEN"'),
        (TERMS, {"OPEN": 1}, TERMS + ".OPEN", "an object"),
        (TERMS, [], TERMS, "an object"),
        (TERMS + ".LIMITED", {"max_amount": 2000}, TERMS + ".LIMITED.max_amount", "the number 2000"),
        (TERMS + ".LIMITED", {"currency": "CNY"}, TERMS + ".LIMITED.max_amount", "beside it"),
    ],
)
def test_every_message_names_the_place_and_shows_what_would_be_right(
    field: str, value: Any, place: str, words: str
) -> None:
    found, text = problem(with_value(document(), field, value))
    assert found == place
    assert words in text


def test_limits_are_bounded_over_all_products_and_segments() -> None:
    """A policy of 7,000 rules took each lane 6.5 s when it was proposed."""
    changed = rule()
    product = changed["products"]["jiebei"]
    plain = product["rules"][0]
    three = plain | {"id": "three", "for": {"long-standing": {"at_least": 500}}, "superseded_by": ["r"]}
    left = LIMITS_MAX - 4 - sum(len(segment["when"]) for segment in changed["segments"])
    rules = [plain | {"id": f"r{number}"} for number in range(left)]
    changed["products"] = {f"p{at}": product | {"rules": rules[at : at + 256]} for at in range(0, left, 256)}
    changed["products"]["jiebei"] = product | {"rules": [plain, three]}
    assert parse_policy(changed).digest
    rules[0]["for"] = {"long-standing": {"at_least": 500}}
    place, text = problem(changed)
    assert place == "products"
    assert f"got {LIMITS_MAX + 1} limits" in text
    assert f"expected at most {LIMITS_MAX}" in text


def test_missing_fields_and_other_values_are_named() -> None:
    assert problem(without(document(), "products.jiebei.name.en"))[0] == "products.jiebei.name.en"
    assert problem([])[1].startswith("document: got a list of 0, expected a policy as an object")


def test_a_maximum_finer_than_its_currency_is_refused() -> None:
    changed = with_value(document(), "products.jiebei.terms.LIMITED.max_amount", "2000.005")
    with pytest.raises(ContractError, match=r"products\.jiebei\.terms\.LIMITED\.max_amount: .* at most 2 decimals"):
        parse_policy(changed)


def test_all_problems_are_told_at_once() -> None:
    changed = with_value(with_value(document(), "zone", "Mars"), "version", "x")
    with pytest.raises(PolicyError) as refused:
        parse_policy(changed)
    assert [each.place for each in refused.value.problems] == ["version", "zone"]
    assert str(refused.value).count("\n") == 1
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301  # our own bytes
    assert again.problems == refused.value.problems


def test_a_beginning_beyond_the_horizon_has_its_code() -> None:
    with pytest.raises(PolicyError) as refused:
        parse_policy(with_value(document(), "effective_from", "1969-01-01T00:00:00Z"))
    assert refused.value.code is Code.BEYOND_HORIZON


def test_a_policy_is_the_same_through_an_event() -> None:
    data = parse_event(golden("policy.proposed")).data
    document_of: PolicyDocument = data.document
    assert document_of.digest == parse_policy(document()).digest


def test_half_characters_are_no_text() -> None:
    for field in ("source", "zone", "products.jiebei.name.en"):
        with pytest.raises(PolicyError) as refused:
            parse_policy(with_value(document(), field, "\ud800"))
        assert refused.value.problems[0].place == field
        assert str(refused.value).encode()


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [before] * bool(before) + [path for name, child in steps for path in paths(child, (*before, name))]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["30d", "REP-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(paths(document())), anything)
def test_anything_anywhere_is_a_policy_or_a_policy_error(path: tuple[Any, ...], value: Any) -> None:
    changed = target = document()
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    try:
        assert parse_policy(changed).digest
    except PolicyError as error:
        assert str(error).encode()  # noqa: PT017  # whichever of the two it is
