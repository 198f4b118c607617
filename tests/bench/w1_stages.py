"""Where a worker's CPU goes in W1, stage by stage, beside the floor of the same run; microseconds an event.

    python -m tests.bench.w1_stages [--events 100000] [--accounts 10000] [--partitions 4] [--rounds 1] [--only lane]

Three processes in turn, with the same records and output sizes on one broker: the worker; the same worker around a
machine that computes nothing (what the lane costs); a bare aiokafka loop that consumes and produces in transactions
(the floor). `--only lane` leaves the real machine out, with the sizes of W1 at 100,000 events. Start-up is apart.

Inside the compiled machine no clock tells stages apart: its CPU is measured as a whole, decoding by itself, and the
rest divided by samples of the same core interpreted.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from streams.audit.logs import partition_of_lane
from streams.cluster import topics_of
from streams.codec.block import OUTPUTS
from streams.codec.decode import decode
from streams.codec.partition import CHANGELOG
from streams.local.kafka import LocalKafka
from streams.settings import Settings
from tests.bench.filling import w1
from tests.bench.results import Figure, say
from tests.bench.samples import shares
from tests.bench.staged_worker import Shape
from tests.bench.w1_kafka import load, new_system, right, worked
from tests.bench.w1_pure import sources
from tests.support.broker import committed
from tests.support.processes import ROOT, workers

DECODED = 20_000
MACHINE = ("decode, fold, rules, encode", "timers", "state")
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
            (place := Path(folder) / str(turn)).mkdir()
            size = Size(given.events, given.accounts, given.partitions)
            measured(place, broker.bootstrap, size, only_lane=given.only == "lane")


class Size(NamedTuple):
    """Of the W1 that is run."""

    events: int
    accounts: int
    partitions: int


def measured(folder: Path, bootstrap: str, size: Size, *, only_lane: bool = False) -> list[Figure]:
    """The profile of one turn, told and returned."""
    found, shapes = [], W1
    if not only_lane:
        settings = new_system(bootstrap, size.partitions)
        spent = _worked(size, folder / "real", settings)
        if not right(settings, w1(*size)):
            sys.exit("the output is not W1's")
        rows = _inside(_rows(spent), decoding(size.partitions), shares())
        found += _told("worker", spent, rows)
        shapes = asyncio.run(_shapes(settings, size.events))
        say(f"put out, by topic: {json.dumps(shapes)}")
    settings = new_system(bootstrap, size.partitions)
    spent = _worked(size, folder / "lane", settings, TEST_SHAPE=json.dumps(shapes))
    found += _told("lane around a machine that computes nothing", spent, _rows(spent))
    spent = _floor(settings, shapes)
    found += _told("floor: bare aiokafka", spent, _rows(spent))
    floor = "floor: bare aiokafka: CPU in all"
    return [replace(each, beside=(floor,)) if each.name == "worker: CPU in all" else each for each in found]


def _floor(settings: Settings, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    topics = topics_of(settings)
    shapes = {topics[name]: shape for name, shape in shapes.items()}
    command = [sys.executable, "-m", "tests.bench.bare_echo", settings.kafka.bootstrap_servers or ""]
    command += [settings.topic_prefix, str(settings.partitions), json.dumps(shapes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return dict(json.loads(done.stdout))


def decoding(partitions: int) -> float:
    """The decoder by itself, us of CPU an event, in this process: inside the machine no clock tells stages apart."""
    records = [record for lane in sources(DECODED, DECODED // 10, partitions) for record in lane]
    began = time.process_time()
    for record in records:
        decode(record, partitions)
    return (time.process_time() - began) / len(records) * 1e6


def _worked(size: Size, folder: Path, settings: Settings, **environment: str) -> dict[str, Any]:
    folder.mkdir()
    file = folder / "stages.json"
    with workers(folder, settings) as started:
        load(settings, size.events, size.accounts)
        worked(settings, started, size.events, STAGED, TEST_STAGES=str(file), **environment)
    return dict(json.loads(file.read_text(encoding="utf-8")))


async def _shapes(settings: Settings, count: int) -> dict[str, Shape]:
    topics, shapes = topics_of(settings), {}
    for name in OUTPUTS:
        places = {partition_of_lane(name, lane) for lane in range(settings.partitions)}
        rows = await committed(settings.kafka.bootstrap_servers or "", topics[name], places)
        if rows:
            size = sum(len(row.value or b"") for row in rows) // len(rows)
            header = next(((name, len(value or b"")) for name, value in rows[0].headers), None)
            shapes[name] = Shape(round(len(rows) / count, 3), size, header)
    return shapes


def _rows(spent: Mapping[str, Any]) -> dict[str, float]:
    """Microseconds an event by stage, as the process told them."""
    stages = spent.get("stages", {})
    rows = {}
    if stages:
        rows["fetch"] = spent["fetch"]
        rows |= stages
        rows["event loop, Faust, requests"] = spent["main"] - sum(stages.values())
        rows["other threads"] = spent["process"] - spent["main"] - spent["fetch"]
    rows["CPU in all"] = spent["process"]
    rows |= {f"waited, {what}": seconds for what, seconds in spent.get("waited", {}).items()}
    rows["wall time"] = spent["wall"]
    return {name: seconds / spent["records"] * 1e6 for name, seconds in rows.items()}


def _inside(rows: dict[str, float], decoded: float, parts: Mapping[str, float]) -> dict[str, float]:
    """The machine's CPU divided: decoding as measured, the rest in the proportion of the samples."""
    machine = sum(rows.pop(name, 0.0) for name in MACHINE)
    rest = {name: share for name, share in parts.items() if name not in ("decode", "other")}
    left = max(machine - decoded, 0.0)
    divided = {name: left * share / sum(rest.values()) for name, share in rest.items()}
    return {"fetch": rows.pop("fetch"), "merge": rows.pop("merge"), "decode": decoded, **divided, **rows}


def _told(name: str, spent: Mapping[str, Any], rows: Mapping[str, float]) -> list[Figure]:
    say(
        f"{name}: {spent['records']} records in {spent['wall']:.1f} s, {spent.get('blocks', 0)} blocks, "
        f"CPU before the first record {spent['start']:.2f} s; us an event"
    )
    for stage, value in rows.items():
        say(f"  {stage:34} {value:7.2f}")
    return [Figure(f"{name}: {stage}", "us an event", [value], False) for stage, value in rows.items()]


if __name__ == "__main__":
    main()
