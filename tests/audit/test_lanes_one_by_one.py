"""Memory is bounded by one partition: a lane's machine is gone before the next lane begins."""

import asyncio
import gc

from streams.audit.asked import Asked
from streams.audit.lane import Audit
from streams.audit.parallel import run
from streams.codec.partition import Partition
from tests.support.copies import BOUND_MS, Copies, taken_at
from tests.support.scribe import PREFIX, system

LANES = 3


def test_a_process_holds_the_accounts_of_one_lane_at_a_time() -> None:
    topics = system(3, LANES)
    before = _machines()
    held: list[int] = []
    origin = Copies(topics, taken_at(topics))
    audit = Audit(origin, asyncio.run(origin.position()), Asked(PREFIX, BOUND_MS))
    results = run(audit, range(LANES), 1, lambda _: held.append(len(_machines() - before)))
    assert all(each.records for each in results)
    assert set(held) == {1}


def _machines() -> set[int]:
    return {id(each) for each in gc.get_objects() if isinstance(each, Partition)}
