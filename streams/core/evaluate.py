"""Judging all rules of a product at one instant: its status, how each rule fails, and what the rules remember of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from streams.core.calendar import NEVER
from streams.core.facts.base import Moment, Value
from streams.core.policy.program import (
    EFFECTS,
    LIMIT,
    OBSERVE,
    UNKNOWN,
    Atom,
    Condition,
    Product,
    Program,
    Rule,
    Version,
)
from streams.core.state import AccountState, RuleMemory

Memories = Mapping[str, RuleMemory]
Judgement = tuple[bool | None, Value]

CLOSED, WITHDRAWN, ROLLOUT = "account-closed", "withdrawn", "rollout"
FORCED = {CLOSED: "ACC-04", WITHDRAWN: "POL-04", ROLLOUT: "POL-02"}
"""Rules that every policy has; they speak alone (decision 0002, 24)."""


class Frame:
    """An account at one instant under one policy: each atom is judged once, when first asked for."""

    __slots__ = ("_crossings", "_results", "closed", "moment", "program", "state")

    def __init__(self, program: Program, state: AccountState, t: int) -> None:
        self.program = program
        self.state = state
        self.moment = Moment(t, program.context)
        closed = state.profile.get("closed")
        self.closed = closed is not None and closed.value is not None
        self._results: dict[int, Judgement] = {}
        self._crossings: dict[int, int] = {}

    @property
    def t(self) -> int:
        """The instant."""
        return self.moment.t

    def judge(self, atom: Atom) -> Judgement:
        """Whether the atom holds, and its fact's value."""
        result = self._results.get(atom.index)
        if result is None:
            result = self._results[atom.index] = atom.judge(self.state, self.moment)
        return result

    def segment(self, unpaid: Frame | None) -> str | None:
        """The account's segment: its own, else the first one whose limits all hold."""
        own = self.state.profile.get("segment")
        if own is not None:
            return str(own.value)
        for name, atoms in self.program.segments:
            if all(_look(atom, self, unpaid)[0] for atom in atoms):
                return name
        return None

    def crossing(self) -> int:
        """The earliest later instant at which time alone flips an atom judged here, or NEVER."""
        state, moment, crossings = self.state, self.moment, self._crossings
        atoms = self.program.atoms
        for index, (result, _) in self._results.items():
            if index not in crossings:
                atom = atoms[index]
                found = atom.fact.crossing(state, moment, atom.limit, result)
                crossings[index] = NEVER if found is None else found
        return min(crossings.values(), default=NEVER)

    def at(self, t: int) -> Frame:
        """The account at a later instant, no event between; what doesn't flip until then isn't judged again."""
        self.crossing()
        frame = Frame(self.program, self.state, t)
        for index, (result, _) in self._results.items():
            crossing = self._crossings[index]
            if crossing > t:
                frame._results[index] = (result, None)
                frame._crossings[index] = crossing
            else:
                frame.judge(self.program.atoms[index])
        return frame


class Failure(NamedTuple):
    """A rule that fails: how, since when, until when (observation), and by which atom with which value."""

    rule: Rule
    version: Version
    kind: int
    since: int
    until: int
    atom: Atom | None
    value: Value

    @property
    def effect(self) -> str:
        """The status it brings."""
        if self.kind == LIMIT:
            return self.version.effect
        if self.kind == UNKNOWN:
            assert self.version.unknown is not None
            return self.version.unknown
        assert self.version.observe is not None
        return self.version.observe.effect

    @property
    def code(self) -> str:
        """The reason code."""
        if self.kind == LIMIT:
            return self.version.reason
        if self.kind == UNKNOWN:
            assert self.version.unknown_reason is not None
            return self.version.unknown_reason
        assert self.version.observe is not None
        return self.version.observe.reason


class Outcome(NamedTuple):
    """A product at an instant: status, the rules that speak, and the memories that go on. `forced` names the rule that
    speaks alone, with its since."""

    product: Product
    status: str
    failures: list[Failure]
    memories: dict[str, RuleMemory]
    forced: tuple[str, int] | None

    def wake(self, t: int) -> int:
        """The earliest later instant at which an observation ends, or NEVER."""
        return min((each.until for each in self.memories.values() if each.until > t), default=NEVER)


def evaluate(product: Product, frame: Frame, memories: Memories, unpaid: Frame | None = None, rollout: bool = False) -> Outcome:
    """Judge all rules of a product.

    `unpaid` is the frame from which facts of unpaid installments are taken instead (semantics T16); `rollout` says that
    the policy hasn't reached this account, and none was there before (E14).
    """
    t = frame.t
    kept: dict[str, RuleMemory] = {}
    failures: list[Failure] = []
    segment = frame.segment(unpaid) if product.by_segment else None
    for rule in product.rules:
        version = rule.versions[0] if len(rule.versions) == 1 else rule.at(t)
        if version is None or not version.begins <= t < version.ends:
            continue
        memory = memories.get(rule.id)
        condition = version.by_segment.get(segment, version.plain) if segment is not None else version.plain
        result, atom, value = _judge(condition, frame, memory is not None and memory.failed, unpaid)
        if result and memory is None:
            continue
        after = _remember(version, result, memory, t)
        if after is None:
            continue
        kept[rule.id] = after
        if after.kind:
            failures.append(Failure(rule, version, after.kind, after.since, after.until, atom, value))
    forced = WITHDRAWN if product.withdrawn else ROLLOUT if rollout else CLOSED if frame.closed else None
    if forced is not None:
        before = memories.get(forced)
        since = t if before is None else before.since
        kept[forced] = RuleMemory(LIMIT, since, False, 0)
        return Outcome(product, "NOT_OPEN", [], kept, (forced, since))
    if not failures:
        return Outcome(product, "OPEN", failures, kept, None)
    failing = {each.rule.id for each in failures if each.kind != OBSERVE}
    speaking = [each for each in failures if failing.isdisjoint(each.version.superseded_by)]
    status = max((each.effect for each in speaking), key=EFFECTS.__getitem__, default="OPEN")
    return Outcome(product, status, speaking, kept, None)


def _judge(
    condition: Condition, frame: Frame, failed: bool, unpaid: Frame | None
) -> tuple[bool | None, Atom, Value]:
    """The condition's result, and the atom with its value that a reason would show."""
    atoms = condition.atoms
    if failed and condition.reopen is not None:
        return _judge_reopening(atoms[0], condition.reopen, frame, unpaid)
    if len(atoms) == 1:
        atom = atoms[0]
        result, value = _look(atom, frame, unpaid)
        return result, atom, value
    results = [(*_look(atom, frame, unpaid), atom) for atom in atoms]
    decisive = condition.any  # one True decides `any`, one False decides `all`
    if any(result is decisive for result, _, _ in results):
        overall: bool | None = decisive
    elif any(result is None for result, _, _ in results):
        overall = None
    else:
        overall = not decisive
    shown = next(((value, atom) for result, value, atom in results if result is (None if overall is None else False)), None)
    value, atom = shown if shown is not None else (results[0][1], results[0][2])
    return overall, atom, value


def _judge_reopening(plain: Atom, reopen: Atom, frame: Frame, unpaid: Frame | None) -> tuple[bool | None, Atom, Value]:
    """After a failure the reopening limit must hold; the plain one is shown while it is broken too (decision 0002, 20)."""
    result, value = _look(plain, frame, unpaid)
    if result is not True:
        return result, plain, value
    result, value = _look(reopen, frame, unpaid)
    return result, reopen, value


def _look(atom: Atom, frame: Frame, unpaid: Frame | None) -> Judgement:
    return (unpaid if unpaid is not None and atom.fact.expects_payment else frame).judge(atom)


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
