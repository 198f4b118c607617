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
from schemas.topics import BROADCAST
from streams.codec import block
from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings
from tests.bench.w1.data import Event, events, lines
from tests.bench.w1.expected import changes
from tests.bench.w1.projection import projected
from tests.support.broker import Record, committed
from tests.support.compiled import is_compiled
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS = 4
POLICY = Path(__file__).parents[2] / "streams/local/policies/w1.yaml"


class Run(NamedTuple):
    """What one worker did. Times in s, CPU of the worker's process from its start, memory in bytes at its end;
    `interval` is the mean time between two commits of a lane, `warm` the events/s of the second half.
    """

    records: int
    seconds: float
    warm: float
    cpu: float
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
        load(folder, started, given.events, given.accounts)
        run = worked(settings, started, given.events)
    rate, cpu = run.records / run.seconds, run.cpu / run.records * 1e6
    sys.stdout.write(
        f"W1 {run.records} records, {given.partitions} partitions: {rate:,.0f} events/s in {run.seconds:.1f} s, "
        f"warm half {run.warm:,.0f}, "
        f"worker CPU {cpu:.1f} us an event, {run.blocks} blocks, RSS {run.memory >> 20} MiB, "
        f"core {'compiled' if is_compiled() else 'interpreted'}\n"
    )
    return right(settings, given.events, given.accounts)


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


def load(folder: Path, started: Workers, count: int, accounts: int) -> None:
    file = folder / "w1.ndjson"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(lines(count, accounts, contract=True))
    send = ("-m", "streams.cli", "send", "--history", "--topic-order", "one-after-another", "--policy", str(POLICY))
    sender = started.start((*send, str(file)))
    if sender.wait(600) != 0:
        sys.exit(sender.log)


def worked(
    settings: Settings, started: Workers, count: int, command: tuple[str, ...] = REAL, **environment: str
) -> Run:
    worker = started.start(command, **environment)
    process = psutil.Process(worker.pid)
    while True:
        time.sleep(1)
        ledger = records(settings, "ledger")
        blocks = [block.read(row.value or b"") for row in ledger]
        own = [piece for made in blocks for piece in made.slices if piece.topic not in BROADCAST]
        if sum(piece.count for piece in own) == count and _settled(settings, blocks):
            break
        if not worker.running:
            sys.exit(worker.log)
    times = process.cpu_times()
    stamps = [row.timestamp for row in ledger]
    seconds = (max(stamps) - min(stamps)) / 1000
    interval = seconds * settings.partitions / len(blocks)
    counts = [sum(piece.count for piece in made.slices if piece.topic not in BROADCAST) for made in blocks]
    warm = warm_half(list(zip(stamps, counts, strict=True)))
    run = Run(count, seconds, warm, times.user + times.system, len(blocks), process.memory_info().rss, interval)
    _ended(worker)
    return run


def warm_half(blocks: list[tuple[int, int]]) -> float:
    """Events/s after the block, by time, that ends the first half of all; `blocks` are (ms, records)."""
    blocks = sorted(blocks)
    half, done = sum(records for _, records in blocks) / 2, 0
    for place, (stamp, records) in enumerate(blocks):
        done += records
        if done >= half:
            after = sum(records for _, records in blocks[place + 1 :])
            return after / (blocks[-1][0] - stamp) * 1000 if after else 0.0
    return 0.0


def _settled(settings: Settings, blocks: list[Block]) -> bool:
    """Has every lane taken clock.advanced, and fired what was due by it?"""
    last = {made.lane: made for made in blocks}
    taken = [place.next for made in last.values() for place in made.positions if place.topic == "operations"]
    return len(taken) == settings.partitions and all(made.cursor is None for made in last.values())


def _ended(worker: WorkerProcess) -> None:
    if worker.terminate() != 0:
        sys.exit(worker.log)


def right(settings: Settings, count: int, accounts: int) -> bool:
    statuses = [row.value or b"" for row in records(settings, "status")]
    return same(lambda: events(count, accounts), statuses)


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
