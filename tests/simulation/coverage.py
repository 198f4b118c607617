"""What a campaign must have come through, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.events import EVENT_TYPES
from streams.lane.states import State
from tests.simulation.seen import Seen

SEEDS: Final = 2_000
KILLS: Final = 20
EVENTS: Final = 500
WRITING: Final = ("begun", "sent", "committed")
"""Between a transaction's begin and the lane's knowing of its end."""
POINTS: Final = {
    (State.NEW, State.FENCING): ("start", "fenced"),
    (State.FENCING, State.RESTORING): ("reading",),
    (State.RESTORING, State.PAUSED): ("between",),
    (State.PAUSED, State.RUNNING): ("between", *WRITING),
    (State.RUNNING, State.PAUSED): ("between", *WRITING),
    (State.RUNNING, State.DRAINING): WRITING,
}
"""By a lane's last move: where it may be held when its process is killed."""


def lacking(seen: Seen, seeds: int) -> list[str]:
    """What came too seldom; a campaign of fewer seeds must have come through less."""
    kills, events = KILLS * seeds // SEEDS, EVENTS * seeds // SEEDS
    found = [
        f"killed at {point!r} after {move[0]} -> {move[1]}: {seen.kills[move, point]} of {kills}"
        for move, points in POINTS.items()
        for point in points
        if seen.kills[move, point] < kills
    ]
    types = sorted(EVENT_TYPES)
    return found + [f"{name}: {seen.types[name]} of {events}" for name in types if seen.types[name] < events]


def table(seen: Seen) -> Iterator[str]:
    """Kills by move and point, moves, and events by type."""
    for move, points in POINTS.items():
        counts = ", ".join(f"{point} {seen.kills[move, point]}" for point in points)
        yield f"killed after {move[0]} -> {move[1]} ({seen.moves[move]} times): {counts}"
    yield "events: " + ", ".join(f"{name} {count}" for name, count in sorted(seen.types.items()))
    yield "scheduler: " + ", ".join(f"{name} {count}" for name, count in sorted(seen.actions.items()))
