"""The small values of a policy document: windows, operands, codes, times of day."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema

from schemas.hints import Hint, refuse, refuse_default
from schemas.reasons import REASONS
from schemas.validation import did_you_mean
from schemas.values import Name
from schemas.zones import zone_names

NUMBER_MAX: Final = 10**15
CHOICES_MAX: Final = 512
WINDOW_MAX: Final = {"d": 3660, "m": 120}
EVERY_MONTHS_MAX: Final = 120

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?")
_WINDOW: Final = re.compile(r"([1-9][0-9]{0,4})([dm])")
_CUTOFF: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Window:
    """How far back a fact looks: `count` days of 86,400 s ("d") or calendar months ("m")."""

    count: int
    unit: Literal["d", "m"]


def parse_number(value: object) -> int | Decimal:
    """A whole number, or the exact value of a decimal text; floats are refused."""
    if type(value) is int and abs(value) <= NUMBER_MAX:
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        if isinstance(value, float):
            text = repr(value) if _NUMBER.fullmatch(repr(value)) else "0.55"
            refuse("a decimal text, since comparison is exact", f'"{text}"')
        refuse_default()
    return Decimal(value)


def number_json(value: int | Decimal) -> int | str:
    """A number as the document writes it."""
    return value if isinstance(value, int) else f"{value:f}"


def parse_window(value: object) -> Window:
    """`30d` or `24m`."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        refuse_default()
    count, unit = int(match[1]), match[2]
    if count > WINDOW_MAX[unit]:
        refuse(f"a window of at most {WINDOW_MAX['d']}d or {WINDOW_MAX['m']}m", '"30d"')
    return Window(count, "d" if unit == "d" else "m")


def parse_every(value: object) -> int:
    """`1m`: a number of months."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] != "m" or int(match[1]) > EVERY_MONTHS_MAX:
        refuse_default()
    return int(match[1])


def parse_cutoff(value: object) -> int:
    """`06:00` as minutes after midnight."""
    match = _CUTOFF.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        refuse_default()
    return int(match[1]) * 60 + int(match[2])


def parse_code(value: object) -> str:
    """A reason code of the registry."""
    if not isinstance(value, str):
        refuse_default()
    if value not in REASONS:
        near = did_you_mean(value, REASONS)
        refuse("a reason code of the catalogue", f'"{near or "REP-01"}"')
    return value


def parse_zone(value: object) -> str:
    """A zone of the IANA database."""
    if not isinstance(value, str) or value not in zone_names():
        near = did_you_mean(value, zone_names()) if isinstance(value, str) else ""
        refuse("a time zone of the IANA database", f'"{near or "Asia/Shanghai"}"')
    return value


Number = Annotated[
    int | Decimal,
    PlainValidator(parse_number),
    PlainSerializer(number_json, return_type=int | str, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": f"^{_NUMBER.pattern}$"}]}),
    Hint("a whole number, or a decimal text for anything finer", '"0.55"'),
]
WindowField = Annotated[
    Window,
    PlainValidator(parse_window),
    PlainSerializer(lambda window: f"{window.count}{window.unit}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_WINDOW.pattern}$"}),
    Hint("a window of days or months", '"30d" or "24m"'),
]
Every = Annotated[
    int,
    PlainValidator(parse_every),
    PlainSerializer(lambda months: f"{months}m", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,2}m$"}),
    Hint(f"a number of months up to {EVERY_MONTHS_MAX}", '"1m"'),
]
Cutoff = Annotated[
    int,
    PlainValidator(parse_cutoff),
    PlainSerializer(lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^({_CUTOFF.pattern})$"}),
    Hint("a time of day HH:MM in quotes", '"06:00"'),
]
ReasonCode = Annotated[
    str,
    PlainValidator(parse_code),
    WithJsonSchema({"type": "string", "enum": list(REASONS)}),
    Hint("a reason code of the catalogue", '"REP-01"'),
]
Zone = Annotated[
    str, PlainValidator(parse_zone), WithJsonSchema({"type": "string"}), Hint("a time zone", '"Asia/Shanghai"')
]
FactName = Annotated[
    str,
    StringConstraints(strict=True, max_length=64, pattern=r"^[a-z_]+(\.[a-z_]+)?$"),
    Hint("the name of a fact", '"repayment.days_past_due"'),
]
RuleId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"),
    Hint("an id of 1 to 64 characters of A-Z a-z 0-9 _ . -, the first a letter or digit", '"overdue"'),
]
Choices = Annotated[
    list[Name],
    Field(strict=True, min_length=1, max_length=CHOICES_MAX),
    Hint(f"a list of 1 to {CHOICES_MAX} texts", '["CN-31", "CN-33"]'),
]
