"""The states of a lane and the moves between them.

NEW ──▶ FENCING ──▶ RESTORING ──▶ PAUSED ◀──▶ RUNNING
 │         │            │            │           │
 │         │            │            └───────────┴──▶ DRAINING ──▶ CLOSED
 └─────────┴────────────┴────────────────────────────────────────▶ CLOSED
every state but CLOSED ──▶ FAILED, from which only the process's end leads on
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What a lane is doing."""

    NEW = "new"  # made, nothing asked of Kafka yet
    FENCING = "fencing"  # its producer's initialisation ends the predecessor's transaction
    RESTORING = "restoring"  # reads its table and its last block
    PAUSED = "paused"  # holds no open block and begins none: a rebalance is under way, or it has just been opened
    RUNNING = "running"
    DRAINING = "draining"  # finishes its open block, then closes
    CLOSED = "closed"
    FAILED = "failed"


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.NEW: frozenset({State.FENCING, State.CLOSED, State.FAILED}),
    State.FENCING: frozenset({State.RESTORING, State.CLOSED, State.FAILED}),
    State.RESTORING: frozenset({State.PAUSED, State.CLOSED, State.FAILED}),
    State.PAUSED: frozenset({State.RUNNING, State.DRAINING, State.FAILED}),
    State.RUNNING: frozenset({State.PAUSED, State.DRAINING, State.FAILED}),
    State.DRAINING: frozenset({State.CLOSED, State.FAILED}),
    State.CLOSED: frozenset(),
    State.FAILED: frozenset(),
}


def moved(present: State, wanted: State) -> State:
    """`wanted`, if the move is allowed; AssertionError otherwise: a lane must be where it is thought to be."""
    if wanted not in MOVES[present]:
        raise AssertionError(f"a lane cannot go from {present} to {wanted}")
    return wanted
