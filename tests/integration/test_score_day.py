"""The monthly score day: every account's score in one burst, live. Lanes keep committing, nobody is lost.

Some thousand accounts; ELIGIBILITY_LONG=1 takes 100,000. Bounds follow what the same machine gave for the same
accounts' histories just before.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson

from schemas.instants import instant_text
from schemas.policy import load_policy
from schemas.topics import SOURCE_ORDER
from streams import local, messages
from streams.publish import Outgoing, publisher
from tests.support.broker import committed
from tests.support.lanes import World, new_world, until
from tests.support.monitor import get, port_of, value
from tests.support.processes import REAL, WorkerProcess, workers

ACCOUNTS = 100_000 if os.environ.get("ELIGIBILITY_LONG") == "1" else 2_000
PARTITIONS = 2
DAY = 86_400_000
LOW, HIGH = 580, 700
POLICY = load_policy((Path(local.__file__).parent / "policies/default.yaml").read_bytes())
SLACK_S = 10.0
"""What a busy machine may add to a lag or a pause."""


class Look(NamedTuple):
    """What the worker said at one moment of the burst."""

    at: float
    blocks: float
    lag: float
    ready: int
    healthy: int


def outgoing(kind: str, account: int, at: int, **data: object) -> Outgoing:
    subject = f"S{account:06d}"
    event = {
        "specversion": "1.0",
        "id": f"{kind}-{account}",
        "source": "/score-day",
        "type": kind,
        "subject": subject,
        "time": instant_text(at),
        "data": data,
    }
    topic = {"identity.verified": "identity", "score.updated": "finances"}[kind]
    return Outgoing(topic, subject.encode(), orjson.dumps(event), at)


def score(account: int, points: int, at: int) -> Outgoing:
    factors = ["new credit"] if points < HIGH else ["paid on time"]
    return outgoing("score.updated", account, at, provider="zhima", value=points, factors=factors)


async def send(world: World, records: list[Outgoing]) -> None:
    async with publisher(world.settings, SOURCE_ORDER) as sender:
        await sender.send(records)


async def watched(worker: WorkerProcess, port: int, events: int, seconds: float) -> list[Look]:
    """Looks at the worker until it has taken in so many events; fails where that takes longer."""
    looks: list[Look] = []
    end = time.monotonic() + seconds
    while True:
        text = await asyncio.to_thread(get, port, "/metrics")
        ready, healthy = [(await asyncio.to_thread(get, port, path))[0] for path in ("/readyz", "/healthz")]
        blocks, lag = value(text[1], "eligibility_blocks_total"), value(text[1], "eligibility_lane_lag_seconds")
        looks.append(Look(time.monotonic(), blocks, lag, ready, healthy))
        taken = value(text[1], "eligibility_events_total", outcome="applied")
        if taken >= events and value(text[1], "eligibility_lane_waiting_records") == 0:
            return looks
        assert worker.running, worker.log
        assert time.monotonic() < end, f"{taken} of {events} events after {seconds:.0f} s"
        await asyncio.sleep(0.05)


def longest_pause(looks: list[Look]) -> float:
    """The longest time without a new block."""
    pauses, since = [0.0], looks[0]
    for look in looks:
        pauses.append(look.at - since.at)
        if look.blocks > since.blocks:
            since = look
    return max(pauses)


async def test_every_accounts_score_in_one_burst_keeps_the_lanes_live(
    bootstrap: str, topic_prefix: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    world = await new_world(
        bootstrap,
        topic_prefix,
        PARTITIONS,
        session_timeout_s=6.0,
        heartbeat_s=0.5,
        monitor_address="127.0.0.1:0",
        lane={"block_records": 250},
    )
    before = messages.now_ms() - 3 * DAY
    history = [
        outgoing("identity.verified", account, before, level=2, document_expires_on="2099-01-01")
        for account in range(ACCOUNTS)
    ]
    await send(world, [*messages.policy_in_force(POLICY, before - DAY), *history])
    with workers(tmp_path, world.settings) as started:
        worker = started.start(REAL)
        port = port_of(worker)
        await until(lambda: get(port, "/readyz")[0] == 200, 60)
        begin = time.monotonic()
        await watched(worker, port, len(history), 600.0)
        took = time.monotonic() - begin

        now = messages.now_ms()
        await send(world, [score(account, (LOW, HIGH)[account % 2], now) for account in range(ACCOUNTS)])
        looks = await watched(worker, port, len(history) + ACCOUNTS, took + 6 * SLACK_S)
        assert worker.terminate() == 0

    lag, pause, burst = max(look.lag for look in looks), longest_pause(looks), looks[-1].at - looks[0].at
    record_property("figures", f"{ACCOUNTS} scores: {burst:.1f} s, lag at most {lag:.1f} s, pause {pause:.1f} s")
    assert {look.ready for look in looks} == {200}
    assert {look.healthy for look in looks} == {200}
    assert lag < took + SLACK_S, "as many events as the history had"
    assert looks[-1].blocks - looks[0].blocks > 1
    assert pause < SLACK_S
    assert "still" not in worker.log

    rows = await committed(world.bootstrap, world.topics["status"], range(PARTITIONS))
    said = [orjson.loads(row.value or b"")["data"] for row in rows]
    scores = {f"score.updated-{account}" for account in range(ACCOUNTS)}
    came = Counter(data["status"] for data in said if data["product"] == "cash" and data["cause"]["event_id"] in scores)
    assert came == {"NOT_OPEN": ACCOUNTS // 2, "OPEN": ACCOUNTS // 2}
