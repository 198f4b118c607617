"""The form of a stored account: an array whose parts are arrays again (decision 0003: encoding).

Fields are only ever appended, with a default; a change of meaning needs a new version of the blob.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from streams.core.groups import Dated, Finances, Irregular, People, Standing

Row = list[Any]
"""An object's fields, in order; streams.codec.state knows which. Written from tuples."""


class Stored(Struct, array_like=True, gc=False):
    """An account's fields in the order in which they are stored; what they mean stands in streams.core.state."""

    as_of: int = 0
    era: int = 0
    first: Dated | None = None
    ids: bytes = b""
    lost: dict[str, int] | None = None
    counters: dict[str, int] | None = None
    open: list[Any] = field(default_factory=list)
    settled: list[Any] = field(default_factory=list)
    payments: list[Any] = field(default_factory=list)
    inquiries: list[Any] = field(default_factory=list)
    verified: Any = None
    revoked: Dated | None = None
    products: dict[str, Any] = field(default_factory=dict)
    standing: Standing | None = None
    finances: Finances | None = None
    people: People | None = None
    irregular: Irregular | None = None
    judged: Any = None
