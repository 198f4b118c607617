"""Exact amounts, as fine as their currency and no finer."""

from decimal import Decimal

import pytest
from pydantic_core import PydanticCustomError

from schemas.currency import CURRENCY_DECIMALS
from schemas.errors import ContractError
from schemas.money import amount_text, check_decimals, parse_amount, parse_not_negative, parse_positive


def test_the_table_has_the_currencies_that_differ_from_two_decimals() -> None:
    assert {CURRENCY_DECIMALS[code] for code in ("CNY", "TWD", "USD", "EUR", "HUF")} == {2}
    assert {CURRENCY_DECIMALS[code] for code in ("JPY", "KRW", "VND", "CLP", "ISK", "XOF")} == {0}
    assert {CURRENCY_DECIMALS[code] for code in ("BHD", "KWD", "TND")} == {3}
    assert {CURRENCY_DECIMALS[code] for code in ("CLF", "UYW")} == {4}
    assert all(len(code) == 3 and code.isupper() for code in CURRENCY_DECIMALS)
    assert not {"XAU", "XXX", "XTS", "XDR"} & set(CURRENCY_DECIMALS)


@pytest.mark.parametrize("text", ["0", "0.0", "1", "-1", "1.5", "-0.01", "99999999999999.9999", "1.50"])
def test_amounts_keep_their_value_and_their_decimals(text: str) -> None:
    assert amount_text(parse_amount(text)) == text
    assert parse_amount(text) == Decimal(text)


@pytest.mark.parametrize(
    "value",
    ["", "+1", "01", "1.", ".5", "1e3", "1E3", "1,000", "1_000", " 1", "1 ", "1\n", "NaN", "Infinity", "-", "--1",
     "0x1", "1" * 15, "1.00000", "１", 1, 1.0, True, None, Decimal(1), ["1"]],
)  # fmt: skip
def test_what_is_no_amount_is_refused(value: object) -> None:
    for parse in (parse_amount, parse_positive, parse_not_negative):
        with pytest.raises(PydanticCustomError):
            parse(value)


def test_signs() -> None:
    assert str(parse_amount("-0.00")) == "0.00"
    assert parse_not_negative("0") == 0
    for parse, text in ((parse_positive, "0.00"), (parse_positive, "-1"), (parse_not_negative, "-0.01")):
        with pytest.raises(PydanticCustomError):
            parse(text)


@pytest.mark.parametrize(
    ("text", "currency", "fits"),
    [
        ("1.50", "CNY", True), ("1.5", "CNY", True), ("1", "CNY", True), ("1.505", "CNY", False),
        ("100.00", "JPY", False), ("100", "JPY", True),
        ("1.505", "KWD", True), ("1.5055", "KWD", False), ("1.5055", "CLF", True),
        ("1.50", None, True), ("1.505", None, False),
    ],
)  # fmt: skip
def test_decimals_are_counted_as_written(text: str, currency: str | None, fits: bool) -> None:
    if fits:
        check_decimals(Decimal(text), currency, "data.amount")
        return
    with pytest.raises(ContractError, match=r"data\.amount: got .* decimals"):
        check_decimals(Decimal(text), currency, "data.amount")


def test_no_amount_has_no_decimals() -> None:
    check_decimals(None, "CNY", "data.amount")
