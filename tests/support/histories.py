"""Histories through the real Kafka, and what `replay` of the same file says must come out."""

import asyncio
import random
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from schemas.policy import load_policy
from schemas.topics import BROADCAST
from streams import local, messages
from streams.audit.replay import Line, Replay
from streams.codec import block
from streams.files import FileEvent, numbered_lines, read_events, topic_order
from streams.local import admin
from streams.publish import Outgoing, publisher
from streams.settings import KafkaSettings, Settings
from tests.bench.w1.data import Event, cloud_event
from tests.support.broker import Record, committed
from tests.support.processes import WorkerProcess

LOCAL = Path(local.__file__).parent
CARDS = LOCAL / "data/taiwan_1000.ndjson.gz"

PATIENT = {"block_deadline_s": 240.0, "transaction_timeout_s": 300.0}
"""Under which no worker ends itself because a machine with a load of 100 lets a block wait for a minute (seen)."""

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


def w1_history(events: Iterable[Event], folder: Path) -> History:
    """W1's events as a file of the contract's, under its policy."""
    path = folder / "w1.ndjson"
    with path.open("wb") as out:
        out.writelines(orjson.dumps(cloud_event(event)) + b"\n" for event in events)
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
        *messages.policy_in_force(policy, messages.history_activation(policy, settings.activation_delay_ms)),
        *(Outgoing(event.topic, event.key, event.value, event.recorded) for event in ordered),
        messages.clock_advanced(given.end),
    ]
    async with publisher(settings, {record.topic for record in records}) as sender:
        await sender.send(records)


async def rows(settings: Settings, name: str) -> list[Record]:
    topic = settings.topic_prefix + name
    return await committed(settings.kafka.bootstrap_servers or "", topic, range(settings.partitions))


async def applied(settings: Settings) -> int:
    """How many records of the lanes' own sources are in committed blocks."""
    blocks = [block.read(row.value or b"") for row in await rows(settings, "ledger")]
    return sum(piece.count for made in blocks for piece in made.slices if piece.topic not in BROADCAST)


class Progress:
    """Fails when a number has stood still for so long: how fast it grows is the machine's affair."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: object = None
        self._since = time.monotonic()

    def look(self, seen: object, wanted: object) -> None:
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        still = time.monotonic() - self._since
        assert still < self._seconds, f"at {seen} of {wanted} for {still:.0f} s"


async def until_applied(settings: Settings, count: int, seconds: float = 300.0) -> None:
    """Waits until so many records of the lanes' own sources are in committed blocks, `seconds` at most for the next."""
    progress = Progress(seconds)
    while (taken := await applied(settings)) < count:
        progress.look(taken, count)
        await asyncio.sleep(0.5)


async def until_done(settings: Settings, count: int, running: Sequence[WorkerProcess], seconds: float = 300.0) -> None:
    """Waits until every record is in a block, and every lane has fired what was due by the end; `seconds` at most for
    the next block.
    """
    progress = Progress(seconds)
    while True:
        blocks = [block.read(row.value or b"") for row in await rows(settings, "ledger")]
        taken = sum(piece.count for made in blocks for piece in made.slices if piece.topic != "policies")
        last = {made.lane: made for made in blocks}
        if taken == count + settings.partitions and all(made.cursor is None for made in last.values()):
            return
        for worker in running:
            assert worker.running, worker.log
        progress.look((taken, len(blocks)), count + settings.partitions)
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
        rebalance_timeout_s=300.0,
        lane={**PATIENT, **lane},
    )


def differences(came: Values, expected: Values) -> list[tuple[str, str]]:
    return sorted(key for key in {*came, *expected} if came.get(key) != expected.get(key))
