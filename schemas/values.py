"""The types of single fields, shared by all models: each checked without coercion and with a hint for its errors.

Held after validation: instants as ms since the epoch, dates as days since 1970-01-01, `When` for either, amounts as
`Decimal`, everything else as it came. Serialised to JSON they take their canonical text again.
"""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import Field, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema

from schemas import money
from schemas.hints import Hint, refuse_default
from schemas.installments import INSTALLMENT_MAX, NAME_CHARACTERS_MAX, parse_installment
from schemas.instants import When, date_text, instant_text, parse_date, parse_instant, parse_when, when_text

__all__ = [
    "AccountId",
    "Amount",
    "Bool",
    "Count",
    "Currency",
    "Date",
    "Days",
    "Digest",
    "Id",
    "Installment",
    "Instant",
    "Name",
    "Percent",
    "PolicyId",
    "PositiveAmount",
    "ProductId",
    "SignedAmount",
    "Text",
    "When",
    "WhenField",
]

TEXT_CHARACTERS_MAX: Final = 256
ID_CHARACTERS_MAX: Final = 128
COUNT_MAX: Final = 1_000_000_000
DAYS_MAX: Final = 100_000
ACCOUNT_PATTERN: Final = r"^[A-Za-z0-9._:-]{1,64}$"
PRODUCT_PATTERN: Final = r"^[a-z0-9-]{1,40}$"
DIGEST_PATTERN: Final = r"^sha256:[0-9a-f]{64}$"
PRINTABLE_PATTERN: Final = r"^[^\x00-\x1f\x7f]+$"

_AMOUNT_JSON: Final[dict[str, Any]] = {"type": "string", "pattern": money.AMOUNT_PATTERN}
_UNSIGNED_JSON: Final[dict[str, Any]] = {"type": "string", "pattern": money.AMOUNT_PATTERN.replace("-?", "")}
_AMOUNT_WRITER: Final = PlainSerializer(money.amount_text, return_type=str, when_used="json")


def parse_percent(value: object) -> Decimal:
    """A share from 0 to 100 as an integer or a decimal text of at most two decimals."""
    number = Decimal(value) if type(value) is int else money.parse_amount(value)
    if not 0 <= number <= 100 or number * 100 % 1:
        refuse_default()
    return number


def _text(characters_max: int, pattern: str = PRINTABLE_PATTERN) -> StringConstraints:
    return StringConstraints(strict=True, min_length=1, max_length=characters_max, pattern=pattern)


Text = Annotated[
    str,
    _text(TEXT_CHARACTERS_MAX),
    Hint(f"a text of 1 to {TEXT_CHARACTERS_MAX} characters without control characters", '"renovation"'),
]
Id = Annotated[
    str,
    _text(ID_CHARACTERS_MAX),
    Hint(f"an id of 1 to {ID_CHARACTERS_MAX} characters without control characters", '"7f3a-0001"'),
]
Name = Annotated[
    str,
    _text(NAME_CHARACTERS_MAX),
    Hint(f"a name of 1 to {NAME_CHARACTERS_MAX} characters without control characters", '"zhima"'),
]
AccountId = Annotated[
    str, _text(64, ACCOUNT_PATTERN), Hint("an account id of 1 to 64 characters of A-Z a-z 0-9 . _ : -", '"A0000001"')
]
PolicyId = Annotated[
    str,
    _text(64, ACCOUNT_PATTERN),
    Hint("a policy id of 1 to 64 characters of A-Z a-z 0-9 . _ : -", '"consumer-credit"'),
]
ProductId = Annotated[
    str, _text(40, PRODUCT_PATTERN), Hint("a product id of 1 to 40 characters of a-z 0-9 -", '"jiebei"')
]
Digest = Annotated[
    str,
    _text(71, DIGEST_PATTERN),
    Hint("a digest: sha256: and 64 hexadecimal digits in lower case", '"sha256:9f86d081884c7d65…"'),
]
Bool = Annotated[bool, Field(strict=True), Hint("true or false", "true")]
Count = Annotated[
    int, Field(strict=True, ge=0, le=COUNT_MAX), Hint(f"a whole number from 0 to {COUNT_MAX} (not as text)", "3")
]
Days = Annotated[
    int, Field(strict=True, ge=0, le=DAYS_MAX), Hint(f"a whole number from 0 to {DAYS_MAX} (not as text)", "30")
]
Instant = Annotated[
    int,
    PlainValidator(parse_instant),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
    Hint("an RFC 3339 instant with its offset, as text", '"2026-01-05T08:00:00Z"'),
]
Date = Annotated[
    int,
    PlainValidator(parse_date),
    PlainSerializer(date_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
    Hint("a date YYYY-MM-DD, as text", '"2026-01-05"'),
]
WhenField = Annotated[
    When,
    PlainValidator(parse_when),
    PlainSerializer(when_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
    Hint("a date YYYY-MM-DD or an RFC 3339 instant, as text", '"2026-01-05"'),
]
SignedAmount = Annotated[
    Decimal,
    PlainValidator(money.parse_amount),
    _AMOUNT_WRITER,
    WithJsonSchema(_AMOUNT_JSON),
    Hint("an amount as a decimal text (no number, no exponent, at most 14 digits before the point)", '"-120.50"'),
]
Amount = Annotated[
    Decimal,
    PlainValidator(money.parse_not_negative),
    _AMOUNT_WRITER,
    WithJsonSchema(_UNSIGNED_JSON),
    Hint(f"{money.NOT_NEGATIVE} (no number, no exponent)", money.AMOUNT_EXAMPLE),
]
PositiveAmount = Annotated[
    Decimal,
    PlainValidator(money.parse_positive),
    _AMOUNT_WRITER,
    WithJsonSchema(_UNSIGNED_JSON),
    Hint(f"{money.POSITIVE} (no number, no exponent)", money.AMOUNT_EXAMPLE),
]
Currency = Annotated[
    str,
    PlainValidator(money.parse_currency),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"}),
    Hint("an ISO 4217 currency code that has a minor unit", '"CNY"'),
]
Installment = Annotated[
    str,
    PlainValidator(parse_installment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": NAME_CHARACTERS_MAX},
                {"type": "integer", "minimum": 0, "maximum": INSTALLMENT_MAX},
            ]
        }
    ),
    Hint(f"an installment as a text of 1 to {NAME_CHARACTERS_MAX} characters or a whole number", "3"),
]
Percent = Annotated[
    Decimal,
    PlainValidator(parse_percent),
    _AMOUNT_WRITER,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 100},
                {"type": "string", "pattern": r"^(100(\.00?)?|[1-9]?[0-9](\.[0-9]{1,2})?)$"},
            ]
        }
    ),
    Hint("a share from 0 to 100 as a whole number or a decimal text of at most two decimals", '"12.5"'),
]
