"""What is wrong with an input, in one sentence: which field, what came, what is expected, an example.

ValueError
└── ContractError        one field of an event (code: a dead letter code)
    └── PolicyError      a policy document; `problems` lists every place at once
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

CAME_CHARACTERS_MAX: Final = 80
FIELD_CHARACTERS_MAX: Final = 120
IDEOGRAPHIC_SPACE: Final = "\u3000"


class Code(StrEnum):
    """Why an input is rejected: the dead letter codes of the contract; stable, part of what replay reproduces."""

    INVALID_JSON = "invalid_json"
    INVALID_EVENT = "invalid_event"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_TOPIC = "wrong_topic"
    KEY_MISSING = "key_missing"
    KEY_MISMATCH = "key_mismatch"
    WRONG_PARTITION = "wrong_partition"
    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    TIME_IN_FUTURE = "time_in_future"
    TARGET_UNKNOWN = "target_unknown"
    BEYOND_HORIZON = "beyond_horizon"


class ContractError(ValueError):
    """An input breaks the contract at one field.

    `field` is dotted as in the document (`data.amount`, `products.jiebei.rules[2].at_most`); `came` is at most 80
    characters; `example` may be empty. `str()` is one line. Texts are for people: only code and field are stable.
    """

    def __init__(self, code: Code, field: str, came: str, expected: str, example: str = "") -> None:
        self.code = code
        self.field = printable(field, FIELD_CHARACTERS_MAX)
        self.came = printable(came, CAME_CHARACTERS_MAX)
        self.expected = expected
        self.example = example
        super().__init__(code, field, came, expected, example)

    def __str__(self) -> str:
        hint = f", for example {self.example}" if self.example else ""
        return f"{self.field or 'event'}: got {self.came}, expected {self.expected}{hint}"


class Problem(NamedTuple):
    """One place of a policy document that is wrong."""

    place: str
    came: str
    expected: str
    example: str

    def __str__(self) -> str:
        hint = f", for example {self.example}" if self.example else ""
        return f"{self.place}: got {self.came}, expected {self.expected}{hint}"


class PolicyError(ContractError):
    """A policy document is malformed; as a ContractError it stands for its first problem."""

    def __init__(self, problems: Sequence[Problem], code: Code = Code.INVALID_EVENT) -> None:
        assert problems, "a policy error names at least one problem"
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(code, first.place, first.came, first.expected, first.example)

    def __reduce__(self) -> tuple[type["PolicyError"], tuple[tuple[Problem, ...], Code]]:
        return type(self), (self.problems, self.code)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def printable(text: str, characters_max: int) -> str:
    """The text on one line, shortened with an ellipsis, safe for terminals, headers and UTF-8."""
    head = text[: characters_max + 1]
    line = "".join(c if c.isprintable() or c == IDEOGRAPHIC_SPACE else "\N{REPLACEMENT CHARACTER}" for c in head)
    return line if len(line) <= characters_max else line[: characters_max - 1] + "…"


def describe(value: object) -> str:
    """A value as JSON would show it, shortened; containers only by their kind and size."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return f"the number {value}" if abs(value) < 10**30 else "a number of more than 30 digits"
        case float():
            return f"the number {value!r}"
        case str():
            return '"' + printable(value, CAME_CHARACTERS_MAX - 2) + '"'
        case dict():
            return f"an object with {len(value)} fields"
        case list() | tuple():
            return f"a list of {len(value)}"
        case bytes():
            return f"{len(value)} bytes"
        case _:
            return f"a {type(value).__name__}"
