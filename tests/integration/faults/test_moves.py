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
SLOW = {"ELIGIBILITY_FAILPOINTS": "sent=wait:150"}  # so that there is work until the last guest has gone


@pytest.mark.faults
async def test_a_worker_that_is_told_to_end_while_it_opens_its_lanes_ends_in_order(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    given = w1_history(events(500, 100), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, 2)
    await load(settings, given, Run(1, 2, False))
    with workers(tmp_path, settings) as started:
        first = started.start(REAL)
        await until_done(settings, len(given.events), [first])
        assert first.terminate() == 0, first.log
        second = started.start(REAL, ELIGIBILITY_FAILPOINTS="restore=wait:20000")
        second.until_logged("failpoint restore is reached")
        assert second.terminate() == 0, second.log
    assert "open after block" not in second.log, "it was opening"
    assert "Unclosed" not in second.log
    await check(settings, given)


@pytest.mark.faults
async def test_workers_join_and_leave_ten_times_under_load(
    bootstrap: str, topic_prefix: str, tmp_path: Path, report: Report
) -> None:
    given = w1_history(events(40_000, 3_000), tmp_path)
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
        assert stays.terminate() == 0, stays.log
        last = started.start(REAL)
        await until_done(settings, len(given.events), [last])
        assert last.terminate() == 0, last.log
    report(f"moves: {moves} lanes opened by ten guests, {left} records were left when the last one went")
    assert moves >= 10
    assert left > 0, "there was work all the time"
    await check(settings, given)
