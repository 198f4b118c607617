"""A batch that unfolds to a gigabyte: the brokers take it, and no reader of ours takes up the memory for it."""

import asyncio
import time
from pathlib import Path

import psutil

from streams.local import admin
from streams.unfolding import BATCH_BYTES_MAX
from tests.support.broker import FoldedBatch, producer
from tests.support.histories import new_settings
from tests.support.processes import REAL, eligibility, workers

BLANKS = 1 << 30
BROKER_BYTES_MAX = 1_048_588


async def test_a_worker_names_a_batch_that_cannot_be_unfolded_and_ends(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = new_settings(bootstrap, topic_prefix, 1)
    await admin.apply(settings)
    async with producer(bootstrap) as sender:
        await sender.send_and_wait(f"{topic_prefix}identity", b"{}", key=b"A", partition=0)
        batch = FoldedBatch(b"A", BLANKS, 1_767_600_000_000)
        assert batch.size() < BROKER_BYTES_MAX
        place = await (await sender.send_batch(batch, f"{topic_prefix}identity", partition=0))
    assert place.offset == 1
    most, end = 0, time.monotonic() + 120
    with workers(tmp_path, settings) as started:
        worker = started.start(REAL)
        process = psutil.Process(worker.pid)
        while worker.running:
            assert time.monotonic() < end, worker.log
            try:
                most = max(most, process.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            await asyncio.sleep(0.005)
        assert worker.wait() == 1, worker.log
    wanted = f"{topic_prefix}identity/0 from offset 1 on: a batch can't be unfolded within 256 MiB"
    assert wanted in worker.log
    assert most < 2 * BATCH_BYTES_MAX, "its own, some 100 MiB, and the part that was unfolded"
    done = await eligibility(settings, "verify", "--brokers", bootstrap, cwd=tmp_path)
    assert done.returncode != 0
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr
