"""Facts of what is reported of a customer: scores, delinquency elsewhere, income, obligations, court records."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import ClassVar

from streams.core.facts.base import Fact, Moment, last_of
from streams.core.facts.latest import Latest, stamps
from streams.core.facts.limit import Limit, Value
from streams.core.groups import Dated, Record, Report, Score
from streams.core.state import AccountState, Stamp


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


FACTS: tuple[type[Fact], ...] = (
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
)
