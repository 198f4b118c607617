"""Maintenance and incidents on the real broker: told once each by lane 0, across a kill, and never a status."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.availability import AvailabilityData, parse_availability
from schemas.instants import instant_text
from schemas.policy import parse_policy
from streams.codec import block
from streams.local import admin
from streams.messages import now_ms, outgoing, policy_in_force
from streams.publish import publisher
from streams.settings import KafkaSettings, Settings
from tests.integration.faults import oracle
from tests.support.broker import committed
from tests.support.core import policy, product, rule
from tests.support.processes import REAL, eligibility, workers

POLICY = policy(
    products={
        "cash": product(rule("i", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=0)),
        "loan": product(provider="hill"),
    }
)


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str) -> Settings:
    made = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=topic_prefix,
        application_id=f"{topic_prefix}app",
        partitions=2,
        grace_ms=100,
        activation_delay_ms=0,
        instance_id="w",
    )
    await admin.apply(made)
    return made


async def test_each_change_is_told_once_though_the_worker_is_killed(settings: Settings, tmp_path: Path) -> None:
    begin = now_ms()
    await _send(settings, "policies", *policy_in_force(parse_policy(POLICY), begin))
    await _send(settings, "inquiries", outgoing("inquiry.recorded", "i1", "/t", "A1", begin, {"kind": "hard"}))
    with workers(tmp_path, settings) as group:
        first = group.start(REAL)
        await _until(settings, "cash", lambda told: told.up)
        window = {"window_id": "W", "from": instant_text(now_ms() + 1500), "until": instant_text(now_ms() + 3500)}
        await _operate(settings, "maintenance.planned", "cash", window)
        await _until(settings, "cash", lambda told: not told.up)
        first.kill()
        await _operate(settings, "provider.paused", "*", {"provider": "hill"})
        second = group.start(REAL)
        await _until(settings, "loan", lambda told: not told.up)
        await _until(settings, "cash", lambda told: told.up)
        shown = await eligibility(settings, "status", "A1", "--wait", "20", cwd=tmp_path)
        assert "service paused" in shown.stdout, shown.stderr
        assert "The partner lender has paused this service [POL-03]" in shown.stdout
        assert second.terminate() == 0
    told = [
        (each.product, each.sequence, each.cause.kind, each.up, len(each.announced)) for each in await _told(settings)
    ]
    assert [row[1:] for row in told if row[0] == "cash"] == [
        (1, "policy", True, 0),
        (2, "operations", True, 1),
        (3, "time", False, 0),
        (4, "time", True, 0),
    ]
    assert [row[1:] for row in told if row[0] == "loan"] == [(1, "policy", True, 0), (2, "operations", False, 0)]
    seen = await oracle.check(settings)
    assert seen.statuses == 2, "one status for each product of the account, and none for an operation"
    ledger = await committed(settings.kafka.bootstrap_servers or "", f"{settings.topic_prefix}ledger", range(2))
    sealed = [
        (made.lane, output.count)
        for made in map(block.read, (row.value or b"" for row in ledger))
        for output in made.outputs
        if output.topic == "availability"
    ]
    assert {lane for lane, _ in sealed} == {0}
    assert sum(count for _, count in sealed) == len(told)


async def _told(settings: Settings) -> list[AvailabilityData]:
    rows = await committed(settings.kafka.bootstrap_servers or "", f"{settings.topic_prefix}availability")
    return [parse_availability(orjson.loads(row.value or b"")).data for row in rows]


async def _until(settings: Settings, name: str, condition: Callable[[AvailabilityData], bool]) -> None:
    async with asyncio.timeout(60):
        while True:
            last = [row for row in await _told(settings) if row.product == name][-1:]
            if any(condition(each) for each in last):
                return
            await asyncio.sleep(0.1)


async def _operate(settings: Settings, kind: str, subject: str, data: dict[str, Any]) -> None:
    await _send(settings, "operations", outgoing(kind, f"{kind}-{now_ms()}", "/operations", subject, now_ms(), data))


async def _send(settings: Settings, topic: str, *records: Any) -> None:
    async with publisher(settings, [topic]) as producer:
        await producer.send(records)
