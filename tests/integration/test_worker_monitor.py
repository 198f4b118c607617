"""A real worker as those who watch it see it: probes, figures, and a log without anything personal."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.policy import load_policy
from schemas.topics import SOURCE_ORDER
from streams import local, messages
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG
from streams.lane.observer import Committed
from streams.local.kafka import LocalKafka
from streams.publish import Outgoing, publisher
from streams.worker.health import LOOP_STILL_S
from tests.support.broker import committed, put
from tests.support.lanes import World, new_world, until
from tests.support.monitor import get, port_of, value
from tests.support.processes import REAL, workers

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
PARTITIONS = 2
# What stands in the events and must not stand anywhere else: an account, a name, an amount, an institution.
MARKS = ("canary-account", "Canary Wang", "770123.45", "77012345", "canary-bank", "canary.type", "canary-key")
ACCOUNT = "canary-account-1"
REJECTED = 5
POLICY = Path(local.__file__).parent / "policies/w1.yaml"


@contextmanager
def systemd(address: Path) -> Iterator[Callable[[], str]]:
    """A supervisor that listens; gives what it has heard so far."""
    told: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))
        listening.setblocking(False)

        def heard() -> str:
            with suppress(BlockingIOError):
                while True:
                    told.append(listening.recv(1000).decode())
            return "\n".join(told)

        yield heard


def marked_events() -> list[Outgoing]:
    """Valid and invalid input, all of it with marks."""

    def event(number: int, type: str, **data: object) -> bytes:
        return orjson.dumps(
            {
                "specversion": "1.0",
                "id": f"canary-key-{number}",
                "source": "/canary-bank",
                "type": type,
                "subject": ACCOUNT,
                "time": "2026-01-01T00:00:00Z",
                "customer": "Canary Wang",
                "data": data,
            }
        )

    key = ACCOUNT.encode()
    values = [
        ("accounts", key, event(1, "account.opened", region="CN-31")),
        (
            "repayments",
            key,
            event(2, "repayment.due", loan_id="canary-key", installment=1, due_on="2026-01-02", amount="770123.45"),
        ),
        ("inquiries", key, event(3, "inquiry.recorded", kind="hard", institution="canary-bank")),
        ("inquiries", key, event(4, "canary.type")),
        ("inquiries", key, event(5, "inquiry.recorded", kind="Canary Wang")),
        ("inquiries", key, b'{"Canary Wang": 770123.45, "canary-account'),
        ("inquiries", b"canary-key", event(6, "inquiry.recorded", kind="hard")),
        ("repayments", key, event(7, "repayment.received", amount=77012345)),
    ]
    return [Outgoing(topic, key, data, None) for topic, key, data in values]


@pytest.fixture
async def world(bootstrap: str, topic_prefix: str) -> World:
    more: dict[str, Any] = {
        "session_timeout_s": 6.0,
        "heartbeat_s": 0.5,
        "log_format": "json",
        "monitor_address": "127.0.0.1:0",
    }
    return await new_world(bootstrap, topic_prefix, PARTITIONS, **more)


async def test_a_worker_tells_its_progress_and_nothing_of_whom_it_works_for(world: World, tmp_path: Path) -> None:
    settings = world.settings
    policy = load_policy(POLICY.read_bytes())
    sent = marked_events()
    async with publisher(settings, SOURCE_ORDER) as sender:
        await sender.send(
            messages.policy_in_force(policy, messages.history_activation(policy, settings.activation_delay_ms))
        )
        await sender.send(sent)
    with workers(tmp_path, settings) as started, systemd(tmp_path / "notify") as heard:
        worker = started.start((*REAL, "--log-level", "debug"), NOTIFY_SOCKET=str(tmp_path / "notify"))
        port = port_of(worker)
        assert get(port, "/healthz") == (200, "ok\n")
        await until(lambda: get(port, "/readyz")[0] == 200, 30)
        await until(lambda: value(get(port, "/metrics")[1], "eligibility_events_total") == len(sent) + 3, 30)
        await until(lambda: value(get(port, "/metrics")[1], "eligibility_lane_waiting_records") == 0, 30)
        text = get(port, "/metrics")[1]
        assert "WATCHDOG=1" in heard()
        assert "READY=1" in heard()
        assert worker.terminate() == 0
        spoilt = ACCOUNT.encode(), b"Canary Wang 770123.45", 0
        await put(world.bootstrap, world.topics[CHANGELOG], [spoilt], partition_of(ACCOUNT, PARTITIONS))
        second = started.start((*REAL, "--log-level", "debug"))
        assert second.wait() == 1

    statuses = await committed(world.bootstrap, world.topics["status"], range(PARTITIONS))
    letters = await committed(world.bootstrap, world.topics["dead-letters"], range(PARTITIONS))
    assert value(text, "eligibility_statuses_total") == len(statuses) > 0
    assert value(text, "eligibility_dead_letters_total") == len(letters) == REJECTED
    assert value(text, "eligibility_events_total", outcome="rejected") == REJECTED
    assert value(text, "eligibility_events_total", type="account.opened", outcome="applied") == 1
    assert value(text, "eligibility_lanes", state="running") == PARTITIONS
    assert value(text, "eligibility_restore_seconds_count") == PARTITIONS
    assert value(text, "eligibility_restore_left_offsets") == 0
    assert value(text, "eligibility_lane_lag_seconds") < 30
    assert value(text, "eligibility_block_seconds_count", phase="commit") == value(text, "eligibility_blocks_total") > 0
    assert value(text, "eligibility_process_resident_memory_bytes") > 0

    assert any(mark in (row.value or b"").decode() for row in statuses for mark in MARKS), "the marks are in the work"
    last = json.loads(second.log.splitlines()[-1])
    assert last["level"] == "critical"
    assert any(line.startswith("streams.codec.state.StateError: a stored state has the form") for line in last["error"])
    for told in (text, worker.log, second.log):
        assert not [mark for mark in MARKS if mark in told]
    for line in (worker.log + second.log).splitlines():
        assert json.loads(line)["message"], line


class Recorder:
    """Remembers what a lane tells."""

    def __init__(self) -> None:
        self.left: list[int] = []
        self.seconds: list[float] = []
        self.blocks: list[Committed] = []

    def restoring(self, lane: int, offsets_left: int) -> None:
        self.left.append(offsets_left)

    def opened(self, lane: int, seconds: float) -> None:
        self.seconds.append(seconds)

    def committed(self, block: Committed) -> None:
        self.blocks.append(block)


async def test_a_lane_tells_each_block_once_and_how_much_of_its_table_is_left(world: World) -> None:
    first, second = Recorder(), Recorder()
    rows = [(b"account-%d" % number, b"x", 1_000 + number) for number in range(40)]
    await put(world.bootstrap, world.topics["inquiries"], rows)
    async with world.fed(0, replace(world.around(block_records=10), observer=first)) as lane:
        await until(lambda: lane.records == len(rows))
        assert len(first.blocks) == lane.blocks
    assert first.left == [0, 0], "there is nothing to restore"
    assert [record.key for block in first.blocks for record in block.records] == [key for key, _, _ in rows]
    assert sum(len(block.outputs["status"]) for block in first.blocks) == len(rows)
    assert all(block.applying_s > 0 and block.committing_s > 0 for block in first.blocks)
    async with world.lane(0, replace(world.around(), observer=second)):
        assert second.left[0] >= len(rows)
        assert second.left == sorted(second.left, reverse=True)
        assert second.left[-1] == 0
        assert len(second.seconds) == 1


@pytest.mark.skipif(not LONG, reason="half a minute without a broker: ELIGIBILITY_LONG=1")
async def test_brokers_that_are_away_kill_no_probe(tmp_path: Path, topic_prefix: str) -> None:
    """Live and ready through an outage longer than the loop may stand still; then the work goes on."""
    with LocalKafka(tmp_path / "kafka") as broker:
        world = await new_world(broker.bootstrap, topic_prefix, PARTITIONS, monitor_address="127.0.0.1:0")
        with workers(tmp_path, world.settings) as started:
            worker = started.start(REAL)
            port = port_of(worker)
            await until(lambda: get(port, "/readyz")[0] == 200, 30)
            broker.kill()
            end = time.monotonic() + LOOP_STILL_S + 5
            while time.monotonic() < end:
                assert get(port, "/healthz") == (200, "ok\n")
                await asyncio.sleep(1)
            broker.start()
            now = time.time_ns() // 1_000_000
            await put(world.bootstrap, world.topics["inquiries"], [(b"A1", b"x", now)], partition_of("A1", PARTITIONS))
            await until(lambda: value(get(port, "/metrics")[1], "eligibility_dead_letters_total") == 1, 30)
            assert worker.terminate() == 0
