"""The hot state of one account: what its present and future evaluation needs, bounded (limits.py).

Structs are array-like, so that an account is a compact array in its blob (decision 0003: encoding). Field order is
therefore part of the stored form: fields are only ever appended, with a default, and a change of meaning needs a new
version of the blob (streams.codec.state). Instants are ms since the epoch, days are days since 1970-01-01, amounts are
minor units of their currency (two decimals without one).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from schemas.values import When

Stamp = tuple[int, str]
"""(event time, event id): what decides which of two facts is the newer one."""


class Dated(Struct, array_like=True):
    """A value with the event that gave it."""

    value: Any
    time: int
    id: str


class Installment(Struct, array_like=True):
    """One installment that is due or was; `paid` counts what was paid for it, credit included."""

    loan: str
    number: str
    due_on: int
    amount: int
    currency: str | None
    time: int
    id: str
    paid: int = 0
    settled_at: int | None = None


class Payment(Struct, array_like=True):
    """A payment received: what it named, where it went ([loan, number, amount]) and what of it still waits."""

    time: int
    id: str
    amount: int
    currency: str | None
    loan: str | None
    number: str | None
    payment_id: str | None
    allocations: list[tuple[str, str, int]] = field(default_factory=list)
    waiting: int = 0


class Reversal(Struct, array_like=True):
    """A reversal that came before its payment; `until` is when it is dropped."""

    payment_id: str
    until: int


class Pause(Struct, array_like=True):
    """From when until when past-due days are (not) counted; loan None stands for all."""

    time: int
    id: str
    first: When
    last: When
    paused: bool
    loan: str | None


class Report(Struct, array_like=True):
    """A delinquency report in months."""

    time: int
    id: str
    months: int
    written_off: bool | None


class Inquiry(Struct, array_like=True):
    """A lender's look into the credit record."""

    time: int
    id: str
    hard: bool
    key: str | None
    institution: str | None
    refused: bool


class Verified(Struct, array_like=True):
    """The newest identity verification."""

    time: int
    id: str
    level: int
    expires_on: int | None


class Spending(Struct, array_like=True):
    """Money spent."""

    time: int
    id: str
    amount: int
    currency: str | None


class Score(Struct, array_like=True):
    """A provider's newest score, valid until a date or an instant."""

    time: int
    id: str
    value: int
    until: When | None
    factors: list[str]


class Choice(Struct, array_like=True):
    """The customer's newest choice for a product ("" stands for all); paused until then, without end when None."""

    time: int
    id: str
    paused: bool
    until: When | None


class Record(Struct, array_like=True):
    """A court record; usable until then (semantics T13)."""

    time: int
    id: str
    open: bool
    until: When | None


class Case(Struct, array_like=True):
    """An override, dispute, review, explanation or note as people moved it; `data` is the newest content of each step."""

    time: int
    id: str
    open: bool
    steps: dict[str, Dated] = field(default_factory=dict)


class Target(Struct, array_like=True):
    """A correction, suppression or dispute about another event. While that event is unknown, `until` and the source
    record (topic, partition, offset, key, value, headers) are kept, so that it can go to the dead letters whole."""

    kind: str
    about: str
    time: int
    id: str
    data: Any
    until: int | None = None
    record: tuple[str, int, int, bytes, bytes, list[tuple[str, bytes | None]]] | None = None


class RuleMemory(Struct, array_like=True):
    """What a rule remembers: how it fails (0 not, 1 limit, 2 unknown, 3 observation), since when, whether its last known
    result was a failure (hysteresis), and when its observation ends."""

    kind: int
    since: int
    failed: bool
    until: int


class Sent(Struct, array_like=True):
    """A reason as last sent: what semantics E5 compares."""

    rule: str
    code: str
    limit: Any
    observed: Any
    kind: int


class Told(Struct, array_like=True):
    """How the last status event of a product came about: what `current` repeats when it is only refreshed."""

    time: int
    recorded_at: int
    previous: str | None
    changed: list[str]
    cause: str
    event_id: str | None


class ProductMemory(Struct, array_like=True):
    """What was last said about a product, and its rules' memories."""

    sequence: int = 0
    told: Told | None = None
    status: str | None = None
    side: str | None = None
    terms: Any = None
    reasons: list[Sent] = field(default_factory=list)
    refresh: bytes = b""
    rules: dict[str, RuleMemory] = field(default_factory=dict)


class AccountState(Struct, array_like=True):
    """Everything kept of one account."""

    as_of: int = 0
    era: int = 0
    """How many policy activations the account has been evaluated under (streams.core.policies)."""
    first: Dated | None = None
    ids: bytes = b""
    lost: dict[str, int] = field(default_factory=dict)
    """By list: the newest instant that a dropped entry could still count at (semantics M12)."""
    counters: dict[str, int] = field(default_factory=dict)
    """What was dropped or ignored on the way, by name."""

    open: list[Installment] = field(default_factory=list)
    settled: list[Installment] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    reversals: list[Reversal] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    missed: list[Dated] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    inquiries: list[Inquiry] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    verified: Verified | None = None
    revoked: Dated | None = None
    failures: dict[str, Dated] = field(default_factory=dict)

    profile: dict[str, Dated] = field(default_factory=dict)
    """region, born_on, segment, student, opened_on, opened (the newest account.opened) and closed (by whom)."""
    restrictions: dict[str, Dated] = field(default_factory=dict)
    credit_limits: dict[str, Dated] = field(default_factory=dict)
    consents: dict[str, Dated] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    flags: dict[str, Dated] = field(default_factory=dict)

    scores: dict[str, Score] = field(default_factory=dict)
    income: dict[str, Dated] = field(default_factory=dict)
    obligations: dict[str, Dated] = field(default_factory=dict)
    spendings: list[Spending] = field(default_factory=list)
    court_records: dict[str, Record] = field(default_factory=dict)

    overrides: dict[str, Case] = field(default_factory=dict)
    disputes: dict[str, Case] = field(default_factory=dict)
    reviews: dict[str, Case] = field(default_factory=dict)
    explanations: dict[str, Case] = field(default_factory=dict)
    notes: dict[str, Case] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    products: dict[str, ProductMemory] = field(default_factory=dict)


def newer(current: Any, time: int, id: str) -> bool:
    """Whether (time, id) is newer than a dated entry or there is none yet (decision 0002, 1)."""
    return current is None or (time, id) > (current.time, current.id)
