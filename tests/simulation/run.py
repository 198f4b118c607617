"""One simulated run: workers with the real lanes, and a scheduler that decides by dice what happens next.

Everything happens on one event loop without time or input: the same seed does the same again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple, NoReturn, Self
from unittest.mock import patch

from schemas.events import EVENT_TYPES
from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.partition import Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.lane.fetch import Slice
from streams.lane.inbox import Bound, Inbox
from streams.lane.lane import Lane
from streams.lane.states import State
from streams.lane.surroundings import Surroundings
from streams.lane.watchdog import Watchdog
from streams.settings import LaneSettings
from tests.contracts.golden import golden
from tests.simulation.cluster import Cluster
from tests.support.worlds import World, advanced, recorded, records, world

SOURCES: Final = tuple(name for name in SOURCE_ORDER if name not in BROADCAST)
TOPICS: Final = {name: name for name in (*SOURCE_ORDER, *block.OUTPUTS, "ledger")}
EVER: Final = 1 << 52
EVENTS: Final = 60
RARE: Final = (
    "explanation.given",
    "incident.ended",
    "incident.started",
    "maintenance.cancelled",
    "maintenance.ended",
    "maintenance.extended",
    "maintenance.planned",
    "maintenance.started",
    "policy.frozen",
    "policy.retired",
    "policy.unfrozen",
    "provider.paused",
    "provider.resumed",
    "repayment.resumed",
    "trust.listed",
)
"""Event types of which worlds have few or none."""
NOW: Final = 1 << 51  # after every record
ROUNDS_AT_END: Final = 3_000


class Plan(NamedTuple):
    """What a seed does, as far as it may be cut down: so many events, and so many of the scheduler's steps."""

    seed: int
    events: int = EVENTS
    steps: int = 300


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


class _EndedError(BaseException):
    """Stands for the end of a process."""


class Worker:
    """A process: lanes, what it has fetched, and where each of them is held."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.alive = True
        self.epoch = 0
        self.lanes: dict[int, Lane] = {}
        self.started: set[int] = set()
        self.held: dict[int, tuple[str, asyncio.Future[None]]] = {}
        self.flying: dict[tuple[str, int], list[Slice]] = defaultdict(list)
        self.fetched: dict[tuple[str, int], int] = {}
        self.full: set[tuple[str, int]] = set()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.busy = False  # an assignment is under way
        self.around = Surroundings(
            client={"cluster": run.cluster, "gate": self.gate},
            topics=TOPICS,
            ground=run.ground,
            settings=LaneSettings(block_records=run.block_records, inbox_records=run.inbox_records),
            live_clock=False,
            slots=asyncio.Semaphore(8),
            watchdog=Watchdog(self.end),
            end=self.end,
            new_machine=lambda number: Partition(number, run.partitions, run.core, "t."),
            now=lambda: NOW,
        )

    async def gate(self, lane: int, point: str) -> None:
        """Where the scheduler may hold a lane."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held[lane] = (point, future)
        await future

    def end(self, reason: str, error: BaseException | None) -> NoReturn:
        """What `os._exit` is to a worker."""
        if self.alive and not isinstance(error, asyncio.CancelledError):
            self.run.ends.append((reason, error))
        self.kill()
        raise _EndedError(reason)

    def kill(self) -> None:
        """Nothing of this process does anything any more."""
        if not self.alive:
            return
        self.alive = False
        for number, lane in self.lanes.items():
            point = self.held[number][0] if number in self.held else "between"
            self.run.seen.kills[self.run.last_move[id(lane)], point] += 1
        current = asyncio.current_task()
        for task in (*self.tasks, *(lane._task for lane in self.lanes.values() if lane._task is not None)):
            task.add_done_callback(_looked_at)
            if task is not current:
                task.cancel()

    # What the group and the fetcher do

    def assign(self, numbers: frozenset[int]) -> None:
        """The group's assignment, perhaps the same again: lanes are paused, some close, some open, all begin anew."""
        self.busy = True
        self.started.clear()

        async def work() -> None:
            with suppress(_EndedError):
                try:
                    await self._assigned(numbers)
                except Exception as error:  # noqa: BLE001 - as Faust's crash: the process ends
                    self.end("an assignment failed", error)
            self.busy = False

        self.tasks.add(asyncio.get_running_loop().create_task(work()))

    def drain(self) -> None:
        """SIGTERM: open blocks are finished, then the process ends."""
        self.busy = True
        self.started.clear()

        async def work() -> None:
            with suppress(_EndedError):
                await asyncio.gather(*(lane.close() for lane in self.lanes.values()))
                self.lanes.clear()
                self.kill()

        self.tasks.add(asyncio.get_running_loop().create_task(work()))

    async def _assigned(self, numbers: frozenset[int]) -> None:
        await asyncio.gather(*(lane.pause() for lane in self.lanes.values()))
        for number in sorted(self.lanes.keys() - numbers):
            await self.lanes[number].close()
            del self.lanes[number]
        new = sorted(numbers - self.lanes.keys())
        for number in new:
            self.lanes[number] = Lane(number, self.around, self._inbox(number))
        await asyncio.gather(*(self.lanes[number].open() for number in new))
        for number in new:
            lane = self.lanes[number]
            lane.inbox.begin({name: self.run.cluster.mark((name, 0), lane.next_offsets[name]) for name in BROADCAST})
        self.epoch += 1
        for number in self.lanes:
            self._begin(number)

    def fetch(self, dice: random.Random) -> None:
        """Some source partitions: what is there, perhaps not all of it; it is on its way then."""
        wanted = [
            (name, number)
            for number in sorted(self.started)
            for name in SOURCES
            if (name, number) not in self.full and self._has_news(name, number)
        ]
        for name, number in dice.sample(wanted, dice.randint(0, len(wanted))):
            begin = self.fetched[name, number]
            rows = self.run.cluster.read((name, number), begin, dice.choice([1, 2, 5, 1000]))
            end = begin + len(rows)
            piece = Slice(self.epoch, name, number, begin, end, self.run.cluster.mark((name, number), end).stable, rows)
            self.fetched[name, number] = end
            self.lanes[number].inbox.announce(name, self.epoch)
            self.flying[name, number].append(piece)

    def _has_news(self, name: str, number: int) -> bool:
        """Is there more than was fetched, or something that the lane doesn't know yet of the log's end?"""
        position = self.fetched[name, number]
        known = name not in self.lanes[number].inbox.blocking or bool(self.flying[name, number])
        return not known or self.run.cluster.mark((name, number), position).stable != position

    def land(self, dice: random.Random) -> None:
        """Some slices on their way arrive; those of one source in their order."""
        for _ in range(dice.randint(1, 12)):
            flying = sorted(each for each, pieces in self.flying.items() if pieces)
            if not flying or not self.alive:
                return
            name, number = dice.choice(flying)
            piece = self.flying[name, number].pop(0)
            lane = self.lanes.get(number)
            if lane is None:
                continue
            try:
                lane.inbox.deliver(name, piece)
            except Exception as error:  # noqa: BLE001 - whatever it is, as in Fleet.deliver
                with suppress(_EndedError):
                    self.end(f"lane {number}: a slice cannot be taken", error)
                return
            lane.stir()

    def broadcast(self, dice: random.Random) -> None:
        """A slice of a broadcast topic for all lanes, from where one of them wants it."""
        name = dice.choice(sorted(BROADCAST))
        ready = [lane for number, lane in sorted(self.lanes.items()) if number in self.started]
        begins = [begin for lane in ready if (begin := lane.wanted(name)) is not None]
        if not begins:
            return
        begin = dice.choice(begins)
        rows = self.run.cluster.read((name, 0), begin, dice.choice([1, 1000]))
        end = begin + len(rows)
        piece = Slice(0, name, 0, begin, end, self.run.cluster.mark((name, 0), end).stable, rows)
        for lane in ready:
            lane.broadcast(name, piece)

    def release(self, dice: random.Random) -> None:
        """Some held lanes go on."""
        for number in dice.sample(sorted(self.held), dice.randint(min(1, len(self.held)), len(self.held))):
            _, future = self.held.pop(number)
            if not future.done():
                future.set_result(None)

    def _begin(self, number: int) -> None:
        lane = self.lanes[number]
        marks = {name: self.run.cluster.mark((name, number), lane.next_offsets[name]) for name in SOURCES}
        for name, mark in marks.items():
            self.fetched[name, number] = mark.position
            self.full.discard((name, number))
        # whoever seeks doesn't know yet how far the log goes: the first fetch tells
        lane.inbox.begin({name: mark._replace(stable=None) for name, mark in marks.items()}, self.epoch)
        lane.start()
        self.started.add(number)

    def _inbox(self, number: int) -> Inbox:
        bound = Bound(self.run.inbox_records, 1 << 20)
        return Inbox(bound, lambda name: self.full.add((name, number)), lambda name: self.full.discard((name, number)))


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
        self.policies_change = bool(plan.seed % 2)
        """Then the reference interpreter, which knows one policy, is no judge."""
        self.loaded = bool(dice.randrange(2))
        """All was appended before: then the order of truth is that of the timestamps."""
        self.history = _history(plan, self.policies_change, dice)
        self.events = [*_repeated(self.history.events, dice), advanced(self.history.end)]
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


def _looked_at(task: asyncio.Task[Any]) -> None:
    """How a task of an ended process ended is of no interest: asyncio need not tell."""
    if not task.cancelled():
        task.exception()


def _history(plan: Plan, policies_change: bool, dice: random.Random) -> World:
    """A world with some events of kinds that worlds lack, at times of others."""
    given = world(plan.seed, accounts=5, events=EVENTS, lives=policies_change)
    events = list(given.events)
    of_accounts = [event for event in events if not EVENT_TYPES[event["type"]].broadcast]
    rare = [name for name in RARE if policies_change or EVENT_TYPES[name].topic != "policies"]
    for number, name in enumerate(dice.sample(rare, 10)):
        at, document = dice.choice(of_accounts), golden(name)
        when = at.get("recordedtime", at["time"])
        subject = document["subject"] if EVENT_TYPES[name].broadcast else at["subject"]
        events.append(document | {"id": f"rare-{number}", "subject": subject, "time": when, "recordedtime": when})
    events.sort(key=lambda event: (recorded(event), SOURCE_ORDER.index(EVENT_TYPES[event["type"]].topic)))
    return World(events[: plan.events], given.policy)


def _repeated(events: list[dict[str, Any]], dice: random.Random) -> list[dict[str, Any]]:
    """Some events come again: a producer that had no answer sends once more, a moment later."""
    found = []
    for event in events:
        found.append(event)
        if EVENT_TYPES[event["type"]].topic not in BROADCAST and not dice.randrange(12):
            found.append(event)
    return found


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
