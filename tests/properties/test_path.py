"""The path to clear: what it promises happens, it is what brute force finds, and hardly any way is missed.

The quick form looks at some hundred random states; ELIGIBILITY_LONG=1 at 2,000 accounts.
"""

import os
from itertools import combinations

import pytest

from schemas.events import parse_event
from streams.core.amendments import is_amended
from streams.core.path.scene import Scene
from streams.core.path.search import Search, path
from streams.core.policy.program import LIMIT
from tests.reference import generate
from tests.support.paths import DAY, World, brute_force, goodwill, plan_events, said_of, world

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
ACCOUNTS, EVENTS = 3, 45
SHARES = 4
SEEDS = (680 if LONG else 12) // SHARES
CANDIDATES_MAX = 6
COVERED = 0.95


def worlds(share: int, apart: int) -> list[tuple[int, World]]:
    seeds = range(apart + share * SEEDS, apart + (share + 1) * SEEDS)
    return [(seed, world(generate.history(seed, ACCOUNTS, EVENTS), generate.policy(seed))) for seed in seeds]


@pytest.mark.parametrize("share", range(SHARES))
def test_a_plan_applied_as_events_at_its_dates_gives_exactly_the_promised_statuses(share: int) -> None:
    shown = 0
    for seed, given in worlds(share, 0):
        for name, product in given.pairs():
            found = path(given.account(name), product, given.end, given.policies)
            for plan in () if found is None else (found.plan, found.sooner):
                if plan is None:
                    continue
                assert plan.opens_at is not None
                came = said_of(given, name, product, plan_events(name, plan.steps), plan.opens_at)
                at = plan.turns[0].at
                assert came[-1][1] == "OPEN", (seed, name, product)
                last = dict(came)
                changes = [(t, s) for t, s in sorted(last.items()) if t > at]
                promised = [(turn.at, turn.status) for turn in plan.turns[1:]]
                assert _without_repeats(plan.turns[0].status, changes) == promised, (seed, name, product)
                shown += 1
    assert shown


def _without_repeats(status: str, changes: list[tuple[int, str]]) -> list[tuple[int, str]]:
    found = []
    for at, now in changes:
        if now != status:
            found.append((at, now))
        status = now
    return found


@pytest.mark.parametrize("share", range(SHARES))
def test_the_plan_is_the_best_of_all_combinations(share: int) -> None:
    compared = 0
    for seed, given in worlds(share, 10_000):
        for name, product in given.pairs():
            scene = Scene(given.account(name), product, given.end, given.policies)
            judged = scene.judge(scene.state, scene.at)
            if judged is None or scene.status(scene.state) in (None, "OPEN"):
                continue
            search = Search(scene, *judged)
            plan, _ = search.best()
            if sum(map(len, search.candidates)) > CANDIDATES_MAX:
                continue
            best = brute_force(scene, search)
            assert (None if plan is None else plan.order) == best, (seed, name, product)
            compared += 1
    assert compared


def test_what_is_judged_for_a_question_is_what_the_engine_remembers() -> None:
    amended = decided = 0
    for seed in range(30_000, 30_400 if LONG else 30_030):
        given = world(generate.history(seed, ACCOUNTS, EVENTS), generate.policy(seed))
        for name, product in given.pairs():
            scene = Scene(given.account(name), product, given.end, given.policies)
            judged = scene.judge(scene.state, scene.at)
            if judged is None:
                continue
            frame, outcome = judged
            if outcome.forced is not None and outcome.verdict is None:
                continue  # the account is closed, or the product withdrawn: rules don't speak
            failing = {each.rule.id: each.kind for each in outcome.failing}
            if outcome.verdict is not None:
                failing[outcome.verdict.rule] = LIMIT
            rules = scene.state.products[product].rules
            assert failing == {id: each.kind for id, each in rules.items() if each.kind}, (seed, name, product)
            amended += is_amended(frame.program, scene.state)
            decided += outcome.verdict is not None
    assert amended
    assert decided


def test_for_nearly_every_state_that_can_be_opened_a_path_is_shown() -> None:
    opened, shown, missed = 0, 0, []
    for share in range(SHARES):
        for seed, given in worlds(share, 20_000)[: None if LONG else 2]:
            for name, product in given.pairs():
                scene = Scene(given.account(name), product, given.end, given.policies)
                if scene.judge(scene.state, scene.at) is None or scene.status(scene.state) in (None, "OPEN"):
                    continue
                if not _opens_by_goodwill(scene):
                    continue
                opened += 1
                found = path(given.account(name), product, given.end, given.policies)
                if found is not None and found.plan is not None:
                    shown += 1
                else:
                    missed.append((seed, name, product))
    assert opened
    assert shown / opened >= COVERED, f"{shown} of {opened}; missed {missed}"


def _opens_by_goodwill(scene: Scene) -> bool:
    """Whether a combination of six things that anybody might do opens the product, at once or later: all of them in the
    long form, else all together, each alone, and none.
    """
    acts = goodwill(scene)
    until = scene.at + (scene.horizon - scene.at if LONG else 200 * DAY)
    sizes = range(len(acts), -1, -1)
    for count in sizes if LONG else sorted({len(acts), 1, 0}, reverse=True):
        for chosen in combinations(acts, count):
            events = [parse_event(document) for act in chosen for document in act]
            turns = scene.replay((), until, events)
            if any(turn.status == "OPEN" for turn in turns):
                return True
    return False
