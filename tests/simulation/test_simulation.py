"""The simulator in short: some seeds are right, some planted mistakes are found; `make simulate` does the rest."""

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.campaign import campaign, command, found_by, played, shrunk
from tests.simulation.coverage import lacking
from tests.simulation.plan import Plan
from tests.simulation.seen import Seen

QUICKLY_FOUND = (
    "a source without news holds nothing back",
    "a predecessor is not fenced",
    "outputs go out before their block",
    "an account's change is not written",
    "a repeated event counts",
)


@pytest.mark.parametrize("share", range(4))
def test_whatever_befalls_the_workers_the_outcome_is_the_same(share: int) -> None:
    seen = campaign(map(Plan, range(10 * share, 10 * share + 10)))
    assert seen.kills.total() > 20


def test_the_same_seed_does_the_same_again() -> None:
    first, second = played(Plan(3))[0], played(Plan(3))[0]
    assert (first.kills, first.moves, first.actions) == (second.kills, second.moves, second.actions)


@pytest.mark.parametrize("name", QUICKLY_FOUND)
def test_a_planted_mistake_is_found(name: str) -> None:
    assert found_by(BUGS[name], range(40)) is not None


def test_a_failing_plan_is_shrunk_and_can_be_repeated() -> None:
    bug = BUGS["an account's change is not written"]
    seed = found_by(bug, range(40))
    assert seed is not None
    plan = shrunk(Plan(seed, 30, 40), bug)
    assert played(plan, bug)[1]
    assert plan.steps < 40
    assert command(plan) == f"python -m tests.simulation --seed {seed} --events {plan.events} --steps {plan.steps}"


def test_what_came_too_seldom_is_told() -> None:
    assert lacking(Seen(), 2000)[0] == "killed at 'start' after new -> fencing: 0 of 20"


def test_there_are_twenty_planted_mistakes() -> None:
    assert len(BUGS) >= 20
