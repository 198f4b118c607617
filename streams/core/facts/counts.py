"""Facts that count dated entries in a window: each entry leaves at its own instant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from streams.core.calendar import to_date
from streams.core.facts.base import Fact, Moment, Test, Value
from streams.core.money import to_major
from streams.core.state import AccountState, Stamp


class Counted(Fact):
    """The number of the entries in the window."""

    def entries(self, state: AccountState) -> Iterable[Any]:
        """All entries that count while they are in the window; each has time and id."""
        raise NotImplementedError

    def inside(self, state: AccountState, at: int) -> list[Any]:
        """The entries in the window at an instant."""
        has = self.window.has
        return [entry for entry in self.entries(state) if has(entry.time, at)]

    def value(self, state: AccountState, moment: Moment) -> Value:
        at, leaves = moment.t, self.window.leaves
        count = 0
        for entry in self.entries(state):
            if leaves(entry.time) > at:
                count += 1
        return count

    def candidates(self, state: AccountState, moment: Moment, test: Test) -> Iterable[int]:
        return [self.window.leaves(entry.time) for entry in self.entries(state)]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return [(entry.time, entry.id) for entry in self.inside(state, moment.t)]


class HardInquiries(Counted):
    """inquiries.hard_count"""

    name = "inquiries.hard_count"
    events = frozenset({"inquiry.recorded", "inquiry.withdrawn"})
    lost = ("inquiries",)

    def entries(self, state: AccountState) -> Iterable[Any]:
        return [entry for entry in state.inquiries if entry.hard]


class SoftInquiries(HardInquiries):
    """inquiries.soft_count"""

    name = "inquiries.soft_count"

    def entries(self, state: AccountState) -> Iterable[Any]:
        return [entry for entry in state.inquiries if not entry.hard]


class RefusedInquiries(HardInquiries):
    """inquiries.refused_count"""

    name = "inquiries.refused_count"

    def entries(self, state: AccountState) -> Iterable[Any]:
        return [entry for entry in state.inquiries if entry.refused]


class Institutions(HardInquiries):
    """inquiries.institutions: different institutions with hard inquiries."""

    name = "inquiries.institutions"

    def entries(self, state: AccountState) -> Iterable[Any]:
        return [entry for entry in state.inquiries if entry.hard and entry.institution is not None]

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len({entry.institution for entry in self.inside(state, moment.t)})


class Received(Counted):
    """repayment.received_count"""

    name = "repayment.received_count"
    events = frozenset({"repayment.received", "repayment.reversed"})
    lost = ("payments",)

    def entries(self, state: AccountState) -> Iterable[Any]:
        return state.payments


class Missed(Counted):
    """repayment.missed_count"""

    name = "repayment.missed_count"
    events = frozenset({"repayment.missed"})
    lost = ("missed",)

    def entries(self, state: AccountState) -> Iterable[Any]:
        return state.missed


class FailedItems(Counted):
    """identity.failed_items: items whose newest failure no verification followed."""

    name = "identity.failed_items"
    events = frozenset({"identity.failed", "identity.verified"})
    lost = ("failures",)

    def entries(self, state: AccountState) -> Iterable[Any]:
        verified = state.verified
        since = (verified.time, verified.id) if verified else (-1, "")
        return [entry for entry in state.failures.values() if (entry.time, entry.id) > since]


class WorstMonths(Counted):
    """delinquency.worst_months"""

    name = "delinquency.worst_months"
    unit = "months"
    events = frozenset({"delinquency.reported"})
    lost = ("reports",)

    def entries(self, state: AccountState) -> Iterable[Any]:
        return state.reports

    def value(self, state: AccountState, moment: Moment) -> Value:
        return max((entry.months for entry in self.inside(state, moment.t)), default=0)

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        worst = self.value(state, moment)
        return [(entry.time, entry.id) for entry in self.inside(state, moment.t) if entry.months == worst]


class SpendingMonths(Counted):
    """spending.months_active: different local months with spending."""

    name = "spending.months_active"
    unit = "months"
    events = frozenset({"spending.recorded"})
    lost = ("spendings",)

    def entries(self, state: AccountState) -> Iterable[Any]:
        return state.spendings

    def value(self, state: AccountState, moment: Moment) -> Value:
        day = self.context.zone.day
        dates = (to_date(day(entry.time)) for entry in self.inside(state, moment.t))
        return len({(each.year, each.month) for each in dates})


class SpendingAmount(SpendingMonths):
    """spending.amount"""

    name = "spending.amount"
    unit = "amount"

    def value(self, state: AccountState, moment: Moment) -> Value:
        inside = self.inside(state, moment.t)
        if any(entry.currency not in (None, self.context.currency) for entry in inside):
            return None
        return sum((to_major(entry.amount, entry.currency) for entry in inside), start=to_major(0, None))


FACTS = (
    HardInquiries,
    SoftInquiries,
    RefusedInquiries,
    Institutions,
    Received,
    Missed,
    FailedItems,
    WorstMonths,
    SpendingMonths,
    SpendingAmount,
)
