"""No stall: for minutes, while workers come and go and the broker restarts, every assigned partition goes on."""

import asyncio
import itertools
import random
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from streams.local.kafka import LocalKafka
from tests.integration.faults.harness import LONG, Report
from tests.integration.faults.live import Live, load_accounts, prepare
from tests.integration.faults.oracle import check
from tests.support.histories import new_settings, until_applied
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS = 6
ACCOUNTS = 3_000  # of each partition: a lane's state is seen in the memory
SECONDS = 1_800 if LONG else 180
ROUND_S = 20.0
# What may lie between two statuses of a partition: a broker's restart on a busy machine, twice.
STALL_S = 40.0
# Three lanes of 3,000 accounts, some 5 MiB, come and go in each round; few rounds have a noise of 3 MiB a round.
GROWTH_BYTES_PER_ROUND = (1 if LONG else 4) << 20


class Sample(NamedTuple):
    """A worker's memory at a moment, bytes and s."""

    at: float
    memory: int


async def sampled(worker: WorkerProcess, samples: list[Sample]) -> None:
    process = psutil.Process(worker.pid)
    while True:
        samples.append(Sample(time.monotonic(), process.memory_info().rss))
        await asyncio.sleep(1)


def growth(samples: list[Sample]) -> float:
    """Bytes a round: the line through the second half of the samples."""
    half = samples[len(samples) // 2 :]
    times, sizes = [sample.at for sample in half], [sample.memory for sample in half]
    return statistics.linear_regression(times, sizes).slope * ROUND_S


async def joined(started: Workers) -> WorkerProcess:
    """A guest that has got lanes. One that ends at its start, the broker being half there, is started again."""
    async with asyncio.timeout(120):
        while True:
            guest = started.start(REAL)
            while guest.running:
                if guest.open_lanes:
                    return guest
                await asyncio.sleep(0.1)
            assert guest.wait() in (1, 4), guest.log


async def one_round(number: int, kafka: LocalKafka, started: Workers, dice: random.Random) -> None:
    """A guest takes partitions and goes, in order or killed; every third round the broker restarts meanwhile."""
    guest = await joined(started)
    await asyncio.sleep(dice.uniform(0, 3))
    if number % 3 == 1:
        await asyncio.to_thread(dice.choice((kafka.stop, kafka.kill)))
        await asyncio.to_thread(kafka.start)
        await asyncio.sleep(2)
    if dice.random() < 0.5:
        guest.kill()
    else:
        assert await asyncio.to_thread(guest.terminate) == 0, guest.log


@pytest.mark.faults
async def test_no_partition_stands_still_and_memory_does_not_grow(
    tmp_path: Path, topic_prefix: str, report: Report
) -> None:
    with LocalKafka(tmp_path / "kafka") as kafka:
        settings = new_settings(kafka.bootstrap, topic_prefix, PARTITIONS).model_copy(update={"live_clock": True})
        await prepare(settings)
        await load_accounts(settings, ACCOUNTS)
        live, dice, samples = Live(settings, rate=60), random.Random(9), list[Sample]()
        with workers(tmp_path, settings) as started:
            stays = started.start(REAL)
            await until_applied(settings, ACCOUNTS * PARTITIONS)
            async with live.going():
                began, since = time.monotonic(), time.time()
                watching = asyncio.create_task(sampled(stays, samples))
                for number in itertools.count():
                    if time.monotonic() - began >= SECONDS:
                        break
                    next_round = asyncio.create_task(asyncio.sleep(ROUND_S))
                    await one_round(number, kafka, started, dice)
                    await next_round
                    assert stays.running, stays.log
                watching.cancel()
                await asyncio.sleep(1)
                gaps = {lane: live.longest_gap(lane, since, time.time()) for lane in range(PARTITIONS)}
            await until_applied(settings, ACCOUNTS * PARTITIONS + live.sent)
            assert stays.terminate() == 0, stays.log
        rate, last = growth(samples), samples[-1].memory
        report(
            f"watchdog: {number} rounds in {SECONDS} s, {live.sent} events, longest gap of a partition "
            f"{max(gaps.values()):.1f} s; memory {last >> 20} MiB, {rate / (1 << 20):+.2f} MiB a round"
        )
        assert max(gaps.values()) < STALL_S, gaps
        assert rate < GROWTH_BYTES_PER_ROUND
        await check(settings)
