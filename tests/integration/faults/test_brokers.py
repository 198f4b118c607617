"""The broker goes away under load, in order and by SIGKILL, and comes back: the workers go on by themselves."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from streams.codec.records import OutputRecord
from streams.lane.transaction import Transactions
from streams.local import admin
from streams.local.kafka import LocalKafka
from tests.bench.w1.data import events
from tests.integration.faults.harness import LONG, Report, Supervisor
from tests.integration.faults.oracle import check
from tests.support.broker import committed
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


@pytest.mark.faults
async def test_a_connection_that_breaks_while_a_lane_asks_for_its_coordinator_ends_no_worker(
    tmp_path: Path, topic_prefix: str
) -> None:
    with LocalKafka(tmp_path / "kafka") as kafka:
        settings = new_settings(kafka.bootstrap, topic_prefix, 1)
        await admin.apply(settings)
        topic = f"{topic_prefix}status"
        rows = [OutputRecord("status", b"A", b"%d" % number, 1_767_600_000_000, ()) for number in range(2)]
        transactions = Transactions({"bootstrap_servers": kafka.bootstrap}, f"{topic_prefix}writer", 60.0, 0)
        await transactions.start()
        try:
            await transactions.write({topic: rows[:1]})
            pid = kafka.pid
            assert pid is not None
            os.kill(pid, signal.SIGSTOP)  # it takes the question and doesn't answer
            transactions._producer._sender._coordinators.clear()
            writing = asyncio.create_task(transactions.write({topic: rows[1:]}))
            await asyncio.sleep(1)
            assert not writing.done()
            await asyncio.to_thread(kafka.kill)
            await asyncio.to_thread(kafka.start)
            async with asyncio.timeout(60):
                await writing
        finally:
            await transactions.stop()
        assert [row.value for row in await committed(kafka.bootstrap, topic, range(1))] == [b"0", b"1"]
