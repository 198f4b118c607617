"""A worker with counting machines: `python -m tests.support.counting_worker`, settings from the environment.

TEST_HOLD_LANE: a lane whose transactions never end. TEST_HOLD_MS: every transaction lasts that much longer.
TEST_NO_BROKERS: the brokers, just restarted, name none when the group's coordinator is looked for.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from typing import cast

from aiokafka.client import AIOKafkaClient, CoordinationType

from streams.codec.records import OutputRecord
from streams.lane.transaction import Transactions
from streams.settings import load
from streams.worker.run import NotReadyError, run
from tests.support.machine import CountingMachine

_write = Transactions.write


async def _slow_write(self: Transactions, records: Mapping[str, Sequence[OutputRecord]]) -> None:
    if str(self._partition) == os.environ.get("TEST_HOLD_LANE") and len(records) > 1:
        await asyncio.Event().wait()
    await asyncio.sleep(int(os.environ.get("TEST_HOLD_MS", "0")) / 1000)
    await _write(self, records)


_lookup = AIOKafkaClient.coordinator_lookup


async def _lookup_without_brokers(self: AIOKafkaClient, kind: int, key: str) -> int:
    if kind == CoordinationType.GROUP:
        self.cluster._brokers.clear()
    return cast(int, await _lookup(self, kind, key))


if __name__ == "__main__":
    if "TEST_NO_BROKERS" in os.environ:
        AIOKafkaClient.coordinator_lookup = _lookup_without_brokers
    Transactions.write = _slow_write  # type: ignore[method-assign]
    try:
        run(load(), CountingMachine)
    except NotReadyError as error:
        sys.exit(f"not ready: {error}")
