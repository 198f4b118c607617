"""Unknown fields are no error; they are counted by their dotted names, and the strict check says what was meant."""

import pytest

from schemas.errors import ContractError
from schemas.events import UNKNOWN_NAMES_MAX, parse_event
from schemas.strict import UNKNOWN_FIELD, findings
from tests.contracts.golden import golden, with_value, without


def test_unknown_fields_are_named_with_their_dots() -> None:
    document = with_value(with_value(golden("repayment.due"), "data.colour", "red"), "Odd_Name", 1)
    event = parse_event(document)
    assert event.unknown == ("Odd_Name", "data.colour")
    assert event.data == parse_event(golden("repayment.due")).data


def test_any_lower_case_alphanumeric_attribute_is_a_legal_extension() -> None:
    document = with_value(golden("repayment.due"), "traceparent", "00-abc")
    assert parse_event(document).unknown == ()


def test_the_same_number_of_fields_with_one_unknown_is_noticed() -> None:
    document = without(with_value(golden("repayment.due"), "data.curency", "CNY"), "data.currency")
    assert parse_event(document).unknown == ("data.curency",)


def test_python_names_are_no_names_of_the_contract() -> None:
    document = without(with_value(golden("repayment.paused"), "data.from_", "2026-01-10"), "data.from")
    with pytest.raises(ContractError, match=r"data\.from: got nothing"):
        parse_event(document)


def test_a_flood_of_unknown_names_is_bounded() -> None:
    document = golden("repayment.due")
    document["data"] |= {f"{number}{'x' * 500}": number for number in range(1000)}
    unknown = parse_event(document).unknown
    assert len(unknown) == UNKNOWN_NAMES_MAX
    assert max(map(len, unknown)) <= 64


def test_binary_data_in_a_structured_event_is_refused() -> None:
    document = without(with_value(golden("account.opened"), "data_base64", "e30="), "data")
    with pytest.raises(ContractError, match="data as a JSON object"):
        parse_event(document)


def test_data_may_be_left_out_where_nothing_is_required() -> None:
    assert parse_event(without(golden("account.opened"), "data")).unknown == ()


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("data.ammount", "data.amount"), ("data.loanId", "data.loan_id"), ("data.dueon", "data.due_on"),
        ("data.Amount", "data.amount"), ("data.colour", ""), ("recordedtme", "recordedtime"),
        ("data_content_type", "datacontenttype"), ("Subject", "subject"),
    ],
)  # fmt: skip
def test_the_strict_check_suggests_what_was_meant(field: str, meant: str) -> None:
    found = list(findings(with_value(golden("repayment.due"), field, "x")))
    assert [(each.code, each.field, each.suggestion) for each in found] == [(UNKNOWN_FIELD, field, meant)]
    assert ("did you mean" in found[0].problem) is bool(meant)


def test_the_strict_check_tells_a_breach_of_the_contract_first() -> None:
    document = with_value(with_value(golden("repayment.due"), "data.colour", "red"), "data.amount", 5)
    assert [each.code for each in findings(document)] == ["invalid_event"]
    assert list(findings(golden("repayment.due"))) == []
