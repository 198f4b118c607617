"""An audit puts a block's slices together as the lane merged them, however wrong the senders' clocks were."""

import asyncio
import random

import pytest

from schemas.settings import CoreSettings
from schemas.topics import SOURCE_ORDER
from streams.audit.inputs import Inputs
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.merge import Merge
from streams.codec.records import SourceRecord
from tests.support.copies import Copies
from tests.support.scribe import Topics

RECORDS = 30
LANE = 0


def _sources(dice: random.Random) -> Topics:
    """Records of few instants, mostly later ones behind earlier ones, in some of the topics."""
    topics: Topics = {(name, LANE): [] for name in SOURCE_ORDER}
    for name in dice.sample(SOURCE_ORDER, dice.randint(1, len(SOURCE_ORDER))):
        at = 0
        for offset in range(dice.randint(1, RECORDS)):
            at += dice.choice([0, 0, 1, 2])
            topics[name, LANE].append(SourceRecord(name, LANE, offset, at - dice.choice([0, 0, 0, 3]), b"a", b"", ()))
    return topics


def _merged(topics: Topics) -> list[SourceRecord]:
    merge = Merge(SOURCE_ORDER)
    for (name, _), rows in topics.items():
        merge.begin(name, 0, len(rows))
        merge.arrive(name, rows, len(rows), len(rows))
    return merge.take(1_000, 1_000)


async def _taken(topics: Topics, merged: list[SourceRecord]) -> list[SourceRecord]:
    ledger = [SourceRecord("ledger", LANE, 0, 0, b"0", b"", ())]
    copies = Copies({**topics, ("ledger", LANE): ledger}, 0)
    settings = block.settings_digest(CoreSettings())
    head = block.Head(LANE, 0, "sha256:" + "0" * 64, 0, {})
    async with copies.opened(await copies.position(), LANE, SOURCE_ORDER) as streams:
        inputs, found = Inputs(LANE, streams), []
        middle = len(merged) // 2
        for records in (merged[:middle], merged[middle:]):
            data = block.build(head, engine(), settings, records, {}, clock=0, admit_until=0, cursor=None)
            rows, problems = await inputs.take(block.read(data))
            assert not [*problems, *inputs.altered()]
            assert rows == records
            found += rows
            head = block.head_of(data)
    return found


@pytest.mark.parametrize("seed", range(50))
def test_slices_are_put_together_as_the_lane_merged_them(seed: int) -> None:
    topics = _sources(random.Random(f"slices {seed}"))
    merged = _merged(topics)
    assert len(merged) == sum(map(len, topics.values()))
    assert asyncio.run(_taken(topics, merged)) == merged
