"""Facts of installments: what is past due, and what was late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Final

from streams.core.calendar import NEVER, NEVER_DAY, Zone
from streams.core.facts.base import Atom, Crossings, Fact, Moment, Results
from streams.core.facts.limit import Limit, Value
from streams.core.money import exponent, minor_text, to_major
from streams.core.money import text as money_text
from streams.core.state import AccountState, Installment, Stamp

_MONEY: Final = frozenset({"repayment.due", "repayment.received", "repayment.reversed"})
_PAUSES: Final = frozenset({"repayment.paused", "repayment.resumed"})


def paused_spans(state: AccountState, zone: Zone, loan: str, first: int, last: int) -> list[tuple[int, int]]:
    """Which of the local days first..last are paused for a loan, as (begin, end exclusive) in order; the newest pause
    or resumption of a day decides.
    """
    spans = []
    for pause in state.irregular.pauses:
        if pause.loan is None or pause.loan == loan:
            begin = pause.first.value if pause.first.kind == "date" else zone.day(pause.first.value)
            end = pause.last.value if pause.last.kind == "date" else zone.day(pause.last.value - 1)
            if max(begin, first) <= min(end, last):
                spans.append((pause.time, pause.id, max(begin, first), min(end, last), pause.paused))
    spans.sort(key=_begin_of)
    if all(one[3] < other[2] for one, other in pairwise(spans)):  # as mostly: no two are about one day
        return [(begin, end + 1) for _, _, begin, end, paused in spans if paused]
    cuts = sorted({cut for _, _, begin, end, _ in spans for cut in (begin, end + 1)})
    found = []
    for begin, end in pairwise(cuts):
        covering = [(time, id, paused) for time, id, low, high, paused in spans if low <= begin <= high]
        if covering and max(covering)[2]:
            found.append((begin, end))
    return found


def _begin_of(span: tuple[int, str, int, int, bool]) -> int:
    return span[2]


def paused_days(state: AccountState, zone: Zone, loan: str, first: int, last: int) -> int:
    """How many of the local days first..last are paused for a loan."""
    return sum(end - begin for begin, end in paused_spans(state, zone, loan, first, last))


def days_past_due(state: AccountState, zone: Zone, installment: Installment, day: int) -> int:
    """Days past due of one installment on a local day, paused days left out; negative before its due date."""
    days = day - installment.due_on
    if days > 0 and state.irregular.pauses:
        days -= paused_days(state, zone, installment.loan, installment.due_on + 1, day)
    return days


def day_reaching(state: AccountState, zone: Zone, installment: Installment, days: int) -> int:
    """The first local day on which an open installment is that many days past due."""
    day = installment.due_on + days
    if not state.irregular.pauses:
        return day
    for begin, end in paused_spans(state, zone, installment.loan, installment.due_on + 1, NEVER_DAY):
        if begin <= day:
            day += end - begin
    return day


def _earliest(installments: Sequence[Installment]) -> int:
    """The first day on which one of them is due, or the last of all days."""
    earliest = NEVER_DAY
    for each in installments:
        if each.due_on < earliest:
            earliest = each.due_on
    return earliest


class InstallmentFact(Fact):
    """Facts of open installments at the policy's cutoff."""

    events = _MONEY | _PAUSES
    expects_payment = True
    excusable = True
    lost: ClassVar[tuple[str, ...]] = ("open",)

    def instant_reaching(self, state: AccountState, installment: Installment, days: int) -> int:
        """The instant at which an installment, if still open, is that many days past due."""
        day = day_reaching(state, self.context.zone, installment, days)
        start = self.context.zone.start(day)
        return start if start >= NEVER else start + self.context.cutoff

    def past_due(self, state: AccountState, moment: Moment) -> list[Installment]:
        """Open installments past due."""
        zone, day = self.context.zone, moment.cut_day
        if not state.irregular.pauses:
            return [each for each in state.open if each.due_on < day]
        return [each for each in state.open if days_past_due(state, zone, each, day) > 0]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return [(each.time, each.id) for each in self.past_due(state, moment)]


class DaysPastDue(InstallmentFact):
    """repayment.days_past_due: of the worst open installment."""

    name = "repayment.days_past_due"
    may_toggle = True
    unit = "days"

    def value(self, state: AccountState, moment: Moment) -> Value:
        if not state.open:
            return 0
        if state.own_irregular is None:
            return max(0, moment.cut_day - _earliest(state.open))
        zone, day = self.context.zone, moment.cut_day
        return max(0, *(days_past_due(state, zone, each, day) for each in state.open))

    def toggles(self, state: AccountState, test: Limit) -> bool:
        return len(test.edges) == 1 and not state.irregular.pauses and not state.lost

    def look(
        self, state: AccountState, moment: Moment, atoms: Sequence[Atom], results: Results, crossings: Crossings
    ) -> None:
        if state.lost or state.own_irregular is not None:
            super().look(state, moment, atoms, results, crossings)
            return
        earliest = _earliest(state.open)
        value = moment.cut_day - earliest
        if value < 0:
            value = 0
        for atom in atoms:
            edge = atom.edge
            if edge is None:
                super().look(state, moment, (atom,), results, crossings)
                continue
            results[atom.index] = atom.limit.holds(value)
            crossing = 0
            if value < edge and edge > 0:
                start = self.context.zone.start(earliest + edge)
                crossing = start + self.context.cutoff if start < NEVER else 0
            crossings[atom.index] = crossing

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return [self.instant_reaching(state, each, edge) for each in state.open for edge in test.edges if edge > 0]


class AmountOverdue(InstallmentFact):
    """repayment.amount_overdue: what is open of installments past due."""

    name = "repayment.amount_overdue"
    unit = "amount"

    def value(self, state: AccountState, moment: Moment) -> Value:
        return self.sum_open(self.past_due(state, moment))

    def text(self, state: AccountState, moment: Moment) -> str | None:
        """The value for people, with its currency."""
        home = self.context.currency
        due = self.past_due(state, moment)
        minor, usual = 0, True
        for each in due:
            minor += each.amount - each.paid
            usual = usual and each.currency == home
        if usual:
            return f"{minor_text(minor, exponent(home))} {home}"
        total = self.sum_open(due)
        return None if total is None else f"{money_text(total, home)} {home}"

    def sum_open(self, installments: Sequence[Installment]) -> Fraction | None:
        """Open amounts in the policy's currency; None when one is of another."""
        total = Fraction(0)
        home = self.context.currency
        minor = 0
        for each in installments:
            if each.currency == home:
                minor += each.amount - each.paid
            elif each.currency is None:
                total += to_major(each.amount - each.paid, None)
            else:
                return None
        return total + to_major(minor, home)

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return [self.instant_reaching(state, each, 1) for each in state.open]


class OpenAmount(AmountOverdue):
    """repayment.open_amount: what is open, due or not."""

    name = "repayment.open_amount"
    expects_payment = False
    excusable = False
    moves = False

    def value(self, state: AccountState, moment: Moment) -> Value:
        return self.sum_open(state.open)

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        return ()

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return [(each.time, each.id) for each in state.open]


class LateCount(InstallmentFact):
    """repayment.late_count: installments that reached min_days past due, with that instant in the window."""

    name = "repayment.late_count"
    unit = "count"
    lost = ("open", "settled")

    def reached(self, state: AccountState) -> list[tuple[int, Installment]]:
        """When each installment reached min_days, or will if it stays open."""
        days = self.arguments.min_days
        instants = [(self.instant_reaching(state, each, days), each) for each in (*state.open, *state.settled)]
        return [(instant, each) for instant, each in instants if each.settled_at is None or each.settled_at >= instant]

    def _inside(self, state: AccountState, at: int) -> list[Installment]:
        return [each for instant, each in self.reached(state) if instant <= at and self.window.has(instant, at)]

    def value(self, state: AccountState, moment: Moment) -> Value:
        return len(self._inside(state, moment.t))

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        for instant, _ in self.reached(state):
            if instant < NEVER:
                yield instant
                yield self.window.leaves(instant)

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        return [(each.time, each.id) for each in self._inside(state, moment.t)]


class WorstDaysPastDue(InstallmentFact):
    """repayment.worst_days_past_due: the most days past due reached in the window."""

    name = "repayment.worst_days_past_due"
    unit = "days"
    lost = ("open", "settled")

    def _days(self, state: AccountState, moment: Moment) -> list[tuple[int, Installment]]:
        zone = self.context.zone
        days = [(days_past_due(state, zone, each, moment.cut_day), each) for each in state.open]
        for each in state.settled:
            settled_at = each.settled_at
            assert settled_at is not None
            if self.window.has(settled_at, moment.t):
                day = zone.day(settled_at - 1 - self.context.cutoff)
                days.append((days_past_due(state, zone, each, day), each))
        return days

    def value(self, state: AccountState, moment: Moment) -> Value:
        return max((0, *(days for days, _ in self._days(state, moment))))

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        for each in state.open:
            for edge in test.edges:
                if edge > 0:
                    yield self.instant_reaching(state, each, edge)
        for each in state.settled:
            assert each.settled_at is not None
            yield self.window.leaves(each.settled_at)

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        worst = self.value(state, moment)
        return [(each.time, each.id) for days, each in self._days(state, moment) if days == worst and days > 0]


FACTS: Final = (DaysPastDue, AmountOverdue, OpenAmount, LateCount, WorstDaysPastDue)
