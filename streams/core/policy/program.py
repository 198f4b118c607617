"""A policy compiled for evaluation: facts shared by all products, rules as judgements of atoms."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from streams.core.calendar import NEVER
from streams.core.facts.base import Atom, Context, Fact
from streams.core.facts.dates import NextReviewOn
from streams.core.facts.repayments import AmountOverdue, DaysPastDue

LIMIT: Final = 1
UNKNOWN: Final = 2
OBSERVE: Final = 3
PASSED: Final = 4
"""How a rule fails: its limit doesn't hold; its fact is unknown and that has an effect; observed after a failure; its
fact is unknown, without an effect. 0 is a rule that holds.
"""

OF_OTHERS: Final = frozenset({"fact.corrected", "fact.suppressed", "dispute.opened", "dispute.closed"})
"""Types of events that are about other events, so that they may change any fact."""

EFFECTS: Final = {"OPEN": 0, "LIMITED": 1, "UNDER_REVIEW": 2, "NOT_OPEN": 3}
"""Statuses by strength (policy.md)."""


class Quiet(NamedTuple):
    """How quiet a product is kept: its status events within any 24 hours, and how long (ms) a status stands before a
    better one follows.
    """

    per_day: int
    dwell: int


NEAR: Final = Fraction(1, 10)
"""Where a policy says nothing else (decision 0081)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One atom, or several of which any or all must hold; `reopen` holds instead after a failure (hysteresis)."""

    atoms: tuple[Atom, ...]
    any: bool = False
    reopen: Atom | None = None
    single: Atom | None = None
    """The atom of a condition that has just one."""


@dataclass(frozen=True, slots=True)
class Observe:
    """An observation after a failure has cleared."""

    ms: int
    days: int


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as it stands between two instants."""

    begins: int
    ends: int
    plain: Condition
    by_segment: dict[str, Condition]
    unknown: str | None
    observe: Observe | None
    superseded_by: frozenset[str]
    effects: tuple[str, ...]
    """The status that each kind of failing brings, by kind."""
    ranks: tuple[tuple[int, int], ...]
    """Where a reason of each kind stands in order: its group, and minus its effect's strength (E3)."""
    codes: tuple[str, ...]
    """The reason code of each kind of failing, by kind."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """All versions of one rule id of a product, in order of time."""

    id: str
    order: int
    versions: tuple[Version, ...]
    events: frozenset[str]
    """Event types that can change one of its facts."""
    segments: frozenset[str | None]
    """Segments for which it has other limits."""
    plain: Atom | None
    """The atom of a rule that is nothing but one limit at all times and for everybody."""

    def touched_by(self, event_type: str) -> bool:
        """Whether an event of this type may change a fact of the rule."""
        return event_type in self.events or "*" in self.events

    def at(self, t: int) -> Version | None:
        """The version in force at an instant; None where the rule is void."""
        for version in self.versions:
            if version.begins <= t < version.ends:
                return version
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What follows from how the rules of a product fail together."""

    kinds: tuple[int, ...]
    status: str
    failing: tuple[tuple[Rule, int], ...]
    """Each rule that fails and how, in document order."""
    speaking: tuple[tuple[Rule, int], ...]
    """Those that aren't silent."""
    unknown: tuple[str, ...]
    """Ids of the rules whose fact is unknown: a failure before is remembered through that."""
    order: tuple[int, ...] | None
    """Places of the speaking ones as they are told (E3); None where the distance from the limit decides."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product's rules and what its statuses allow."""

    id: str
    provider: str
    adds_inquiry: bool
    withdrawn: bool
    terms: dict[str, dict[str, Any]]
    rules: tuple[Rule, ...]
    order: int
    by_segment: bool
    """Whether a rule has other limits for a segment."""
    supersedes: bool
    """Whether a rule is silent while another one fails."""
    alone: dict[str, Product]
    """The product as if it had just one rule, by the rule's id."""
    simple: tuple[tuple[int, int], ...] | None
    """By rule: its atom's place, and how it fails when its fact is unknown (UNKNOWN, or PASSED without an effect); None
    unless every rule is nothing but one limit, unobserved.
    """
    observes: bool
    """Whether a rule is observed after a failure."""
    limited: bool
    """Whether a reason may be of limited disclosure, which other facts than its own decide."""
    patterns: dict[tuple[int, ...], Pattern]
    """What follows from each way of failing together, as far as met."""
    moving: tuple[int, ...]
    """Places of the atoms of its simple rules that time alone can move."""
    moving_paid: tuple[int, ...]
    """Those of them that unpaid installments don't move."""
    ahead: dict[tuple[Any, ...], Any]
    """What time alone will do, by how rules fail and the order of what flips, as far as met (streams.core.outlook)."""
    watched: dict[str, frozenset[str]]
    """By event type, as far as met: the ids of the rules of which it may change a fact."""

    def watching(self, event_type: str) -> frozenset[str]:
        """The ids of the rules of which an event of this type may change a fact."""
        found = self.watched.get(event_type)
        if found is None:
            every = event_type in OF_OTHERS
            found = frozenset(rule.id for rule in self.rules if every or rule.touched_by(event_type))
            self.watched[event_type] = found
        return found


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled policy."""

    id: str
    version: int
    digest: str
    effective_from: int
    context: Context
    products: tuple[Product, ...]
    atoms: tuple[Atom, ...]
    measured: tuple[tuple[Fact, tuple[Atom, ...]], ...]
    """The facts of all atoms, each once with its atoms."""
    touched: dict[str, tuple[tuple[Fact, tuple[Atom, ...]], ...]]
    """By event type, as far as met: those of them that it may change."""
    past_due: DaysPastDue
    overdue: AmountOverdue
    """Facts that texts need beside those of the rules."""
    segments: tuple[tuple[str, tuple[Atom, ...]], ...]
    """The policy's segments in order, each with the limits that must all hold."""
    toggling: bool
    """Whether time alone flips each atom once at most, as long as an account's state has nothing irregular."""
    periodic: frozenset[int] = frozenset()
    """Places of the atoms that time moves again and again."""
    rounds: int = 0
    """ms after which these have shown all that they can do: two rounds, months counted long, and every observation."""
    bounds: tuple[int, ...] = ()
    """Instants at which a rule's version begins or ends, ascending."""
    by_id: dict[str, Product] = field(default_factory=dict)
    next_review: NextReviewOn | None = None
    """Tells the next review day, where the policy has such days."""
    quiet: Quiet | None = None
    near: Fraction = NEAR
    """A value within this share of its limit is near it."""

    def touching(self, event_type: str) -> tuple[tuple[Fact, tuple[Atom, ...]], ...]:
        """The facts that an event of this type may change, each with its atoms."""
        found = self.touched.get(event_type)
        if found is None:
            found = tuple(each for each in self.measured if not each[0].moved_by.isdisjoint({event_type, "*"}))
            self.touched[event_type] = found
        return found

    def next_bound(self, t: int) -> int:
        """The earliest begin or end of a rule's version after an instant, or NEVER."""
        index = bisect_right(self.bounds, t)
        return self.bounds[index] if index < len(self.bounds) else NEVER
