"""How long partitions stand still when their worker dies, and when it is restarted as a static member."""

import asyncio
import time
from pathlib import Path

import pytest

from streams.settings import Settings
from tests.integration.faults.harness import LONG, Report
from tests.integration.faults.live import Live, load_accounts, prepare
from tests.integration.faults.oracle import check
from tests.support.histories import new_settings, until_applied
from tests.support.processes import REAL, WorkerProcess, workers

PARTITIONS = 4
ACCOUNTS = 100_000 if LONG else 2_500  # of each partition
KILLS = 3 if LONG else 1
SLACK_S = 2.0
# The short form runs beside other tests: what a busy machine adds is measured before the kill, as the longest gap of a
# partition while nothing happens (some 50 ms on a quiet one), and counts once for each step of a take-over.
STEPS = 0 if LONG else 10


async def spread(*running: WorkerProcess) -> None:
    """Waits until every lane is open, each worker having its share."""
    end = time.monotonic() + 120
    while sorted(len(worker.open_lanes) for worker in running) != [PARTITIONS // 2] * 2:
        assert time.monotonic() < end, [worker.log for worker in running]
        await asyncio.sleep(0.1)


async def resumed(live: Live, lanes: set[int], moment: float) -> float:
    """Seconds until the last of these lanes has put out a status of an event recorded after `moment`."""
    end = time.monotonic() + 60
    while any(live.first_after(lane, moment) is None for lane in lanes):
        assert time.monotonic() < end, "no other worker goes on with the partitions"
        await asyncio.sleep(0.05)
    return max(live.first_after(lane, moment) or 0.0 for lane in lanes)


@pytest.mark.faults
async def test_a_dead_workers_partitions_go_on_elsewhere_and_a_restarted_ones_at_once(
    bootstrap: str, topic_prefix: str, tmp_path: Path, report: Report
) -> None:
    defaults = {"session_timeout_s": Settings().session_timeout_s, "heartbeat_s": Settings().heartbeat_s}
    settings = new_settings(bootstrap, topic_prefix, PARTITIONS).model_copy(update={**defaults, "live_clock": True})
    await prepare(settings)
    await load_accounts(settings, ACCOUNTS)
    live = Live(settings, rate=100)
    with workers(tmp_path, settings) as started:

        def start(name: str) -> WorkerProcess:
            return started.start(REAL, ELIGIBILITY_INSTANCE_ID=name)

        first, second = start("worker-0"), start("worker-1")
        await spread(first, second)
        await until_applied(settings, ACCOUNTS * PARTITIONS)
        async with live.going():
            await asyncio.sleep(2)
            for _ in range(KILLS):
                since = time.time()
                await asyncio.sleep(4)
                calm = max(live.longest_gap(lane, since, time.time()) for lane in range(PARTITIONS))
                lanes, moment = first.open_lanes, time.time()
                first.kill()
                gap = await resumed(live, lanes, moment)
                report(
                    f"failover: {gap:.1f} s from SIGKILL to the last partition's first status by another worker, "
                    f"session timeout {settings.session_timeout_s:g} s, {ACCOUNTS} accounts per partition, longest gap "
                    f"in the 4 s before {calm:.2f} s"
                )
                assert gap <= settings.session_timeout_s + SLACK_S + STEPS * calm
                first = start("worker-0")
                await spread(first, second)
                await asyncio.sleep(3)
            lanes, others, moment = first.open_lanes, second.open_lanes, time.time()
            moves = second.moves
            assert await asyncio.to_thread(first.terminate) == 0, first.log
            ended = time.time()
            first = start("worker-0")
            await resumed(live, lanes, ended)
            gaps = [max(live.longest_gap(lane, moment, time.time()) for lane in which) for which in (lanes, others)]
            report(
                f"rolling restart, static member: its partitions stood still for {gaps[0]:.1f} s (its end took "
                f"{ended - moment:.1f} s), the others' {gaps[1]:.1f} s"
            )
            assert (first.open_lanes, second.open_lanes) == (lanes, others), "the same lanes as before"
            assert second.moves == moves, "the other worker's lanes were not touched"
        await until_applied(settings, ACCOUNTS * PARTITIONS + live.sent)
        assert (first.terminate(), second.terminate()) == (0, 0)
    await check(settings)
