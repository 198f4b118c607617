"""SIGSTOP past the session timeout, another worker takes over, SIGCONT: the zombie writes nothing and ends."""

import asyncio
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.bench.w1.data import events
from tests.integration.faults.oracle import check
from tests.support.histories import Run, load, new_settings, rows, until_done, w1_history
from tests.support.processes import REAL, WorkerProcess, workers

PARTITIONS = 4
PATIENCE_S = 120.0
SLOW = {"ELIGIBILITY_FAILPOINTS": "sent=wait:20"}


async def stopped(worker: WorkerProcess) -> None:
    """Waits until the worker stands still."""
    process, end = psutil.Process(worker.pid), time.monotonic() + PATIENCE_S
    while process.status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < end, worker.log
        await asyncio.sleep(0.05)


async def taken_over(by: WorkerProcess) -> None:
    """Waits until this worker has every lane open."""
    end = time.monotonic() + PATIENCE_S
    while len(by.open_lanes) < PARTITIONS:
        assert time.monotonic() < end, by.log
        await asyncio.sleep(0.05)


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["between send and commit", "anywhere"])
async def test_a_zombie_writes_nothing_and_ends(bootstrap: str, topic_prefix: str, tmp_path: Path, moment: str) -> None:
    given = w1_history(events(10_000, 1_000), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, PARTITIONS, block_records=20)
    await load(settings, given, Run(2, PARTITIONS, False))
    with workers(tmp_path, settings) as started:
        other = started.start(REAL, **SLOW)
        other.until_logged("open after block")
        inside = moment == "between send and commit"
        zombie = started.start(REAL, ELIGIBILITY_FAILPOINTS="sent=stop@5" if inside else "sent=wait:20")
        zombie.until_logged("open after block")
        if not inside:
            await asyncio.sleep(0.7)
            psutil.Process(zombie.pid).send_signal(signal.SIGSTOP)
        await stopped(zombie)
        await taken_over(other)
        before = len(await rows(settings, "ledger"))
        psutil.Process(zombie.pid).send_signal(signal.SIGCONT)
        assert zombie.wait() == 1, zombie.log
        assert "the worker ends: lane" in zombie.log
        await until_done(settings, len(given.events), [other])
        assert len(await rows(settings, "ledger")) > before, "it woke up while there was work"
        assert other.terminate() == 0, other.log
    await check(settings, given)


@pytest.mark.faults
async def test_a_zombie_whose_name_another_process_has_taken_writes_nothing_and_ends(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    given = w1_history(events(10_000, 1_000), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, PARTITIONS, block_records=20)
    await load(settings, given, Run(2, PARTITIONS, False))
    with workers(tmp_path, settings) as started:
        zombie = started.start(REAL, ELIGIBILITY_INSTANCE_ID="pod-0", **SLOW)
        zombie.until_logged("open after block")
        await asyncio.sleep(0.7)
        psutil.Process(zombie.pid).send_signal(signal.SIGSTOP)
        await stopped(zombie)
        other = started.start(REAL, ELIGIBILITY_INSTANCE_ID="pod-0", **SLOW)
        await taken_over(other)
        psutil.Process(zombie.pid).send_signal(signal.SIGCONT)
        assert zombie.wait() == 1, zombie.log
        await until_done(settings, len(given.events), [other])
        assert other.terminate() == 0, other.log
    await check(settings, given)
