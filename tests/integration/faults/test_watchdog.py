"""No stall: for minutes, while workers come and go and the broker restarts, every assigned partition goes on."""

import asyncio
import itertools
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from streams.local.kafka import LocalKafka
from tests.integration.faults.harness import FAILED, LONG, NOT_READY, Lateness, Report
from tests.integration.faults.live import Live, load_accounts, prepare
from tests.integration.faults.oracle import check
from tests.support.histories import new_settings, until_applied
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS = 6
ACCOUNTS = 3_000  # of each partition: a lane's state is seen in the memory
SECONDS = 1_800 if LONG else 180
ROUND_S = 20.0
ROUNDS_MIN = 6  # a busy machine takes longer for each; fewer of them say nothing about growth
# What may lie between two statuses of a partition: the broker's longest outage, twice, since a guest may be killed in
# it, then its session's end and the take-over; what a busy machine takes for a worker's start, twice; and by how much
# this process itself is late, which sends the events and sees the statuses come.
STALL_S = 20.0
# Three lanes of 3,000 accounts, some 5 MiB, come and go in each round; few rounds have a noise of 3 MiB a round.
GROWTH_BYTES_PER_ROUND = (1 if LONG else 4) << 20
PATIENCE_S = 300.0


class Sample(NamedTuple):
    """A worker's memory in a round, bytes."""

    round: int
    memory: int


class Pace(NamedTuple):
    """The longest that this machine took so far, s: for a broker's restart, for a worker's start until it has lanes."""

    outage: float = 0.0
    start: float = 0.0

    def longest(self, other: "Pace") -> "Pace":
        """The longer of each."""
        return Pace(*map(max, self, other))

    @property
    def stall(self) -> float:
        """How long no partition may stand still."""
        return STALL_S + 2 * (self.outage + self.start)


async def sampled(worker: WorkerProcess, samples: list[Sample], current: Callable[[], int]) -> None:
    """The worker's memory ten times a second, for ever."""
    process = psutil.Process(worker.pid)
    while True:
        samples.append(Sample(current(), process.memory_info().rss))
        await asyncio.sleep(0.1)


def growth(samples: list[Sample]) -> float:
    """Bytes a round: the median slope between the lowest values of the rounds, without the first third of them.

    Lanes come and go within a round, so its lowest value is the one that a leak alone moves.
    """
    lowest: dict[int, int] = {}
    for number, memory in samples:
        lowest[number] = min(memory, lowest.get(number, memory))
    rounds = sorted(lowest)[len(lowest) // 3 :]
    slopes = [(lowest[b] - lowest[a]) / (b - a) for a, b in itertools.combinations(rounds, 2)]
    return statistics.median(slopes)


async def joined(started: Workers) -> WorkerProcess:
    """A guest that has got lanes. One that ends at its start, the broker being half there, is started again."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            guest = started.start(REAL)
            while guest.running:
                if guest.open_lanes:
                    return guest
                await asyncio.sleep(0.1)
            assert guest.wait() in (FAILED, NOT_READY), guest.log


async def one_round(number: int, kafka: LocalKafka, started: Workers, dice: random.Random) -> Pace:
    """A guest takes partitions and goes, in order or killed; every third round the broker is killed and comes back.

    It isn't stopped in order: as the only replica it once left a transaction committed meanwhile without its markers,
    which hangs until an operator aborts it (runbook restore-stalled).
    """
    began = time.monotonic()
    guest = await joined(started)
    start, outage = time.monotonic() - began, 0.0
    await asyncio.sleep(dice.uniform(0, 3))
    if number % 3 == 1:
        began = time.monotonic()
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        outage = time.monotonic() - began
        await asyncio.sleep(2)
    if dice.random() < 0.5:
        guest.kill()
    else:
        assert await asyncio.to_thread(guest.terminate) == 0, guest.log
    return Pace(outage, start)


@pytest.mark.parametrize("leak", [0, 1])
def test_a_leak_shows_in_the_growth_and_lanes_that_come_and_go_do_not(leak: int) -> None:
    def memory(second: int) -> int:
        lanes = 5 if second % ROUND_S > 8 else 0
        return (100 + lanes << 20) + leak * second * 2 * GROWTH_BYTES_PER_ROUND // int(ROUND_S)

    found = growth([Sample(int(second / ROUND_S), memory(second)) for second in range(180)])
    assert (found > GROWTH_BYTES_PER_ROUND) == bool(leak)


@pytest.mark.faults
async def test_no_partition_stands_still_and_memory_does_not_grow(
    tmp_path: Path, topic_prefix: str, report: Report
) -> None:
    with LocalKafka(tmp_path / "kafka") as kafka:
        settings = new_settings(kafka.bootstrap, topic_prefix, PARTITIONS).model_copy(update={"live_clock": True})
        await prepare(settings)
        await load_accounts(settings, ACCOUNTS)
        live, dice, samples, late = Live(settings, rate=60), random.Random(9), list[Sample](), Lateness()
        pace, number = Pace(), 0
        with workers(tmp_path, settings) as started:
            stays = started.start(REAL)
            await until_applied(settings, ACCOUNTS * PARTITIONS)
            async with live.going(), late.looking():
                began, since = time.monotonic(), time.time()
                watching = asyncio.create_task(sampled(stays, samples, lambda: number))
                while time.monotonic() - began < SECONDS or number < ROUNDS_MIN:
                    next_round = asyncio.create_task(asyncio.sleep(ROUND_S))
                    pace = pace.longest(await one_round(number, kafka, started, dice))
                    await next_round
                    assert stays.running, stays.log
                    number += 1
                watching.cancel()
                await asyncio.sleep(1)
                took = time.monotonic() - began
                gaps = {lane: live.longest_gap(lane, since, time.time()) for lane in range(PARTITIONS)}
            await until_applied(settings, ACCOUNTS * PARTITIONS + live.sent)
            assert stays.terminate() == 0, stays.log
        rate, last, stall = growth(samples), samples[-1].memory, pace.stall + 2 * late.longest
        report(
            f"watchdog: {number} rounds in {took:.0f} s, {live.sent} events, longest gap of a partition "
            f"{max(gaps.values()):.1f} s (bound {stall:.0f} s: the broker's restart took {pace.outage:.1f} s, a "
            f"worker's start {pace.start:.1f} s, this process was {late.longest:.1f} s late); memory {last >> 20} MiB, "
            f"{rate / (1 << 20):+.2f} MiB a round"
        )
        assert max(gaps.values()) < stall, gaps
        assert rate < GROWTH_BYTES_PER_ROUND
        await check(settings)
