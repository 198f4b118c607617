"""Facts that the calendar moves: ages, days left, review dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from streams.core.calendar import NEVER, NEVER_DAY, add_months, from_date, month_length, to_date
from streams.core.facts.base import Arguments, Atom, Context, Crossings, Fact, Moment, Results
from streams.core.facts.latest import stamps
from streams.core.facts.limit import Limit, Value
from streams.core.groups import Dated
from streams.core.state import AccountState, Stamp, effective_verification


class IdentityLevel(Fact):
    """identity.level"""

    name = "identity.level"
    moves = False
    events = frozenset({"identity.verified", "identity.revoked"})

    def value(self, state: AccountState, moment: Moment) -> Value:
        verified = effective_verification(state)
        return None if verified is None else verified.level

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(effective_verification(state))


class DocumentDaysLeft(IdentityLevel):
    """identity.document_days_left: negative when expired."""

    name = "identity.document_days_left"
    unit = "days"
    moves = True
    may_toggle = True

    def value(self, state: AccountState, moment: Moment) -> Value:
        verified = effective_verification(state)
        return None if verified is None or verified.expires_on is None else verified.expires_on - moment.day

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        verified = effective_verification(state)
        if verified is None or verified.expires_on is None:
            return ()
        start, expires_on = self.context.zone.start, verified.expires_on
        return [start(expires_on - edge + 1) for edge in test.edges]

    def toggles(self, state: AccountState, test: Limit) -> bool:
        return len(test.edges) == 1

    def look(
        self, state: AccountState, moment: Moment, atoms: Sequence[Atom], results: Results, crossings: Crossings
    ) -> None:
        verified = effective_verification(state)
        if verified is None or verified.expires_on is None:
            super().look(state, moment, atoms, results, crossings)
            return
        value = verified.expires_on - moment.day
        for atom in atoms:
            edge = atom.edge
            if edge is None:
                super().look(state, moment, (atom,), results, crossings)
                continue
            results[atom.index] = atom.limit.holds(value)
            crossing = 0 if value < edge else self.context.zone.start(verified.expires_on - edge + 1)
            crossings[atom.index] = crossing if crossing < NEVER else 0

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        verified = effective_verification(state)
        return stamps(verified) if verified is not None and verified.expires_on is not None else []


class AgeDays(Fact):
    """account.age_days: local dates since opened_on, else since account.opened."""

    name = "account.age_days"
    unit = "days"
    events = frozenset({"account.opened", "account.updated"})

    def _entry(self, state: AccountState) -> Dated | None:
        return state.standing.profile.get("opened_on") or state.standing.profile.get("opened")

    def _day(self, state: AccountState) -> int | None:
        entry = self._entry(state)
        if entry is None:
            return None
        return self.context.zone.day(entry.time) if entry.value is True else int(entry.value)

    def value(self, state: AccountState, moment: Moment) -> Value:
        day = self._day(state)
        return None if day is None else max(0, moment.day - day)

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        day = self._day(state)
        return () if day is None else [self.context.zone.start(day + edge) for edge in test.edges]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(self._entry(state))


class YearsOld(Fact):
    """account.years_old: reached at 00:00 of the birthday, 29 February becoming 1 March (semantics T14)."""

    name = "account.years_old"
    unit = "years"
    events = frozenset({"account.opened", "account.updated"})

    def value(self, state: AccountState, moment: Moment) -> Value:
        entry = state.standing.profile.get("born_on")
        if entry is None:
            return None
        today = to_date(moment.day)
        return max(0, today.year - to_date(entry.value).year - (moment.day < birthday(entry.value, today.year)))

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        entry = state.standing.profile.get("born_on")
        if entry is None:
            return ()
        years = [to_date(entry.value).year + edge for edge in test.edges]
        return [self.context.zone.start(birthday(entry.value, year)) for year in years if 0 < year <= 9999]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(state.standing.profile.get("born_on"))


def birthday(born_on: int, year: int) -> int:
    """Day number of the birthday in a year."""
    born = to_date(born_on)
    if born.month == 2 and born.day == 29 and month_length(year, 2) == 28:
        return from_date(born.replace(year=year, month=3, day=1))
    return from_date(born.replace(year=year))


class HistoryMonths(Fact):
    """history.months: whole calendar months since the earliest event time."""

    name = "history.months"
    unit = "months"
    events = frozenset({"*"})

    def value(self, state: AccountState, moment: Moment) -> Value:
        first = state.first
        if first is None:
            return None
        begin, today = to_date(self.context.zone.day(first.time)), to_date(moment.day)
        months = (today.year - begin.year) * 12 + today.month - begin.month
        while months > 0 and self.context.zone.plus_months(first.time, months) > moment.t:
            months -= 1
        return max(0, months)

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        if state.first is None:
            return ()
        return [self.context.zone.plus_months(state.first.time, edge) for edge in test.edges if 0 < edge < 100_000]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(state.first)


_NEVER_MONTH = 9999 * 12 + 11


@dataclass(frozen=True, slots=True)
class ReviewDays:
    """The policy's review days: a day of every n-th month, counted from the month it takes effect in."""

    every: int
    day: int
    anchor: int
    """year x 12 + month - 1 of the month in which the policy takes effect."""

    def around(self, today: int) -> tuple[int, int]:
        """The last review day on or before a local day, and the first one after it."""
        date = to_date(today)
        index = date.year * 12 + date.month - 1
        index -= (index - self.anchor) % self.every
        if self._at(index) > today:
            index -= self.every
        return self._at(index), self._at(index + self.every)

    def _at(self, index: int) -> int:
        if index >= _NEVER_MONTH:
            return NEVER_DAY
        year, month, day = add_months(index // 12, index % 12 + 1, 31, 0)
        return from_date(to_date(0).replace(year=year, month=month, day=min(self.day, day)))


class DaysSinceReview(Fact):
    """policy.days_since_review"""

    name = "policy.days_since_review"
    unit: ClassVar[str | None] = "days"
    events = frozenset[str]()
    periodic: ClassVar[bool] = True

    def __init__(self, context: Context, arguments: Arguments, reviews: ReviewDays | None) -> None:
        super().__init__(context, arguments)
        self._reviews = reviews

    def value(self, state: AccountState, moment: Moment) -> Value:
        return None if self._reviews is None else moment.day - self._reviews.around(moment.day)[0]

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        if self._reviews is None:
            return ()
        last, after = self._reviews.around(moment.day)
        start = self.context.zone.start
        later = [last + edge for edge in test.edges if last + edge < after] + [after]
        return [start(day) for day in (*later, *(after + edge for edge in test.edges))]


class NextReviewOn(DaysSinceReview):
    """next_review_on: a date, as text."""

    name = "next_review_on"
    unit = None
    periodic = False

    def value(self, state: AccountState, moment: Moment) -> Value:
        return None if self._reviews is None else to_date(self._reviews.around(moment.day)[1]).isoformat()

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        if self._reviews is None:
            return ()
        # The value only grows: it reaches a date on the last review day before that date.
        return [self.context.zone.start(self._reviews.around(day - 1)[0]) for day in test.days]


FACTS: tuple[type[Fact], ...] = (IdentityLevel, DocumentDaysLeft, AgeDays, YearsOld, HistoryMonths)
REVIEW_FACTS: tuple[type[DaysSinceReview], ...] = (DaysSinceReview, NextReviewOn)
