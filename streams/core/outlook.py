"""What time alone will do: when a product's status changes next, and when each of its reasons clears (T16)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from msgspec import Struct

from streams.core import limits
from streams.core.calendar import END, NEVER
from streams.core.evaluate import Frame, Outcome, evaluate, pattern_of
from streams.core.policy.program import Judgement, Product, Program, Rule


class NextChange(Struct, frozen=True, gc=False, array_like=True):
    """The earliest instant at which time alone gives another status, and the rule that does it (or `policy`)."""

    at: int
    status: str
    because: str


class Outlook(Struct, frozen=True, gc=False):
    """`clears_at` by (rule, code), of the reasons that clear by themselves."""

    next_change: NextChange | None
    clears_at: dict[tuple[str, str], int]


class Successor(NamedTuple):
    """A policy that is to follow for the account at an instant; product None when it no longer has the product."""

    at: int
    program: Program
    rollout: bool


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
            frame = self._frames[key] = Frame(program, self.frame.state, t)
        return frame


def outlook(future: Future, outcome: Outcome) -> Outlook:
    """Look ahead step by step until the status has changed and every reason has cleared, or nothing moves any more."""
    frame = future.frame
    if not future.successors:
        if outcome.forced is not None or _next(frame, outcome) >= END:
            return _NOTHING
        program, state, kinds = frame.program, frame.state, outcome.product.kinds
        if program.toggling and kinds is not None and not program.bounds and not state.lost and not state.own_irregular:
            return _toggle(frame, outcome, kinds)
    walk = _Walk(future, outcome)
    for _ in range(limits.OUTLOOK_STEPS):
        if not walk.step():
            break
    return Outlook(walk.change, walk.clears_at)


_NOTHING = Outlook(None, {})


def _next(frame: Frame, outcome: Outcome) -> int:
    """The next instant at which time alone may change an outcome, or NEVER."""
    if outcome.forced is not None:
        return NEVER
    return min(frame.crossing(), outcome.wake(frame.t))


def _toggle(frame: Frame, outcome: Outcome, kinds: Callable[[Sequence[Judgement]], tuple[int, ...]]) -> Outlook:
    """As a walk, for a product of simple limits that time flips once each: results flip, nothing is judged again."""
    product, atoms, results = outcome.product, frame.program.atoms, frame.results.copy()
    opened = outcome.status == "OPEN"
    now = before = pattern_of(product, kinds(results))
    change: NextChange | None = None
    clears_at: dict[tuple[str, str], int] = {}
    flips = sorted(
        (t, index) for index, t in frame.crossings.items() if not (opened and atoms[index].fact.expects_payment)
    )
    for place, (t, index) in enumerate(flips):
        results[index] = (not results[index][0], None)
        if place + 1 < len(flips) and flips[place + 1][0] == t:
            continue
        now = pattern_of(product, kinds(results))
        if now is not before:
            for failure in outcome.failures:
                reason = (failure.rule.id, failure.code)
                if reason not in clears_at and (failure.rule, failure.kind) not in now.failing:
                    clears_at[reason] = t
            if change is None and now.status != outcome.status:
                change = NextChange(t, now.status, _first_of(before.speaking, now.speaking))
            before = now
    return Outlook(change, clears_at)


def _first_of(before: Sequence[tuple[Rule, int]], now: Sequence[tuple[Rule, int]]) -> str:
    """The first rule in document order whose effect is another."""
    was, now_ = (
        {(rule.order, rule.id, rule.versions[0].effects[kind]) for rule, kind in each} for each in (before, now)
    )
    return min(was ^ now_)[1]


class _Walk:
    """The way ahead of one product."""

    def __init__(self, future: Future, outcome: Outcome) -> None:
        self.future = future
        self.status = outcome.status
        self.product: Product | None = outcome.product
        self.now = outcome
        self.frame = future.frame
        self.unpaid = future.frame if outcome.status == "OPEN" else None
        self.successors = list(future.successors)
        self.rollout = False
        self.pending = {(each.rule.id, each.code) for each in outcome.failures}
        self.clears_at: dict[tuple[str, str], int] = {}
        self.change: NextChange | None = None

    def step(self) -> bool:
        """Go to the next instant at which something may move; False when there is none, or nothing left to find out."""
        if self.change is not None and not self.pending:
            return False
        t = _next(self.frame, self.now)
        before, succeeded = self.now, False
        if self.successors and self.successors[0].at <= t:
            t, succeeded = self.successors[0].at, True
            self._succeed(self.successors.pop(0))
        elif t >= END:
            return False
        else:
            self.frame = self.future.later(self.frame, t)
        if self.product is None:
            self._note(t, "NOT_OPEN", "policy", frozenset())
            return False
        self.now = now = evaluate(self.product, self.frame, before.memories, self.unpaid, self.rollout)
        changed = self.change is None and now.status != self.status
        because = "" if not changed else "policy" if succeeded else _first_changed(before, now)
        self._note(t, now.status, because, {(each.rule.id, each.code) for each in now.failing} if self.pending else ())
        return True

    def _succeed(self, successor: Successor) -> None:
        program = successor.program
        assert self.product is not None
        self.product = program.by_id.get(self.product.id)
        self.rollout = successor.rollout
        if self.unpaid is not None:
            self.unpaid = self.future.under(program, self.future.frame.t)
        self.frame = self.future.under(program, successor.at)

    def _note(self, t: int, status: str, because: str, still: Collection[tuple[str, str]]) -> None:
        for reason in [each for each in self.pending if each not in still]:
            self.clears_at[reason] = t
            self.pending.discard(reason)
        if self.change is None and status != self.status:
            self.change = NextChange(t, status, because)


def _first_changed(before: Outcome, after: Outcome) -> str:
    """The first rule in document order whose effect is another than before; `segment` where its limits are another
    segment's from now on (decision 0002, 41).
    """
    was = {each.rule.order: (each.effect, each.rule) for each in before.failures}
    now = {each.rule.order: (each.effect, each.rule) for each in after.failures}
    changed = [order for order in was.keys() | now.keys() if was.get(order) != now.get(order)]
    if not changed:
        return "policy"
    rule = (was.get(min(changed)) or now[min(changed)])[1]
    if before.segment != after.segment and not rule.segments.isdisjoint({before.segment, after.segment}):
        return "segment"
    return rule.id
