"""Facts that count dated entries in a window: each entry leaves at its own instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Final

from streams.core.calendar import DAY_MS, NEVER, to_date
from streams.core.facts.base import Atom, Crossings, Fact, Moment, Results
from streams.core.facts.limit import Limit, Value
from streams.core.money import to_major
from streams.core.state import AccountState, Stamp, effective_verification


class Dated(Fact):
    """A value over the entries in the window."""

    def entries(self, state: AccountState) -> Sequence[Any]:
        """All entries that count while they are in the window; each has time and id."""
        raise NotImplementedError

    def inside(self, state: AccountState, at: int) -> list[Any]:
        """The entries in the window at an instant."""
        return self.window.inside(self.entries(state), at)

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return [self.window.leaves(entry.time) for entry in self.entries(state)]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return [(entry.time, entry.id) for entry in self.inside(state, moment.t)]


class Counted(Dated):
    """The number of the entries in the window: it falls as they leave, one by one."""

    may_toggle = True

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len(self.inside(state, moment.t))

    def toggles(self, state: AccountState, test: Limit) -> bool:
        return len(test.edges) == 1 and not state.lost

    def look(
        self, state: AccountState, moment: Moment, atoms: Sequence[Atom], results: Results, crossings: Crossings
    ) -> None:
        window = self.window
        times = [entry.time for entry in window.inside(self.entries(state), moment.t)]
        value = len(times)
        for atom in atoms:
            edge = atom.edge
            if edge is None or state.lost:
                super().look(state, moment, (atom,), results, crossings)
                continue
            results[atom.index] = atom.limit.holds(value)
            surplus = value - edge  # so many may leave, and the next one takes the count below the edge
            if not 0 <= surplus < value or window.count is None:
                crossings[atom.index] = 0
            elif window.months:
                crossing = sorted([window.leaves(time) for time in times])[surplus]
                crossings[atom.index] = crossing if crossing < NEVER else 0
            else:
                crossings[atom.index] = sorted(times)[surplus] + window.count * DAY_MS

    def _crossing(self, state: AccountState, moment: Moment, test: Limit, now: bool | None) -> int:
        """As for any fact, by counting what is left: judged anew, each instant would look at every entry."""
        window, lost = self.window, state.lost or {}
        leaving = sorted([window.leaves(entry.time) for entry in self.entries(state)])
        ends = [window.leaves(lost[name]) for name in self.lost if name in lost]
        for instant in sorted({each for each in (*leaving, *ends) if moment.t < each < NEVER}):
            value = len(leaving) - bisect_right(leaving, instant)
            least = any(end > instant for end in ends)
            if (test.holds_from(value) if least else test.holds(value)) is not now:
                return instant
        return 0


class HardInquiries(Counted):
    """inquiries.hard_count"""

    name = "inquiries.hard_count"
    events = frozenset({"inquiry.recorded", "inquiry.withdrawn"})
    lost = ("inquiries",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        return [entry for entry in state.inquiries if entry.hard]


class SoftInquiries(HardInquiries):
    """inquiries.soft_count"""

    name = "inquiries.soft_count"

    def entries(self, state: AccountState) -> Sequence[Any]:
        return [entry for entry in state.inquiries if not entry.hard]


class RefusedInquiries(HardInquiries):
    """inquiries.refused_count"""

    name = "inquiries.refused_count"

    def entries(self, state: AccountState) -> Sequence[Any]:
        return [entry for entry in state.inquiries if entry.refused]


class Institutions(Dated):
    """inquiries.institutions: different institutions with hard inquiries."""

    name = "inquiries.institutions"
    events = HardInquiries.events
    lost = ("inquiries",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        return [entry for entry in state.inquiries if entry.hard and entry.institution is not None]

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len({entry.institution for entry in self.inside(state, moment.t)})


class Received(Counted):
    """repayment.received_count"""

    name = "repayment.received_count"
    events = frozenset({"repayment.received", "repayment.reversed"})
    lost = ("payments",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        return state.payments


class Missed(Counted):
    """repayment.missed_count"""

    name = "repayment.missed_count"
    events = frozenset({"repayment.missed"})
    excusable = True
    lost = ("missed",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        return state.irregular.missed


class FailedItems(Counted):
    """identity.failed_items: items whose newest failure no verification followed."""

    name = "identity.failed_items"
    events = frozenset({"identity.failed", "identity.verified", "identity.revoked"})
    lost = ("failures",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        verified = effective_verification(state)
        since = (verified.time, verified.id) if verified else (-1, "")
        return [entry for entry in state.irregular.failures.values() if (entry.time, entry.id) > since]


class WorstMonths(Dated):
    """delinquency.worst_months"""

    name = "delinquency.worst_months"
    unit = "months"
    events = frozenset({"delinquency.reported"})
    lost = ("reports",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        return state.irregular.reports

    def value(self, state: AccountState, moment: Moment) -> Value:
        return max((entry.months for entry in self.inside(state, moment.t)), default=0)

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        worst = self.value(state, moment)
        return [(entry.time, entry.id) for entry in self.inside(state, moment.t) if entry.months == worst]


class SpendingMonths(Dated):
    """spending.months_active: different local months with spending."""

    name = "spending.months_active"
    unit = "months"
    events = frozenset({"spending.recorded"})
    lost = ("spendings",)

    def entries(self, state: AccountState) -> Sequence[Any]:
        return state.finances.spendings

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


FACTS: Final = (
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
