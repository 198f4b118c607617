"""SIGKILL at the worst moments: inside open blocks, between send and commit, in restore, in rebalance, in drain."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.w1.data import events
from tests.integration.faults.harness import Supervisor
from tests.integration.faults.oracle import check
from tests.support.histories import Run, load, new_settings, until_done, w1_history
from tests.support.processes import workers

KILLS = 24
IN_A_BLOCK = ("sent", "committed")


def plans(seed: int) -> Iterator[str]:
    """Failpoints of one start after the other, each place at least once, most of them inside an open block."""
    dice = random.Random(seed)
    places = [*IN_A_BLOCK * (KILLS // 2), "restore", "rebalance"]
    dice.shuffle(places)
    for place in places:
        turn = dice.randint(1, 6) if place in IN_A_BLOCK else 1
        yield f"{place}=kill@{turn}"


@pytest.mark.faults
@pytest.mark.parametrize("seed", [1])
async def test_kills_inside_open_blocks_change_nothing(
    bootstrap: str, topic_prefix: str, tmp_path: Path, seed: int
) -> None:
    given = w1_history(events(8_000, 800), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, 4, block_records=20)
    await load(settings, given, Run(2, 4, False))
    import time; t0=time.monotonic()
    with workers(tmp_path, settings) as started:
        supervisor = Supervisor(started, plans(seed))
        async with supervisor.supervising("worker-0", "worker-1"):
            await until_done(settings, len(given.events), ())
    print('ran', time.monotonic()-t0)
    killed = [end for end in supervisor.ends if end.failpoints]
    seen = await check(settings, given)
    print('checked', time.monotonic()-t0,seen, killed)
    assert sum(end.failpoints.startswith(IN_A_BLOCK) for end in killed if end.failpoints) >= 20
    assert seen.aborted >= 5
