"""An installment's name within its loan: a text or a whole number."""

from typing import Final

from schemas.hints import UNFIT, refuse_default

INSTALLMENT_MAX: Final = 10**18
NAME_CHARACTERS_MAX: Final = 64


def parse_installment(value: object) -> str:
    """An installment's name; the integer 3 and the text "3" are the same thing."""
    if type(value) is int and 0 <= value <= INSTALLMENT_MAX:
        return str(value)
    if not isinstance(value, str) or not 0 < len(value) <= NAME_CHARACTERS_MAX or UNFIT.search(value):
        refuse_default()
    return value
