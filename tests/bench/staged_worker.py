"""A worker that tells where its time went: `python -m tests.bench.staged_worker`, settings from the environment.

TEST_STAGES names the file that gets the figures at the worker's end. TEST_SHAPE, JSON of `Shape`s by topic, puts a
machine that computes nothing in the place of the real one: what is left is what the lane itself costs.

Stages are timed where a block or a slice passes, never at a record, by the CPU clock of their thread.
"""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from streams.codec import block
from streams.codec.partition import CHANGELOG, Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.lane import transaction
from streams.lane.batches import batches
from streams.lane.fetch import Fetcher, Slice
from streams.lane.inbox import Inbox
from streams.lane.lane import Lane
from streams.lane.machine import Machine
from streams.lane.surroundings import Surroundings
from streams.settings import Settings, core_settings, load
from streams.worker.app import WorkerApp
from streams.worker.run import run


class Shape(NamedTuple):
    """What W1 puts into one topic: records per record taken in, bytes of a value, the name and bytes of a header."""

    ratio: float
    size: int
    header: tuple[str, int] | None


class ShapedMachine:
    """Puts out as many records of the same sizes as W1 does, the changelog's once for each account of a block."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = [(name, shape, [b""]) for name, shape in shapes.items()]
        self._taken: list[SourceRecord] = []
        self._clock = 0

    next_due = None
    pending = False

    def restore(self, key: bytes, value: bytes | None) -> None: ...

    def ready(self, clock: int) -> None:
        self._clock = clock

    def open_block(self, admit_until: int) -> None:
        self._taken = []

    def apply(self, records: Sequence[SourceRecord]) -> int:
        self._taken += records
        return len(records)

    def tick(self, clock: int) -> bool:
        self._clock = max(self._clock, clock)
        return True

    def close_block(self) -> Any:
        self._clock = max(self._clock, *(record.timestamp for record in self._taken))
        outputs = {name: list(self._rows(name, shape)) for name, shape, _ in self._shapes}
        return _Closed(outputs, self._clock, None, [])

    def _rows(self, name: str, shape: Shape) -> Iterator[OutputRecord]:
        value = os.urandom(shape.size // 2).hex().encode()
        headers = ((shape.header[0], b"x" * shape.header[1]),) if shape.header else ()
        if name == CHANGELOG:
            keys = list({record.key for record in self._taken})
            rows = [(key, self._clock) for key in keys]
        else:
            rows = [(record.key, record.timestamp) for record in self._taken[: int(len(self._taken) * shape.ratio)]]
        return (OutputRecord(name, key, value, timestamp, headers) for key, timestamp in rows)


class _Closed(NamedTuple):
    outputs: Mapping[str, Sequence[OutputRecord]]
    clock: int
    cursor: None
    activations: Sequence[Any]


class Stages:
    """CPU seconds of the main thread by stage, what is measured inside another one left out of it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.waited: dict[str, float] = {}
        self.records = 0
        self.blocks = 0
        self._open: list[str] = []
        self._since = 0.0
        self._begun: dict[str, float] | None = None
        self._ended: dict[str, float] = {}
        self._fetching: int | None = None
        self._lanes: list[Lane] = []

    def begin(self) -> None:
        """The first slice has come: what was before is the start."""
        if self._begun is None:
            self._begun = self._clocks()

    def committed(self, records: int) -> None:
        self.records += records
        self.blocks += 1
        self._ended = self._clocks()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        now = time.thread_time()
        if self._open:
            self._charge(now)
        self._open.append(name)
        self._since = now
        try:
            yield
        finally:
            now = time.thread_time()
            self._charge(now)
            self._open.pop()
            self._since = now

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                return call(*arguments, **named)

        return inner

    def wait(self, name: str, seconds: float) -> None:
        self.waited[name] = self.waited.get(name, 0.0) + seconds

    def fetching(self) -> None:
        """Called in the consumer's thread."""
        if threading.current_thread() is not threading.main_thread():
            self._fetching = time.pthread_getcpuclockid(threading.get_ident())

    def watch(self, lane: Lane) -> None:
        """The lane belongs to those whose waiting work makes idling a loss; the loop's own waits are timed."""
        if not self._lanes:
            selector = getattr(asyncio.get_running_loop(), "_selector", None)
            if selector is not None:
                selector.select = self._selecting(selector.select)
        self._lanes.append(lane)

    def write(self, file: Path) -> None:
        assert self._begun is not None
        spent = {name: self._ended[name] - self._begun[name] for name in self._ended}
        figures = {
            "records": self.records,
            "blocks": self.blocks,
            "start": self._begun["process"],
            **spent,
            "stages": self.spent,
            "waited": self.waited,
        }
        file.write_text(json.dumps(figures), encoding="utf-8")

    def _charge(self, now: float) -> None:
        name = self._open[-1]
        self.spent[name] = self.spent.get(name, 0.0) + now - self._since

    def _clocks(self) -> dict[str, float]:
        fetch = 0.0 if self._fetching is None else time.clock_gettime(self._fetching)
        return {"wall": time.monotonic(), "process": time.process_time(), "main": time.thread_time(), "fetch": fetch}

    def _selecting(self, select: Callable[[float | None], Any]) -> Callable[[float | None], Any]:
        def inner(timeout: float | None = None) -> Any:
            if timeout == 0:
                return select(timeout)
            waits = any(lane.inbox.ready for lane in self._lanes)
            began = time.monotonic()
            found = select(timeout)
            if self._begun is not None:
                self.wait("idle, work waits" if waits else "idle", time.monotonic() - began)
            return found

        return inner


class StagedMachine:
    """A machine whose calls are timed."""

    def __init__(self, machine: Machine, stages: Stages) -> None:
        self._machine = machine
        self.restore, self.ready, self.open_block = machine.restore, machine.ready, machine.open_block
        self.apply = stages.timed("decode, fold, rules, encode", machine.apply)
        self.tick = stages.timed("timers", machine.tick)
        self.close_block = stages.timed("state", machine.close_block)

    @property
    def next_due(self) -> int | None:
        return self._machine.next_due

    @property
    def pending(self) -> bool:
        return self._machine.pending


def staged(stages: Stages, file: Path) -> None:
    """Puts the clocks in."""
    _fetch(stages)
    _inbox(stages)
    _blocks(stages)
    _ends(stages, file)


def _fetch(stages: Stages) -> None:
    step = Fetcher.step

    async def timed_step(self: Fetcher, *arguments: Any) -> tuple[Slice, ...]:
        stages.fetching()
        return await step(self, *arguments)

    Fetcher.step = timed_step  # type: ignore[method-assign, assignment]


def _inbox(stages: Stages) -> None:
    deliver = stages.timed("merge", Inbox.deliver)

    def begin(self: Inbox, name: str, piece: Slice) -> None:
        if piece.records:
            stages.begin()
        deliver(self, name, piece)

    Inbox.deliver = begin  # type: ignore[method-assign]
    Inbox.take = _method(stages, "merge", Inbox.take)  # type: ignore[method-assign]


def _blocks(stages: Stages) -> None:
    block.build = stages.timed("hash", block.build)
    write = transaction.Transactions.write

    async def timed_write(self: transaction.Transactions, records: Mapping[str, Sequence[OutputRecord]]) -> None:
        began = time.monotonic()
        await write(self, records)
        stages.wait("commits of all lanes", time.monotonic() - began)

    transaction.Transactions.write = timed_write  # type: ignore[method-assign]
    transaction.__dict__["batches"] = stages.timed("append", lambda rows: list(batches(rows)))
    init = Lane.__init__

    def watched(self: Lane, number: int, around: Surroundings, inbox: Inbox) -> None:
        init(self, number, around, inbox)
        stages.watch(self)

    Lane.__init__ = watched  # type: ignore[method-assign]


def _ends(stages: Stages, file: Path) -> None:
    stop = WorkerApp.on_stop

    async def on_stop(self: WorkerApp) -> None:
        stages.write(file)
        await stop(self)

    WorkerApp.on_stop = on_stop  # type: ignore[method-assign]
    apply = Lane._block

    async def counted(self: Lane) -> None:
        before = self.records
        await apply(self)
        stages.committed(self.records - before)

    Lane._block = counted  # type: ignore[method-assign]


def _method(stages: Stages, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any) -> Any:
        with stages.stage(name):
            return call(self, *arguments)

    return method


def machine_of(settings: Settings, number: int) -> Machine:
    shape = os.environ.get("TEST_SHAPE")
    if shape is not None:
        return ShapedMachine({name: Shape(*row) for name, row in json.loads(shape).items()})
    return Partition(number, settings.partitions, core_settings(settings), settings.topic_prefix)


def main() -> None:
    settings = load()
    stages = Stages()
    staged(stages, Path(os.environ["TEST_STAGES"]))
    run(settings, lambda number: StagedMachine(machine_of(settings, number), stages))


if __name__ == "__main__":
    main()
