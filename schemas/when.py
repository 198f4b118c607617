"""A date or an instant; apart from `schemas.instants`, since msgspec reads its types, which compiled modules lose."""

from typing import Literal, NamedTuple


class When(NamedTuple):
    """An end or a beginning that may be a whole local day or an exact instant; what the day means is the policy's zone.

    `value` is days since 1970-01-01 for a date, milliseconds since the epoch for an instant.
    """

    kind: Literal["date", "instant"]
    value: int
