"""What was valid stays valid: every way to narrow a contract is found, every harmless one let pass."""

import copy
from typing import Any

import pytest

from schemas.compatibility import narrowed
from schemas.export import json_schemas

SCHEMAS = json_schemas()


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def wrapped(schema: Any) -> dict[str, Any]:
    return obj(x=schema)


def optional(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}

WIDER_FIRST: list[tuple[Any, Any]] = [
    ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 8}),
    ({"type": "string"}, {"type": "string", "maxLength": 8}),
    ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 2}),
    ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}),
    ({"type": "integer", "maximum": 3}, {"type": "integer", "maximum": 2}),
    ({"type": "array", "items": TEXT, "maxItems": 3}, {"type": "array", "items": TEXT, "maxItems": 2}),
    ({"type": "array", "items": TEXT}, {"type": "array", "items": {"type": "string", "maxLength": 2}}),
    ({"type": "number"}, {"type": "integer"}),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}),
    ({"enum": ["a", "b"]}, {"const": "a"}),
    ({"type": "string"}, {"type": "string", "enum": ["a"]}),
    ({"type": "string"}, {"type": "string", "pattern": "^a$"}),
    ({"type": "string"}, {"type": "string", "format": "date"}),
    (optional(TEXT), TEXT),
    ({"anyOf": [TEXT, WHOLE]}, TEXT),
    ({"type": ["string", "integer"]}, {"type": "string"}),
    (True, {"type": "string"}),
    (obj(a=TEXT), {**obj(a=TEXT), "required": ["a"]}),
    (obj(a=TEXT), {**obj(a=TEXT), "additionalProperties": False}),
    ({**obj(a=TEXT, b=TEXT), "additionalProperties": False}, {**obj(a=TEXT), "additionalProperties": False}),
    ({"type": "object"}, {"type": "object", "additionalProperties": TEXT}),
    ({"type": "object"}, {"type": "object", "patternProperties": {"^a$": TEXT}}),
    ({"type": "object"}, {"type": "object", "propertyNames": {"pattern": "^a$"}}),
    (obj(a=TEXT, b=TEXT), {**obj(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
    ({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a$"}),
]


@pytest.mark.parametrize(("wide", "narrow"), WIDER_FIRST)
def test_a_narrowing_is_found_and_a_widening_let_pass(wide: Any, narrow: Any) -> None:
    assert narrowed(wrapped(wide), wrapped(narrow))
    assert all(place.startswith("x") for place, _ in narrowed(wrapped(wide), wrapped(narrow)))
    same_pattern = {"pattern"} <= set(wide) if isinstance(wide, dict) else False
    assert bool(narrowed(wrapped(narrow), wrapped(wide))) is same_pattern, "a changed pattern can't be judged"
    for schema in (wide, narrow):
        assert narrowed(wrapped(schema), wrapped(copy.deepcopy(schema))) == []


def test_another_alternative_is_a_narrowing_both_ways() -> None:
    with_whole, with_null = {"anyOf": [TEXT, WHOLE]}, optional(TEXT)
    assert narrowed(with_whole, with_null) == [("", "no longer takes a value of type integer")]
    assert narrowed(with_null, with_whole) == [("", "no longer takes a value of type null")]


def test_lost_values_of_an_alternative_are_named() -> None:
    assert narrowed({"anyOf": [WHOLE, {"const": "*"}]}, {"anyOf": [WHOLE, {"type": "null"}]}) == [
        ("", "no longer takes *")
    ]


def test_required_fields_of_alternatives_add_up() -> None:
    old = {**obj(a=TEXT, b=TEXT), "required": ["a"]}
    assert narrowed(old, {**old, "anyOf": [{"required": ["b"]}]}) == [("b", "is required now")]


def test_a_new_optional_field_is_compatible() -> None:
    assert narrowed(obj(a=TEXT), obj(a=TEXT, b=optional(WHOLE))) == []


def test_references_are_followed() -> None:
    def whole(kind: str) -> dict[str, Any]:
        return {"$ref": "#/$defs/Whole", "$defs": {"Whole": obj(a={"$ref": "#/$defs/Part"}), "Part": {"type": kind}}}

    assert narrowed(whole("string"), whole("string")) == []
    assert [str(each) for each in narrowed(whole("string"), whole("integer"))] == [
        "a: the type was string and is integer"
    ]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_contract_is_compatible_with_itself(name: str) -> None:
    assert narrowed(SCHEMAS[name], copy.deepcopy(SCHEMAS[name])) == []


def test_narrowings_of_real_contracts_are_named_by_their_place() -> None:
    due = copy.deepcopy(SCHEMAS["repayment.due"])
    due["$defs"]["RepaymentDue"]["required"].remove("amount")
    assert [str(each) for each in narrowed(due, SCHEMAS["repayment.due"])] == ["data.amount: is required now"]
    inquiry = copy.deepcopy(SCHEMAS["inquiry.recorded"])
    inquiry["$defs"]["InquiryRecorded"]["properties"]["kind"]["enum"].append("medium")
    assert [str(each) for each in narrowed(inquiry, SCHEMAS["inquiry.recorded"])] == [
        "data.kind: no longer takes medium"
    ]
    due = copy.deepcopy(SCHEMAS["repayment.due"])
    due["$defs"]["RepaymentDue"]["properties"]["installment"]["anyOf"].append({"type": "boolean"})
    assert [str(each) for each in narrowed(due, SCHEMAS["repayment.due"])] == [
        "data.installment: no longer takes a value of type boolean"
    ]
    policy = copy.deepcopy(SCHEMAS["policy-document"])
    policy["$defs"]["Rule"]["properties"]["weight"] = {"type": "integer"}
    assert [place for place, _ in narrowed(policy, SCHEMAS["policy-document"])] == ["products.*.rules[].weight"]
