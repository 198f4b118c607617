"""The parts of an account's state that most accounts lack, or have just one of: structs that are stored as they are.

Structs are array-like, so that they are compact arrays in the account's blob (decision 0003: encoding). Field order is
therefore part of the stored form: fields are only ever appended, with a default, and a change of meaning needs a new
version of the blob (streams.codec.state). Instants are ms since the epoch, days are days since 1970-01-01, amounts are
minor units of their currency (two decimals without one).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from schemas.values import When


class Dated(Struct, array_like=True, gc=False):
    """A value with the event that gave it."""

    value: Any
    time: int
    id: str


class Reversal(Struct, array_like=True, gc=False):
    """A payment that was reversed. `until` is when a reversal that its payment hasn't met is dropped."""

    payment_id: str
    until: int


class Pause(Struct, array_like=True, gc=False):
    """From when until when past-due days are (not) counted; loan None stands for all."""

    time: int
    id: str
    first: When
    last: When
    paused: bool
    loan: str | None


class Report(Struct, array_like=True, gc=False):
    """A delinquency report in months."""

    time: int
    id: str
    months: int
    written_off: bool | None


class Spending(Struct, array_like=True, gc=False):
    """Money spent."""

    time: int
    id: str
    amount: int
    currency: str | None


class Score(Struct, array_like=True, gc=False):
    """A provider's newest score, valid until a date or an instant."""

    time: int
    id: str
    value: int
    until: When | None
    factors: list[str]


class Choice(Struct, array_like=True, gc=False):
    """The customer's newest choice for a product ("" stands for all); paused until then, without end when None."""

    time: int
    id: str
    paused: bool
    until: When | None


class Record(Struct, array_like=True, gc=False):
    """A court record; usable until then (semantics T13)."""

    time: int
    id: str
    open: bool
    until: When | None


class Case(Struct, array_like=True, gc=False):
    """An override, dispute, review, explanation or note as people moved it: the newest content of each step."""

    time: int
    id: str
    open: bool
    steps: dict[str, Dated] = field(default_factory=dict)


class Target(Struct, array_like=True, gc=False):
    """A correction, suppression or dispute about another event. While that event is unknown, `until` and the source
    record (topic, partition, offset, key, value, headers) are kept, so that it can go to the dead letters whole.
    """

    kind: str
    about: str
    time: int
    id: str
    data: Any
    until: int | None = None
    record: tuple[str, int, int, bytes, bytes, list[tuple[str, bytes | None]]] | None = None


class Standing(Struct, array_like=True, gc=False):
    """The account itself: profile, restrictions, limits, consents, choices and security flags."""

    profile: dict[str, Dated] = field(default_factory=dict)
    """region, born_on, segment, student, opened_on, opened (the newest account.opened) and closed (by whom)."""
    restrictions: dict[str, Dated] = field(default_factory=dict)
    credit_limits: dict[str, Dated] = field(default_factory=dict)
    consents: dict[str, Dated] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    flags: dict[str, Dated] = field(default_factory=dict)


class Finances(Struct, array_like=True, gc=False):
    """Score, income, obligations, spending and court records."""

    scores: dict[str, Score] = field(default_factory=dict)
    income: dict[str, Dated] = field(default_factory=dict)
    obligations: dict[str, Dated] = field(default_factory=dict)
    spendings: list[Spending] = field(default_factory=list)
    court_records: dict[str, Record] = field(default_factory=dict)


class People(Struct, array_like=True, gc=False):
    """What people decided or asked, and what they said of other events."""

    overrides: dict[str, Case] = field(default_factory=dict)
    disputes: dict[str, Case] = field(default_factory=dict)
    reviews: dict[str, Case] = field(default_factory=dict)
    explanations: dict[str, Case] = field(default_factory=dict)
    notes: dict[str, Case] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)


class Irregular(Struct, array_like=True, gc=False):
    """What most accounts never have: reversals, pauses, missed repayments, reports, withdrawals, failed items."""

    reversals: list[Reversal] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    missed: list[Dated] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    failures: dict[str, Dated] = field(default_factory=dict)


NO_STANDING, NO_FINANCES, NO_PEOPLE, NO_IRREGULAR = Standing(), Finances(), People(), Irregular()
"""Stand for groups that an account doesn't have; only for reading."""
