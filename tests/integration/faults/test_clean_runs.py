"""The short form of `python -m tests.integration.clean_runs`: one run with one kill."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.local.kafka import LocalKafka
from tests.integration.clean_runs import EAGER, clean_run


@pytest.fixture
def eager(tmp_path: Path) -> Iterator[LocalKafka]:
    """A broker that compacts as soon as it may."""
    with LocalKafka(tmp_path / "kafka", overrides=EAGER) as broker:
        yield broker


@pytest.mark.faults
async def test_whatever_happens_to_honest_lanes_gives_no_alarm(eager: LocalKafka, tmp_path: Path) -> None:
    figures = await clean_run(eager.bootstrap, "clean.", tmp_path, 0, kills_most=1)
    assert (figures.kills, figures.audits) == (1, 4)
    assert figures.deleted > 0
    assert figures.compacted > 0
    assert figures.moves >= 4
