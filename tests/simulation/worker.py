"""A process of a simulated run: real lanes, and where the scheduler holds them."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec import block
from streams.codec.partition import Partition
from streams.lane.fetch import Slice
from streams.lane.inbox import Bound, Inbox
from streams.lane.lane import Lane
from streams.lane.surroundings import Surroundings
from streams.lane.watchdog import Watchdog
from streams.settings import LaneSettings

if TYPE_CHECKING:
    from tests.simulation.run import Run

SOURCES: Final = tuple(name for name in SOURCE_ORDER if name not in BROADCAST)
TOPICS: Final = {name: name for name in (*SOURCE_ORDER, *block.OUTPUTS, "ledger")}
NOW: Final = 1 << 51  # after every record


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
            new_machine=lambda number: Partition(number, run.partitions, run.core, "t.", run.warm),
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


def _looked_at(task: asyncio.Task[Any]) -> None:
    """How a task of an ended process ended is of no interest: asyncio need not tell."""
    if not task.cancelled():
        task.exception()
