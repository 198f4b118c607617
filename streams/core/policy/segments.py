"""account.segment: the event's own segment, else the policy's first whose limits all hold."""

from __future__ import annotations

from collections.abc import Iterable

from streams.core.facts.base import Arguments, Atom, Context, Fact, Moment
from streams.core.facts.latest import stamps
from streams.core.facts.limit import Limit, Value
from streams.core.state import AccountState, Stamp


class Segment(Fact):
    """account.segment"""

    name = "account.segment"
    unit = None

    def __init__(
        self, context: Context, arguments: Arguments, segments: tuple[tuple[str, tuple[Atom, ...]], ...]
    ) -> None:
        super().__init__(context, arguments)
        self._segments = segments
        facts = [atom.fact for _, atoms in segments for atom in atoms]
        own = frozenset({"account.opened", "account.updated"})
        self.events = own.union(*(fact.events for fact in facts))  # type: ignore[misc]

    def value(self, state: AccountState, moment: Moment) -> Value:
        own = state.standing.profile.get("segment")
        if own is not None:
            return str(own.value)
        for name, atoms in self._segments:
            if all(atom.fact.judge(state, moment, atom.limit)[0] for atom in atoms):
                return name
        return None

    def candidates(self, state: AccountState, moment: Moment, test: Limit) -> Iterable[int]:
        if state.standing.profile.get("segment") is not None:
            return ()
        atoms = [atom for _, atoms in self._segments for atom in atoms]
        return [instant for atom in atoms for instant in atom.fact.candidates(state, moment, atom.limit)]

    def evidence(self, state: AccountState, moment: Moment) -> list[Stamp]:
        own = state.standing.profile.get("segment")
        if own is not None:
            return stamps(own)
        name = self.value(state, moment)
        atoms = dict(self._segments).get(str(name), ())
        return [stamp for atom in atoms for stamp in atom.fact.evidence(state, moment)]
