"""The broker goes away under load, in order and by SIGKILL, and comes back: the workers go on by themselves."""

import asyncio
from pathlib import Path

import pytest

from streams.local.kafka import LocalKafka
from tests.bench.w1.data import events
from tests.integration.faults.harness import LONG, Report, Supervisor
from tests.integration.faults.oracle import check
from tests.support.histories import Run, applied, load, new_settings, until_applied, until_done, w1_history
from tests.support.processes import workers


@pytest.mark.faults
async def test_a_broker_that_goes_and_comes_back_costs_nothing(
    tmp_path: Path, topic_prefix: str, report: Report
) -> None:
    given = w1_history(events(40_000 if LONG else 12_000, 1_200), tmp_path)
    with LocalKafka(tmp_path / "kafka") as kafka:
        deadline = {"block_deadline_s": 45.0} if LONG else {}  # the longest outage is longer than a block may last
        settings = new_settings(kafka.bootstrap, topic_prefix, 4, block_records=20, **deadline)
        await load(settings, given, Run(2, 4, False))
        with workers(tmp_path, settings) as started:
            supervisor = Supervisor(started, ELIGIBILITY_FAILPOINTS="sent=wait:40")
            async with supervisor.supervising("worker-0", "worker-1"):
                for worker in supervisor.running.values():
                    await asyncio.to_thread(worker.until_logged, "open after block")
                done = 0
                outages = [(kafka.stop, 0), (kafka.kill, 3), *([(kafka.kill, 15), (kafka.stop, 70)] if LONG else [])]
                for down, seconds in outages:
                    before = done
                    await until_applied(settings, before + 1)
                    done = await applied(settings)
                    assert before < done < len(given.events), "there was work, and it went on"
                    await asyncio.to_thread(down)
                    await asyncio.sleep(seconds)
                    await asyncio.to_thread(kafka.start)
                await until_done(settings, len(given.events), ())
        report(f"broker away {len(outages)} times: {len(supervisor.ends)} workers ended and were started again")
        assert LONG or supervisor.ends == [], "only an outage longer than a block may last ends a worker"
        await check(settings, given)
