"""Every event type has an example, and each single wrong field of it is refused by its name."""

from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from schemas.errors import CAME_CHARACTERS_MAX, Code, ContractError
from schemas.events import EVENT_TYPES, parse_event
from schemas.export import json_schemas
from tests.contracts.golden import fields, golden, with_value, without

NEVER_RIGHT: tuple[Any, ...] = (1.5, float(3), [], [[]], {"x": {}}, "", "\x00", "x" * 5000)


def wrong_values() -> Iterator[Any]:
    for name in EVENT_TYPES:
        for field in fields(golden(name)):
            for value in NEVER_RIGHT:
                if not _is_right(name, field, value):
                    yield pytest.param(name, field, value, id=f"{name}-{field}-{str(value)[:6]!a}")


def _is_right(name: str, field: str, value: object) -> bool:
    """No factors and no keys are lists too, and where nothing is required any object is data."""
    if field == "data":
        return isinstance(value, dict) and _requires_nothing(name)
    return (name, field) in (("score.updated", "data.factors"), ("trust.listed", "data.keys")) and value == []


def _requires_nothing(name: str) -> bool:
    model = EVENT_TYPES[name].data_model
    return not model.REQUIRES_ONE and not any(field.is_required() for field in model.model_fields.values())


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_event_type_has_a_valid_example_with_all_its_fields(name: str) -> None:
    document = golden(name)
    event = parse_event(document)
    assert event.unknown == ()
    assert set(document["data"]) == EVENT_TYPES[name].known
    assert (event.type, event.id, event.subject) == (name, document["id"], document["subject"])
    assert (event.time, event.recorded) == (1767600000250, 1767600001000)


def test_each_wrong_value_is_refused_by_the_name_of_its_field() -> None:
    for param in wrong_values():
        name, field, value = param.values
        with pytest.raises(ContractError) as refused:
            parse_event(with_value(golden(str(name)), str(field), value))
        error = refused.value
        assert error.field.startswith(str(field)), (name, field, value, error)
        assert error.field == field or isinstance(value, dict | list), (name, field, value, error)
        assert error.code is (Code.UNKNOWN_TYPE if field == "type" and isinstance(value, str) else Code.INVALID_EVENT)
        assert len(error.came) <= CAME_CHARACTERS_MAX
        assert "\n" not in str(error)
        assert error.expected


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_each_required_field_is_missed_by_its_name(name: str) -> None:
    model = EVENT_TYPES[name].data_model
    optional = {f"data.{field.alias or key}" for key, field in model.model_fields.items() if not field.is_required()}
    optional |= {"recordedtime", "datacontenttype"} | ({"data"} if _requires_nothing(name) else set())
    document = golden(name)
    for field in fields(document):
        incomplete = without(document, field)
        if field in optional:
            parse_event(incomplete)
            continue
        with pytest.raises(ContractError, match="got nothing") as refused:
            parse_event(incomplete)
        assert refused.value.field == field


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_null_stands_for_an_absent_optional_field(name: str) -> None:
    document = golden(name)
    model = EVENT_TYPES[name].data_model
    for key, field in model.model_fields.items():
        if not field.is_required():
            dotted = f"data.{field.alias or key}"
            assert getattr(parse_event(with_value(document, dotted, None)).data, key) is None


def test_json_schemas_accept_the_examples_and_refuse_what_the_models_refuse() -> None:
    validators = {
        name: jsonschema.Draft202012Validator(schema) for name, schema in json_schemas().items() if name in EVENT_TYPES
    }
    for name, validator in validators.items():
        validator.validate(golden(name))
    for param in wrong_values():
        name, field, value = param.values
        # 3.0 is an integer to JSON Schema; texts need a format check; what is nested is another model's.
        if value == 3.0 or isinstance(value, str | list) or name in ("policy.proposed", "fact.corrected"):
            continue
        assert not validators[str(name)].is_valid(with_value(golden(str(name)), str(field), value)), (name, field)


@pytest.mark.parametrize(
    ("name", "field", "value", "named", "words"),
    [
        ("repayment.due", "data.amount", 1200.5, "data.amount", "the number 1200.5"),
        ("repayment.due", "data.amount", 1200, "data.amount", "the number 1200"),
        ("repayment.due", "data.amount", "0.00", "data.amount", "above 0"),
        ("repayment.due", "data.amount", "-5.00", "data.amount", "above 0"),
        ("repayment.received", "data.amount", "0", "data.amount", "above 0"),
        ("repayment.due", "data.amount", "1e3", "data.amount", "no exponent"),
        ("repayment.due", "data.amount", "1200.505", "data.amount", "at most 2 decimals for an amount in CNY"),
        ("repayment.due", "data.currency", "JPY", "data.amount", "at most 0 decimals for an amount in JPY"),
        ("repayment.due", "data.currency", "XYZ", "data.currency", '"XYZ"'),
        ("repayment.due", "data.currency", "XAU", "data.currency", "minor unit"),
        ("repayment.due", "data.installment", True, "data.installment", "true"),
        ("repayment.due", "data.installment", -1, "data.installment", "the number -1"),
        ("repayment.due", "data.due_on", "2026-02-29", "data.due_on", "exists"),
        ("repayment.due", "data.due_on", "20260120", "data.due_on", "YYYY-MM-DD"),
        ("repayment.due", "subject", "a b", "subject", "account id"),
        ("repayment.due", "subject", "A" * 65, "subject", "account id"),
        ("repayment.due", "specversion", "0.3", "specversion", '"1.0"'),
        ("repayment.due", "datacontenttype", "text/xml", "datacontenttype", "application/json"),
        ("inquiry.recorded", "data.kind", "medium", "data.kind", 'one of "hard", "soft"'),
        ("identity.verified", "data.level", 4, "data.level", "1, 2 or 3"),
        ("identity.verified", "data.level", "2", "data.level", '"2"'),
        ("identity.verified", "data.level", True, "data.level", "true"),
        ("account.opened", "data.student", "true", "data.student", "true or false"),
        ("account.opened", "data.student", 1, "data.student", "the number 1"),
        ("score.updated", "data.factors", ["a"] * 17, "data.factors", "at most 16"),
        ("score.updated", "data.factors", ["a", 2], "data.factors[1]", "the number 2"),
        ("score.updated", "data.value", -1, "data.value", "from 0"),
        ("obligations.updated", "data.total_limit", "-1.00", "data.total_limit", "0 or more"),
        ("repayment.paused", "data.until", "2026-01-09", "data.until", "not before the beginning 2026-01-10"),
        ("maintenance.planned", "data.until", "2026-01-08T15:59:59Z", "data.until", "not before"),
        ("maintenance.planned", "subject", "Jiebei", "subject", "product id"),
        ("clock.advanced", "subject", "jiebei", "subject", '"*"'),
        ("policy.rollout_set", "data.percent", 101, "data.percent", "0 to 100"),
        ("policy.rollout_set", "data.percent", "1.555", "data.percent", "two decimals"),
        ("policy.approved", "data.digest", "9f86", "data.digest", "64 hexadecimal"),
        ("policy.proposed", "data.digest", "sha256:" + "0" * 64, "data.digest", "digest of data.document"),
        ("policy.proposed", "subject", "other", "data.document.policy", "subject"),
        ("policy.proposed", "data.document", {"policy": "x"}, "data.document.version", "nothing"),
        ("fact.corrected", "data.data", {"amount": 9.5}, "data.data", "amount"),
        ("fact.corrected", "data.data", {"a": {"b": 1}}, "data.data", "'a'"),
        ("fact.corrected", "data.data", {}, "data.data", "1 to 32 fields"),
        ("fact.corrected", "data.data", {"factors": ["a", 1]}, "data.data", "'factors'"),
        ("fact.corrected", "data.data", {"x" * 300: 1}, "data.data", "'xxx"),
        ("fact.corrected", "data.data", {"amount": 10**19}, "data.data", "'amount'"),
        ("choice.made", "data.until", "soon", "data.until", "date"),
    ],
)  # fmt: skip
def test_errors_name_the_field_what_came_and_what_is_expected(
    name: str, field: str, value: Any, named: str, words: str
) -> None:
    with pytest.raises(ContractError) as refused:
        parse_event(with_value(golden(name), field, value))
    assert refused.value.field == named
    assert words in str(refused.value)


def test_delinquency_needs_months_or_days() -> None:
    document = golden("delinquency.reported")
    for one in ("months_past_due", "days_past_due"):
        parse_event(without(document, f"data.{one}"))
    with pytest.raises(ContractError, match="months_past_due or days_past_due"):
        parse_event(without(without(document, "data.months_past_due"), "data.days_past_due"))
    with pytest.raises(ContractError, match="got nothing") as refused:
        parse_event(without(document, "data"))
    assert refused.value.field == "data"


def test_an_installment_is_the_same_as_a_number_and_as_a_text() -> None:
    document = golden("repayment.due")
    as_number = parse_event(with_value(document, "data.installment", 3)).data
    as_text = parse_event(with_value(document, "data.installment", "3")).data
    assert as_number == as_text


def test_a_correction_may_hold_whatever_payloads_hold() -> None:
    right = {"value": 600, "verified": True, "until": None, "factors": ["a"], "balance": "-1.00"}
    assert parse_event(with_value(golden("fact.corrected"), "data.data", right)).data.data == right


def test_balance_alone_may_be_negative() -> None:
    data = parse_event(golden("obligations.updated")).data
    assert str(data.balance) == "-12.30"
    zero = parse_event(with_value(golden("obligations.updated"), "data.balance", "-0.00")).data
    assert str(zero.balance) == "0.00"


@pytest.mark.parametrize(("percent", "value"), [(0, "0"), (100, "100"), ("12.5", "12.5"), ("100.00", "100.00")])
def test_a_share_is_exact(percent: Any, value: str) -> None:
    event = parse_event(with_value(golden("policy.rollout_set"), "data.percent", percent))
    assert str(event.data.percent) == value


def test_a_document_that_is_no_event_says_so() -> None:
    documents: tuple[Any, ...] = ([], "x", 3, None)
    for document in documents:
        with pytest.raises(ContractError, match="a CloudEvent as a JSON object"):
            parse_event(document)
    with pytest.raises(ContractError, match="type: got nothing"):
        parse_event({})
    with pytest.raises(ContractError, match="type: got the number 3"):
        parse_event({"type": 3})


def test_an_unknown_type_is_told_the_nearest_one() -> None:
    with pytest.raises(ContractError, match=r'for example "repayment\.due"') as refused:
        parse_event(with_value(golden("repayment.due"), "type", "repaymnt.due"))
    assert refused.value.code is Code.UNKNOWN_TYPE
