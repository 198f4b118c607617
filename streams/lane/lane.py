"""One partition's life: from fencing its predecessor to its last block.

A lane owns the accounts of its partition. It takes what waits, in the order of truth, applies it in the pure machine,
and writes outputs, state and the block that seals them in one transaction. It repairs nothing: whatever goes wrong ends
the process, and a successor restores what was committed.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

from schemas.topics import SOURCE_ORDER
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.records import SourceRecord
from streams.lane.fetch import Slice
from streams.lane.inbox import Inbox
from streams.lane.machine import Applied
from streams.lane.observer import Committed
from streams.lane.opening import LEDGER, ledger_record, restored
from streams.lane.states import State, moved
from streams.lane.surroundings import Surroundings
from streams.lane.transaction import Transactions

# What a lane applies before others get their turn: about 20 ms, short for their commits and the worker's fetching, long
# enough for the machine to do work of one kind together.
_TURN_RECORDS: Final = 512

log = logging.getLogger(__name__)


class Lane:
    """The lane `number`: `open`, then `start`; `pause` and `start` again around a rebalance; `close` at the end."""

    def __init__(self, number: int, around: Surroundings, inbox: Inbox) -> None:
        self.number = number
        self.inbox = inbox
        self.state = State.NEW
        self.blocks = 0  # committed by this process
        self.records = 0  # applied in them
        self._around = around
        self._machine = around.new_machine(number)
        transactional_id = f"{around.topics[LEDGER]}-{number}"
        self._transactions = Transactions(
            around.client, transactional_id, around.settings.transaction_timeout_s, number
        )
        self._settings_digest = block.settings_digest(around.ground.settings)
        self._seen = -1
        self._stir = asyncio.Event()
        self._quiet = asyncio.Event()  # no block is open
        self._quiet.set()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Fences the predecessor, then restores table and ledger; then the lane is paused and knows its positions."""
        began = time.monotonic()
        self._move(State.FENCING)
        await self._transactions.start()
        self._move(State.RESTORING)
        self._head, count = await restored(self._around, self.number, self._machine, self._transactions)
        self._next = {name: self._head.positions.get(name, 0) for name in SOURCE_ORDER}
        self._move(State.PAUSED)
        self._task = asyncio.create_task(self._run(), name=f"lane-{self.number}")
        seconds = time.monotonic() - began
        self._around.observer.opened(self.number, seconds)
        log.info(
            "lane %d: open after block %d, %d records restored, %.2f s", self.number, self._head.block, count, seconds
        )

    @property
    def committed(self) -> Mapping[str, int]:
        """The next offset of each source after the last committed block; sources never read are left out."""
        return self._head.positions

    @property
    def clock(self) -> int:
        """The lane's clock at the end of the last committed block, ms."""
        return self._head.clock

    @property
    def next_offsets(self) -> Mapping[str, int]:
        """The offset of each source to fetch from: what the open block has taken is not fetched again."""
        return self._next

    def start(self) -> None:
        """Lets blocks begin (again): the inbox's sources have been told where they stand."""
        if self.state is State.PAUSED:
            self._move(State.RUNNING)
        self.stir()

    def stir(self) -> None:
        """Something has arrived: look whether there is work."""
        self._stir.set()

    def broadcast(self, name: str, piece: Slice) -> None:
        """Takes a slice of a broadcast topic in."""
        self.inbox.broadcast(name, piece)
        self.stir()

    def wanted(self, name: str) -> int | None:
        """The offset of a broadcast topic that this lane needs next, None while it has enough."""
        return self.inbox.wanted(name)

    def stalled_on(self) -> str | None:
        """The sources that the lane waits for though they have more, if nothing at all has come since the last look."""
        seen, self._seen = self._seen, self.inbox.progress
        waiting = self.state is State.RUNNING and not self.inbox.ready and not self.inbox.idle
        return ", ".join(self.inbox.blocking) if waiting and seen == self._seen else None

    async def pause(self) -> None:
        """Begins no further block, and returns when the open one is committed."""
        if self.state is State.RUNNING:
            self._move(State.PAUSED)
        await self._quiet.wait()

    async def close(self) -> None:
        """Finishes the open block and disconnects."""
        if self._task is None:
            self._move(State.CLOSED)
        else:
            self._move(State.DRAINING)
            self.stir()
            await self._task
        await self._transactions.stop()

    def _move(self, wanted: State) -> None:
        self.state = moved(self.state, wanted)

    async def _run(self) -> None:
        try:
            while await self._work():
                what = f"lane {self.number}: block {self._head.block + 1}"
                self._quiet.clear()
                with self._around.watchdog.within(self._around.settings.block_deadline_s, what):
                    await self._block()
                self._quiet.set()
            self._move(State.CLOSED)
        except BaseException as error:  # noqa: BLE001 - asserts and cancellations too: the outcome is unknown
            self.state = State.FAILED
            self._around.end(f"lane {self.number} failed after block {self._head.block}", error)

    async def _work(self) -> bool:
        """Waits until a block can begin; False: none will."""
        while True:
            self._stir.clear()
            if self.state is State.DRAINING:
                return False
            wait_s = self._seconds_to_work() if self.state is State.RUNNING else None
            if wait_s is not None and wait_s <= 0:
                return True
            try:
                async with asyncio.timeout(wait_s):
                    await self._stir.wait()
            except TimeoutError:
                pass  # a timer may be due

    def _seconds_to_work(self) -> float | None:
        """0: a block can begin; None: only an arrival can bring work."""
        if self._machine.pending or self.inbox.ready:
            return 0
        due = self._machine.next_due
        if due is None or not self.inbox.idle or not self._around.live_clock:
            return None
        return (due + self._around.ground.settings.grace_ms - self._around.now()) / 1000

    async def _block(self) -> None:
        began, now = time.monotonic(), self._around.now()
        admit_until = now + self._around.ground.settings.future_ms
        self._machine.open_block(admit_until)
        records = await self._apply(now)
        applied = self._machine.close_block()
        data = block.build(
            self._head,
            engine(),
            self._settings_digest,
            records,
            applied.outputs,
            clock=applied.clock,
            admit_until=admit_until,
            cursor=applied.cursor,
            activations=applied.activations,
        )
        built = time.monotonic()
        await self._commit(applied, data)
        self._head = block.head_of(data)
        self.blocks += 1
        self.records += len(records)
        done = time.monotonic()
        self._around.observer.committed(Committed(self.number, records, applied.outputs, built - began, done - built))

    async def _apply(self, now: int) -> list[SourceRecord]:
        """Applies what waits and returns it; with nothing waiting lets time pass instead."""
        if self._machine.pending:
            self._machine.tick(self._head.clock)
            return []
        settings = self._around.settings
        records = self.inbox.take(settings.block_records, settings.block_bytes)
        if not records:
            self._machine.tick(now)
            return []
        for record in records:
            self._next[record.topic] = record.offset + 1
        count = await self._apply_all(records)
        self._put_back(records[count:])
        return records[:count]

    async def _apply_all(self, records: list[SourceRecord]) -> int:
        for count in range(0, len(records), _TURN_RECORDS):
            portion = records[count : count + _TURN_RECORDS]
            applied = self._machine.apply(portion)
            if applied < len(portion):
                return count + applied
            await asyncio.sleep(0)
        return len(records)

    def _put_back(self, records: list[SourceRecord]) -> None:
        for record in reversed(records):
            self._next[record.topic] = record.offset
        self.inbox.give_back(records)

    async def _commit(self, applied: Applied, data: bytes) -> None:
        topics = self._around.topics
        rows = {topics[name]: applied.outputs[name] for name in block.OUTPUTS if applied.outputs.get(name)}
        unknown = set(applied.outputs) - set(block.OUTPUTS)
        assert not unknown, f"outputs of no known topic: {unknown}"
        async with self._around.slots:
            await self._transactions.write({**rows, topics[LEDGER]: [ledger_record(self._around, self.number, data)]})
