"""Facts of what people asked: disputes and reviews, open or overdue."""

from __future__ import annotations

from collections.abc import Iterable

from streams.core.facts.base import Fact, Moment
from streams.core.facts.latest import stamps
from streams.core.facts.limit import Limit, Value
from streams.core.groups import Case
from streams.core.state import AccountState, Stamp


class OpenDisputes(Fact):
    """disputes.open"""

    name = "disputes.open"
    moves = False
    cases = "disputes"
    opening = "opened"
    events = frozenset({"dispute.opened", "dispute.closed"})
    lost = ("disputes",)

    def _open(self, state: AccountState) -> list[Case]:
        cases: dict[str, Case] = getattr(state.people, self.cases)
        return [case for case in cases.values() if case.open]

    def deadline(self, case: Case) -> int:
        """The instant from which an open case is overdue."""
        return case.steps[self.opening].time + self.context.answer_ms

    def deadlines(self, state: AccountState) -> list[int]:
        """When each open case is overdue."""
        return [self.deadline(case) for case in self._open(state)]

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len(self._open(state))

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*self._open(state))


class OpenReviews(OpenDisputes):
    """reviews.open"""

    name = "reviews.open"
    cases = "reviews"
    opening = "requested"
    events = frozenset({"review.requested", "review.decided"})
    lost = ("reviews",)


class OverdueDisputes(OpenDisputes):
    """disputes.overdue: open ones that should have been answered by now."""

    name = "disputes.overdue"
    moves = True

    def value(self, state: AccountState, moment: Moment) -> Value:
        return sum(self.deadline(case) <= moment.t for case in self._open(state))

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return self.deadlines(state)

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return stamps(*(case for case in self._open(state) if self.deadline(case) <= moment.t))


class OverdueReviews(OverdueDisputes):
    """reviews.overdue"""

    name = "reviews.overdue"
    cases = "reviews"
    opening = "requested"
    events = OpenReviews.events
    lost = OpenReviews.lost


FACTS: tuple[type[Fact], ...] = (
    OverdueDisputes,
    OverdueReviews,
    OpenDisputes,
    OpenReviews,
)
