"""Real input through the real Kafka: the same values whatever the workers, partitions and order of loading.

Six runs for each history: status values, grouped by account and product, equal those of `replay` of the file byte by
byte, and so each other's.
"""

from pathlib import Path

import orjson
import pytest

from streams.settings import Settings
from tests.bench.w1.data import Event
from tests.bench.w1.data import events as w1_events
from tests.bench.w1.expected import Change, changes
from tests.bench.w1.projection import projected
from tests.support.histories import (
    CARDS,
    History,
    Run,
    differences,
    grouped,
    history,
    load,
    new_settings,
    rows,
    until_done,
    w1_history,
)
from tests.support.processes import REAL, workers

W1_EVENTS, W1_ACCOUNTS = 100_000, 10_000

RUNS = [Run(1, 4, False), Run(2, 4, False), Run(1, 8, False), Run(2, 8, False), Run(1, 4, True), Run(2, 8, True)]
NAMES = [f"{r.workers} workers, {r.partitions} partitions, {'shuffled' if r.shuffled else 'in turn'}" for r in RUNS]


@pytest.fixture(scope="module")
def cards() -> History:
    return history(CARDS, "taiwan-two-months-late.yaml")


@pytest.fixture(scope="module")
def w1_input() -> list[Event]:
    return list(w1_events(W1_EVENTS, W1_ACCOUNTS))


@pytest.fixture(scope="module")
def w1_changes(w1_input: list[Event]) -> list[Change]:
    return list(changes(w1_input))


@pytest.fixture(scope="module")
def w1(w1_input: list[Event], tmp_path_factory: pytest.TempPathFactory) -> History:
    return w1_history(w1_input, tmp_path_factory.mktemp("w1"))


async def through_kafka(settings: Settings, given: History, run: Run, folder: Path) -> list[bytes]:
    """The status values that came out, in the order of partitions and offsets."""
    await load(settings, given, run)
    with workers(folder, settings) as started:
        running = [started.start(REAL, ELIGIBILITY_INSTANCE_ID=f"worker-{n}") for n in range(run.workers)]
        await until_done(settings, len(given.events), running)
        assert [worker.terminate() for worker in running] == [0] * run.workers
    assert await rows(settings, "dead-letters") == []
    return [row.value or b"" for row in await rows(settings, "status")]


@pytest.mark.parametrize("run", RUNS, ids=NAMES)
async def test_card_histories_come_out_as_replay_gives_them(
    cards: History, bootstrap: str, topic_prefix: str, tmp_path: Path, run: Run
) -> None:
    settings = new_settings(bootstrap, topic_prefix, run.partitions)
    came = grouped(await through_kafka(settings, cards, run, tmp_path))
    assert differences(came, cards.expected) == []


@pytest.mark.parametrize("run", RUNS, ids=NAMES)
async def test_w1_comes_out_as_replay_gives_it_and_as_its_reference_says(
    w1: History,
    w1_input: list[Event],
    w1_changes: list[Change],
    bootstrap: str,
    topic_prefix: str,
    tmp_path: Path,
    run: Run,
) -> None:
    settings = new_settings(bootstrap, topic_prefix, run.partitions)
    values = await through_kafka(settings, w1, run, tmp_path)
    assert differences(grouped(values), w1.expected) == []
    assert list(projected(w1_input, map(orjson.loads, values))) == w1_changes


async def test_a_worker_killed_in_the_middle_changes_nothing(
    cards: History, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = new_settings(bootstrap, topic_prefix, 4, block_records=50)
    await load(settings, cards, Run(2, 4, False))
    with workers(tmp_path, settings) as started:
        first = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-0")
        second = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-1")
        first.until_logged("open after block")
        while len(await rows(settings, "ledger")) < 4 * settings.partitions:
            pass
        first.kill()
        first = started.start(REAL, ELIGIBILITY_INSTANCE_ID="worker-0")
        first.until_logged("open after block")  # its lanes are its own by its name
        await until_done(settings, len(cards.events), [first, second])
        assert (first.terminate(), second.terminate()) == (0, 0)
    came = grouped(row.value or b"" for row in await rows(settings, "status"))
    assert differences(came, cards.expected) == []
