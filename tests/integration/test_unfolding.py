"""A batch that unfolds to a gigabyte: the brokers take it, and no reader of ours takes up the memory for it."""

import asyncio
import contextlib
import time
from pathlib import Path

import psutil

from schemas.deadletter import parse_dead_letter
from schemas.errors import Code
from streams.local import admin
from streams.settings import BATCH_BYTES_MAX, Settings
from tests.support.broker import FoldedBatch, producer
from tests.support.histories import new_settings, rows, until_applied
from tests.support.processes import REAL, WorkerProcess, eligibility, workers

BROKER_BYTES_MAX = 1_048_588


async def folded_record(settings: Settings, blanks: int) -> None:
    """An ordinary record, then one of so many blanks, in a batch of a few kilobytes."""
    await admin.apply(settings)
    topic = f"{settings.topic_prefix}identity"
    async with producer(settings.kafka.bootstrap_servers or "") as sender:
        await sender.send_and_wait(topic, b"{}", key=b"A", partition=0)
        batch = FoldedBatch(b"A", blanks, 1_767_600_000_000)
        place = await (await sender.send_batch(batch, topic, partition=0))
    assert batch.size() < BROKER_BYTES_MAX
    assert place.offset == 1


async def most_memory(worker: WorkerProcess) -> int:
    """The most bytes that a worker was seen to have until it ended."""
    most, end, process = 0, time.monotonic() + 120, psutil.Process(worker.pid)
    while worker.running:
        assert time.monotonic() < end, worker.log
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended in this moment
            most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.005)
    return most


def told(settings: Settings, bound: int) -> str:
    return f"{settings.topic_prefix}identity/0 from offset 1 on: a batch can't be unfolded within {bound} bytes"


async def test_a_worker_names_a_batch_that_cannot_be_unfolded_and_ends(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = new_settings(bootstrap, topic_prefix, 1)
    await folded_record(settings, 1 << 30)
    with workers(tmp_path, settings) as started:
        worker = started.start(REAL)
        most = await most_memory(worker)
        assert worker.wait() == 1, worker.log
    assert told(settings, BATCH_BYTES_MAX) in worker.log
    assert most < 2 * BATCH_BYTES_MAX, "its own, some 100 MiB, and the part that was unfolded"
    done = await eligibility(settings, "verify", "--brokers", bootstrap, cwd=tmp_path)
    assert done.returncode == 4
    assert told(settings, BATCH_BYTES_MAX) in done.stderr
    assert "Traceback" not in done.stderr


async def test_with_a_higher_bound_its_record_is_a_dead_letter_and_the_partition_goes_on(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = new_settings(bootstrap, topic_prefix, 1)
    await folded_record(settings, 1 << 23)
    with workers(tmp_path, settings) as started:
        bound = 1 << 20
        worker = started.start(REAL, ELIGIBILITY_KAFKA__BATCH_BYTES_MAX=str(bound))
        assert await asyncio.to_thread(worker.wait) == 1, worker.log
        assert told(settings, bound) in worker.log
        worker = started.start(REAL)
        await until_applied(settings, 2)
        assert worker.terminate() == 0, worker.log
    letters = [parse_dead_letter(row.headers) for row in await rows(settings, "dead-letters")]
    assert [(letter.offset, letter.code) for letter in letters][1:] == [(1, Code.TOO_LARGE)]
