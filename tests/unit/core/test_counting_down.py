"""When a count crosses its limit by time alone: counted down, and judged anew at each instant, it is the same."""

import random

import pytest

from streams.core.facts.base import Fact, Moment
from streams.core.facts.counts import Counted
from streams.core.facts.limit import Limit
from streams.core.state import AccountState
from tests.support.core import Lane, policy, rule
from tests.support.events import Event, ms

RULES = [
    rule(f"{name}-{window}-{operator}", f"inquiries.{name}", "LIMITED", "POL-03", window=window, **{operator: limit})
    for name in ("hard_count", "refused_count")
    for window in ("30d", "1m")
    for operator, limit in (("at_most", 3), ("at_most", 100), ("at_least", 40))
]


@pytest.mark.parametrize(("seed", "count"), [(1, 20), (2, 100), (3, 140), (4, 180)])
def test_a_count_crosses_its_limit_when_judging_it_anew_says_so(seed: int, count: int) -> None:
    chance = random.Random(seed)
    times = sorted(ms("2025-01-01") + chance.randrange(80 * 86_400_000) for _ in range(count))
    kinds = [chance.choice(["hard", "hard", "soft"]) for _ in times]
    data = [{"kind": kind, "outcome": chance.choice(["refused", "granted"])} for kind in kinds]
    events = [Event("inquiry.recorded", each, at, at) for each, at in zip(data, times, strict=True)]
    lane = Lane(policy(*RULES)).together(*events)
    state, _ = lane.state()
    program = lane.machine.policies.in_force("A", state.era)
    assert program is not None
    assert bool(state.lost) == (count > 128)
    compared = sum(
        _compared(atom.fact, state, Moment(at, program.program.context), atom.limit)
        for atom in program.program.atoms
        for at in (times[-1], times[-1] + 20 * 86_400_000)
    )
    assert compared


def _compared(fact: Fact, state: AccountState, moment: Moment, test: Limit) -> int:
    """How many crossings were found."""
    assert isinstance(fact, Counted)
    now = fact.judge(state, moment, test)[0]
    found = fact._crossing(state, moment, test, now)
    assert found == Fact._crossing(fact, state, moment, test, now)
    return int(found > 0)
