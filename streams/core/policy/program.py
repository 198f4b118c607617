"""A policy compiled for evaluation: facts shared by all products, rules as judgements of atoms."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from streams.core.facts.base import Context, Fact, Moment, Value
from streams.core.policy.limit import Limit
from streams.core.state import AccountState

LIMIT, UNKNOWN, OBSERVE = 1, 2, 3
"""How a rule fails: its limit doesn't hold; its fact is unknown and that has an effect; observed after a failure."""

EFFECTS = {"OPEN": 0, "LIMITED": 1, "UNDER_REVIEW": 2, "NOT_OPEN": 3}
"""Statuses by strength (policy.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """One limit on one fact; the same limit of several rules is one atom."""

    index: int
    fact: Fact
    limit: Limit

    def judge(self, state: AccountState, moment: Moment) -> tuple[bool | None, Value]:
        """Whether the limit holds (None: unknown) and the fact's value."""
        return self.fact.judge(state, moment, self.limit)


@dataclass(frozen=True, slots=True)
class Condition:
    """One atom, or several of which any or all must hold; `reopen` holds instead after a failure (hysteresis)."""

    atoms: tuple[Atom, ...]
    any: bool = False
    reopen: Atom | None = None


@dataclass(frozen=True, slots=True)
class Observe:
    """An observation after a failure has cleared."""

    ms: int
    days: int
    effect: str
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as it stands between two instants."""

    begins: int
    ends: int
    plain: Condition
    by_segment: dict[str, Condition]
    effect: str
    reason: str
    unknown: str | None
    unknown_reason: str | None
    observe: Observe | None
    superseded_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """All versions of one rule id of a product, in order of time."""

    id: str
    order: int
    versions: tuple[Version, ...]
    events: frozenset[str]
    """Event types that can change one of its facts."""

    def touched_by(self, event_type: str) -> bool:
        """Whether an event of this type may change a fact of the rule."""
        return event_type in self.events or "*" in self.events

    def at(self, t: int) -> Version | None:
        """The version in force at an instant; None where the rule is void."""
        for version in self.versions:
            if version.begins <= t < version.ends:
                return version
        return None


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
    facts: dict[str, Fact]
    """Facts by name that texts and reasons need beside those of the rules, without arguments."""
    segments: tuple[tuple[str, tuple[Atom, ...]], ...]
    """The policy's segments in order, each with the limits that must all hold."""
    bounds: tuple[int, ...] = ()
    """Instants at which a rule's version begins or ends, ascending."""
    by_id: dict[str, Product] = field(default_factory=dict)

    def next_bound(self, t: int) -> int | None:
        """The earliest begin or end of a rule's version after an instant."""
        index = bisect_right(self.bounds, t)
        return self.bounds[index] if index < len(self.bounds) else None
