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


class Dated(Struct, array_like=True, gc=False):
    """A value with the event that gave it."""

    value: Any
    time: int
    id: str


class Installment(Struct, array_like=True, gc=False):
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


class Payment(Struct, array_like=True, gc=False):
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


class Inquiry(Struct, array_like=True, gc=False):
    """A lender's look into the credit record."""

    time: int
    id: str
    hard: bool
    key: str | None
    institution: str | None
    refused: bool


class Verified(Struct, array_like=True, gc=False):
    """The newest identity verification."""

    time: int
    id: str
    level: int
    expires_on: int | None


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


class RuleMemory(Struct, array_like=True, gc=False):
    """What a rule remembers: how it fails (0 not, 1 limit, 2 unknown, 3 observation) and since when.

    `failed`: its last known result was a failure (hysteresis). `until`: when its observation ends, 0 for none.
    """

    kind: int
    since: int
    failed: bool
    until: int


class Sent(Struct, array_like=True, gc=False):
    """A reason as last sent, as it was shown: what semantics E5 compares. The rule of a limited one is ""."""

    rule: str
    code: str
    limit: Any
    observed: Any


class Told(Struct, array_like=True, gc=False):
    """How the last status event of a product came about: what `current` repeats when it is only refreshed."""

    time: int
    recorded_at: int
    previous: str | None
    changed: list[str]
    cause: str
    event_id: str | None


class ProductMemory(Struct, array_like=True, gc=False):
    """What was last said about a product, and its rules' memories."""

    sequence: int = 0
    told: Told | None = None
    status: str | None = None
    side: str | None = None
    terms: Any = None
    reasons: list[Sent] = field(default_factory=list)
    refresh: bytes = b""
    rules: dict[str, RuleMemory] = field(default_factory=dict)


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


class Judged(Struct, array_like=True, gc=False):
    """How the account's policy judged it last, so that only what an event or time can move is judged again.

    `results` and `crossings` are by atom of the policy of `era`: whether it holds (None: unknown), and the earliest
    later instant at which time alone flips it, 0 for never. `ahead`: another policy was to follow.
    """

    era: int
    ahead: bool
    results: list[bool | None]
    crossings: list[int]


class AccountState(Struct, array_like=True, gc=False):
    """Everything kept of one account.

    Groups that most accounts lack are None in the blob: properties read them as empty, `change_...` makes them.
    """

    as_of: int = 0
    era: int = 0
    """How many policy activations the account has been evaluated under (streams.core.policies)."""
    first: Dated | None = None
    ids: bytes = b""
    lost: dict[str, int] | None = None
    """By list: the newest instant that a dropped entry could still count at (semantics M12)."""
    counters: dict[str, int] | None = None
    """What was dropped or ignored on the way, by name."""

    open: list[Installment] = field(default_factory=list)
    settled: list[Installment] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    verified: Verified | None = None
    revoked: Dated | None = None
    products: dict[str, ProductMemory] = field(default_factory=dict)

    own_standing: Standing | None = None
    own_finances: Finances | None = None
    own_people: People | None = None
    own_irregular: Irregular | None = None

    judged: Judged | None = None

    @property
    def standing(self) -> Standing:
        """For reading."""
        return self.own_standing or NO_STANDING

    def change_standing(self) -> Standing:
        """For changing."""
        if self.own_standing is None:
            self.own_standing = Standing()
        return self.own_standing

    @property
    def finances(self) -> Finances:
        """For reading."""
        return self.own_finances or NO_FINANCES

    def change_finances(self) -> Finances:
        """For changing."""
        if self.own_finances is None:
            self.own_finances = Finances()
        return self.own_finances

    @property
    def people(self) -> People:
        """For reading."""
        return self.own_people or NO_PEOPLE

    def change_people(self) -> People:
        """For changing."""
        if self.own_people is None:
            self.own_people = People()
        return self.own_people

    @property
    def irregular(self) -> Irregular:
        """For reading."""
        return self.own_irregular or NO_IRREGULAR

    def change_irregular(self) -> Irregular:
        """For changing."""
        if self.own_irregular is None:
            self.own_irregular = Irregular()
        return self.own_irregular


def newer(current: Any, time: int, id: str) -> bool:
    """Whether (time, id) is newer than a dated entry or there is none yet (decision 0002, 1)."""
    return current is None or (time, id) > (current.time, current.id)


def effective_verification(state: AccountState) -> Verified | None:
    """The newest verification, unless it was revoked since."""
    verified, revoked = state.verified, state.revoked
    if verified is None or (revoked is not None and (revoked.time, revoked.id) > (verified.time, verified.id)):
        return None
    return verified
