"""The search for a plan: combinations of actions, the best of those that open the product.

What is shown is what the engine said when just its steps happened at their dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, Literal

from schemas.events import parse_event
from schemas.instants import instant_text
from schemas.reasons import REASONS
from schemas.settings import CoreSettings
from streams.core import limits
from streams.core.calendar import NEVER
from streams.core.evaluate import CLOSED, FORCED, Failure, Frame, Outcome
from streams.core.facts.base import Atom
from streams.core.interventions import verdict_of
from streams.core.outlook import Future, outlook
from streams.core.path.actions import SOURCE, Action, action_of, variants
from streams.core.path.asked import DUES, Asked, Need
from streams.core.path.needs import needs, reopening
from streams.core.path.scene import Beginning, Scene, Trial
from streams.core.policies import Policies
from streams.core.policy.program import LIMIT, OBSERVE, Program
from streams.core.reasons import is_limited
from streams.core.step import Account

Verdict = Literal["open", "doable", "time", "unchangeable"]
Why = Literal["limited", "law", "provider", "decision", "nothing"]

_WHY: Final[dict[str, Why]] = {"L": "law", "O": "provider", "U": "decision"}


@dataclass(frozen=True, slots=True)
class Way:
    """What can be done about one reason: by which kinds of action; when time alone clears it (ms); why nothing can."""

    rule: str
    code: str
    actions: tuple[str, ...]
    clears_at: int | None
    why: Why | None


@dataclass(frozen=True, slots=True)
class Path:
    """How a product that isn't open opens. `plan` is the preferred one; `sooner`, where there is one, opens earlier at
    the price of more actions or money; `no_inquiry_until` (ms): one more application would spoil the plan.
    """

    account: str
    product: str
    at: int
    status: str
    verdict: Verdict
    plan: Trial | None
    sooner: Trial | None
    no_inquiry_until: int | None
    ways: tuple[Way, ...]


Candidates = tuple[tuple[Action, ...], ...]
"""Actions by what is done and when; of each group at most one is done."""


def path(
    account: Account, product_id: str, at: int, policies: Policies, settings: CoreSettings | None = None
) -> Path | None:
    """The path of an account (the caller's own copy) for a product at an instant (ms), to OPEN; None where no policy
    judges it.
    """
    scene = Scene(account, product_id, at, policies, settings)
    status, found = scene.status(scene.state), scene.judge(scene.state, scene.at)
    if status is None or found is None:
        return None
    if status == "OPEN":
        return Path(scene.id, product_id, scene.at, status, "open", None, None, None, ())
    search = Search(scene, *found)
    plan, sooner = search.best()
    doable = any(each is not None and each.actions for each in (plan, sooner))
    verdict: Verdict = "doable" if doable else "time" if plan is not None else "unchangeable"
    until = None if plan is None or plan.opens_at is None else _no_inquiry_until(scene, plan, plan.opens_at)
    return Path(scene.id, product_id, scene.at, status, verdict, plan, sooner, until, _ways(scene, *found))


class Search:
    """All that is tried for one product of one account."""

    def __init__(self, scene: Scene, frame: Frame, outcome: Outcome) -> None:
        self.scene = scene
        self.frame, self.outcome = frame, outcome
        self.waiting = scene.trial(())
        self.budget = limits.PATH_TRIALS
        self._ways: dict[tuple[str, int | None], list[list[Need]]] = {}
        self.candidates: Candidates = ()

    def best(self) -> tuple[Trial | None, Trial | None]:
        """The preferred plan, and one that opens sooner where there is one; None where none opens."""
        everything = self._gathered()
        self.budget = limits.PATH_TRIALS if everything.opens_at is not None else limits.PATH_TRIALS // 4
        if self.waiting.opens_at is not None:
            plan: Trial | None = self.waiting
        else:
            plan = self._first(lambda _: True, 1)
        if plan is None:
            return None, None
        earliest = everything.opens_at
        if plan.opens_at is None or earliest is None or earliest >= plan.opens_at:
            return self._shown(plan), None
        sooner = self._first(lambda trial: (trial.opens_at or 0) <= earliest, max(len(plan.actions), 1))
        return self._shown(plan), None if sooner is None else self._shown(sooner)

    def _gathered(self) -> Trial:
        """Find the candidates: for what fails now; where all of them together don't open, for what fails then."""
        scene, trial = self.scene, self.waiting
        self._gather(Beginning(scene.at, scene.state), None)
        for later in (False, False, True):
            trial = scene.trial(self._everything())
            if trial.opens_at is not None:
                break
            before = self.candidates
            if later:
                for beginning in trial.began:
                    self._gather(beginning, beginning.at)
            self._gather(trial.ended, None)
            if self.candidates == before:
                break
        return scene.trial(self._everything()) if trial.opens_at is None else trial

    def _everything(self) -> list[Action]:
        """Of each group the last one, which does all that any of them does."""
        return [group[-1] for group in self.candidates]

    def _gather(self, beginning: Beginning, deferred_to: int | None) -> None:
        """Add the ways about what fails at an instant; `deferred_to` (ms): done then, not now."""
        scene = self.scene
        judged = scene.judge(beginning.state, beginning.at)
        if judged is None:
            return
        frame, outcome = judged
        zone = frame.program.context.zone
        today, day = zone.day(scene.at), None if deferred_to is None else zone.day(deferred_to)
        for way in _ways_of(frame, outcome, today):
            kind = way[0].kind
            key = (kind, None if kind == DUES else day)
            dated = [_dated(need, key[1]) for need in way]
            known = self._ways.setdefault(key, [])
            if dated not in known and len(known) < limits.PATH_WAYS:
                known.append(dated)
        self.candidates = tuple(
            tuple(action_of(scene.id, needs_, scene.at, zone) for needs_ in variants(ways))
            for ways in self._ways.values()
        )

    def _first(self, wanted: Callable[[Trial], bool], least: int) -> Trial | None:
        """The preferred plan of those wanted with the fewest actions, from `least` on."""
        for count in range(least, len(self.candidates) + 1):
            found = [trial for trial in self._of_size(count) if trial.opens_at is not None and wanted(trial)]
            if found:
                return min(found, key=lambda trial: trial.order)
        return None

    def _of_size(self, count: int) -> Iterator[Trial]:
        for groups in combinations(self.candidates, count):
            if not self._may_open(groups):
                continue
            for actions in product(*groups):
                if not self.budget:
                    return
                self.budget -= 1
                yield self.scene.trial(actions)

    def _may_open(self, groups: Candidates) -> bool:
        """Whether every rule that time alone never clears is touched by one of the actions; what a person decided may
        open with rules that fail, once what outranks it has cleared.
        """
        if self._decided_open():
            return True
        types = {need.type for group in groups for action in group for need in action.needs}
        frame, outcome = self.frame, self.outcome
        if outcome.product.by_segment and not types.isdisjoint(_segment_events(frame.program)):
            return True
        rules = {rule.id: rule for rule in outcome.product.rules}
        return all(
            any(rules[id].touched_by(name) for name in types) if id in rules else "account.opened" in types
            for id in self.waiting.failing
        )

    def _decided_open(self) -> bool:
        scene = self.scene
        if scene.state.own_people is None:
            return False
        given = verdict_of(scene.state, scene.product, scene.at, self.frame.program.context.zone)
        return given is not None and given.status == "OPEN"

    def _shown(self, trial: Trial) -> Trial:
        """The plan, run through the engine again by its steps alone."""
        assert trial.opens_at is not None, "only plans that open are shown"
        turns = self.scene.replay(trial.steps, trial.opens_at)
        assert tuple(turns) == trial.turns, "a plan gives what it promises"
        return trial


def _segment_events(program: Program) -> frozenset[str]:
    facts = [atom.fact for _, atoms in program.segments for atom in atoms]
    return frozenset({"account.opened", "account.updated"}).union(*(fact.events for fact in facts))


def _dated(need: Need, day: int | None) -> Need:
    return (
        need
        if day is None or need.day is not None
        else Need(need.kind, need.type, (*need.key, day), need.fields, need.currency, need.spent, need.was, day)
    )


def _ways_of(frame: Frame, outcome: Outcome, today: int) -> Iterator[list[Need]]:
    """Every way to clear one limit of one rule that fails."""
    if outcome.forced is not None and outcome.forced[0] == CLOSED:
        yield from [way for way in [reopening(frame.state)] if way]
    for failure in outcome.failing:
        yield from _ways_about(failure, frame, outcome.segment, today)


def _ways_about(failure: Failure, frame: Frame, segment: str | None, today: int) -> Iterator[list[Need]]:
    if failure.kind == OBSERVE or is_limited(failure.code, frame):
        return
    for atom in _broken(failure, frame, segment):
        yield from needs(Asked(atom.fact, atom.limit, frame.state, frame.moment, today))


def _broken(failure: Failure, frame: Frame, segment: str | None) -> Sequence[Atom]:
    """The limits that don't hold; after a failure it is the one for opening again."""
    version = failure.version
    condition = version.plain if segment is None else version.by_segment.get(segment, version.plain)
    if condition.reopen is not None and failure.kind == LIMIT:
        return (condition.reopen,)
    return [atom for atom in condition.atoms if frame.results[atom.index] is not True]


def _ways(scene: Scene, frame: Frame, outcome: Outcome) -> tuple[Way, ...]:
    """What can be done about each reason that speaks."""
    if outcome.verdict is not None:
        ends = None if outcome.verdict.until >= NEVER else outcome.verdict.until
        rule = outcome.verdict.rule
        return (Way(rule, FORCED[rule], (), ends, "decision" if ends is None else None),)
    if outcome.forced is not None:
        rule = outcome.forced[0]
        opening = rule == CLOSED and bool(reopening(frame.state))
        return (Way(rule, FORCED[rule], ("open-account",) if opening else (), None, None if opening else "provider"),)
    in_force = scene.policies.in_force(scene.id, scene.policies.era_at(scene.at))
    assert in_force is not None, "a judged product is under a policy"
    clears_at = outlook(Future(frame, in_force.successors), outcome).clears_at
    today = frame.program.context.zone.day(scene.at)
    found = []
    for failure in outcome.failures:
        ways = list(_ways_about(failure, frame, outcome.segment, today))
        kinds = tuple(dict.fromkeys(way[0].kind for way in ways))
        clears = clears_at.get((failure.rule.id, failure.code))
        limited = is_limited(failure.code, frame)
        why: Why | None = None
        if not kinds and clears is None:
            why = "limited" if limited else _WHY.get(REASONS[failure.code].cls, "nothing")
        found.append(Way("" if limited else failure.rule.id, failure.code, kinds, None if limited else clears, why))
    return tuple(found)


def _no_inquiry_until(scene: Scene, plan: Trial, opens_at: int) -> int | None:
    """Until when one more application would spoil a plan that takes time; None where it wouldn't."""
    judged = scene.judge(scene.state, scene.at)
    assert judged is not None, "a product with a plan is judged"
    if opens_at <= scene.at or not any(rule.touched_by("inquiry.recorded") for rule in judged[1].product.rules):
        return None
    document = {
        "specversion": "1.0",
        "id": f"inquiry-{scene.at}",
        "source": SOURCE,
        "type": "inquiry.recorded",
        "subject": scene.id,
        "time": instant_text(scene.at),
        "data": {"kind": "hard"},
    }
    turns = scene.replay(plan.steps, opens_at, [parse_event(document)])
    return None if turns and turns[-1].status == "OPEN" else opens_at
