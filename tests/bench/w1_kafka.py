"""W1 through the real Kafka: one worker, exactly once, history loaded before it starts; events/s, CPU, and the check.

    python -m tests.bench.w1_kafka [--events 300000] [--accounts 30000] [--partitions 4] [--bootstrap HOST:PORT]

Topics are filled one after another in full. The time runs from the first genesis block (lanes are open, nothing is
fetched yet) to the last block, by the ledger's record timestamps; that of the warm half from the block that ends the
first half of the records. Without --bootstrap a local broker is started.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import orjson
import psutil

from schemas.block import Block
from schemas.policy import load_policy
from schemas.topics import BROADCAST
from streams.codec import block
from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings
from tests.bench.clocks import CpuClock, second_half
from tests.bench.filling import History, fill_history, w1
from tests.bench.w1.data import Event
from tests.bench.w1.expected import changes
from tests.bench.w1.projection import projected
from tests.support.broker import Record, committed
from tests.support.compiled import is_compiled
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS = 4
POLICY = Path(__file__).parents[2] / "streams/local/policies/w1.yaml"


class Run(NamedTuple):
    """What one worker did. Times in s, memory in bytes at its end; `interval` is the mean time between two commits of a
    lane; `cpu` is of the worker's process from its start. `warm` and `warm_cpu` are events/s and events per CPU second
    of the second half.
    """

    records: int
    seconds: float
    warm: float
    cpu: float
    warm_cpu: float
    blocks: int
    memory: int
    interval: float


def main() -> None:
    """Runs the bench; exit code 1 when the output is not W1's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--accounts", type=int, default=30_000)
    parser.add_argument("--partitions", type=int, default=PARTITIONS)
    parser.add_argument("--bootstrap")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.bootstrap:
            ok = bench(given, Path(folder), given.bootstrap)
        else:
            with LocalKafka(Path(folder) / "kafka") as broker:
                ok = bench(given, Path(folder), broker.bootstrap)
    sys.exit(0 if ok else 1)


def bench(given: argparse.Namespace, folder: Path, bootstrap: str) -> bool:
    settings = new_system(bootstrap, given.partitions)
    with workers(folder, settings) as started:
        history = load(settings, given.events, given.accounts)
        run = worked(settings, started, given.events)
    rate, cpu = run.records / run.seconds, run.cpu / run.records * 1e6
    sys.stdout.write(
        f"W1 {run.records} records, {given.partitions} partitions: {rate:,.0f} events/s in {run.seconds:.1f} s, "
        f"warm half {run.warm:,.0f} and {run.warm_cpu:,.0f} a CPU second, "
        f"worker CPU {cpu:.1f} us an event, {run.blocks} blocks, RSS {run.memory >> 20} MiB, "
        f"core {'compiled' if is_compiled() else 'interpreted'}\n"
    )
    return right(settings, history)


def new_system(bootstrap: str, partitions: int = PARTITIONS, *, live: bool = False) -> Settings:
    """Topics of a system of its own; `live`: its lanes follow the wall clock."""
    name = f"w1-{uuid.uuid4().hex[:8]}"
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=f"{name}.",
        application_id=name,
        partitions=partitions,
        live_clock=live,
    )
    asyncio.run(admin.apply(settings))
    return settings


def load(settings: Settings, count: int, accounts: int) -> History:
    """W1's events in the system's topics, and the policy in force."""
    given = w1(count, accounts, settings.partitions)
    asyncio.run(fill_history(settings, [given.rows], load_policy(POLICY.read_bytes()), given.end))
    return given


def worked(
    settings: Settings, started: Workers, count: int, command: tuple[str, ...] = REAL, **environment: str
) -> Run:
    """One worker, from its start until all of `count` events are applied and their timers have fired; then ended."""
    worker = started.start(command, **environment)
    with CpuClock(worker.pid) as clock:
        ledger, blocks = _finished(settings, worker, clock, count)
        cpu, memory = clock.now, psutil.Process(worker.pid).memory_info().rss
    stamps = [row.timestamp for row in ledger]
    seconds = (max(stamps) - min(stamps)) / 1000
    interval = seconds * settings.partitions / len(blocks)
    counts = [_events(made) for made in blocks]
    half = second_half(list(zip(stamps, counts, strict=True)))
    spent = clock.at(half.end) - clock.at(half.begin)
    warm = half.records / (half.end - half.begin) * 1000 if half.records else 0.0
    run = Run(count, seconds, warm, cpu, half.records / spent if spent else 0.0, len(blocks), memory, interval)
    _ended(worker)
    return run


def through(settings: Settings, started: Workers, count: int, accounts: int, **environment: str) -> Run:
    """W1 loaded and worked; ends the bench where what came out isn't W1's."""
    history = load(settings, count, accounts)
    run = worked(settings, started, count, REAL, **environment)
    if not right(settings, history):
        sys.exit("our output is not W1's")
    return run


def _finished(
    settings: Settings, worker: WorkerProcess, clock: CpuClock, count: int
) -> tuple[list[Record], list[Block]]:
    """The ledger, once all is applied. It is read when the worker rests: reading takes from what is measured."""
    while True:
        time.sleep(0.2)
        if not worker.running:
            sys.exit(worker.log)
        if not clock.rests:
            continue
        ledger = records(settings, "ledger")
        blocks = [block.read(row.value or b"") for row in ledger]
        if sum(map(_events, blocks)) == count and _settled(settings, blocks):
            return ledger, blocks
        time.sleep(1)


def _events(made: Block) -> int:
    return sum(piece.count for piece in made.slices if piece.topic not in BROADCAST)


def _settled(settings: Settings, blocks: list[Block]) -> bool:
    """Has every lane taken clock.advanced, and fired what was due by it?"""
    last = {made.lane: made for made in blocks}
    taken = [place.next for made in last.values() for place in made.positions if place.topic == "operations"]
    return len(taken) == settings.partitions and all(made.cursor is None for made in last.values())


def _ended(worker: WorkerProcess) -> None:
    if worker.terminate() != 0:
        sys.exit(worker.log)


def right(settings: Settings, given: History) -> bool:
    statuses = [row.value or b"" for row in records(settings, "status")]
    return same(lambda: given.events, statuses)


def same(given: Callable[[], Iterable[Event]], statuses: list[bytes]) -> bool:
    """Are these statuses W1's for the events that `given` gives anew each time? Prints what was compared."""
    expected = {_key(change) for change in changes(given())}
    came = [_key(change) for change in projected(given(), map(orjson.loads, statuses))]
    missing, extra = len(expected - set(came)), len(came) - len(expected & set(came))
    found = "equal" if not missing and not extra else f"DIFFERENT, missing {missing}, extra {extra}"
    sys.stdout.write(
        f"W1 check: {len(statuses)} status events, {len(came)} as W1 sees it, expected {len(expected)}: {found}\n"
    )
    return not missing and not extra


def records(settings: Settings, name: str) -> list[Record]:
    topic = settings.topic_prefix + name
    return asyncio.run(committed(settings.kafka.bootstrap_servers or "", topic, range(settings.partitions)))


def _key(change: dict[str, object]) -> str:
    return json.dumps(change, sort_keys=True)


if __name__ == "__main__":
    main()
