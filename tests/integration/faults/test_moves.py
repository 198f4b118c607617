"""Workers join and leave ten times while there is work."""

import asyncio
from pathlib import Path

import pytest

from tests.bench.w1.data import events
from tests.integration.faults.harness import Report
from tests.integration.faults.oracle import check
from tests.support.histories import Run, applied, load, new_settings, until_done, w1_history
from tests.support.processes import REAL, workers

PARTITIONS = 6
SLOW = {"ELIGIBILITY_FAILPOINTS": "sent=wait:30"}


@pytest.mark.faults
async def test_workers_join_and_leave_ten_times_under_load(
    bootstrap: str, topic_prefix: str, tmp_path: Path, report: Report
) -> None:
    given = w1_history(events(30_000, 3_000), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, PARTITIONS, block_records=10)
    await load(settings, given, Run(2, PARTITIONS, False))
    with workers(tmp_path, settings) as started:
        stays = started.start(REAL, **SLOW)
        stays.until_logged("open after block")
        moves = 0
        for _ in range(10):
            guest = started.start(REAL, **SLOW)
            await asyncio.to_thread(guest.until_logged, "open after block")
            assert await asyncio.to_thread(guest.terminate) == 0, guest.log
            moves += guest.log.count("open after block")
        left = len(given.events) - await applied(settings)
        await until_done(settings, len(given.events), [stays])
        assert stays.terminate() == 0, stays.log
    report(f"moves: {moves} lanes opened by ten guests, {left} records were left when the last one went")
    assert moves >= 10
    assert left > 0, "there was work all the time"
    await check(settings, given)
