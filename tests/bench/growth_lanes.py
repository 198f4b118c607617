"""Growth of one worker: accounts (speed, memory, restore), partitions; and several workers."""

import asyncio
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from schemas.policy import load_policy
from schemas.topics import BROADCAST
from streams.codec import block
from streams.codec.murmur2 import partition_of
from streams.messages import clock_advanced
from streams.publish import publisher
from streams.settings import Settings
from tests.bench.clocks import second_half
from tests.bench.filling import Row, Rows, by_account, fill, fill_history, w1
from tests.bench.restoring import drained, restored
from tests.bench.results import Curve, say
from tests.bench.w1.data import FIRST
from tests.bench.w1_kafka import POLICY, load, new_system, records, right, through
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS: Final = 4
_CHUNK: Final = 500_000
_BEGIN_MS: Final = int(FIRST.timestamp() * 1000)
_PRIMED: Final = (
    '{"specversion":"1.0","id":"P%d","source":"/w1","type":"identity.verified","subject":"%s",'
    '"time":"2025-01-01T00:00:00Z","data":{"level":%d,"document_expires_on":"%s"}}'
)
_PATIENCE_S: Final = 3_600


class Grown(NamedTuple):
    """A worker with so many accounts: events/s, its RSS in bytes, records/s of its restore and of a bare drain."""

    accounts: int
    rate: float
    memory: int
    restore: float
    drain: float
    restore_s: float


def accounts(folder: Path, bootstrap: str, sizes: Sequence[int], events: int) -> list[Curve]:
    """Each account has one event before the measured ones, which go to accounts drawn from all of them."""
    grown = [_grown(folder / str(size), bootstrap, size, events) for size in sizes]
    curves = [
        Curve("events/s by accounts", "accounts of a worker", "events/s", _points(grown, "rate"), "flat"),
        Curve("restore by accounts", "accounts of a worker", "records/s", _points(grown, "restore"), "flat"),
        Curve("bare drain by accounts", "accounts of a worker", "records/s", _points(grown, "drain"), "flat"),
        Curve("restore time by accounts", "accounts of a worker", "s", _points(grown, "restore_s"), "linear"),
    ]
    first, last = grown[0], grown[-1]
    each = (last.memory - first.memory) / (last.accounts - first.accounts)
    say(f"memory of an account: {each:,.0f} bytes, between {first.accounts:,} and {last.accounts:,}")
    points = [(each.accounts, [each.memory / (1 << 20)]) for each in grown]
    return [*curves, Curve("memory by accounts", "accounts of a worker", "MiB", points, "linear")]


def partitions(folder: Path, bootstrap: str, sizes: Sequence[int], events: int) -> Curve:
    """The same W1 on one worker with so many lanes."""
    points = []
    for size in sizes:
        settings = new_system(bootstrap, size)
        (place := folder / str(size)).mkdir(parents=True)
        with workers(place, settings) as started:
            run = through(settings, started, events, events // 10)
        points.append((size, [run.records / run.seconds]))
        say(f"{size} partitions: {points[-1][1][0]:,.0f} events/s")
    return Curve("events/s by partitions", "partitions of a worker", "events/s", points, "flat")


def fleet(folder: Path, bootstrap: str, sizes: Sequence[int], events: int) -> Curve:
    """The same W1 on so many workers, each a process; brokers and all of them share the machine."""
    points = []
    for size in sizes:
        settings = new_system(bootstrap)
        (place := folder / str(size)).mkdir(parents=True)
        with workers(place, settings) as started:
            history = load(settings, events, events // 10)
            rate = _together(settings, [started.start(REAL) for _ in range(size)], events)
        if not right(settings, history):
            sys.exit("our output is not W1's")
        points.append((size, [rate]))
        say(f"{size} workers: {rate:,.0f} events/s in the warm half")
    return Curve("events/s by workers", "workers", "events/s, warm half", points, "linear")


def primed(count: int, partitions: int, flips: float = 0.0, at_ms: int = _BEGIN_MS) -> Iterator[Rows]:
    """One verification for each of so many accounts, in chunks by partition; those of the share `flips` have documents
    that are valid for a century longer.
    """
    long = round(count * flips)
    for first in range(0, count, _CHUNK):
        rows: dict[int, list[Row]] = {number: [] for number in range(partitions)}
        for number in range(first, min(first + _CHUNK, count)):
            account = f"P{number:07d}"
            value = _PRIMED % (number, account, 2, "2199-01-01" if number < long else "2099-01-01")
            rows[partition_of(account, partitions)].append((account.encode(), value.encode(), at_ms))
        yield {("identity", number): each for number, each in rows.items() if each}


def prime(settings: Settings, started: Workers, count: int, flips: float = 0.0, at_ms: int = _BEGIN_MS) -> None:
    """So many accounts in a new system, by a worker that ends then."""
    portions = primed(count, settings.partitions, flips, at_ms)
    asyncio.run(fill_history(settings, portions, load_policy(POLICY.read_bytes()), at_ms))
    worker = started.start(REAL)
    began = time.monotonic()
    _until_applied(settings, [worker], count)
    say(f"{count:,} accounts primed in {time.monotonic() - began:.0f} s")
    if worker.terminate() != 0:
        sys.exit(worker.log)


def _grown(folder: Path, bootstrap: str, count: int, events: int) -> Grown:
    settings = new_system(bootstrap, PARTITIONS)
    folder.mkdir(parents=True)
    with workers(folder, settings) as started:
        prime(settings, started, count)
        found, seconds = restored(settings, started)
        drained_records, drain_s = asyncio.run(drained(settings))
        assert drained_records == found, "the same records"
        rows, end = _among(count, events)
        asyncio.run(fill(bootstrap, rows, settings.topic_prefix))
        asyncio.run(_advance(settings, end))
        worker = started.start(REAL)
        rate = _together(settings, [worker], count + events, since=time.time() * 1000, stop=False)
        memory = psutil.Process(worker.pid).memory_info().rss
        if worker.terminate() != 0:
            sys.exit(worker.log)
    row = Grown(count, rate, memory, found / seconds, found / drain_s, seconds)
    say(
        f"{count:,} accounts: {rate:,.0f} events/s, RSS {memory >> 20:,} MiB, restored in {seconds:.2f} s "
        f"({row.restore:,.0f}/s), bare drain {row.drain:,.0f}/s"
    )
    return row


def _among(count: int, events: int) -> tuple[Rows, int]:
    """W1's events over the primed accounts."""
    given = w1(events, count, PARTITIONS)
    rows = [
        (topic, "P" + key[1:].decode(), value.replace(b'"A', b'"P'), at)
        for (topic, _), each in given.rows.items()
        for key, value, at in each
    ]
    moved = by_account(sorted(rows, key=lambda row: row[3]), PARTITIONS)
    w1.cache_clear()
    gc.collect()
    return moved, given.end


async def _advance(settings: Settings, end: int) -> None:
    async with publisher(settings, ["operations"]) as sender:
        await sender.send([clock_advanced(end)])


def _together(
    settings: Settings, running: list[WorkerProcess], count: int, since: float = 0.0, *, stop: bool = True
) -> float:
    """Events/s of the warm half of what blocks since a moment (ms) hold, once all `count` events are applied."""
    stamps = _until_applied(settings, running, count)
    half = second_half([each for each in stamps if each[0] >= since])
    for worker in running if stop else ():
        if worker.terminate() != 0:
            sys.exit(worker.log)
    return half.records / (half.end - half.begin) * 1000


def _until_applied(settings: Settings, running: list[WorkerProcess], count: int) -> list[tuple[int, int]]:
    """Each block's time (ms) and events, once all events are applied."""
    end = time.monotonic() + _PATIENCE_S
    processes = [psutil.Process(worker.pid) for worker in running]
    while time.monotonic() < end:
        for worker in running:
            if not worker.running:
                sys.exit(worker.log)
        if all(each.cpu_percent(0.5) < 30 for each in processes):
            found = []
            for row in records(settings, "ledger"):
                pieces = block.read(row.value or b"").slices
                found.append((row.timestamp, sum(each.count for each in pieces if each.topic not in BROADCAST)))
            if sum(events for _, events in found) == count:
                return found
    sys.exit(f"{count:,} events were not applied within {_PATIENCE_S} s")


def _points(grown: Sequence[Grown], name: str) -> list[tuple[int, list[float]]]:
    return [(each.accounts, [float(getattr(each, name))]) for each in grown]
