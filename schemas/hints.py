"""How a type says what it expects, so that a refusal can teach."""

import re
from typing import Final, NamedTuple, NoReturn

from pydantic_core import PydanticCustomError

# Error types of refusals; the second becomes the dead letter code of the same name.
REFUSED: Final = "refused"
BEYOND_HORIZON: Final = "beyond_horizon"

# Control characters would reach terminals, logs and headers; lone surrogates are no text at all.
UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Hint(NamedTuple):
    """What a field expects, in words, and an example as it would stand in JSON."""

    expected: str
    example: str = ""


def refuse(
    expected: str, example: str = "", *, field: str = "", came: str = "", beyond_horizon: bool = False
) -> NoReturn:
    """Refuse a value inside a pydantic validator, with a more exact expectation than the type's own hint.

    `field` and `came` are for validators of whole models: the field below the model that is wrong, and what it holds.
    """
    context = {"expected": expected, "example": example, "field": field, "came": came}
    if beyond_horizon:
        raise PydanticCustomError("beyond_horizon", "expected {expected}", context)
    raise PydanticCustomError("refused", "expected {expected}", context)


def refuse_default() -> NoReturn:
    """Refuse a value; what was expected is the type's hint."""
    raise PydanticCustomError("refused", "not as the type's hint says")
