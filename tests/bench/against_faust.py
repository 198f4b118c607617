"""W1 beside idiomatic Faust on the same broker, in turns ours, Faust, Faust, ours; every run's output is W1's.

    python -m tests.bench.against_faust [--events 50000] [--accounts 5000] [--seconds 20] [--rounds 1] [--only PART]

Both are one worker with one processing thread, exactly once. At full load Faust is given the commit interval that our
lanes had in the run before, measured in the ledger. At a rate ours commits what waits at once, and Faust every 0.1 s:
more often costs it so much that it falls behind. Ours does more: evidence, timers, next change, alternatives and a
sealed ledger. Parts: throughput (events/s, CPU, memory), latency (send to read_committed receive at 1,000 and 5,000
events/s), restore (beside a bare drain of the changelog).
"""

import argparse
import asyncio
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import orjson
import psutil

from schemas.events import EVENT_TYPES
from streams.local.jars import KAFKA_VERSION
from streams.local.kafka import LocalKafka
from streams.settings import Settings
from tests.bench import faust, latency, restoring
from tests.bench.w1.data import Event, cloud_event, events
from tests.bench.w1_kafka import PARTITIONS, load, new_system, right, same, worked
from tests.integration.faults.live import prepare
from tests.support.processes import REAL, workers

T = TypeVar("T")
PARTS: Final = ("throughput", "latency", "restore")
COMPARED_RATE, OWN_RATE = 1_000, 5_000
WARM_S: Final = 5.0
ACCOUNTS_PER_RATE: Final = 4
"""An account has an event every four seconds."""
FAUST_RESTORE_S: Final = 60.0


class Row(NamedTuple):
    """A line of the table: values of each run in `unit`; `theirs` is a text where there is nothing to compare with."""

    what: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float] | str
    more_is_better: bool


class Throughput(NamedTuple):
    """One run at full load: events/s, CPU seconds per million events, memory in MiB after it, commit interval in s."""

    rate: float
    cpu: float
    memory: float
    interval: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each latency run, behind 5 s of warming up")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=PARTS)
    given = parser.parse_args()
    rows: list[Row] = []
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        for part in PARTS if given.only is None else (given.only,):
            (Path(folder) / part).mkdir()
            rows += globals()[f"_{part}"](given, Path(folder) / part, broker.bootstrap)
    _say("\n" + "\n".join(_table(rows)))
    _say(_machine(load_before))


def _throughput(given: argparse.Namespace, folder: Path, bootstrap: str) -> list[Row]:
    intervals: list[float] = []

    def ours(run: Path) -> Throughput:
        settings = new_system(bootstrap)
        with workers(run, settings) as started:
            load(run, started, given.events, given.accounts)
            done = worked(settings, started, given.events)
        if not right(settings, given.events, given.accounts):
            sys.exit("our output is not W1's")
        intervals.append(done.interval)
        rate, cpu = done.records / done.seconds, done.cpu / done.records * 1e6
        return Throughput(rate, cpu, done.memory / (1 << 20), done.interval)

    def theirs(run: Path) -> Throughput:
        peer = faust.Peer(bootstrap, run, PARTITIONS)
        peer.fill(events(given.events, given.accounts))
        with peer.running(given.events, intervals[-1]) as process:
            told = process.told()
            memory = psutil.Process(process.pid).memory_info().rss
        if told is None:
            sys.exit("Faust did not come to its end")
        _check(peer, events(given.events, given.accounts))
        rate, cpu = told["events"] / told["seconds"], told["cpu"] / told["events"] * 1e6
        return Throughput(rate, cpu, memory / (1 << 20), intervals[-1])

    def shown(run: Throughput) -> str:
        return (
            f"{run.rate:,.0f} events/s, CPU {run.cpu:.0f} s per million, {run.memory:.0f} MiB, "
            f"a commit each {run.interval * 1000:.0f} ms"
        )

    mine, peers = _in_turns(given.rounds, folder, ours, theirs, shown)
    return [
        Row("full load", "events/s", [run.rate for run in mine], [run.rate for run in peers], True),
        Row("CPU", "s per million events", [run.cpu for run in mine], [run.cpu for run in peers], False),
        Row("between commits", "ms", [r.interval * 1000 for r in mine], [r.interval * 1000 for r in peers], False),
        Row("memory after it", "MiB", [run.memory for run in mine], [run.memory for run in peers], False),
    ]


def _latency(given: argparse.Namespace, folder: Path, bootstrap: str) -> list[Row]:
    def loaded(rate: float) -> latency.Load:
        return latency.Load(rate, WARM_S + given.seconds, WARM_S, int(rate * ACCOUNTS_PER_RATE))

    def ours_at(rate: float) -> Callable[[Path], list[float]]:
        def run(place: Path) -> list[float]:
            settings = new_system(bootstrap, live=True)
            asyncio.run(prepare(settings))
            with workers(place, settings) as started:
                worker = started.start(REAL)
                came = asyncio.run(latency.measured(_route(settings), loaded(rate)))
                if worker.terminate() != 0:
                    sys.exit(worker.log)
            own = [value for value in came.statuses if b'"account_id":"WAKE' not in value]
            if not same(lambda: iter(came.sent), own):
                sys.exit("our output is not W1's")
            return _counted(came)

        return run

    def theirs(run: Path) -> list[float]:
        peer = faust.Peer(bootstrap, run, PARTITIONS)
        with peer.running():
            came = asyncio.run(latency.measured(peer.route, loaded(COMPARED_RATE)))
        _check(peer, came.sent)
        return _counted(came)

    mine, peers = _in_turns(given.rounds, folder, ours_at(COMPARED_RATE), theirs, _quantiles)
    fast = []
    for number in range(2 * given.rounds):
        (place := folder / f"fast-{number}").mkdir()
        fast.append(ours_at(OWN_RATE)(place))
        _say(f"ours at {OWN_RATE:,}/s: {_quantiles(fast[-1])}")
    rows = []
    for rate, own, other in ((COMPARED_RATE, mine, peers), (OWN_RATE, fast, None)):
        for share in (0.5, 0.99):
            values = [latency.quantile(run, share) * 1000 for run in own]
            against = "cannot hold it" if other is None else [latency.quantile(run, share) * 1000 for run in other]
            rows.append(Row(f"p{share * 100:.0f} at {rate:,}/s", "ms", values, against, False))
    return rows


def _restore(given: argparse.Namespace, folder: Path, bootstrap: str) -> list[Row]:
    runs = restoring.restores(folder, bootstrap, 4 * given.events, 10 * given.accounts, 2 * given.rounds)
    for run in runs:
        _say(f"restore: {run.records} records, worker {run.worker_s:.2f} s, bare drain {run.drain_s:.2f} s")
    own, drained = restoring.rates(runs)
    return [
        Row("restore", "records/s", own, _faust_restore(given, folder, bootstrap), True),
        Row("restore beside a bare drain", "records/s", own, drained, True),
    ]


def _faust_restore(given: argparse.Namespace, folder: Path, bootstrap: str) -> str:
    """What the peer does when it is started again on what it left: until it has processed one more event."""
    peer = faust.Peer(bootstrap, folder, PARTITIONS)
    given_events = list(events(given.events // 5, given.accounts))
    peer.fill(given_events)
    with peer.running(len(given_events)) as process:
        if process.told() is None:
            sys.exit("Faust did not come to its end")
    peer.fill(given_events[:PARTITIONS])
    with peer.running(1) as process:
        told = process.told(FAUST_RESTORE_S)
    if told is None:
        return f"not back within {FAUST_RESTORE_S:.0f} s"
    return "comes back"


def _in_turns(
    rounds: int, folder: Path, ours: Callable[[Path], T], theirs: Callable[[Path], T], shown: Callable[[T], str]
) -> tuple[list[T], list[T]]:
    """Ours, Faust, Faust, ours, so often; what each run gave."""
    found: dict[str, list[T]] = {"ours": [], "Faust": []}
    for turn in range(rounds):
        for place, who in enumerate(("ours", "Faust", "Faust", "ours")):
            (run := folder / f"{turn}-{place}").mkdir()
            found[who].append((ours if who == "ours" else theirs)(run))
            _say(f"{who:5} {shown(found[who][-1])}")
    return found["ours"], found["Faust"]


def _route(settings: Settings) -> latency.Route:
    def record(event: Event) -> tuple[str, bytes]:
        return settings.topic_prefix + EVENT_TYPES[event["type"]].topic, orjson.dumps(cloud_event(event))

    def cause(value: bytes) -> str | None:
        event: str | None = orjson.loads(value)["data"]["cause"]["event_id"]
        return event

    servers = settings.kafka.bootstrap_servers or ""
    return latency.Route(servers, settings.partitions, f"{settings.topic_prefix}status", record, cause)


def _check(peer: faust.Peer, given: Iterable[Event]) -> None:
    wrong = faust.difference(given, peer.statuses())
    if wrong is not None:
        _say(f"Faust's output is not W1's: {wrong}")


def _counted(came: latency.Came) -> list[float]:
    if came.late_s > 1.0:
        _say(f"the sender was {came.late_s:.1f} s behind its plan: the machine is too busy for this rate")
    return list(came.latencies.values())


def _quantiles(run: list[float]) -> str:
    shares = ((share, latency.quantile(run, share) * 1000) for share in (0.5, 0.9, 0.99, 1.0))
    return f"{len(run)} statuses, " + ", ".join(f"p{share * 100:.0f} {ms:.0f} ms" for share, ms in shares)


def _table(rows: Iterable[Row]) -> Iterable[str]:
    yield "| | | ours: median (min-max) | Faust: median (min-max) | ratio of medians |"
    yield "|---|---|---|---|---|"
    for row in rows:
        theirs = row.theirs if isinstance(row.theirs, str) else _spread(row.theirs)
        yield f"| {row.what} | {row.unit} | {_spread(row.ours)} | {theirs} | {_ratio(row)} |"


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}-{max(values):,.0f})"


def _ratio(row: Row) -> str:
    if isinstance(row.theirs, str):
        return ""
    ours, theirs = statistics.median(row.ours), statistics.median(row.theirs)
    return f"{ours / theirs if row.more_is_better else theirs / ours:.1f} times better"


def _machine(load_before: float) -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return (
        f"{os.cpu_count()} cores of {model}, {psutil.virtual_memory().total >> 30} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, Kafka {KAFKA_VERSION} and the sender on the same machine; "
        f"load average {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    )


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
