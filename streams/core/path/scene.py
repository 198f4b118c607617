"""Trying a course of events in the engine: the same fold, timers and evaluation as for events that happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from schemas.event import Event
from schemas.settings import CoreSettings
from streams.core import interventions, limits
from streams.core.amendments import Seen, frame_of
from streams.core.calendar import Zone
from streams.core.copies import copied
from streams.core.evaluate import Frame, Outcome, evaluate
from streams.core.folds.targets import next_expiry
from streams.core.path.actions import Action, Step, event_of, step_of
from streams.core.path.asked import DUES
from streams.core.path.owed import pay
from streams.core.policies import Policies
from streams.core.policy.program import LIMIT, UNKNOWN
from streams.core.state import AccountState, Installment, ProductMemory
from streams.core.step import Account, apply, fire, next_due


class Turn(NamedTuple):
    """From an instant (ms) on, the product has this status."""

    at: int
    status: str


class Beginning(NamedTuple):
    """An instant (ms) at which a rule began to fail on the way, and the account as it was then."""

    at: int
    state: AccountState


@dataclass(frozen=True, slots=True)
class Trial:
    """What the engine said of some actions, from the instant at which one acts until the product is open."""

    actions: tuple[Action, ...]
    turns: tuple[Turn, ...]
    """The product's statuses in order; the first is the one after what is done at once."""
    steps: tuple[Step, ...]
    """What was done by then."""
    opens_at: int | None
    """When it opens (ms), None where it doesn't within the horizon."""
    money: Fraction
    ended: Beginning
    """The last instant looked at."""
    began: tuple[Beginning, ...]
    """Where a rule began to fail, the earliest first."""
    failing: frozenset[str]
    """Rules that failed all the time."""

    @property
    def order(self) -> tuple[int, Fraction, int]:
        """What is preferred: fewest actions, least money, earliest date."""
        assert self.opens_at is not None, "only plans that open are compared"
        return len(self.actions), self.money, self.opens_at


class Supposed(NamedTuple):
    """The record of an event that hasn't happened, as the fold wants to know it."""

    timestamp: int
    topic: str = "supposed"
    partition: int = 0
    offset: int = 0
    value: bytes | None = b""
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Scene:
    """An account at an instant and one of its products. Any number of courses are tried from here; none changes it."""

    def __init__(
        self, account: Account, product: str, at: int, policies: Policies, settings: CoreSettings | None = None
    ) -> None:
        """`account` is brought to `at` (ms): it must be the caller's own copy."""
        self.settings = settings or CoreSettings()
        self.policies = policies
        self.product = product
        self.id = account.id
        fire(account, at, policies)
        self.at = max(at, account.state.as_of + 1)
        """The instant at which one can act: after everything known."""
        fire(account, self.at, policies)
        self.horizon = self.at + limits.PATH_MS
        self.state = account.state
        self._due = account.due

    def account(self) -> Account:
        """A copy of the account as it is at the instant; nobody reads what it would send."""
        return Account(self.id, copied(self.state), self._due, told=False)

    def status(self, state: AccountState) -> str | None:
        """The product's status; None where it was never evaluated."""
        memory = state.products.get(self.product)
        return None if memory is None else memory.status

    def zone(self) -> Zone | None:
        """The policy's zone; None where no policy holds."""
        in_force = self.policies.in_force(self.id, self.policies.era_at(self.at))
        return None if in_force is None else in_force.program.context.zone

    def judge(self, state: AccountState, t: int) -> tuple[Frame, Outcome] | None:
        """The product judged anew, with what people said of events and decided; None where no policy judges it."""
        in_force = self.policies.in_force(self.id, self.policies.era_at(t))
        if in_force is None or self.product not in in_force.program.by_id:
            return None
        frame = frame_of(in_force.program, state, t)
        memories = (state.products.get(self.product) or ProductMemory()).rules
        judge = evaluate if state.own_people is None and not isinstance(frame, Seen) else interventions.judge
        return frame, judge(frame.program.by_id[self.product], frame, memories, None, in_force.rollout)

    def take(self, account: Account, event: Event) -> None:
        """An event happens and is learnt of at its time; timers due by then fire first."""
        fire(account, event.time, self.policies)
        apply(account, event, Supposed(event.time), self.policies, self.settings)

    def trial(self, actions: Sequence[Action]) -> Trial:
        """Take the actions' steps at their dates and let time go on until the product is open."""
        return _Course(self, actions).run()

    def replay(self, steps: Sequence[Step], until: int, others: Sequence[Event] = ()) -> list[Turn]:
        """The product's statuses up to an instant when just these steps, and other events, happen at their dates."""
        account, turns = self.account(), list[Turn]()
        self.note(account, self.at, turns)
        events = [event_of(self.id, step, f"step-{place}") for place, step in enumerate(steps)]
        for event in sorted((*others, *events), key=lambda each: each.time):
            self._pass(account, event.time, turns)
            self.take(account, event)
            self.note(account, event.time, turns)
        self._pass(account, until, turns)
        return turns

    def _pass(self, account: Account, until: int, turns: list[Turn]) -> None:
        while (t := next_due(account, self.policies)) <= until:
            fire(account, t, self.policies)
            self.note(account, t, turns)

    def note(self, account: Account, t: int, turns: list[Turn]) -> None:
        """Note the status where it is another than before; of several within one instant the last one counts."""
        status = self.status(account.state)
        if turns and turns[-1].at == t:
            turns.pop()
        if status is not None and (not turns or turns[-1].status != status):
            turns.append(Turn(t, status))


class _Course:
    """One course of events, step by step."""

    def __init__(self, scene: Scene, actions: Sequence[Action]) -> None:
        self.scene = scene
        self.actions = tuple(actions)
        self.account = scene.account()
        self.state = self.account.state
        planned = [pair for action in actions for pair in zip(action.steps, action.events, strict=True)]
        self.queue = sorted(planned, key=lambda each: each[0].at)
        self.zone = scene.zone() if any(action.kind == DUES for action in actions) else None
        self.turns: list[Turn] = []
        self.steps: list[Step] = []
        self.began: list[Beginning] = []
        self.failing: frozenset[str] | None = None
        self.before: frozenset[str] = frozenset()
        self.still: int | None = None
        """Since when nothing but review days lies ahead, and so many ms later they have shown all."""
        self.rounds = 0

    def run(self) -> Trial:
        """Until the product is open, or nothing moves any more within the horizon."""
        scene, t = self.scene, self.scene.at
        while self.queue and self.queue[0][0].at <= t:
            self._take()
        self._look(t)
        for _ in range(limits.PATH_STEPS):
            if self.opens_at is not None:
                break
            due = next_due(self.account, scene.policies)
            self._queue_dues(min(due, scene.horizon))
            if self.queue and self.queue[0][0].at < due:
                t = self._take()
            elif due <= scene.horizon and not self._repeats(t, due):
                t = due
                fire(self.account, due, scene.policies)
            else:
                break
            self._look(t)
        money = sum((step.money for step in self.steps), start=Fraction(0))
        ended = Beginning(t, self.state)
        failing = self.failing or frozenset()
        return Trial(
            self.actions, tuple(self.turns), tuple(self.steps), self.opens_at, money, ended, tuple(self.began), failing
        )

    @property
    def opens_at(self) -> int | None:
        """When it opened."""
        return self.turns[-1].at if self.turns and self.turns[-1].status == "OPEN" else None

    def _repeats(self, t: int, due: int) -> bool:
        """Whether from an instant on only review days come again, and have shown by `due` all that they can do."""
        if not self._only_reviews(t):
            self.still = None
            return False
        if self.still is None:
            self.still = t
        return due > self.still + self.rounds

    def _only_reviews(self, t: int) -> bool:
        state, policies, horizon = self.state, self.scene.policies, self.scene.horizon
        in_force, known = policies.in_force(self.account.id, state.era), state.judged
        if in_force is None or known is None or not in_force.program.periodic or self.queue:
            return False
        program = in_force.program
        self.rounds = program.rounds
        ahead = in_force.successors or program.next_bound(t) <= horizon or (self.zone is not None and state.open)
        if ahead or min(next_expiry(state), interventions.next_end(state, t, program.context.zone)) <= horizon:
            return False
        return not any(0 < at <= horizon and index not in program.periodic for index, at in enumerate(known.crossings))

    def _take(self) -> int:
        step, event = self.queue.pop(0)
        self.scene.take(self.account, event)
        self.steps.append(step)
        return step.at

    def _look(self, t: int) -> None:
        self.scene.note(self.account, t, self.turns)
        memory = self.state.products.get(self.scene.product)
        rules = {} if memory is None else memory.rules
        failing = frozenset(id for id, each in rules.items() if each.kind in (LIMIT, UNKNOWN))
        if self.failing is not None and failing - self.before and len(self.began) < limits.PATH_BEGINNINGS:
            self.began.append(Beginning(t, copied(self.state)))
        self.before = failing
        self.failing = failing if self.failing is None else self.failing & failing

    def _queue_dues(self, until: int) -> None:
        """Have paid on its day what falls due before time moves the account next."""
        if self.zone is None:
            return
        at = self.scene.at
        for each in self.state.open:
            if at <= self.zone.start(each.due_on) <= until and not self._is_queued(each):
                step = step_of(pay(each, each.amount - each.paid, each.due_on), at, self.zone)
                name = f"{DUES}-{each.loan}-{each.number}"
                self.queue.append((step, event_of(self.scene.id, step, name)))
        self.queue.sort(key=lambda each: each[0].at)

    def _is_queued(self, installment: Installment) -> bool:
        named = (installment.loan, installment.number)
        return any((step.data.get("loan_id"), step.data.get("installment")) == named for step, _ in self.queue)
