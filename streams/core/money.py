"""Exact money: integers of minor units inside, decimal strings outside. A currency of None has two decimals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from schemas.currency import CURRENCY_DECIMALS, DECIMALS_WITHOUT_CURRENCY

_POWERS = [10**digits for digits in range(5)]
_SCALE = {digits: Decimal(10) ** digits for digits in range(5)}


def exponent(currency: str | None) -> int:
    """Decimals of a currency's minor unit."""
    return DECIMALS_WITHOUT_CURRENCY if currency is None else CURRENCY_DECIMALS[currency]


def to_minor(amount: Decimal, currency: str | None) -> int:
    """Minor units of an amount whose decimals were checked by its contract."""
    return int(amount * _SCALE[exponent(currency)])


def to_major(minor: int, currency: str | None) -> Fraction:
    """The exact amount in units of the currency, as policies write it."""
    return Fraction(minor, 10 ** exponent(currency))


def text(amount: Fraction, currency: str | None) -> str:
    """Decimal string with the currency's decimals, or more where an event without a currency gave more."""
    digits = exponent(currency)
    while (minor := amount * 10**digits).denominator != 1:
        digits += 1
    return minor_text(minor.numerator, digits)


def minor_text(minor: int, digits: int) -> str:
    """Decimal string of so many minor units with so many decimals."""
    sign, units = ("-" if minor < 0 else ""), abs(minor)
    if not digits:
        return f"{sign}{units}"
    scale = _POWERS[digits] if digits < len(_POWERS) else 10**digits
    return f"{sign}{units // scale}.{str(units % scale).rjust(digits, '0')}"


def ratio_text(value: Fraction, limit: Fraction) -> str:
    """A ratio with four decimals, rounded away from its limit so that it never looks as if it held (semantics M10)."""
    scaled = value * 10_000
    units = scaled.numerator // scaled.denominator
    if value > limit and scaled.denominator != 1:
        units += 1
    sign, units = ("-" if units < 0 else ""), abs(units)
    return f"{sign}{units // 10_000}.{units % 10_000:04d}"
