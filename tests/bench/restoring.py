"""Restore: a worker that starts against its changelog, beside a bare aiokafka drain of the same records.

    python -m tests.bench.restoring [--events 200000] [--accounts 50000] [--rounds 3]

The worker's time runs from fencing the predecessor to the last lane's being open, for all lanes at once; it unpacks no
state, but looks at each one's first fields for its timers. The drain reads the same partitions with getmany and drops
what it gets.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import changelog_name
from streams.local.kafka import LocalKafka
from streams.settings import Settings
from tests.bench.w1_kafka import new_system, through
from tests.support.processes import REAL, Workers, workers

_OPENED = re.compile(r"lane \d+: open after block \d+, (\d+) records restored, ([\d.]+) s")
PATIENCE_S = 120


class Restored(NamedTuple):
    """Records and seconds of a worker's restore, and of a bare drain of the same partitions."""

    records: int
    worker_s: float
    drain_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        runs = restores(Path(folder), broker.bootstrap, given.events, given.accounts, given.rounds)
    for run in runs:
        worker, drain = run.records / run.worker_s, run.records / run.drain_s
        sys.stdout.write(f"{run.records} records: worker {worker:,.0f}/s, drain {drain:,.0f}/s\n")


def restores(folder: Path, bootstrap: str, count: int, accounts: int, rounds: int) -> list[Restored]:
    """A changelog of W1's, then as often as wanted a worker's start against it and a drain, in turns."""
    settings = new_system(bootstrap)
    runs = []
    with workers(folder, settings) as started:
        through(settings, started, count, accounts)
        for _ in range(rounds):
            records, seconds = restored(settings, started)
            count_of_drain, drain_s = asyncio.run(drained(settings))
            assert count_of_drain == records, "the same records"
            runs.append(Restored(records, seconds, drain_s))
    return runs


def restored(settings: Settings, started: Workers) -> tuple[int, float]:
    """Starts a worker on what another one left: records restored by all lanes together, and s until all are open."""
    worker = started.start(REAL)
    end = time.monotonic() + PATIENCE_S
    while len(found := _OPENED.findall(worker.log)) < settings.partitions:
        if not worker.running or time.monotonic() > end:
            sys.exit(worker.log)
        time.sleep(0.1)
    if worker.terminate() != 0:
        sys.exit(worker.log)
    return sum(int(count) for count, _ in found), max(float(seconds) for _, seconds in found)


async def drained(settings: Settings) -> tuple[int, float]:
    topic = changelog_name(settings.application_id)
    places = [TopicPartition(topic, number) for number in range(settings.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 << 20,
        fetch_max_bytes=64 << 20,
    )
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        began, count = time.monotonic(), 0
        for place in places:
            while await consumer.position(place) < ends[place]:
                for rows in (await consumer.getmany(timeout_ms=20, max_records=5_000)).values():
                    count += len(rows)
        return count, time.monotonic() - began
    finally:
        await consumer.stop()


def rates(runs: list[Restored]) -> tuple[list[float], list[float]]:
    """Records/s of the worker's restores and of the drains."""
    return [run.records / run.worker_s for run in runs], [run.records / run.drain_s for run in runs]


if __name__ == "__main__":
    main()
