"""Where a worker's CPU goes in W1, stage by stage, beside the floor of the same run; microseconds an event.

    python -m tests.bench.w1_stages [--events 100000] [--accounts 10000] [--partitions 4] [--rounds 1] [--only lane]

Three processes in turn, with the same records and output sizes on one broker: the worker; the same worker around a
machine that computes nothing (what the lane costs); a bare aiokafka loop that consumes and produces in transactions
(the floor). `--only lane` leaves the real machine out, with the sizes of W1 at 100,000 events. Start-up is apart.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streams.cluster import topics_of
from streams.codec.block import OUTPUTS
from streams.codec.decode import decode
from streams.codec.partition import CHANGELOG
from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings
from tests.bench.staged_worker import Shape
from tests.bench.w1_kafka import load, right, worked
from tests.bench.w1_pure import sources
from tests.support.broker import committed
from tests.support.processes import ROOT, workers

DECODED = 20_000
STAGED = ("-m", "tests.bench.staged_worker")
# W1 at 100,000 events over 10,000 accounts, as measured by this bench.
W1 = {
    "status": Shape(0.647, 1143, ("eligibility-cause", 25)),
    "current": Shape(0.588, 1149, None),
    CHANGELOG: Shape(0.56, 575, None),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=["lane"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        for turn in range(given.rounds):
            shapes = W1
            if given.only != "lane":
                shapes = real(given, Path(folder) / f"real-{turn}", broker.bootstrap)
            lane(given, Path(folder) / f"lane-{turn}", broker.bootstrap, shapes)


def real(given: argparse.Namespace, folder: Path, bootstrap: str) -> dict[str, Shape]:
    settings = _settings(given, bootstrap)
    figures = _worked(given, folder, settings)
    if not right(settings, given.events, given.accounts):
        sys.exit("the output is not W1's")
    _tell("worker", figures)
    sys.stdout.write(f"  of it decoding alone, apart           {decoding(given.partitions):7.2f}\n")
    shapes = asyncio.run(_shapes(settings, given.events))
    sys.stdout.write(f"put out, by topic: {json.dumps(shapes)}\n")
    return shapes


def lane(given: argparse.Namespace, folder: Path, bootstrap: str, shapes: Mapping[str, Shape]) -> None:
    settings = _settings(given, bootstrap)
    text = json.dumps(shapes)
    _tell("lane around a machine that computes nothing", _worked(given, folder, settings, TEST_SHAPE=text))
    topics = topics_of(settings)
    shapes = {topics[name]: shape for name, shape in shapes.items()}
    command = [sys.executable, "-m", "tests.bench.bare_echo", bootstrap, settings.topic_prefix]
    command += [str(given.partitions), json.dumps(shapes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    _tell("floor: bare aiokafka", json.loads(done.stdout))


def decoding(partitions: int) -> float:
    """The decoder by itself, us of CPU an event, in this process: inside the machine no clock tells stages apart."""
    records = [record for lane in sources(DECODED, DECODED // 10, partitions) for record in lane]
    began = time.process_time()
    for record in records:
        decode(record, partitions)
    return (time.process_time() - began) / len(records) * 1e6


def _settings(given: argparse.Namespace, bootstrap: str) -> Settings:
    name = f"w1-{uuid.uuid4().hex[:8]}"
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=f"{name}.",
        application_id=name,
        partitions=given.partitions,
        live_clock=False,
    )
    asyncio.run(admin.apply(settings))
    return settings


def _worked(given: argparse.Namespace, folder: Path, settings: Settings, **environment: str) -> dict[str, Any]:
    folder.mkdir()
    file = folder / "stages.json"
    with workers(folder, settings) as started:
        load(folder, started, given.events, given.accounts)
        worked(settings, started, given.events, STAGED, TEST_STAGES=str(file), **environment)
    return dict(json.loads(file.read_text(encoding="utf-8")))


async def _shapes(settings: Settings, count: int) -> dict[str, Shape]:
    topics, shapes = topics_of(settings), {}
    for name in OUTPUTS:
        rows = await committed(settings.kafka.bootstrap_servers or "", topics[name], range(settings.partitions))
        if rows:
            size = sum(len(row.value or b"") for row in rows) // len(rows)
            header = next(((name, len(value or b"")) for name, value in rows[0].headers), None)
            shapes[name] = Shape(round(len(rows) / count, 3), size, header)
    return shapes


def _tell(name: str, figures: Mapping[str, Any]) -> None:
    count = figures["records"]

    def line(text: str, seconds: float) -> None:
        sys.stdout.write(f"  {text:34} {seconds / count * 1e6:7.2f}\n")

    sys.stdout.write(
        f"{name}: {count} records in {figures['wall']:.1f} s, {figures.get('blocks', 0)} blocks, "
        f"CPU before the first record {figures['start']:.2f} s; us an event\n"
    )
    if "stages" in figures:
        stages = figures["stages"]
        line("fetch (the consumer's thread)", figures["fetch"])
        for stage, seconds in stages.items():
            line(stage, seconds)
        line("event loop, Faust, requests", figures["main"] - sum(stages.values()))
        line("other threads", figures["process"] - figures["main"] - figures["fetch"])
    line("CPU in all", figures["process"])
    for wait, seconds in figures.get("waited", {}).items():
        line(f"waited: {wait}", seconds)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
