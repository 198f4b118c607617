"""Facts that the newest event decides, some until an end of their own."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, ClassVar

from streams.core.facts.base import Fact, Moment, last_of
from streams.core.facts.limit import Limit, Value
from streams.core.groups import Dated, Record, Report, Score
from streams.core.money import to_major
from streams.core.state import AccountState, Stamp


def stamps(*entries: Any) -> list[Stamp]:
    """(time, id) of the entries that are there."""
    return [(entry.time, entry.id) for entry in entries if entry is not None]


class Latest(Fact):
    """A fact that one dated entry gives; time alone doesn't move it."""

    moves = False

    def entry(self, state: AccountState) -> Dated | None:
        """The entry that counts."""
        raise NotImplementedError

    def value(self, state: AccountState, moment: Moment) -> Value:
        entry = self.entry(state)
        return None if entry is None else entry.value

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(self.entry(state))

    def amount(self, entry: Dated | None) -> Fraction | None:
        """An amount [minor units, currency] in the policy's currency; None when unknown or of another one."""
        if entry is None or entry.value[1] not in (None, self.context.currency):
            return None
        return to_major(*entry.value)


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


class ScoreValue(Fact):
    """score.value of a provider, or the newest of any; unknown after its end."""

    name = "score.value"
    events = frozenset({"score.updated"})

    def score(self, state: AccountState) -> Score | None:
        """The score that counts, valid or not."""
        if self.arguments.provider is not None:
            return state.finances.scores.get(self.arguments.provider)
        return max(state.finances.scores.values(), key=lambda each: (each.time, each.id), default=None)

    def valid(self, state: AccountState, moment: Moment) -> Score | None:
        """The score, while it is valid."""
        score = self.score(state)
        return score if score is not None and last_of(score.until, self.context.zone) > moment.t else None

    def value(self, state: AccountState, moment: Moment) -> Value:
        score = self.valid(state, moment)
        return None if score is None else score.value

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        score = self.score(state)
        return () if score is None else [last_of(score.until, self.context.zone)]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(self.valid(state, moment))


class ScoreAge(ScoreValue):
    """score.age_days: local dates since the score."""

    name = "score.age_days"
    unit = "days"

    def value(self, state: AccountState, moment: Moment) -> Value:
        score = self.valid(state, moment)
        return None if score is None else max(0, moment.day - self.context.zone.day(score.time))

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        score = self.score(state)
        if score is None:
            return ()
        zone = self.context.zone
        days = [zone.start(zone.day(score.time) + edge) for edge in test.edges]
        return [*days, last_of(score.until, zone)]


class ScoreFactors(ScoreValue):
    """score.factors_known"""

    name = "score.factors_known"
    unit = None

    def value(self, state: AccountState, moment: Moment) -> Value:
        score = self.valid(state, moment)
        return None if score is None else bool(score.factors)


class MonthsPastDue(Fact):
    """delinquency.months_past_due: as last reported."""

    name = "delinquency.months_past_due"
    moves = False
    unit: ClassVar[str | None] = "months"
    events = frozenset({"delinquency.reported"})

    def report(self, state: AccountState) -> Report | None:
        """The newest report."""
        return max(state.irregular.reports, key=lambda each: (each.time, each.id), default=None)

    def value(self, state: AccountState, moment: Moment) -> Value:
        report = self.report(state)
        return None if report is None else report.months

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(self.report(state))


class WrittenOff(MonthsPastDue):
    """delinquency.written_off: as the newest report that says so either way."""

    name = "delinquency.written_off"
    unit = None

    def report(self, state: AccountState) -> Report | None:
        said = [each for each in state.irregular.reports if each.written_off is not None]
        return max(said, key=lambda each: (each.time, each.id), default=None)

    def value(self, state: AccountState, moment: Moment) -> Value:
        report = self.report(state)
        return None if report is None else report.written_off


class Income(Latest):
    """income.monthly"""

    name = "income.monthly"
    unit = "amount"
    events = frozenset({"income.updated"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.finances.income.get("monthly")

    def value(self, state: AccountState, moment: Moment) -> Value:
        return self.amount(self.entry(state))


class IncomeVerified(Latest):
    """income.verified"""

    name = "income.verified"
    unit = None
    events = frozenset({"income.updated"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.finances.income.get("verified")


class Balance(Latest):
    """capacity.balance"""

    name = "capacity.balance"
    unit = "amount"
    field = "balance"
    events = frozenset({"obligations.updated"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.finances.obligations.get(self.field)

    def value(self, state: AccountState, moment: Moment) -> Value:
        return self.amount(self.entry(state))


class TotalLimit(Balance):
    """capacity.total_limit"""

    name = "capacity.total_limit"
    field = "total_limit"


class Lenders(Latest):
    """capacity.lenders"""

    name = "capacity.lenders"
    events = frozenset({"obligations.updated"})

    def entry(self, state: AccountState) -> Dated | None:
        return state.finances.obligations.get("lenders")


class Ratio(Latest):
    """A ratio of two amounts; unknown when one is, or when the second is 0."""

    unit = "ratio"
    events = frozenset({"obligations.updated"})

    def parts(self, state: AccountState) -> tuple[Dated | None, Dated | None]:
        """The entries of dividend and divisor."""
        raise NotImplementedError

    def value(self, state: AccountState, moment: Moment) -> Value:
        above, below = (self.amount(entry) for entry in self.parts(state))
        if above is None or not below:
            return None
        return max(above, Fraction(0)) / below

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*self.parts(state))


class DebtToIncome(Ratio):
    """capacity.debt_to_income: monthly payment by monthly income."""

    name = "capacity.debt_to_income"
    events = frozenset({"obligations.updated", "income.updated"})

    def parts(self, state: AccountState) -> tuple[Dated | None, Dated | None]:
        return state.finances.obligations.get("monthly_payment"), state.finances.income.get("monthly")


class Utilisation(Ratio):
    """capacity.utilisation: balance (at least 0) by total limit."""

    name = "capacity.utilisation"

    def parts(self, state: AccountState) -> tuple[Dated | None, Dated | None]:
        return state.finances.obligations.get("balance"), state.finances.obligations.get("total_limit")


class CourtRecords(Fact):
    """legal.court_records: open and usable."""

    name = "legal.court_records"
    events = frozenset({"court_record.changed"})
    lost = ("court_records",)

    def _usable(self, state: AccountState, at: int) -> list[Record]:
        zone = self.context.zone
        return [each for each in state.finances.court_records.values() if each.open and last_of(each.until, zone) > at]

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len(self._usable(state, moment.t))

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return [last_of(each.until, self.context.zone) for each in state.finances.court_records.values()]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*self._usable(state, moment.t))


class OpenDisputes(Fact):
    """disputes.open"""

    name = "disputes.open"
    moves = False
    cases = "disputes"
    events = frozenset({"dispute.opened", "dispute.closed"})
    lost = ("disputes",)

    def _open(self, state: AccountState) -> list[Any]:
        return [case for case in getattr(state.people, self.cases).values() if case.open]

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len(self._open(state))

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*self._open(state))


class OpenReviews(OpenDisputes):
    """reviews.open"""

    name = "reviews.open"
    cases = "reviews"
    events = frozenset({"review.requested", "review.decided"})
    lost = ("reviews",)


FACTS: tuple[type[Fact], ...] = (
    Region,
    Student,
    Closed,
    Restricted,
    AccountLimit,
    Consent,
    Paused,
    SecurityFlags,
    ScoreValue,
    ScoreAge,
    ScoreFactors,
    MonthsPastDue,
    WrittenOff,
    Income,
    IncomeVerified,
    Balance,
    TotalLimit,
    Lenders,
    DebtToIncome,
    Utilisation,
    CourtRecords,
    OpenDisputes,
    OpenReviews,
)
