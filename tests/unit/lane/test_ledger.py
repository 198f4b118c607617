"""On what a ledger stands: another ground is refused, further topics are none."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.settings import CoreSettings
from streams.codec.block import Ground, genesis, read
from streams.codec.engine import engine
from streams.lane.errors import LedgerError
from streams.lane.ledger import _check_ground

GROUND = Ground("cluster", {"status": "id-1", "ledger": "id-2"}, 4, CoreSettings())
FIRST = read(genesis(0, GROUND, engine()))


def test_a_topic_that_a_later_version_writes_is_no_other_ground() -> None:
    _check_ground(FIRST, GROUND, 0)
    _check_ground(FIRST, replace(GROUND, topics={**GROUND.topics, "availability": "id-3"}), 0)


@pytest.mark.parametrize(
    "other",
    [
        {"topics": {**GROUND.topics, "status": "id-9"}},
        {"topics": {"status": "id-1"}},
        {"partitions": 5},
        {"cluster": "x"},
    ],
)
def test_another_ground_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(LedgerError, match="the genesis block has"):
        _check_ground(FIRST, replace(GROUND, **other), 0)
