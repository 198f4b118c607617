"""How long partitions stand still when their worker dies, and when it is restarted as a static member."""

import asyncio
import time
from pathlib import Path

import pytest

from streams.settings import Settings
from tests.integration.faults.harness import FAILED, LONG, NOT_READY, Lateness, Report
from tests.integration.faults.live import Live, load_accounts, prepare
from tests.integration.faults.oracle import check
from tests.support.histories import new_settings, until_applied
from tests.support.processes import REAL, WorkerProcess, Workers, workers

PARTITIONS = 4
ACCOUNTS = 100_000 if LONG else 2_500  # of each partition
KILLS = 3 if LONG else 1
SLACK_S = 2.0
PATIENCE_S = 300.0
# The short form runs beside other tests: what a busy machine adds is measured before the kill, as the longest gap of a
# partition while nothing happens (some 50 ms on a quiet one), and during the take-over, as what this process is late;
# the longer one counts once for each step of it.
STEPS = 0 if LONG else 10


class Pair:
    """Two static members. One that ends by itself while it starts is started again, as a supervisor does: of two that
    open the same lane in a rebalance one is fenced.
    """

    def __init__(self, started: Workers) -> None:
        self._started = started
        self.running: dict[str, WorkerProcess] = {}

    def start(self, name: str) -> WorkerProcess:
        """Starts the worker of this name, or starts it again."""
        self.running[name] = self._started.start(REAL, ELIGIBILITY_INSTANCE_ID=name)
        return self.running[name]

    async def spread(self) -> None:
        """Waits until every lane is open, each worker having its share."""
        end = time.monotonic() + PATIENCE_S
        while sorted(len(worker.open_lanes) for worker in self.running.values()) != [PARTITIONS // 2] * 2:
            assert time.monotonic() < end, [worker.log for worker in self.running.values()]
            for name, worker in list(self.running.items()):
                if not worker.running:
                    assert worker.wait() in (FAILED, NOT_READY), worker.log
                    self.start(name)
            await asyncio.sleep(0.1)


async def resumed(live: Live, lanes: set[int], moment: float, pair: Pair) -> float:
    """Seconds until the last of these lanes has put out a status of an event recorded after `moment`."""
    end = time.monotonic() + PATIENCE_S
    while any(live.first_after(lane, moment) is None for lane in lanes):
        assert any(worker.running for worker in pair.running.values()), [each.log for each in pair.running.values()]
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
        pair = Pair(started)
        for name in ("worker-0", "worker-1"):
            pair.start(name)
        await pair.spread()
        await until_applied(settings, ACCOUNTS * PARTITIONS)
        async with live.going():
            await asyncio.sleep(2)
            for _ in range(KILLS):
                since = time.time()
                await asyncio.sleep(4)
                calm = max(live.longest_gap(lane, since, time.time()) for lane in range(PARTITIONS))
                first = pair.running["worker-0"]
                lanes, moment = first.open_lanes, time.time()
                first.kill()
                late = Lateness()
                async with late.looking():
                    gap = await resumed(live, lanes, moment, pair)
                report(
                    f"failover: {gap:.1f} s from SIGKILL to the last partition's first status by another worker, "
                    f"session timeout {settings.session_timeout_s:g} s, {ACCOUNTS} accounts per partition, longest gap "
                    f"in the 4 s before {calm:.2f} s, then this process was {late.longest:.2f} s late"
                )
                assert gap <= settings.session_timeout_s + SLACK_S + STEPS * max(calm, late.longest)
                pair.start("worker-0")
                await pair.spread()
                await asyncio.sleep(3)
            first, second = pair.running["worker-0"], pair.running["worker-1"]
            lanes, others, moment = first.open_lanes, second.open_lanes, time.time()
            moves = second.moves
            assert await asyncio.to_thread(first.terminate) == 0, first.log
            ended = time.time()
            first = pair.start("worker-0")
            await asyncio.to_thread(first.until_logged, "brokers ", PATIENCE_S)
            away = time.time() - moment
            await resumed(live, lanes, ended, pair)
            gaps = [max(live.longest_gap(lane, moment, time.time()) for lane in which) for which in (lanes, others)]
            report(
                f"rolling restart, static member: its partitions stood still for {gaps[0]:.1f} s (its end took "
                f"{ended - moment:.1f} s, the imports of the next one {away - (ended - moment):.1f} s), the others' "
                f"{gaps[1]:.1f} s"
            )
            if away < settings.session_timeout_s / 2:  # a machine that takes longer for it can't keep a session
                assert (first.open_lanes, second.open_lanes) == (lanes, others), "the same lanes as before"
                assert second.moves == moves, "the other worker's lanes were not touched"
        await until_applied(settings, ACCOUNTS * PARTITIONS + live.sent)
        assert (first.terminate(), second.terminate()) == (0, 0)
    await check(settings)
