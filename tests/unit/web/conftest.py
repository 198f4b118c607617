"""The account A with an installment that is overdue; beside it B, of whom a reason is of limited disclosure."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.core import Lane
from tests.support.events import due, flagged, inquiry
from tests.support.webworld import POLICY, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"), inquiry("2025-01-04").of("B"))
    made = World(tmp_path, lane.feed(flagged("2025-01-05").of("B")).tick("2025-01-12")).ready()
    yield made
    await made.close()
