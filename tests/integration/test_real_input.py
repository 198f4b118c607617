"""Real input through the real Kafka: the same values whatever the workers, partitions and order of loading.

Six runs for each history: status values, grouped by account and product, equal those of `replay` of the file byte by
byte, and so each other's.
"""

import asyncio
import random
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from schemas.policy import load_policy
from streams import local, messages
from streams.audit.replay import Line, Replay
from streams.codec import block
from streams.files import FileEvent, numbered_lines, read_events, topic_order
from streams.local import admin
from streams.publish import Outgoing, publisher
from streams.settings import KafkaSettings, Settings, core_settings
from tests.bench.w1.data import cloud_event
from tests.bench.w1.data import events as w1_events
from tests.bench.w1.expected import Change, Event, changes
from tests.bench.w1.projection import projected
from tests.support.broker import Record, committed
from tests.support.processes import REAL, WorkerProcess, workers

LOCAL = Path(local.__file__).parent
CARDS = LOCAL / "data/taiwan_1000.ndjson.gz"
W1_EVENTS, W1_ACCOUNTS = 100_000, 10_000

Values = dict[tuple[str, str], list[bytes]]


class History(NamedTuple):
    """Events of a file, the policy that judges them, and what must come out."""

    events: list[FileEvent]
    policy: Path
    expected: Values

    @property
    def end(self) -> int:
        return max(event.recorded for event in self.events)


class Run(NamedTuple):
    """How a history is put in and worked on."""

    workers: int
    partitions: int
    shuffled: bool


RUNS = [Run(1, 4, False), Run(2, 4, False), Run(1, 8, False), Run(2, 8, False), Run(1, 4, True), Run(2, 8, True)]
NAMES = [f"{r.workers} workers, {r.partitions} partitions, {'shuffled' if r.shuffled else 'in turn'}" for r in RUNS]


def grouped(values: Iterable[bytes]) -> Values:
    found: Values = defaultdict(list)
    for value in values:
        data = orjson.loads(value)["data"]
        found[data["account_id"], data["product"]].append(value)
    return found


def history(path: Path, policy: str) -> History:
    document = load_policy((LOCAL / "policies" / policy).read_bytes())
    lines = (Line(path.name, number, line) for number, line in numbered_lines(path))
    expected = grouped(Replay().run(lines, document, None))
    return History(list(read_events([path])), LOCAL / "policies" / policy, expected)


@pytest.fixture(scope="module")
def cards() -> History:
    return history(CARDS, "taiwan-two-months-late.yaml")


@pytest.fixture(scope="module")
def w1_input() -> list[Event]:
    return list(w1_events(W1_EVENTS, W1_ACCOUNTS))


@pytest.fixture(scope="module")
def w1_changes(w1_input: list[Event]) -> list[Change]:
    return list(changes(w1_input))


@pytest.fixture(scope="module")
def w1(w1_input: list[Event], tmp_path_factory: pytest.TempPathFactory) -> History:
    path = tmp_path_factory.mktemp("w1") / "w1.ndjson"
    with path.open("wb") as out:
        out.writelines(orjson.dumps(cloud_event(event)) + b"\n" for event in w1_input)
    return history(path, "w1.yaml")


def shuffled(events: Sequence[FileEvent]) -> Iterator[FileEvent]:
    """Topics at random, each in its own order: what producers of several systems do to a broker."""
    queues: dict[str, deque[FileEvent]] = defaultdict(deque)
    for event in topic_order(events):
        queues[event.topic].append(event)
    turns = [event.topic for event in events]
    random.Random(7).shuffle(turns)
    return (queues[topic].popleft() for topic in turns)


async def load(settings: Settings, given: History, run: Run) -> None:
    await admin.apply(settings)
    policy = load_policy(given.policy.read_bytes())
    ordered = shuffled(given.events) if run.shuffled else iter(topic_order(given.events))
    records = [
        *messages.policy_in_force(policy, messages.history_activation(policy, core_settings(settings))),
        *(Outgoing(event.topic, event.key, event.value, event.recorded) for event in ordered),
        messages.clock_advanced(given.end),
    ]
    async with publisher(settings, {record.topic for record in records}) as sender:
        await sender.send(records)


async def rows(settings: Settings, name: str) -> list[Record]:
    topic = settings.topic_prefix + name
    return await committed(settings.kafka.bootstrap_servers or "", topic, range(settings.partitions))


async def until_done(settings: Settings, count: int, running: Sequence[WorkerProcess], seconds: float = 300.0) -> None:
    """Waits until every record is in a block, and every lane has fired what was due by the end."""
    end = time.monotonic() + seconds
    while True:
        blocks = [block.read(row.value or b"") for row in await rows(settings, "ledger")]
        taken = sum(piece.count for made in blocks for piece in made.slices if piece.topic != "policies")
        last = {made.lane: made for made in blocks}
        if taken == count + settings.partitions and all(made.cursor is None for made in last.values()):
            return
        for worker in running:
            assert worker.running, worker.log
        assert time.monotonic() < end, f"{taken} of {count + settings.partitions} records after {seconds} s"
        await asyncio.sleep(1)


def new_settings(bootstrap: str, prefix: str, partitions: int, **lane: Any) -> Settings:
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=prefix,
        application_id=f"{prefix}app",
        partitions=partitions,
        live_clock=False,
        session_timeout_s=6.0,
        heartbeat_s=1.0,
        lane=lane,
    )


async def through_kafka(settings: Settings, given: History, run: Run, folder: Path) -> list[bytes]:
    """The status values that came out, in the order of partitions and offsets."""
    await load(settings, given, run)
    with workers(folder, settings) as started:
        running = [started.start(REAL, ELIGIBILITY_INSTANCE_ID=f"worker-{n}") for n in range(run.workers)]
        await until_done(settings, len(given.events), running)
        assert [worker.terminate() for worker in running] == [0] * run.workers
    assert await rows(settings, "dead-letters") == []
    return [row.value or b"" for row in await rows(settings, "status")]


def differences(came: Values, expected: Values) -> list[tuple[str, str]]:
    return sorted(key for key in {*came, *expected} if came.get(key) != expected.get(key))


@pytest.mark.parametrize("run", RUNS, ids=NAMES)
async def test_card_histories_come_out_as_replay_gives_them(
    cards: History, bootstrap: str, topic_prefix: str, tmp_path: Path, run: Run
) -> None:
    settings = new_settings(bootstrap, topic_prefix, run.partitions)
    came = grouped(await through_kafka(settings, cards, run, tmp_path))
    assert differences(came, cards.expected) == []


@pytest.mark.parametrize("run", RUNS, ids=NAMES)
async def test_w1_comes_out_as_replay_gives_it_and_as_its_reference_says(
    w1: History,
    w1_input: list[Event],
    w1_changes: list[Change],
    bootstrap: str,
    topic_prefix: str,
    tmp_path: Path,
    run: Run,
) -> None:
    settings = new_settings(bootstrap, topic_prefix, run.partitions)
    values = await through_kafka(settings, w1, run, tmp_path)
    assert differences(grouped(values), w1.expected) == []
    assert list(projected(w1_input, map(orjson.loads, values))) == w1_changes


async def test_a_worker_killed_in_the_middle_changes_nothing(
    cards: History, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = new_settings(bootstrap, topic_prefix, 4, block_records=200)
    await load(settings, cards, Run(2, 4, False))
    with workers(tmp_path, settings) as started:
        first = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-0")
        second = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-1")
        first.until_logged("open after block")
        await asyncio.sleep(1)
        first.kill()
        first = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-0")
        await until_done(settings, len(cards.events), [first, second])
        assert (first.terminate(), second.terminate()) == (0, 0)
    came = grouped(row.value or b"" for row in await rows(settings, "status"))
    assert differences(came, cards.expected) == []
