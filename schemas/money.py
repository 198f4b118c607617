"""Exact amounts: decimal texts, never floats, with no more decimals than their currency has."""

import re
from decimal import Decimal
from typing import Any, Final

from schemas.currency import CURRENCY_DECIMALS, DECIMALS_WITHOUT_CURRENCY
from schemas.errors import Code, ContractError, describe
from schemas.hints import refuse, refuse_default
from schemas.memory import make_room

AMOUNT_PATTERN: Final = r"^-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,4})?$"
POSITIVE: Final = "an amount above 0 as a decimal text"
NOT_NEGATIVE: Final = "an amount of 0 or more as a decimal text"
AMOUNT_EXAMPLE: Final = '"1200.50"'

AMOUNTS_REMEMBERED: Final = 16_384
"""Amounts by their text: an installment's comes when it is due and when it is paid; some 200 bytes each."""
_AMOUNTS: Final[dict[str, Decimal]] = {}

_AMOUNT: Final = re.compile(AMOUNT_PATTERN.strip("^$")).fullmatch
_CENT: Final = Decimal("0.01")
# The usual case in short: two decimals allowed, two written.
_CENTS: Final = frozenset({None, *(code for code, decimals in CURRENCY_DECIMALS.items() if decimals == 2)})


def parse_amount(value: object) -> Decimal:
    """The exact value of a decimal text of any sign; refuses numbers, exponents, signs `+` and leading zeros.

    Trailing zeros are kept, since the number of decimals counts as written. A negative zero becomes zero.
    """
    if not isinstance(value, str):
        refuse_default()
    amount = _AMOUNTS.get(value)
    if amount is None:
        if _AMOUNT(value) is None:
            refuse_default()
        make_room(_AMOUNTS, AMOUNTS_REMEMBERED)
        amount = Decimal(value)
        amount = _AMOUNTS[value] = amount or amount.copy_abs()
    return amount


def parse_positive(value: object) -> Decimal:
    """An amount above 0."""
    amount = parse_amount(value)
    if not amount or amount.is_signed():
        refuse(POSITIVE, AMOUNT_EXAMPLE)
    return amount


def parse_not_negative(value: object) -> Decimal:
    """An amount of 0 or more."""
    amount = parse_amount(value)
    if amount < 0:
        refuse(NOT_NEGATIVE, AMOUNT_EXAMPLE)
    return amount


def parse_currency(value: object) -> str:
    """An ISO 4217 code that has a minor unit."""
    if not isinstance(value, str) or value not in CURRENCY_DECIMALS:
        refuse_default()
    return value


def amount_text(amount: Decimal) -> str:
    """The decimal text of an amount, decimals as they were written."""
    return f"{amount:f}"


def check_amounts(data: Any, names: tuple[str, ...]) -> None:
    """Refuse data of which a named amount is finer than its currency. Raises ContractError naming the field."""
    for name in names:
        check_decimals(getattr(data, name), data.currency, f"data.{name}")


def check_decimals(amount: Decimal | None, currency: str | None, field: str) -> None:
    """Refuse an amount that is finer than its currency's minor unit (2 decimals without a currency).

    Raises ContractError naming `field`.
    """
    if amount is None:
        return
    if currency in _CENTS and amount.same_quantum(_CENT):
        return
    allowed = DECIMALS_WITHOUT_CURRENCY if currency is None else CURRENCY_DECIMALS[currency]
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "amounts are finite"
    if -exponent > allowed:
        whose = f"in {currency}" if currency else "without a currency"
        example = "1200" if allowed == 0 else f"1200.{'5'.ljust(allowed, '0')}"
        came = describe(amount_text(amount))
        expected = f"at most {allowed} decimals for an amount {whose}"
        raise ContractError(Code.INVALID_EVENT, field, came, expected, f'"{example}"')
