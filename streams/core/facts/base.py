"""What a fact is: a named, typed value of an account's state at an instant, and when time alone may move it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from mypy_extensions import mypyc_attr

from schemas.when import When
from streams.core.calendar import DAY_MS, NEVER, Zone
from streams.core.excuses import Excuses
from streams.core.facts.limit import Limit, Value
from streams.core.state import AccountState, Stamp

MOVES_HOME: Final = frozenset({"account.opened", "account.updated"})
"""Event types that may say another region of the account."""

Results = list[bool | None]
"""By atom: whether it holds, None for unknown."""

Crossings = list[int]
"""By atom: the earliest later instant at which time alone flips it, 0 for never."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a policy fixes for all its facts."""

    zone: Zone
    cutoff: int
    """ms after local midnight at which an installment becomes past due."""
    currency: str
    disputes_aside: bool = False
    """Events that are disputed don't count until the dispute is closed."""
    answer_ms: int = 20 * DAY_MS
    """How long after it was asked a dispute or a review is overdue."""
    excuses: Excuses | None = None
    """Outages that excuse repayments; None where the policy excuses nothing."""


@mypyc_attr(acyclic=True)
class Moment:
    """An instant with its local day, and the day that counts for what is past due."""

    __slots__ = ("context", "cut_day", "day", "t")

    def __init__(self, t: int, context: Context) -> None:
        self.t = t
        self.context = context
        self.day = context.zone.day(t)
        self.cut_day = self.day if not context.cutoff else context.zone.day(t - context.cutoff)

    def at(self, t: int) -> Moment:
        """Another instant of the same context."""
        return Moment(t, self.context)


@dataclass(frozen=True, slots=True)
class Window:
    """The last n days (of 86,400 s) or calendar months; None of both is all that is kept (semantics T11, T12)."""

    count: int | None
    months: bool
    zone: Zone

    def leaves(self, time: int) -> int:
        """The first instant at which an event of that time is no longer in the window."""
        if self.count is None or time >= NEVER:
            return NEVER
        if self.months:
            return self.zone.plus_months(time, self.count)
        return time + self.count * DAY_MS

    def has(self, time: int, at: int) -> bool:
        """Whether an event of that time is in the window at an instant."""
        return self.leaves(time) > at

    def inside(self, entries: Sequence[Any], at: int) -> list[Any]:
        """Those of dated entries that are in the window at an instant."""
        if self.count is None:
            return list(entries)
        if self.months:
            return [entry for entry in entries if self.leaves(entry.time) > at]
        after = at - self.count * DAY_MS
        return [entry for entry in entries if entry.time > after]

    def starts_after(self, instant: int, at: int) -> bool:
        """Whether nothing of up to that instant is in the window any more."""
        return self.leaves(instant) <= at


@dataclass(frozen=True, slots=True)
class Arguments:
    """A fact's arguments in a rule; what a fact doesn't take is None."""

    window: Window
    provider: str | None = None
    product: str | None = None
    scope: str | None = None
    min_days: int = 1


def last_of(until: When | None, zone: Zone) -> int:
    """The first instant after an end: a date is valid through its local day, an instant is exclusive (T13)."""
    if until is None:
        return NEVER
    return zone.start(until.value + 1) if until.kind == "date" else until.value


class Fact:
    """A fact with its arguments, ready to be asked about any account at any instant."""

    name: ClassVar[str]
    unit: ClassVar[str | None] = "count"
    events: ClassVar[frozenset[str]]
    """Event types that can change every one of its kind."""
    expects_payment: ClassVar[bool] = False
    """Moved by unpaid installments, which an OPEN account is expected to pay (semantics T16)."""
    lost: ClassVar[tuple[str, ...]] = ()
    """Lists of the state whose dropped entries make the value a lower bound (semantics M12)."""
    moves: ClassVar[bool] = True
    """Whether time alone can move it."""
    periodic: ClassVar[bool] = False
    """Whether time moves it again and again, without end."""
    may_toggle: ClassVar[bool] = False
    """Whether `toggles` can be true."""
    excusable: ClassVar[bool] = False
    """Whether outages may excuse what it counts, so that the account's region matters under policies that do so."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        self.index = -1  # its place among its program's facts
        self.context = context
        self.arguments = arguments
        self.window = arguments.window
        self.moved_by = self.events
        """Event types that can change this one."""
        if self.excusable and context.excuses is not None:
            self.moved_by |= MOVES_HOME

    def value(self, state: AccountState, moment: Moment) -> Value:
        """The value at the moment."""
        raise NotImplementedError

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        """Instants at which time alone may flip the test; a superset, in any order, past ones allowed."""
        return ()

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        """The events that make up the value, in any order."""
        return []

    def is_lower_bound(self, state: AccountState, moment: Moment) -> bool:
        """Whether entries that could count were dropped from the state."""
        lost = state.lost
        if not lost:
            return False
        return any(name in lost and not self.window.starts_after(lost[name], moment.t) for name in self.lost)

    def judge(self, state: AccountState, moment: Moment, test: Limit) -> tuple[bool | None, Value]:
        """Whether the test holds, and the value; a lower bound is known only where more couldn't change the result."""
        value = self.value(state, moment)
        if value is not None and state.lost and self.is_lower_bound(state, moment):
            result = test.holds_from(value)
            return result, (None if result is None else value)
        return test.holds(value), value

    def toggles(self, state: AccountState, test: Limit) -> bool:
        """Whether time alone flips the test once at most, from one result to the other, and never again."""
        return False

    def look(
        self, state: AccountState, moment: Moment, atoms: Sequence[Atom], results: Results, crossings: Crossings
    ) -> None:
        """Put each of the fact's atoms' result at the moment, and when time alone flips it, in their places.

        This looks at all candidates; facts with one edge ahead compute it.
        """
        value = self.value(state, moment)
        least = value is not None and bool(state.lost) and self.is_lower_bound(state, moment)
        for atom in atoms:
            test = atom.limit
            result = results[atom.index] = test.holds_from(value) if least else test.holds(value)
            if self.moves:
                crossings[atom.index] = self._crossing(state, moment, test, result)

    def _crossing(self, state: AccountState, moment: Moment, test: Limit, now: bool | None) -> int:
        """The earliest later instant at which the test's result is another than now, 0 for never."""
        later = {instant for instant in self.candidates(state, moment, test) if moment.t < instant < NEVER}
        if state.lost:
            ends = [self.window.leaves(state.lost[name]) for name in self.lost if name in state.lost]
            later.update(instant for instant in ends if moment.t < instant < NEVER)
        for instant in sorted(later):
            if self.judge(state, moment.at(instant), test)[0] is not now:
                return instant
        return 0


class Atom:
    """One limit on one fact, the same of several rules being one; `index` is its place in results and crossings."""

    __slots__ = ("edge", "fact", "index", "limit", "shown")

    def __init__(self, index: int, fact: Fact, limit: Limit, shown: Any = None, edge: int | None = None) -> None:
        self.index = index
        self.fact = fact
        self.limit = limit
        self.shown = shown
        """The limit as events carry it, where there is just one operator; else None."""
        self.edge = edge
        """Its only edge, where time may flip it once and never again."""
