"""One simulated run: workers with the real lanes, and a scheduler that decides by dice what happens next.

Everything happens on one event loop without time or input: the same seed does the same again.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.partition import WARM_ACCOUNTS, Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.lane.lane import Lane
from streams.lane.states import State
from tests.simulation.cluster import Cluster
from tests.simulation.plan import Plan, history, repeated
from tests.simulation.seen import Seen
from tests.simulation.worker import Worker
from tests.support.worlds import advanced, records

EVER: Final = 1 << 52
ROUNDS_AT_END: Final = 3_000


class Run:
    """A system of some partitions, and what befalls it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dice = dice = random.Random(f"simulation {plan.seed}")
        self.seen = Seen()
        self.partitions = dice.choice([1, 2, 3])
        self.block_records, self.inbox_records = dice.choice([1, 3, 10, 1000]), dice.choice([2, 5, 1000])
        budget, grace = dice.choice([1, 3, 5000]), dice.choice([0, 2000])
        self.core = CoreSettings(evaluations_per_block=budget, grace_ms=grace)
        self.warm = (0, 4, WARM_ACCOUNTS)[plan.seed // 2 % 3]
        self.policies_change = bool(plan.seed % 2)
        """Then the reference interpreter, which knows one policy, is no judge."""
        self.loaded = bool(dice.randrange(2))
        """All was appended before: then the order of truth is that of the timestamps."""
        self.history = history(plan, self.policies_change, dice)
        self.events = [*repeated(self.history.events, dice), advanced(self.history.end)]
        self.cluster = Cluster(_by_source(records(self.events, self.partitions)))
        self.ground = block.Ground("simulated", {name: name for name in SOURCE_ORDER}, self.partitions, self.core)
        self.ends: list[tuple[str, BaseException | None]] = []
        self.last_move: dict[int, tuple[State, State]] = defaultdict(lambda: (State.NEW, State.NEW))
        self.over = False
        self.workers: list[Worker] = []
        self.asleep: list[Worker] = []
        for event in self.events:
            self.seen.types[event["type"]] += 1
        for lane in range(self.partitions):
            self._found(lane)

    def _found(self, lane: int) -> None:
        """A ledger whose first block holds the policy in force from its own begin, for which there is no event."""
        machine = Partition(lane, self.partitions, self.core, "t.")
        if self.history.policy is not None:
            machine.install(parse_policy(self.history.policy))
        machine.open_block(EVER)
        applied = machine.close_block()
        begun = block.genesis(lane, self.ground, engine())
        digest = block.settings_digest(self.core)
        first = block.build(
            block.head_of(begun), engine(), digest, (), applied.outputs, clock=0, admit_until=EVER, cursor=None
        )
        self.cluster.rows["ledger", lane] += [OutputRecord("ledger", b"", data, 0, ()) for data in (begun, first)]
        for name, rows in applied.outputs.items():
            self.cluster.rows[name, lane] += rows

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Counts the lanes' moves while it lasts."""

        def move(lane: Lane, wanted: State) -> None:
            made = (lane.state, wanted)
            self.seen.moves[made] += 1
            self.last_move[id(lane)] = made
            original(lane, wanted)

        original = Lane._move
        with patch.object(Lane, "_move", move):
            yield

    async def play(self) -> None:
        """The scheduler's steps, then everything is let through to the end."""
        dice = self.dice
        if self.loaded:
            self._append_all()
        for _ in range(self.plan.steps):
            self._step(dice)
            await _turns(None if dice.randrange(4) else dice.randrange(6))
        self._append_all()
        for _ in range(ROUNDS_AT_END):
            self._assign(dice)
            for worker in self._running():
                worker.release(dice)
                if any(worker.flying.values()):
                    worker.land(dice)
                else:
                    worker.fetch(dice)
                    worker.broadcast(dice)
            await _turns(None)
            if self._is_over():
                self.over = True
                break
        for worker in [*self.workers, *self.asleep]:
            worker.kill()
        await _turns(None)

    def _step(self, dice: random.Random) -> None:
        action = dice.choices(
            ("append", "fetch", "land", "broadcast", "release", "rebalance", "kill", "sleep", "wake", "move", "drain"),
            (10, 30, 30, 15, 40, 1, 2.5, 0.6, 0.6, 0.6, 1),
        )[0]
        self._assign(dice)
        running = self._running()
        if action == "append":
            if growing := self.cluster.growing:
                self.cluster.append(dice.choice(growing), dice.choice([1, 3, 10]))
        elif action == "wake":
            if self.asleep:
                self.workers.append(self.asleep.pop())
        elif running:
            worker = dice.choice(self._most_vulnerable(action, running) if dice.randrange(3) else running)
            if action == "kill":
                worker.kill()
            elif action == "sleep":  # past its session: its partitions go to others, it doesn't know
                self.workers.remove(worker)
                self.asleep.append(worker)
            elif action == "drain":
                if not worker.busy:
                    worker.drain()
            elif action in ("rebalance", "move"):
                if not worker.busy:
                    gone = {dice.choice(sorted(worker.lanes))} if worker.lanes and action == "move" else set()
                    worker.assign(frozenset(worker.lanes.keys() - gone))
            else:
                getattr(worker, action)(dice)
        self.seen.actions[action] += 1

    def _most_vulnerable(self, action: str, running: list[Worker]) -> list[Worker]:
        """Those in which an action finds a lane at work, for a kill best in an assignment or a drain."""
        held = [each for each in running if each.held]
        if action == "kill":
            held = [each for each in held if each.busy] or held
        return held if held and action in ("kill", "drain", "rebalance") else running

    def _assign(self, dice: random.Random) -> None:
        """The group: up to two workers, and each partition with one that isn't asleep."""
        self.workers = [each for each in self.workers if each.alive]
        self.asleep = [each for each in self.asleep if each.alive]
        while len(self.workers) < 2:
            self.workers.append(Worker(self))
        taken = {number for worker in self.workers for number in worker.lanes}
        free = [number for number in range(self.partitions) if number not in taken]
        worker = dice.choice(self.workers)
        if free and not worker.busy:
            worker.assign(frozenset({*worker.lanes, *free}))

    def _running(self) -> list[Worker]:
        return [each for each in self.workers if each.alive]

    def _append_all(self) -> None:
        for source in self.cluster.growing:
            self.cluster.append(source, 1 << 30)

    def _is_over(self) -> bool:
        lanes = {number: lane for worker in self.workers for number, lane in worker.lanes.items()}
        busy = any(worker.busy or worker.held or any(worker.flying.values()) for worker in self.workers)
        if busy or len(lanes) < self.partitions:
            return False
        return all(
            lane.inbox.idle and not lane._machine.pending and lane._quiet.is_set() and self._at_end(lane)
            for lane in lanes.values()
        )

    def _at_end(self, lane: Lane) -> bool:
        places = [(name, 0 if name in BROADCAST else lane.number) for name in SOURCE_ORDER]
        return all(
            self.cluster.mark(place, lane.next_offsets[place[0]]).stable == lane.next_offsets[place[0]]
            for place in places
        )


def _by_source(rows: list[SourceRecord]) -> dict[tuple[str, int], list[SourceRecord]]:
    found: dict[tuple[str, int], list[SourceRecord]] = defaultdict(list)
    for row in rows:
        found[row.topic, row.partition].append(row)
    return found


async def _turns(count: int | None) -> None:
    """Lets the event loop turn: so many times, or until nothing moves any more."""
    loop: Any = asyncio.get_running_loop()
    if count is not None:
        for _ in range(count):
            await asyncio.sleep(0)
        return
    while True:
        await asyncio.sleep(0)
        if not loop._ready:
            return
