"""Lag and doctor on a real broker: what they say, and what they say when something is wrong."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from streams.inspection.doctor import Finding, Level, examine
from streams.inspection.lag import lags
from streams.settings import KafkaSettings, Settings
from tests.support.broker import aborted, put
from tests.support.lanes import World, new_world, until
from tests.support.processes import ROOT

HOUR_MS = 3_600_000


@pytest.fixture
async def world(bootstrap: str, topic_prefix: str) -> World:
    return await new_world(bootstrap, topic_prefix, 2)


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding async for finding in examine(settings)}


async def test_lag_is_what_no_block_has_applied_and_markers_are_none(world: World) -> None:
    now = time.time_ns() // 1_000_000
    fresh = [(lag.lane, lag.block, lag.records) for lag in await lags(world.settings, now)]
    assert fresh == [(0, None, 0), (1, None, 0)]
    await put(world.bootstrap, world.topics["inquiries"], [(b"a", b"x", now - HOUR_MS)] * 3)
    async with world.fed() as lane:
        await until(lambda: lane.records == 3)
    await aborted(world.bootstrap, world.topics["inquiries"], [(b"a", b"x", now)] * 5)
    (first, second) = await lags(world.settings, now)
    assert (first.records, first.seconds, first.sources) == (0, 0, {})
    assert first.block is not None
    assert second.block is None
    await put(world.bootstrap, world.topics["inquiries"], [(b"a", b"x", now - 2 * HOUR_MS), (b"a", b"x", now)])
    await put(world.bootstrap, world.topics["reviews"], [(b"b", b"x", now - HOUR_MS)], 1)
    first, second = await lags(world.settings, now)
    assert first.seconds == 2 * HOUR_MS / 1000
    assert first.records == first.sources["inquiries"] >= 2
    assert (second.records, second.seconds, second.sources) == (1, HOUR_MS / 1000, {"reviews": 1})


def run(world: World, *arguments: str) -> tuple[int, Any]:
    settings = world.settings
    environment = {
        "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": world.bootstrap,
        "ELIGIBILITY_TOPIC_PREFIX": settings.topic_prefix,
        "ELIGIBILITY_APPLICATION_ID": settings.application_id,
        "ELIGIBILITY_PARTITIONS": str(settings.partitions),
    }
    command = [sys.executable, "-m", "streams.cli", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


async def test_both_verbs_tell_a_program_what_they_found(world: World) -> None:
    now = time.time_ns() // 1_000_000
    await put(world.bootstrap, world.topics["inquiries"], [(b"a", b"x", now - HOUR_MS)])
    code, told = run(world, "lag", "--at-most", "60")
    assert code == 3
    assert [lag["records"] for lag in told] == [1, 0]
    code, told = run(world, "doctor")
    assert code == 0
    assert {finding["what"]: finding["level"] for finding in told} == {
        "engine": "ok",
        "brokers": "ok",
        "topics": "ok",
        "ledger": "ok",
        "workers": "warn",
        "lag": "warn",
    }


async def test_the_doctor_names_what_would_keep_a_worker_away(world: World, topic_prefix: str) -> None:
    async with world.lane():
        pass
    assert (await found(world.settings))["ledger"] == Finding(Level.OK, "ledger", "1 lanes begun, 0 blocks")
    changed = (await found(world.settings.model_copy(update={"grace_ms": 7})))["ledger"]
    assert changed.level is Level.FAIL
    assert "settings that matter to outcomes have changed" in changed.found
    fewer = (await found(world.settings.model_copy(update={"partitions": 1})))["topics"]
    assert fewer.level is Level.FAIL
    assert "partitions" in fewer.found
    nowhere = Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"), topic_prefix=topic_prefix)
    away = await found(nowhere)
    assert list(away) == ["engine", "brokers"]
    assert away["brokers"].level is Level.FAIL
