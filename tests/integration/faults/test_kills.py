"""SIGKILL at the worst moments: inside open blocks, between send and commit, in restore, in rebalance, in drain."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.failpoints import PLACES
from tests.bench.w1.data import events
from tests.integration.faults.harness import LONG, Report, Supervisor
from tests.integration.faults.oracle import check
from tests.support.histories import Run, load, new_settings, until_done, w1_history
from tests.support.processes import REAL, workers

IN_A_BLOCK = ("sent", "committed")
SEEDS = range(1, 11) if LONG else range(1, 2)


def plans(seed: int) -> Iterator[str]:
    """Failpoints of one start after the other: 22 inside an open block, 2 in restore, 2 in rebalance."""
    dice = random.Random(seed)
    early, late = IN_A_BLOCK * 2, [*IN_A_BLOCK * 9, *("restore", "rebalance") * 2]
    dice.shuffle(late)
    for place in (*early, *late):  # at first there is nothing to restore
        turn = dice.randint(1, 6) if place in IN_A_BLOCK else 1
        yield f"{place}=kill@{turn}"


async def test_a_kill_at_each_place_changes_nothing(bootstrap: str, topic_prefix: str, tmp_path: Path) -> None:
    given = w1_history(events(1_200, 100), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, 2, block_records=50)
    await load(settings, given, Run(1, 2, False))
    with workers(tmp_path, settings) as started:
        for place in ("committed", "sent", "restore", "rebalance", "drain"):
            turn = 4 if place in IN_A_BLOCK else 1  # the first two are the genesis blocks
            name = {"ELIGIBILITY_INSTANCE_ID": "worker-0", "ELIGIBILITY_FAILPOINTS": f"{place}=kill@{turn}"}
            worker = started.start(REAL, **name)
            if place == "drain":
                worker.until_logged("open after block")
                assert worker.terminate() == -signal.SIGKILL
            assert worker.wait() == -signal.SIGKILL, worker.log
        worker = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-0")
        await until_done(settings, len(given.events), [worker])
        assert worker.terminate() == 0, worker.log
    assert (await check(settings, given)).aborted >= 1
    notifiers = {"accepted"}  # killed in test_notifier
    assert set(PLACES) - notifiers == {"committed", "sent", "restore", "rebalance", "drain"}


@pytest.mark.faults
@pytest.mark.parametrize("seed", SEEDS)
async def test_kills_inside_open_blocks_change_nothing(
    bootstrap: str, topic_prefix: str, tmp_path: Path, seed: int, report: Report
) -> None:
    given = w1_history(events(8_000, 800), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, 4, block_records=20)
    await load(settings, given, Run(2, 4, False))
    with workers(tmp_path, settings) as started:
        supervisor = Supervisor(started, plans(seed))
        async with supervisor.supervising("worker-0", "worker-1"):
            await until_done(settings, len(given.events), (), 600)
    seen = await check(settings, given)
    killed = [end.place for end in supervisor.ends if end.place is not None]
    in_a_block = sum(place in IN_A_BLOCK for place in killed)
    report(
        f"kills: {len(killed)}, of them {in_a_block} inside an open block; transactions seen aborted: {seen.aborted}"
    )
    assert in_a_block >= 20
    assert {"restore", "rebalance"} < set(killed)
    assert seen.aborted >= 5
