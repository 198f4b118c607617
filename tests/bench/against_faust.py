"""W1 beside idiomatic Faust on the same broker, in turns ours, Faust, Faust, ours: ratios of events/s and CPU an event.

    python -m tests.bench.against_faust [--events 50000] [--accounts 5000] [--faust-events 10000] [--rounds 1]

Both are one worker with one processing thread, exactly once; Faust's commit interval is 0.1 s, our lanes commit what
waits at once. Every run's output is compared with W1's. Ours does more: evidence, timers, next change, alternatives and
a sealed ledger.
"""

import argparse
import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings
from tests.bench.w1.data import events
from tests.bench.w1.expected import changes
from tests.bench.w1_kafka import load, right, worked
from tests.support.broker import committed, put
from tests.support.processes import ROOT, workers

PEER = Path(__file__).parent / "peers" / "faust_w1.py"
PEER_HASH = "4d0614a0d68af3827480cde993427b5889a71548982fddafc1cce4e3369df611"
PARTITIONS = 4
PATIENCE_S = 600


class Measured(NamedTuple):
    """One run: events/s, and the worker's CPU in microseconds an event."""

    rate: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--faust-events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    if hashlib.sha256(PEER.read_bytes()).hexdigest() != PEER_HASH:
        sys.exit(f"{PEER.name} is not the peer that was measured before: put its new hash here, and say why")
    ours: list[Measured] = []
    fausts: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        for turn in range(given.rounds):
            for place, who in enumerate((ours, fausts, fausts, ours)):
                run = Path(folder) / f"{turn}-{place}"
                run.mkdir()
                if who is ours:
                    who.append(_ours(run, broker.bootstrap, given.events, given.accounts))
                else:
                    who.append(_faust(run, broker.bootstrap, given.faust_events, given.accounts))
                sys.stdout.write(f"{'ours' if who is ours else 'Faust':5} {_told(who[-1])}\n")
                sys.stdout.flush()
    mine, theirs = _median(ours), _median(fausts)
    faster, leaner = mine.rate / theirs.rate, theirs.cpu / mine.cpu
    sys.stdout.write(
        f"medians: ours {_told(mine)}; Faust {_told(theirs)}\n"
        f"{faster:.1f} times Faust's events/s, {leaner:.1f} times its events per CPU second\n"
    )


def _ours(folder: Path, bootstrap: str, count: int, accounts: int) -> Measured:
    name = f"w1-{uuid.uuid4().hex[:8]}"
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=f"{name}.",
        application_id=name,
        partitions=PARTITIONS,
        live_clock=False,
    )
    asyncio.run(admin.apply(settings))
    with workers(folder, settings) as started:
        load(folder, started, count, accounts)
        run = worked(settings, started, count)
    if not right(settings, count, accounts):
        sys.exit("our output is not W1's")
    return Measured(run.records / run.seconds, run.cpu / run.records * 1e6)


def _faust(folder: Path, bootstrap: str, count: int, accounts: int) -> Measured:
    topic = f"w1-faust-{uuid.uuid4().hex[:8]}"
    asyncio.run(_prepared(bootstrap, topic, count, accounts))
    environment = {
        **os.environ,
        "W1_BROKER": bootstrap,
        "W1_TOPIC": topic,
        "W1_EVENTS": str(count),
        "W1_GUARANTEE": "exactly_once",
        "W1_FOLDER": str(folder),
    }
    log = folder / "faust.log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, str(PEER)], cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        told = _line(process, log)
    finally:
        process.terminate()
        process.wait(60)
    rows = asyncio.run(committed(bootstrap, f"{topic}-status", range(PARTITIONS)))
    came = sorted(json.dumps(orjson.loads(row.value or b""), sort_keys=True) for row in rows)
    expected = sorted(json.dumps(change, sort_keys=True) for change in changes(events(count, accounts)))
    if came != expected:
        sys.stdout.write(f"Faust's output is not W1's: {len(came)} rows, {len(expected)} expected\n")
    return Measured(told["events"] / told["seconds"], told["cpu"] / told["events"] * 1e6)


async def _prepared(bootstrap: str, topic: str, count: int, accounts: int) -> None:
    names = (topic, f"{topic}-status", f"{topic}-app-{topic}-accounts-changelog")
    made = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await made.start()
    try:
        await made.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await made.close()
    rows: list[list[tuple[bytes, bytes, int]]] = [[] for _ in range(PARTITIONS)]
    for event in events(count, accounts):
        account = event["account_id"]
        rows[partition_of(account, PARTITIONS)].append((account.encode(), orjson.dumps(event), int(time.time() * 1000)))
    for number, each in enumerate(rows):
        await put(bootstrap, topic, each, number)


def _line(process: "subprocess.Popen[bytes]", log: Path) -> dict[str, float]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        _, found, rest = log.read_text(encoding="utf-8").partition('{"events"')  # behind what Faust's log puts before
        if found and "}" in rest:
            time.sleep(3)  # its last commit
            return dict(json.loads(found + rest.partition("}")[0] + "}"))
        if process.poll() is not None:
            break
        time.sleep(0.5)
    sys.exit(f"Faust did not come to its end:\n{log.read_text(encoding='utf-8')[-3000:]}")


def _median(runs: list[Measured]) -> Measured:
    return Measured(statistics.median(each.rate for each in runs), statistics.median(each.cpu for each in runs))


def _told(run: Measured) -> str:
    return f"{run.rate:,.0f} events/s, CPU {run.cpu:.0f} us an event"


if __name__ == "__main__":
    main()
