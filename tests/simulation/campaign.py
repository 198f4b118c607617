"""Many seeds: each played and judged, a failing one shrunk, what they came through counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from tests.simulation.bugs import Bug
from tests.simulation.cluster import Transactions, opened_logs
from tests.simulation.judge import WrongError, judge
from tests.simulation.plan import Plan
from tests.simulation.run import Run
from tests.simulation.seen import Seen


@contextmanager
def simulated() -> Iterator[None]:
    """The lane's two ways to Kafka lead into the simulated cluster."""
    with (
        patch("streams.lane.lane.Transactions", Transactions),
        patch("streams.lane.opening.opened_logs", opened_logs),
        patch("streams.lane.lane._TURN_RECORDS", 2),  # blocks here are small, and others get their turns all the same
    ):
        yield


def played(plan: Plan, bug: Bug = nullcontext) -> tuple[Seen, str]:
    """What a run came through, with a mistake planted or not, and what is wrong with it (empty: nothing)."""
    run = Run(plan)
    with simulated(), run.watched(), bug():
        asyncio.run(run.play())
    try:
        judge(run)
    except WrongError as wrong:
        return run.seen, str(wrong)
    return run.seen, ""


def shrunk(plan: Plan, bug: Bug = nullcontext) -> Plan:
    """Fewer steps and events that still go wrong."""
    for name, least in (("steps", 0), ("events", 1)):
        size = getattr(plan, name) // 2
        while size:
            fewer = plan._replace(**{name: max(least, getattr(plan, name) - size)})
            if fewer != plan and played(fewer, bug)[1]:
                plan = fewer
            else:
                size //= 2
    return plan


def command(plan: Plan) -> str:
    """What repeats it."""
    return f"python -m tests.simulation --seed {plan.seed} --events {plan.events} --steps {plan.steps}"


def campaign(plans: Iterable[Plan]) -> Seen:
    """Plays all. Raises AssertionError for the first one that goes wrong, shrunk, with the command that repeats it."""
    seen = Seen()
    for plan in plans:
        came, wrong = played(plan)
        if wrong:
            least = shrunk(plan)
            raise AssertionError(f"seed {plan.seed}: {wrong}; shrunk: {played(least)[1]}\n  {command(least)}")
        seen += came
    return seen


def found_by(bug: Bug, seeds: Iterable[int]) -> int | None:
    """The first seed whose run a planted mistake spoils in a way that is noticed."""
    return next((seed for seed in seeds if played(Plan(seed), bug)[1]), None)
