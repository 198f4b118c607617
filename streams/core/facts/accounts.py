"""Facts of the account itself: profile, restrictions, limits, consent, the customer's choices, security flags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streams.core.facts.base import Fact, Moment, last_of
from streams.core.facts.latest import Latest, stamps
from streams.core.facts.limit import Limit, Value
from streams.core.groups import Dated
from streams.core.state import AccountState, Stamp


class Profile(Latest):
    """One field of the profile."""

    unit = None
    field = ""
    events = frozenset({"account.opened", "account.updated"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.standing.profile.get(self.field)


class Region(Profile):
    """account.region"""

    name = "account.region"
    field = "region"


class Student(Profile):
    """account.student"""

    name = "account.student"
    field = "student"


class Closed(Profile):
    """account.closed"""

    name = "account.closed"
    field = "closed"
    events = frozenset({"account.opened", "account.closed"})

    def value(self, state: AccountState, moment: Moment) -> Value:
        entry = self.entry(state)
        return entry is not None and entry.value is not None


class Restricted(Fact):
    """account.restricted: by at least one state."""

    name = "account.restricted"
    moves = False
    unit = None
    events = frozenset({"account.restricted", "account.unrestricted"})

    def value(self, state: AccountState, moment: Moment) -> Value:
        return any(entry.value for entry in state.standing.restrictions.values())

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*(entry for entry in state.standing.restrictions.values() if entry.value))


class AccountLimit(Latest):
    """account.limit: the credit limit of a product, or of the account."""

    name = "account.limit"
    unit = "amount"
    events = frozenset({"credit.limit_set"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.standing.credit_limits.get(self.arguments.product or "")

    def value(self, state: AccountState, moment: Moment) -> Value:
        return self.amount(self.entry(state))


class Consent(Latest):
    """consent.granted of a scope."""

    name = "consent.granted"
    unit = None
    events = frozenset({"consent.changed"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.standing.consents.get(self.arguments.scope or "")


class Paused(Fact):
    """choice.paused: the newer of the customer's choices for this product and for all."""

    name = "choice.paused"
    unit = None
    events = frozenset({"choice.made"})

    def _choice(self, state: AccountState) -> Any:
        choices = (state.standing.choices.get(self.arguments.product or ""), state.standing.choices.get(""))
        return max((each for each in choices if each), key=lambda each: (each.time, each.id), default=None)

    def end(self, state: AccountState) -> int:
        """The first instant after the pause."""
        return last_of(self._choice(state).until, self.context.zone)

    def value(self, state: AccountState, moment: Moment) -> Value:
        choice = self._choice(state)
        return choice is not None and choice.paused and self.end(state) > moment.t

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return [self.end(state)] if self._choice(state) is not None else ()

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(self._choice(state))


class SecurityFlags(Fact):
    """security.flags: open ones."""

    name = "security.flags"
    moves = False
    events = frozenset({"security.flagged", "security.cleared"})
    lost = ("flags",)

    def value(self, state: AccountState, moment: Moment) -> Value:
        return sum(entry.value is not None for entry in state.standing.flags.values())

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*(entry for entry in state.standing.flags.values() if entry.value is not None))


FACTS: tuple[type[Fact], ...] = (
    Region,
    Student,
    Closed,
    Restricted,
    AccountLimit,
    Consent,
    Paused,
    SecurityFlags,
)
