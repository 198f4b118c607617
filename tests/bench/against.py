"""W1 beside its peers on the same broker, in turns (ours, peers, peers in reverse, ours ...); every output is W1's.

    python -m tests.bench.against [--peers kafka-streams faust faust-transacted] [--runs 5] [--events 300000]
        [--faust-events 20000] [--seconds 12] [--latency-runs 2] [--block-records N] [--only full-load|latency]

All are one worker with one processing thread, exactly once; peers commit every 100 ms. Ours commits what waits, at full
load at most --block-records of a lane at once. Ours does more: evidence, timers, next change, alternatives and a sealed
ledger. Of Kafka Streams the faster of its two stores takes part, by a run of each before. Writes build/bench/.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from streams.local.kafka import LocalKafka
from tests.bench.contenders import Contender, ExactlyOnceFaust, IdiomaticFaust, Ours, Streams, Throughput, own_history
from tests.bench.kafka_streams import STORES, version
from tests.bench.latency import Load
from tests.bench.results import Figure, Result, say
from tests.bench.sums import quantile
from tests.bench.tables import table

PARTS: Final = ("full-load", "latency")
PEERS: Final = ("kafka-streams", "faust", "faust-transacted")
WARM_S: Final = 5.0
ACCOUNTS_PER_RATE: Final = 4
"""An account has an event every four seconds."""
_FROM_A_RUN: Final[tuple[tuple[str, str, bool, Callable[[Throughput], float]], ...]] = (
    ("events/s", "events/s", True, lambda run: run.rate),
    ("events/s, warm half", "events/s", True, lambda run: run.warm),
    ("events per CPU second, warm half", "events/s of CPU", True, lambda run: run.per_cpu),
    ("between commits", "ms", False, lambda run: run.interval * 1000),
    ("memory after it", "MiB", False, lambda run: run.memory),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument("--name", default="peers", help="of the result: build/bench/NAME.json")
    parser.add_argument("--runs", type=int, default=5, help="of each at full load")
    parser.add_argument("--events", type=int, default=300_000, help="of ours and Kafka Streams, ten an account")
    parser.add_argument("--faust-events", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=12.0, help="of each latency run, behind 5 s of warming up")
    parser.add_argument("--latency-runs", type=int, default=2, help="of each at each rate")
    parser.add_argument("--block-records", type=int, help="ours: records of a block at most")
    parser.add_argument("--only", choices=PARTS)
    given = parser.parse_args()
    result = Result(given.name, {name: value for name, value in vars(given).items() if name != "name"})
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        own = Ours(broker.bootstrap, given.events, given.events // 10, given.block_records)
        peers: list[Contender] = []
        if "kafka-streams" in given.peers:
            peers.append(_faster_store(Path(folder), broker.bootstrap, given.events, result))
        if "faust" in given.peers:
            peers.append(IdiomaticFaust(broker.bootstrap, own_history(given.faust_events)))
        if "faust-transacted" in given.peers:
            peers.append(ExactlyOnceFaust(broker.bootstrap, own_history(given.faust_events)))
        if given.only != "latency":
            result.add(_full_load(own, peers, given.runs, Path(folder)))
        if given.only != "full-load":
            result.add(_latency(own, peers, given, Path(folder)))
    say("\n" + table(result))
    say(f"written: {result.write()}")


def _faster_store(folder: Path, bootstrap: str, events: int, result: Result) -> Streams:
    """The store whose one run had the better warm half."""
    history = own_history(events)
    tried = []
    for store in STORES:
        streams = Streams(bootstrap, history, store)
        run = streams.full_load(_new(folder / f"store-{store}"))
        tried.append((run.warm, store, streams))
        result.notes.append(f"Kafka Streams {version()}, {store}, a first run: {run}")
        say(result.notes[-1])
    _, chosen, streams = max(tried, key=lambda each: each[0])
    result.notes.append(f"Kafka Streams takes part with the store {chosen}")
    return streams


def _full_load(own: Contender, peers: Sequence[Contender], runs: int, folder: Path) -> list[Figure]:
    found: dict[str, list[Throughput]] = {each.name: [] for each in (own, *peers)}
    for number, each in _turns([own, *peers], runs):
        run = each.full_load(_new(folder / f"load-{number}"))
        found[each.name].append(run)
        say(f"{each.name}: {run}")
    figures = []
    for what, unit, more, get in _FROM_A_RUN:
        values = {name: [get(run) for run in each] for name, each in found.items()}
        compared = what.startswith("events")
        figures += _figures(what, unit, more, own.name, values, compared=compared)
    return figures


def _latency(own: Contender, peers: Sequence[Contender], given: argparse.Namespace, folder: Path) -> list[Figure]:
    figures = []
    for rate in own.rates:
        load = Load(rate, WARM_S + given.seconds, WARM_S, rate * ACCOUNTS_PER_RATE)
        able = [own, *(peer for peer in peers if rate in peer.rates)]
        found: dict[str, list[list[float]]] = {each.name: [] for each in able}
        for number, each in _turns(able, given.latency_runs):
            run = each.latencies(_new(folder / f"rate-{rate}-{number}"), load)
            found[each.name].append(run)
            p50, p99 = (quantile(run, share) * 1000 for share in (0.5, 0.99))
            say(f"{each.name} at {rate:,}/s: p50 {p50:.0f} ms, p99 {p99:.0f} ms of {len(run):,}")
        for share in (0.5, 0.99):
            values = {name: [quantile(run, share) * 1000 for run in runs] for name, runs in found.items()}
            figures += _figures(f"p{share * 100:.0f} at {rate:,}/s", "ms", False, own.name, values)
    return figures


def _figures(
    what: str, unit: str, more: bool, own: str, values: dict[str, list[float]], *, compared: bool = True
) -> list[Figure]:
    """Each one's figure, and ours beside each peer's."""
    others = [name for name in values if name != own]
    figures = [Figure(f"{what}: {name}", unit, values[name], more) for name in others]
    ours = [Figure(f"{what}: ours", unit, values[own], more, tuple(each.name for each in figures) if compared else ())]
    return ours + figures


def _turns(each: Sequence[Contender], runs: int) -> list[tuple[int, Contender]]:
    """In this order, then in reverse, and so on, numbered."""
    order = [one for turn in range(runs) for one in (each if turn % 2 == 0 else reversed(each))]
    return list(enumerate(order))


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
