"""How a lane opens: its table and its ledger's head, or the genesis block of a new ledger."""

from collections.abc import Callable
from typing import Final

from aiokafka import TopicPartition

from streams import failpoints
from streams.codec.block import Head, genesis, head_of
from streams.codec.engine import engine
from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord
from streams.lane.errors import LedgerError
from streams.lane.ledger import read_head
from streams.lane.machine import Machine
from streams.lane.restore import Log, opened_logs
from streams.lane.surroundings import Surroundings
from streams.lane.transaction import Transactions

LEDGER: Final = "ledger"


def ledger_record(around: Surroundings, lane: int, data: bytes) -> OutputRecord:
    """A block as a record; its timestamp is the wall clock's and means nothing to outcomes."""
    return OutputRecord(LEDGER, str(lane).encode(), data, around.now(), ())


async def restored(around: Surroundings, lane: int, machine: Machine, transactions: Transactions) -> tuple[Head, int]:
    """Fills `machine` from the changelog; returns where the ledger stands and the number of records restored.

    `transactions` must have been started: only then nobody else writes to these logs any more.
    """
    partitions = [TopicPartition(around.topics[name], lane) for name in (LEDGER, CHANGELOG)]
    async with opened_logs(around.client, partitions, around.settings.restore_stall_s) as (ledger, changelog):
        head = await read_head(ledger, lane, around.ground)
        count = await _fill(machine, changelog, lambda left: around.observer.restoring(lane, left))
    if head is None:
        if count:
            raise LedgerError(f"lane {lane}: the ledger is empty, but its table has {count} records: it was deleted")
        head = await _begun(around, lane, transactions)
    machine.ready(head.clock)
    return head, count


async def _fill(machine: Machine, changelog: Log, tell: Callable[[int], None]) -> int:
    count = 0
    tell(changelog.end - changelog.start)
    async for rows in changelog.read(changelog.start):
        for row in rows:
            machine.restore(row.key, row.value)
        count += len(rows)
        tell(changelog.end - rows[-1].offset - 1)
        await failpoints.reach("restore")
    tell(0)
    return count


async def _begun(around: Surroundings, lane: int, transactions: Transactions) -> Head:
    data = genesis(lane, around.ground, engine())
    await transactions.write({around.topics[LEDGER]: [ledger_record(around, lane, data)]})
    return head_of(data)
