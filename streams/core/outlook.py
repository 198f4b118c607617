"""What time alone will do: when a product's status changes next, and when each of its reasons clears (T16)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from schemas.memory import make_room
from streams.core import limits
from streams.core.amendments import frame_of
from streams.core.calendar import END, NEVER
from streams.core.evaluate import FORCED, Frame, Outcome, evaluate, pattern_of
from streams.core.interventions import judge
from streams.core.policy.program import Pattern, Product, Program, Rule


@mypyc_attr(acyclic=True)
class NextChange:
    """The earliest instant at which time alone gives another status, and the rule that does it (or `policy`)."""

    __slots__ = ("at", "because", "status")

    def __init__(self, at: int, status: str, because: str) -> None:
        self.at = at
        self.status = status
        self.because = because


@mypyc_attr(acyclic=True)
class Outlook:
    """`clears_at` by (rule, code), of the reasons that clear by themselves; `steps`: at how many instants at most time
    moves something up to the next change.
    """

    __slots__ = ("clears_at", "next_change", "steps")

    def __init__(self, next_change: NextChange | None, clears_at: dict[tuple[str, str], int], steps: int = 0) -> None:
        self.next_change = next_change
        self.clears_at = clears_at
        self.steps = steps


class Successor(NamedTuple):
    """A policy that is to follow for the account at an instant; product None when it no longer has the product."""

    at: int
    program: Program
    rollout: bool


@mypyc_attr(acyclic=True)
class Future:
    """An account's frames at later instants, no event between; shared by all its products."""

    def __init__(self, frame: Frame, successors: Sequence[Successor] = ()) -> None:
        self.frame = frame
        self.successors = successors
        self._frames: dict[tuple[int, int], Frame] = {}

    def later(self, before: Frame, t: int) -> Frame:
        """The frame at a later instant under the same policy."""
        key = (id(before.program), t)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = before.at(t)
        return frame

    def under(self, program: Program, t: int) -> Frame:
        """The frame at an instant under another policy."""
        key = (id(program), t)
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = frame_of(program, self.frame.own, t)
        return frame


def outlook(future: Future, outcome: Outcome) -> Outlook:
    """Look ahead step by step until the status has changed and every reason has cleared, or nothing moves any more."""
    frame = future.frame
    if not future.successors:
        if _next(frame, outcome) >= END:
            return _NOTHING
        program, state = frame.program, frame.state
        regular = program.toggling and not program.bounds and not state.lost and not state.own_irregular
        if regular and outcome.pattern is not None:
            return _toggle(frame, outcome, outcome.pattern)
    walk = Walk(future, outcome)
    pending = walk.reasons(outcome)
    clears_at: dict[tuple[str, str], int] = {}
    change: NextChange | None = None
    steps = 0
    for step in range(limits.OUTLOOK_STEPS):
        if (change is not None and not pending) or not walk.step():
            break
        still = walk.reasons(walk.now, silent=True) if pending and walk.product is not None else ()
        for reason in [each for each in pending if each not in still]:
            clears_at[reason] = walk.t
            pending.discard(reason)
        if change is None and walk.status != outcome.status:
            change, steps = NextChange(walk.t, walk.status, walk.because()), step + 1
    return Outlook(change, clears_at, steps)


_NOTHING: Final = Outlook(None, {})


def _next(frame: Frame, outcome: Outcome) -> int:
    """The next instant at which time alone may change an outcome, or NEVER."""
    if outcome.forced is not None:
        verdict = outcome.verdict
        return NEVER if verdict is None else min(verdict.until, frame.crossing(), outcome.wake(frame.t))
    return min(frame.crossing(), outcome.wake(frame.t))


class _Ahead(NamedTuple):
    """What flips in a certain order do: which of them changes the status, and which one clears each reason."""

    change: int | None
    status: str
    because: str
    clears: tuple[tuple[tuple[str, str], int], ...]


def _toggle(frame: Frame, outcome: Outcome, pattern: Pattern) -> Outlook:
    """As a walk, for a product of simple limits that time flips once each: only the order of the flips matters."""
    product, crossings = outcome.product, frame.crossings
    moving = product.moving_paid if outcome.status == "OPEN" else product.moving
    flips = sorted([(crossings[index], index) for index in moving if crossings[index]])
    if not flips:
        return _NOTHING
    together = tuple([before[0] == after[0] for before, after in pairwise(flips)])
    key = (pattern.kinds, together, *[index for _, index in flips])
    ahead = product.ahead.get(key)
    if ahead is None:
        make_room(product.ahead, limits.PATTERNS)
        ahead = product.ahead[key] = _flipped(frame, product, pattern, flips)
    clears_at = {reason: flips[place][0] for reason, place in ahead.clears}
    if ahead.change is None:
        return Outlook(None, clears_at)
    return Outlook(NextChange(flips[ahead.change][0], ahead.status, ahead.because), clears_at, ahead.change + 1)


def _flipped(frame: Frame, product: Product, pattern: Pattern, flips: Sequence[tuple[int, int]]) -> _Ahead:
    """Follow the flips; those of one instant count together."""
    results = frame.results.copy()
    before = pattern
    change, status, because = None, "", ""
    clears: dict[tuple[str, str], int] = {}
    for place, (t, index) in enumerate(flips):
        results[index] = not results[index]
        if place + 1 < len(flips) and flips[place + 1][0] == t:
            continue
        now = pattern_of(product, results)
        if now is before:
            continue
        for rule, kind in pattern.speaking:
            reason = (rule.id, rule.versions[0].codes[kind])
            if reason not in clears and (rule, kind) not in now.failing:
                clears[reason] = place
        if change is None and now.status != pattern.status:
            change, status, because = place, now.status, _first_of(before.speaking, now.speaking)
        before = now
    return _Ahead(change, status, because, tuple(clears.items()))


def _first_of(before: Sequence[tuple[Rule, int]], now: Sequence[tuple[Rule, int]]) -> str:
    """The first rule in document order whose effect is another."""
    was, now_ = (
        {(rule.order, rule.id, rule.versions[0].effects[kind]) for rule, kind in each} for each in (before, now)
    )
    return min(was ^ now_)[1]


class Walk:
    """The way ahead of one product, from one instant at which something may move to the next; at `t` it has come from
    `former` to `status`, which is NOT_OPEN where a policy to come no longer has the product (then `product` is None).
    """

    def __init__(self, future: Future, outcome: Outcome) -> None:
        self.future = future
        self.status = self.former = outcome.status
        self.product: Product | None = outcome.product
        self.now = outcome
        self.frame = future.frame
        self.t = self.frame.t
        self.unpaid = future.frame if outcome.status == "OPEN" else None
        self.successors = list(future.successors)
        self.rollout = False
        self.of_people = self.frame.state.own_people is not None
        self.judge = evaluate
        if self.of_people:
            self.judge = judge
        self.before = outcome
        self.succeeded = False
        self.still: int | None = None

    def step(self) -> bool:
        """Go to the next instant at which something may move; False when there is none."""
        if self.product is None:
            return False
        t = _next(self.frame, self.now)
        self.succeeded = bool(self.successors) and self.successors[0].at <= t
        if self.succeeded:
            t = self.successors[0].at
            self._succeed(self.successors.pop(0))
        elif t >= END or self._repeats(t):
            return False
        else:
            self.frame = self.future.later(self.frame, t)
        self.t, self.former = t, self.status
        if self.product is None:
            self.status = "NOT_OPEN"
            return True
        self.before = self.now
        self.now = self.judge(self.product, self.frame, self.before.memories, self.unpaid, self.rollout)
        self.status = self.now.status
        return True

    def because(self) -> str:
        """What the last step came from, as `next_change` names it."""
        return "policy" if self.succeeded else _first_changed(self.before, self.now, self.t)

    def reasons(self, outcome: Outcome, silent: bool = False) -> set[tuple[str, str]]:
        """An outcome's reasons by (rule, code); `silent`: those that aren't told too."""
        found = {(each.rule.id, each.code) for each in (outcome.failing if silent else outcome.failures)}
        return found | _of_people(outcome) if self.of_people else found

    def _repeats(self, t: int) -> bool:
        """Whether only review days come again by an instant, and have shown all that they can do."""
        program = self.frame.program
        if not program.periodic:
            return False
        if self.still is None:
            others = any(at and index not in program.periodic for index, at in enumerate(self.frame.crossings))
            decided = self.now.verdict is not None and self.now.verdict.until < END
            if others or decided or self.successors or program.next_bound(self.frame.t) < NEVER:
                return False
            self.still = self.frame.t
        return t > self.still + program.rounds

    def _succeed(self, successor: Successor) -> None:
        program = successor.program
        assert self.product is not None
        self.product = program.by_id.get(self.product.id)
        self.rollout = successor.rollout
        if self.unpaid is not None:
            self.unpaid = self.future.under(program, self.future.frame.t)
        self.frame = self.future.under(program, successor.at)


def _of_people(outcome: Outcome) -> set[tuple[str, str]]:
    """The reason that a person gave, as (rule, code)."""
    verdict = outcome.verdict
    return set() if verdict is None or verdict.status == "OPEN" else {(verdict.rule, FORCED[verdict.rule])}


def _first_changed(before: Outcome, after: Outcome, t: int) -> str:
    """What a person decided, where that ends; else the first rule in document order whose effect is another than
    before; `segment` where its limits are another segment's from now on (decision 0002, 41).
    """
    if before.verdict is not None and before.verdict.until <= t:
        return before.verdict.rule
    was = {each.rule.order: (each.effect, each.rule) for each in before.failures}
    now = {each.rule.order: (each.effect, each.rule) for each in after.failures}
    changed = [order for order in was.keys() | now.keys() if was.get(order) != now.get(order)]
    if not changed:
        return "policy"
    rule = (was.get(min(changed)) or now[min(changed)])[1]
    if before.segment != after.segment and not rule.segments.isdisjoint({before.segment, after.segment}):
        return "segment"
    return rule.id
