"""The hot state of one account: what its present and future evaluation needs, bounded (limits.py).

What every event touches is plain objects; how they are stored is streams.codec.state's matter. Instants are ms since
the epoch, days are days since 1970-01-01, amounts are minor units of their currency (two decimals without one).
"""

from __future__ import annotations

from typing import Any

from mypy_extensions import mypyc_attr

from streams.core.groups import (
    NO_FINANCES,
    NO_IRREGULAR,
    NO_PEOPLE,
    NO_STANDING,
    Dated,
    Finances,
    Irregular,
    People,
    Standing,
)

Stamp = tuple[int, str]
"""(event time, event id): what decides which of two facts is the newer one."""


@mypyc_attr(acyclic=True)
class Installment:
    """One installment that is due or was; `paid` counts what was paid for it, credit included."""

    __slots__ = ("amount", "currency", "due_on", "id", "loan", "number", "paid", "settled_at", "time")

    def __init__(
        self,
        loan: str,
        number: str,
        due_on: int,
        amount: int,
        currency: str | None,
        time: int,
        id: str,
        paid: int = 0,
        settled_at: int | None = None,
    ) -> None:
        self.loan = loan
        self.number = number
        self.due_on = due_on
        self.amount = amount
        self.currency = currency
        self.time = time
        self.id = id
        self.paid = paid
        self.settled_at = settled_at


@mypyc_attr(acyclic=True)
class Payment:
    """A payment received: what it named, where it went ([loan, number, amount]) and what of it still waits."""

    __slots__ = ("allocations", "amount", "currency", "id", "loan", "number", "payment_id", "time", "waiting")

    def __init__(
        self,
        time: int,
        id: str,
        amount: int,
        currency: str | None,
        loan: str | None,
        number: str | None,
        payment_id: str | None,
        allocations: list[tuple[str, str, int]] | None = None,
        waiting: int = 0,
    ) -> None:
        self.time = time
        self.id = id
        self.amount = amount
        self.currency = currency
        self.loan = loan
        self.number = number
        self.payment_id = payment_id
        self.allocations: list[tuple[str, str, int]] = [] if allocations is None else allocations
        self.waiting = waiting


@mypyc_attr(acyclic=True)
class Inquiry:
    """A lender's look into the credit record."""

    __slots__ = ("hard", "id", "institution", "key", "refused", "time")

    def __init__(self, time: int, id: str, hard: bool, key: str | None, institution: str | None, refused: bool) -> None:
        self.time = time
        self.id = id
        self.hard = hard
        self.key = key
        self.institution = institution
        self.refused = refused


@mypyc_attr(acyclic=True)
class Verified:
    """The newest identity verification."""

    __slots__ = ("expires_on", "id", "level", "time")

    def __init__(self, time: int, id: str, level: int, expires_on: int | None) -> None:
        self.time = time
        self.id = id
        self.level = level
        self.expires_on = expires_on


@mypyc_attr(acyclic=True)
class RuleMemory:
    """What a rule remembers: how it fails (0 not, 1 limit, 2 unknown, 3 observation) and since when.

    `failed`: its last known result was a failure (hysteresis). `until`: when its observation ends, 0 for none.
    """

    __slots__ = ("failed", "kind", "since", "until")

    def __init__(self, kind: int, since: int, failed: bool, until: int) -> None:
        self.kind = kind
        self.since = since
        self.failed = failed
        self.until = until


@mypyc_attr(acyclic=True)
class Sent:
    """A reason as last sent, as it was shown: what semantics E5 compares. The rule of a limited one is ""."""

    __slots__ = ("code", "limit", "observed", "rule")

    def __init__(self, rule: str, code: str, limit: Any, observed: Any) -> None:
        self.rule = rule
        self.code = code
        self.limit = limit
        self.observed = observed


@mypyc_attr(acyclic=True)
class Told:
    """How the last status event of a product came about: what `current` repeats when it is only refreshed."""

    __slots__ = ("cause", "changed", "event_id", "previous", "recorded_at", "time")

    def __init__(
        self, time: int, recorded_at: int, previous: str | None, changed: list[str], cause: str, event_id: str | None
    ) -> None:
        self.time = time
        self.recorded_at = recorded_at
        self.previous = previous
        self.changed = changed
        self.cause = cause
        self.event_id = event_id


@mypyc_attr(acyclic=True)
class ProductMemory:
    """What was last said about a product, and its rules' memories."""

    __slots__ = (
        "held",
        "pending",
        "reasons",
        "refresh",
        "rules",
        "said_at",
        "sequence",
        "side",
        "status",
        "terms",
        "told",
    )

    def __init__(
        self,
        sequence: int = 0,
        told: Told | None = None,
        status: str | None = None,
        side: str | None = None,
        terms: Any = None,
        reasons: list[Sent] | None = None,
        refresh: bytes = b"",
        rules: dict[str, RuleMemory] | None = None,
        said_at: list[int] | None = None,
        held: int = 0,
        pending: bool = False,
    ) -> None:
        self.sequence = sequence
        self.told = told
        self.status = status
        self.side = side
        self.terms = terms
        self.reasons: list[Sent] = [] if reasons is None else reasons
        self.refresh = refresh
        self.rules: dict[str, RuleMemory] = {} if rules is None else rules
        self.said_at: list[int] = [] if said_at is None else said_at
        """When status events of the last day were sent, under a policy that keeps quiet."""
        self.held = held
        """Until when a change is held back, 0 for none."""
        self.pending = pending
        """An event changed a value that was said, and that is held back."""


@mypyc_attr(acyclic=True)
class Judged:
    """How the account's policy judged it last, so that only what an event or time can move is judged again.

    `results` and `crossings` are by atom of the policy of `era`: whether it holds (None: unknown), and the earliest
    later instant at which time alone flips it, 0 for never. `ahead`: another policy was to follow.
    """

    __slots__ = ("ahead", "crossings", "era", "results")

    def __init__(self, era: int, ahead: bool, results: list[bool | None], crossings: list[int]) -> None:
        self.era = era
        self.ahead = ahead
        self.results = results
        self.crossings = crossings


@mypyc_attr(acyclic=True)
class AccountState:
    """Everything kept of one account.

    Groups that most accounts lack are None in the blob: properties read them as empty, `change_...` makes them.
    """

    __slots__ = (
        "as_of",
        "counters",
        "era",
        "first",
        "ids",
        "inquiries",
        "judged",
        "lost",
        "open",
        "own_finances",
        "own_irregular",
        "own_people",
        "own_standing",
        "payments",
        "products",
        "revoked",
        "settled",
        "verified",
    )

    def __init__(
        self,
        as_of: int = 0,
        era: int = 0,
        first: Dated | None = None,
        ids: bytes = b"",
        lost: dict[str, int] | None = None,
        counters: dict[str, int] | None = None,
        open: list[Installment] | None = None,
        settled: list[Installment] | None = None,
        payments: list[Payment] | None = None,
        inquiries: list[Inquiry] | None = None,
        verified: Verified | None = None,
        revoked: Dated | None = None,
        products: dict[str, ProductMemory] | None = None,
        own_standing: Standing | None = None,
        own_finances: Finances | None = None,
        own_people: People | None = None,
        own_irregular: Irregular | None = None,
        judged: Judged | None = None,
    ) -> None:
        self.as_of = as_of
        self.era = era
        """How many policy activations the account has been evaluated under (streams.core.policies)."""
        self.first = first
        self.ids = ids
        self.lost = lost
        """By list: the newest instant that a dropped entry could still count at (semantics M12)."""
        self.counters = counters
        """What was dropped or ignored on the way, by name."""
        self.open: list[Installment] = [] if open is None else open
        self.settled: list[Installment] = [] if settled is None else settled
        self.payments: list[Payment] = [] if payments is None else payments
        self.inquiries: list[Inquiry] = [] if inquiries is None else inquiries
        self.verified = verified
        self.revoked = revoked
        self.products: dict[str, ProductMemory] = {} if products is None else products
        self.own_standing = own_standing
        self.own_finances = own_finances
        self.own_people = own_people
        self.own_irregular = own_irregular
        self.judged = judged

    @property
    def standing(self) -> Standing:
        """For reading."""
        return NO_STANDING if self.own_standing is None else self.own_standing

    def change_standing(self) -> Standing:
        """For changing."""
        if self.own_standing is None:
            self.own_standing = Standing()
        return self.own_standing

    @property
    def finances(self) -> Finances:
        """For reading."""
        return NO_FINANCES if self.own_finances is None else self.own_finances

    def change_finances(self) -> Finances:
        """For changing."""
        if self.own_finances is None:
            self.own_finances = Finances()
        return self.own_finances

    @property
    def people(self) -> People:
        """For reading."""
        return NO_PEOPLE if self.own_people is None else self.own_people

    def change_people(self) -> People:
        """For changing."""
        if self.own_people is None:
            self.own_people = People()
        return self.own_people

    @property
    def irregular(self) -> Irregular:
        """For reading."""
        return NO_IRREGULAR if self.own_irregular is None else self.own_irregular

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
