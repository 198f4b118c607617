"""Who takes part in a comparison on W1: ours, Kafka Streams, Faust; each measured in the same two ways.

Every run has a system of its own: new topics, a new process. Every run's output is compared with W1's; one that differs
ends the bench.
"""

import asyncio
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import orjson
import psutil

from schemas.events import EVENT_TYPES
from streams.settings import Settings
from tests.bench import latency
from tests.bench.faust import Faust, TransactedFaust
from tests.bench.filling import History, w1
from tests.bench.kafka_streams import KafkaStreams, Store
from tests.bench.peer import COMMIT_S, Peer, create, fill_source
from tests.bench.w1.data import Event, cloud_event
from tests.bench.w1_kafka import PARTITIONS, new_system, same, through
from tests.integration.faults.live import prepare
from tests.support.processes import REAL, workers

_MIB: Final = 1 << 20


class Throughput(NamedTuple):
    """One run at full load: events/s of all and of the warm (second) half, events per CPU second of the worker in the
    warm half, memory in MiB after it, seconds between two commits.
    """

    rate: float
    warm: float
    per_cpu: float
    memory: float
    interval: float

    def __str__(self) -> str:
        return (
            f"{self.rate:,.0f} events/s (warm {self.warm:,.0f}), {self.per_cpu:,.0f} per CPU second, "
            f"{self.memory:.0f} MiB, a commit each {self.interval * 1000:.0f} ms"
        )


class Contender(ABC):
    """One of those who are measured; `rates` are the events/s at which it can be asked for its latency."""

    name: str
    rates: tuple[int, ...]

    @abstractmethod
    def full_load(self, folder: Path) -> Throughput:
        """W1 as fast as it goes, loaded before the start."""

    @abstractmethod
    def latencies(self, folder: Path, load: latency.Load) -> list[float]:
        """Seconds from send to read_committed receive."""


class Ours(Contender):
    """One worker. `block_records` bounds its blocks, and so the time between two commits of a lane at full load."""

    name = "ours"
    rates = (1_000, 5_000)

    def __init__(self, bootstrap: str, count: int, accounts: int, block_records: int | None = None) -> None:
        self._bootstrap = bootstrap
        self._count, self._accounts = count, accounts
        self._block_records = block_records

    def full_load(self, folder: Path) -> Throughput:
        settings = new_system(self._bootstrap)
        bound = () if self._block_records is None else (("ELIGIBILITY_LANE__BLOCK_RECORDS", str(self._block_records)),)
        with workers(folder, settings) as started:
            done = through(settings, started, self._count, self._accounts, **dict(bound))
        return Throughput(done.records / done.seconds, done.warm, done.warm_cpu, done.memory / _MIB, done.interval)

    def latencies(self, folder: Path, load: latency.Load) -> list[float]:
        settings = new_system(self._bootstrap, live=True)
        asyncio.run(prepare(settings))
        with workers(folder, settings) as started:
            worker = started.start(REAL)
            came = asyncio.run(latency.measured(route(settings), load))
            if worker.terminate() != 0:
                sys.exit(worker.log)
        own = [value for value in came.statuses if b'"account_id":"WAKE' not in value]
        if not same(lambda: iter(came.sent), own):
            sys.exit("our output is not W1's")
        return counted(came)


class Beside(Contender):
    """A peer; a full load of its own size."""

    def __init__(self, bootstrap: str, history: History) -> None:
        self._bootstrap = bootstrap
        self._history = history

    @abstractmethod
    def peer(self, folder: Path, *, live: bool) -> Peer:
        """A new system of it; not `live`: its events are in its topic."""

    def full_load(self, folder: Path) -> Throughput:
        peer = self.peer(folder, live=False)
        count = len(self._history.events)
        with peer.running(count) as process:
            told = process.told()
            memory = psutil.Process(process.pid).memory_info().rss / _MIB
        if told is None:
            sys.exit(f"{self.name} did not come to its end")
        peer.check(self._history.events)
        rate = told["events"] / told["seconds"]
        if "warm_events" not in told:  # nothing of it warms up
            return Throughput(rate, rate, told["events"] / told["cpu"], memory, COMMIT_S)
        warm, per_cpu = (told["warm_events"] / told[name] for name in ("warm_seconds", "warm_cpu"))
        return Throughput(rate, warm, per_cpu, memory, COMMIT_S)

    def latencies(self, folder: Path, load: latency.Load) -> list[float]:
        peer = self.peer(folder, live=True)
        with peer.running():
            came = asyncio.run(latency.measured(peer.route, load))
        peer.check(came.sent)
        return counted(came)


class Streams(Beside):
    """Kafka Streams with one of its stores; all its runs at full load read one topic."""

    name = "Kafka Streams"
    rates = (1_000, 5_000)

    def __init__(self, bootstrap: str, history: History, store: Store) -> None:
        super().__init__(bootstrap, history)
        self._store: Store = store
        self._source: str | None = None

    def peer(self, folder: Path, *, live: bool) -> Peer:
        if live:
            return KafkaStreams(self._bootstrap, folder, PARTITIONS, self._store)
        if self._source is None:
            self._source = f"w1-events-{self._store}"
            asyncio.run(create(self._bootstrap, PARTITIONS, [self._source]))
            fill_source(self._bootstrap, self._source, PARTITIONS, self._history.events)
        return KafkaStreams(self._bootstrap, folder, PARTITIONS, self._store, self._source)


class IdiomaticFaust(Beside):
    """Faust, exactly once as it does it (its output is outside of its transactions), its table in memory."""

    name = "Faust"
    rates = (1_000,)
    system: ClassVar[type[Faust]] = Faust

    def peer(self, folder: Path, *, live: bool) -> Peer:
        peer = self.system(self._bootstrap, folder, PARTITIONS)
        if not live:
            peer.fill(self._history.events)
        return peer


class ExactlyOnceFaust(IdiomaticFaust):
    """The same with its output in its transactions."""

    name = "Faust transacted"
    system = TransactedFaust


def own_history(count: int) -> History:
    """W1 in a size of its own, ten events an account."""
    return w1(count, count // 10, PARTITIONS)


def counted(came: latency.Came) -> list[float]:
    if not came.latencies:
        sys.exit("no status came")
    return list(came.latencies.values())


def route(settings: Settings) -> latency.Route:
    def record(event: Event) -> tuple[str, bytes]:
        return settings.topic_prefix + EVENT_TYPES[event["type"]].topic, orjson.dumps(cloud_event(event))

    def cause(value: bytes) -> str | None:
        event: str | None = orjson.loads(value)["data"]["cause"]["event_id"]
        return event

    servers = settings.kafka.bootstrap_servers or ""
    return latency.Route(servers, settings.partitions, f"{settings.topic_prefix}status", record, cause)
