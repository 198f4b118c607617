"""A network between worker and broker that delays, throttles, cuts, and leaves connections half open."""

import asyncio
import random
from pathlib import Path

import pytest

from streams.local.kafka import LocalKafka
from streams.local.probe import free_port
from streams.local.properties import HOST
from tests.bench.w1.data import events
from tests.integration.faults.harness import LONG, Report, Supervisor
from tests.integration.faults.oracle import check
from tests.integration.faults.proxy import Proxy
from tests.support.histories import Run, applied, load, new_settings, until_done, w1_history
from tests.support.processes import workers

SEEDS = range(1, 6) if LONG else range(1, 2)


def behind(proxy: Proxy, target: int) -> dict[str, str]:
    """Settings of a broker with a second listener, which is said to be where the proxy is."""
    direct, control = free_port(HOST), free_port(HOST)
    return {
        "listeners": f"PLAINTEXT://{HOST}:{direct},PROXIED://{HOST}:{target},CONTROLLER://{HOST}:{control}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{direct},PROXIED://{HOST}:{proxy.port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"1@{HOST}:{control}",
    }


async def trouble(proxy: Proxy, dice: random.Random) -> None:
    """Each kind once, in any order."""
    kinds = ["delay", "slow", "cut", "half open", "cut often"]
    dice.shuffle(kinds)
    for kind in kinds:
        if kind == "delay":
            proxy.delay_s = dice.uniform(0.1, 0.4)
            await asyncio.sleep(5)
        elif kind == "slow":
            proxy.bytes_per_s = 20_000
            await asyncio.sleep(5)
        elif kind == "half open":
            proxy.half_open()
        else:
            for _ in range(8 if kind == "cut often" else 1):
                proxy.cut()
                await asyncio.sleep(dice.uniform(0.1, 0.5))
        proxy.delay_s, proxy.bytes_per_s = 0.0, None
        await asyncio.sleep(2)


@pytest.mark.faults
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_bad_network_changes_nothing(tmp_path: Path, topic_prefix: str, seed: int, report: Report) -> None:
    given = w1_history(events(20_000, 2_000), tmp_path)
    target = free_port(HOST)
    proxy = Proxy(free_port(HOST), target)
    overrides = behind(proxy, target)
    port = int(overrides["listeners"].split(",")[0].rpartition(":")[2])
    with LocalKafka(tmp_path / "kafka", port, overrides) as kafka:
        settings = new_settings(kafka.bootstrap, topic_prefix, 4, block_records=20)
        await load(settings, given, Run(2, 4, False))
        with workers(tmp_path, settings) as started:
            supervisor = Supervisor(
                started,
                ELIGIBILITY_FAILPOINTS="sent=wait:40",
                ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS=f"{HOST}:{proxy.port}",
            )
            async with proxy.serving(), supervisor.supervising("worker-0", "worker-1"):
                for worker in supervisor.running.values():
                    await asyncio.to_thread(worker.until_logged, "open after block")
                await trouble(proxy, random.Random(seed))
                left = len(given.events) - await applied(settings)
                await until_done(settings, len(given.events), ())
        report(
            f"bad network: {len(supervisor.ends)} workers ended and were started again, {left} records left after it"
        )
        assert left > 0, "there was work all the time"
        await check(settings, given)
