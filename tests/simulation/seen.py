"""What a run came through."""

from __future__ import annotations

from collections import Counter
from typing import Self

from streams.lane.states import State


class Seen:
    """What a run came through."""

    def __init__(self) -> None:
        self.moves: Counter[tuple[State, State]] = Counter()
        self.kills: Counter[tuple[tuple[State, State], str]] = Counter()
        """By a lane's last move, and where it was held."""
        self.types: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()

    def __iadd__(self, other: Seen) -> Self:
        self.moves += other.moves
        self.kills += other.kills
        self.types += other.types
        self.actions += other.actions
        return self
