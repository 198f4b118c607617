"""Judging all rules of a product at one instant: its status, how each rule fails, and what the rules remember of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from schemas.memory import make_room
from streams.core import limits
from streams.core.calendar import NEVER
from streams.core.facts import SEGMENT
from streams.core.facts.base import Atom, Crossings, Fact, Moment, Results
from streams.core.facts.limit import Value
from streams.core.policy.program import (
    EFFECTS,
    LIMIT,
    OBSERVE,
    PASSED,
    UNKNOWN,
    Condition,
    Pattern,
    Product,
    Program,
    Rule,
    Version,
)
from streams.core.state import AccountState, RuleMemory

Memories = dict[str, RuleMemory]

CLOSED: Final = "account-closed"
WITHDRAWN: Final = "withdrawn"
ROLLOUT: Final = "rollout"
OVERRIDE: Final = "human-override"
DECISION: Final = "human-review"
FORCED: Final = {CLOSED: "ACC-04", WITHDRAWN: "POL-04", ROLLOUT: "POL-02", OVERRIDE: "REV-01", DECISION: "REV-01"}
"""Rules that every policy has; they speak alone (decisions 0002, 24 and 0086)."""


@mypyc_attr(acyclic=True)
class Frame:
    """An account at one instant under one policy: all atoms judged, and when time alone flips them."""

    __slots__ = ("_moment", "_next", "crossings", "program", "results", "state", "t")

    def __init__(self, program: Program, state: AccountState, t: int, results: Results, crossings: Crossings) -> None:
        self.program = program
        self.state = state
        self.t = t
        self.results = results
        self.crossings = crossings
        self._moment: Moment | None = None
        self._next = 0

    @property
    def own(self) -> AccountState:
        """The account's own state: what people said of its events is not applied to it."""
        return self.state

    @property
    def closed(self) -> bool:
        """Whether the account is closed."""
        standing = self.state.own_standing
        closed = None if standing is None else standing.profile.get("closed")
        return closed is not None and closed.value is not None

    @property
    def moment(self) -> Moment:
        """The instant with its local days."""
        moment = self._moment
        if moment is None:
            moment = self._moment = Moment(self.t, self.program.context)
        return moment

    def value(self, atom: Atom) -> Value:
        """The value of an atom's fact, None where a lower bound decides nothing (semantics M12)."""
        fact, state = atom.fact, self.state
        if state.lost:
            return fact.judge(state, self.moment, atom.limit)[1]
        return fact.value(state, self.moment)

    def segment(self, unpaid: Frame | None) -> str | None:
        """The account's segment: its own, else the first one whose limits all hold."""
        own = self.state.standing.profile.get("segment")
        if own is not None:
            return str(own.value)
        for name, atoms in self.program.segments:
            if all(_look(atom, self, unpaid) for atom in atoms):
                return name
        return None

    def crossing(self) -> int:
        """The earliest later instant at which time flips an atom or a rule's version begins or ends, or NEVER."""
        if not self._next:
            found = NEVER
            for each in self.crossings:
                if each and each < found:
                    found = each
            if self.program.bounds:
                found = min(found, self.program.next_bound(self.t))
            self._next = found
        return self._next

    def at(self, t: int) -> Frame:
        """The account at a later instant, no event between; what doesn't flip until then isn't judged again."""
        frame = Frame(self.program, self.state, t, self.results.copy(), self.crossings.copy())
        frame.flip()
        return frame

    def flip(self) -> None:
        """Judge again what time flips up to the instant."""
        state, t, atoms, crossings = self.state, self.t, self.program.atoms, self.crossings
        for index, crossing in enumerate(crossings):
            if crossing and crossing <= t:
                atom = atoms[index]
                if atom.edge is not None and atom.fact.toggles(state, atom.limit):
                    self.results[index] = not self.results[index]
                    crossings[index] = 0
                else:
                    atom.fact.look(state, self.moment, (atom,), self.results, crossings)

    def judge(self, facts: Sequence[tuple[Fact, tuple[Atom, ...]]]) -> None:
        """Judge the atoms of these facts."""
        state, moment, results, crossings = self.state, self.moment, self.results, self.crossings
        for fact, atoms in facts:
            fact.look(state, moment, atoms, results, crossings)


def judged(program: Program, state: AccountState, t: int) -> Frame:
    """The frame of an account of which nothing is known yet."""
    count = len(program.atoms)
    frame = Frame(program, state, t, [None] * count, [0] * count)
    frame.judge(program.measured)
    return frame


@mypyc_attr(acyclic=True)
class Failure:
    """A rule that fails: how, since when, until when (observation), and by which atom."""

    __slots__ = ("atom", "kind", "rule", "since", "until", "version")

    def __init__(self, rule: Rule, version: Version, kind: int, since: int, until: int, atom: Atom) -> None:
        self.rule = rule
        self.version = version
        self.kind = kind
        self.since = since
        self.until = until
        self.atom = atom

    @property
    def effect(self) -> str:
        """The status it brings."""
        return self.version.effects[self.kind]

    @property
    def code(self) -> str:
        """The reason code."""
        return self.version.codes[self.kind]


class Verdict(NamedTuple):
    """What a person decided of a product: under which rule it speaks, the status, the first instant after its end, the
    reason given, and the ids of the events behind it.
    """

    rule: str
    status: str
    until: int
    reason: str
    evidence: list[str]


@mypyc_attr(acyclic=True)
class Outcome:
    """A product at an instant: status, the rules that speak, and the memories that go on. `forced` names the rule that
    speaks alone, with its since; `pattern` is how simple rules fail.
    """

    __slots__ = ("failing", "failures", "forced", "memories", "pattern", "product", "segment", "status", "verdict")

    def __init__(
        self,
        product: Product,
        status: str,
        failures: list[Failure],
        memories: dict[str, RuleMemory],
        forced: tuple[str, int] | None,
        failing: list[Failure],
        segment: str | None,
        pattern: Pattern | None = None,
        verdict: Verdict | None = None,
    ) -> None:
        self.product = product
        self.status = status
        self.failures = failures
        self.memories = memories
        self.forced = forced
        self.failing = failing
        """All rules that fail, the silent ones too."""
        self.segment = segment
        self.pattern = pattern
        self.verdict = verdict
        """What a person decided, where that speaks alone."""

    def wake(self, t: int) -> int:
        """The earliest later instant at which an observation ends, or NEVER."""
        return wake(self.memories, t) if self.product.observes else NEVER


def wake(memories: Memories, t: int) -> int:
    """The earliest later instant at which an observation ends, or NEVER."""
    return min([each.until for each in memories.values() if each.until > t], default=NEVER)


def evaluate(
    product: Product, frame: Frame, memories: Memories, unpaid: Frame | None = None, rollout: bool = False
) -> Outcome:
    """Judge all rules of a product.

    `unpaid` is the frame from which facts of unpaid installments are taken instead (semantics T16); `rollout` says that
    the policy hasn't reached this account, and none was there before (E14).
    """
    if product.simple is not None and unpaid is None and not rollout and not frame.closed and not product.withdrawn:
        outcome = _by_pattern(product, frame, memories)
        if outcome is not None:
            return outcome
    t, results = frame.t, frame.results
    kept: dict[str, RuleMemory] = {}
    failing: list[Failure] = []
    segment = frame.segment(unpaid) if product.by_segment else None
    for rule in product.rules:
        id = rule.id
        memory = memories.get(id)
        if rule.plain is not None and unpaid is None:
            atom = rule.plain
            result = results[atom.index]
            version = rule.versions[0]
        else:
            found = rule.at(t)
            if found is None:
                continue
            version = found
            condition = version.plain if segment is None else version.by_segment.get(segment, version.plain)
            result, atom = _judge(condition, frame, memory is not None and memory.failed, unpaid)
        if memory is None and (result or (result is None and version.unknown is None)):
            continue
        after = _remember(version, result, memory, t)
        if after is not None:
            kept[id] = after
            if after.kind:
                failing.append(Failure(rule, version, after.kind, after.since, after.until, atom))
    forced = WITHDRAWN if product.withdrawn else ROLLOUT if rollout else CLOSED if frame.closed else None
    if forced is not None:
        return _force(product, forced, kept, memories, t)
    if not failing:
        return Outcome(product, "OPEN", failing, kept, None, failing, segment)
    speaking = failing
    if product.supersedes and len(failing) > 1:
        names = {each.rule.id for each in failing if each.kind != OBSERVE}
        speaking = [each for each in failing if names.isdisjoint(each.version.superseded_by)]
    return Outcome(product, strongest(speaking), speaking, kept, None, failing, segment)


def _by_pattern(product: Product, frame: Frame, memories: Memories) -> Outcome | None:
    """The outcome of a product whose rules are nothing but limits; None where a memory must outlast an unknown fact."""
    pattern = pattern_of(product, frame.results)
    failing = pattern.failing
    if memories and pattern.unknown and any(id in memories and memories[id].failed for id in pattern.unknown):
        return None
    if not failing:
        return Outcome(product, "OPEN", [], {}, None, [], None, pattern)
    t, kept, failures, same = frame.t, {}, [], len(memories) == len(failing)
    for rule, kind in failing:
        memory = memories.get(rule.id)
        if memory is None or memory.kind != kind:
            memory, same = RuleMemory(kind, t, kind == LIMIT, 0), False
        kept[rule.id] = memory
        atom = rule.plain
        assert atom is not None, "a simple rule has one atom"
        failures.append(Failure(rule, rule.versions[0], kind, memory.since, 0, atom))
    if len(pattern.speaking) == len(failing):
        speaking = failures
    else:
        heard = {rule.id for rule, _ in pattern.speaking}
        speaking = [each for each in failures if each.rule.id in heard]
    return Outcome(product, pattern.status, speaking, memories if same else kept, None, failures, None, pattern)


def pattern_of(product: Product, results: Results) -> Pattern:
    """What follows from how all rules of a simple product fail."""
    simple = product.simple
    assert simple is not None, "only simple products have patterns"
    failing_as = []
    for atom, unknown in simple:
        result = results[atom]
        failing_as.append(unknown if result is None else 0 if result else LIMIT)
    kinds = tuple(failing_as)
    pattern = product.patterns.get(kinds)
    if pattern is None:
        failing = tuple(
            (rule, kind) for rule, kind in zip(product.rules, kinds, strict=True) if kind in (LIMIT, UNKNOWN)
        )
        names = {rule.id for rule, _ in failing}
        speaking = tuple((rule, kind) for rule, kind in failing if names.isdisjoint(rule.versions[0].superseded_by))
        effects = [rule.versions[0].effects[kind] for rule, kind in speaking]
        status = max(effects, key=EFFECTS.__getitem__, default="OPEN")
        uncertain = tuple(rule.id for rule, kind in zip(product.rules, kinds, strict=True) if kind in (UNKNOWN, PASSED))
        pattern = Pattern(kinds, status, failing, speaking, uncertain, _told_order(speaking, status))
        make_room(product.patterns, limits.PATTERNS)
        product.patterns[kinds] = pattern
    return pattern


def _told_order(speaking: Sequence[tuple[Rule, int]], status: str) -> tuple[int, ...] | None:
    ranks = ranked(
        [rule.versions[0].ranks[kind] for rule, kind in speaking],
        [rule.versions[0].effects[kind] for rule, kind in speaking],
        status,
    )
    if len({rank for rank, _ in ranks}) < len(ranks):
        return None
    return tuple(place for _, place in ranks)


Rank = tuple[int, int, bool]
"""What decides which reason is told first (E3): its group, its effect, whether clearing it alone would not help."""


def ranked(ranks: Sequence[tuple[int, int]], effects: Sequence[str], status: str) -> list[tuple[Rank, int]]:
    """The rank of each of the rules that fail, with its place among them, in the order of telling.

    Those of equal rank are told by their distance from the limit, which isn't looked at here.
    """
    helps = effects.count(status) == 1
    return sorted(
        ((group, strength, not (helps and effect == status)), place)
        for place, ((group, strength), effect) in enumerate(zip(ranks, effects, strict=True))
    )


def strongest(failures: list[Failure]) -> str:
    """The status that failing rules bring together."""
    if len(failures) == 1:
        return failures[0].version.effects[failures[0].kind]
    return max([each.version.effects[each.kind] for each in failures], key=EFFECTS.__getitem__, default="OPEN")


def _force(product: Product, forced: str, kept: dict[str, RuleMemory], memories: Memories, t: int) -> Outcome:
    before = memories.get(forced)
    since = t if before is None else before.since
    kept[forced] = RuleMemory(LIMIT, since, False, 0)
    return Outcome(product, "NOT_OPEN", [], kept, (forced, since), [], None)


def _judge(condition: Condition, frame: Frame, failed: bool, unpaid: Frame | None) -> tuple[bool | None, Atom]:
    """The condition's result, and the atom that a reason would show."""
    atoms = condition.atoms
    if failed and condition.reopen is not None:
        return _judge_reopening(atoms[0], condition.reopen, frame, unpaid)
    if len(atoms) == 1:
        return _look(atoms[0], frame, unpaid), atoms[0]
    results = [_look(atom, frame, unpaid) for atom in atoms]
    decisive = condition.any  # one True decides `any`, one False decides `all`
    if decisive in results:
        overall: bool | None = decisive
    elif None in results:
        overall = None
    else:
        overall = not decisive
    sought = None if overall is None else False
    return overall, atoms[results.index(sought)] if sought in results else atoms[0]


def _judge_reopening(plain: Atom, reopen: Atom, frame: Frame, unpaid: Frame | None) -> tuple[bool | None, Atom]:
    """After a failure the reopening limit must hold; the plain one is shown while it is broken (decision 0002, 20)."""
    result = _look(plain, frame, unpaid)
    return (result, plain) if result is not True else (_look(reopen, frame, unpaid), reopen)


def _look(atom: Atom, frame: Frame, unpaid: Frame | None) -> bool | None:
    if unpaid is not None and atom.fact.name == SEGMENT:
        return atom.limit.holds(frame.segment(unpaid))
    return (unpaid if unpaid is not None and atom.fact.expects_payment else frame).results[atom.index]


def _remember(version: Version, result: bool | None, memory: RuleMemory | None, t: int) -> RuleMemory | None:
    """The rule's memory after a judgement; None when there is nothing to remember (decision 0002, 19)."""
    failed, until = (memory.failed, memory.until) if memory is not None else (False, 0)
    if result is None:
        kind = UNKNOWN if version.unknown is not None else OBSERVE if until > t else 0
    elif not result:
        kind, failed, until = LIMIT, True, 0
    else:
        if failed:
            failed = False
            until = t + version.observe.ms if version.observe is not None else 0
        kind = OBSERVE if until > t else 0
    if until <= t:
        until = 0
    if not kind and not failed and not until:
        return None
    if memory is not None and memory.kind == kind and memory.failed == failed and memory.until == until:
        return memory
    since = memory.since if memory is not None and memory.kind == kind else t
    return RuleMemory(kind, since, failed, until)
