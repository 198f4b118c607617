"""A lane as Hypothesis pleases: records in blocks of any size, duplicates, ticks and restarts in any order.

Whatever was done on the way, the end is that of the same records in one block.
"""

import os

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.settings import CoreSettings
from streams.codec.records import SourceRecord
from streams.reference.calendar import parse_instant
from tests.support.worlds import Player, World, advanced, in_one, recorded, records, world

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"


class LaneMachine(RuleBasedStateMachine):
    """`rows` are the world's records in order, of which `done` are applied."""

    player: Player

    @initialize(seed=st.integers(0, 1_000_000), budget=st.sampled_from([1, 3, 5_000]), warm=st.sampled_from([0, 2, 99]))
    def begin(self, seed: int, budget: int, warm: int) -> None:
        self.world: World = world(seed, accounts=3, events=45, lives=True)
        self.rows: list[SourceRecord] = records(self.world.events)
        self.done = 0
        self.player = Player(self.world.policy, settings=CoreSettings(evaluations_per_block=budget), warm=warm)
        self.told: dict[tuple[str, str], int] = {}

    @precondition(lambda self: self.done < len(self.rows))
    @rule(size=st.integers(1, 30))
    def apply(self, size: int) -> None:
        self.done += self.player.apply(self.rows[self.done : self.done + size])

    @precondition(lambda self: 0 < self.done < len(self.rows))
    @rule(place=st.integers(0, 10**6))
    def apply_once_more(self, place: int) -> None:
        """A record that was applied, recorded again just before the next one; rejected ones might pass now."""
        row = self.rows[place % self.done]
        event = orjson.loads(row.value or b"")
        if parse_instant(event["time"]) > recorded(event) + 300_000:
            return
        copy = row._replace(offset=row.offset + 10**9, timestamp=self.rows[self.done].timestamp)
        while not self.player.apply([copy]):
            pass

    @precondition(lambda self: self.done < len(self.rows))
    @rule()
    def tick(self) -> None:
        self.player.tick(self.rows[self.done].timestamp)

    @rule()
    def restart(self) -> None:
        self.player.restart()

    @invariant()
    def sequences_go_on_without_holes(self) -> None:
        if not hasattr(self, "player"):
            return
        for row in self.player.rows("status")[sum(self.told.values()) :]:
            data = orjson.loads(row.value or b"")["data"]
            key = (data["account_id"], data["product"])
            self.told[key] = self.told.get(key, 0) + 1
            assert data["sequence"] == self.told[key]

    def teardown(self) -> None:
        if not hasattr(self, "player"):
            return
        while self.done < len(self.rows):
            self.apply(30)
        self.player.play(records([advanced(self.world.end)]), iter([1] * 10**6), iter([False] * 10**6))
        (expected,) = in_one(self.world)
        assert self.player.values == expected.values


LaneMachine.TestCase.settings = settings(
    max_examples=400 if LONG else 12,
    stateful_step_count=25,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestLane = LaneMachine.TestCase
