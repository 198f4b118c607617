"""Few changes a day: what isn't worse than what was said waits while a product has said much (decision 0095).

Of the status events that a product may send within any 24 hours, as many are kept back as statuses could still follow
that are each worse than the one before: those never wait.
"""

from __future__ import annotations

from typing import Final

from streams.core.calendar import DAY_MS
from streams.core.policy.program import EFFECTS, Quiet
from streams.core.state import ProductMemory

_WORST: Final = max(EFFECTS.values())


def free_at(quiet: Quiet, memory: ProductMemory, status: str, t: int) -> int:
    """When a change to a status that is found at an instant may be said: that instant, or a later one."""
    said = memory.status
    if said is None or EFFECTS[status] > EFFECTS[said]:
        return t
    recent = [at for at in memory.said_at if at > t - DAY_MS]
    over = len(recent) + 1 + _WORST - EFFECTS[status] - quiet.per_day
    free = recent[over - 1] + DAY_MS if over > 0 else t
    if quiet.dwell and recent and EFFECTS[status] < EFFECTS[said]:
        free = max(free, recent[-1] + quiet.dwell)
    return max(free, t)


def hold(memory: ProductMemory, until: int, moved: bool) -> None:
    """Say nothing until an instant; `moved`: an event has changed a value that was said."""
    memory.held = until
    memory.pending = memory.pending or moved


def settle(memory: ProductMemory) -> None:
    """Nothing is held back any more."""
    memory.held = 0
    memory.pending = False


def note(memory: ProductMemory, t: int) -> None:
    """A status event is sent at an instant."""
    memory.said_at = [at for at in memory.said_at if at > t - DAY_MS]
    memory.said_at.append(t)
