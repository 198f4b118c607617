"""Mistakes planted into the lane and its machine, each of which the simulator must find.

A planted mistake is active while a run is played, not while it is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from schemas.topics import SOURCE_ORDER
from streams.codec import block
from streams.codec import state as blobs
from streams.codec.broadcasts import Broadcasts
from streams.codec.merge import Merge
from streams.codec.partition import CHANGELOG, Applied, Partition
from streams.core.calendar import NEVER
from streams.lane.inbox import Inbox
from streams.lane.opening import restored
from tests.simulation.cluster import Cluster, Transactions

Bug = Callable[[], AbstractContextManager[Any]]

_pack, _product_row, _head_of = blobs.pack, blobs._product_row, block.head_of
_ready, _close_block, _behind = Partition.ready, Partition.close_block, Partition._behind


def _on(target: Any, name: str, replacement: Any) -> Bug:
    return lambda: patch.object(target, name, replacement)


def _deliver_all(self: Inbox, name: str, piece: Any) -> None:
    expected = max(self._merge.position(name), piece.begin)
    self._arrive(name, piece, expected)
    self._merge._flying[self._merge._index[name]] = 0
    self._merge._review(self._merge._index[name])


async def _outputs_first(self: Transactions, records: Mapping[str, Any]) -> None:
    await self._gate(self._lane, "begun")
    outputs = {topic: list(rows) for topic, rows in records.items() if topic != "ledger"}
    self._cluster.commit(self._id, self._epoch, self._lane, outputs)
    await self._gate(self._lane, "sent")
    self._cluster.commit(self._id, self._epoch, self._lane, {"ledger": list(records["ledger"])})
    await self._gate(self._lane, "committed")


def _moved_head(by: int) -> Bug:
    async def moved(*args: Any) -> Any:
        head, count = await restored(*args)
        positions = {name: max(0, at + by) if name == "repayments" else at for name, at in head.positions.items()}
        return replace(head, positions=positions), count

    return lambda: patch("streams.lane.lane.restored", moved)


def _close_without_one(self: Partition) -> Applied:
    applied = _close_block(self)
    accounts = [row for row in applied.outputs[CHANGELOG] if not (row.key or b"").startswith(b"~")]
    if len(accounts) > 1:
        applied.outputs[CHANGELOG].remove(accounts[0])
    return applied


def _pack_without_ids(state: Any, due: int) -> bytes:
    ids, state.ids = state.ids, b""
    try:
        return _pack(state, due)
    finally:
        state.ids = ids


def _row_without_refresh(each: Any) -> tuple[Any, ...]:
    row = _product_row(each)
    return (*row[:6], b"", *row[7:])


def _ready_without_timers(self: Partition, clock: int) -> None:
    _ready(self, clock)
    self._due, self._heap = {}, []


def _tick_without_timers(self: Partition, clock: int) -> bool:
    self.clock = max(self.clock, clock)
    return True


def _same_epoch(self: Cluster, transactional_id: str) -> int:
    self.epochs[transactional_id] = 1
    return 1


def _only_touched(self: Partition, key: bytes, era: int) -> Any:
    return _behind(self, key, era) if key in self._touched else None


def _head_without_hash(data: bytes) -> block.Head:
    return replace(_head_of(data), hash="sha256:" + "0" * 64)


BUGS: Final[Mapping[str, Bug]] = {
    "what was put back is lost": _on(Inbox, "give_back", lambda self, records: None),
    "a source without news holds nothing back": _on(
        Merge, "_review", lambda self, source: self._blocking.discard(source)
    ),
    "ties go by the topics' order backwards": lambda: patch("streams.lane.inbox.SOURCE_ORDER", SOURCE_ORDER[::-1]),
    "slices from before a rebalance are taken": _on(Inbox, "deliver", _deliver_all),
    "a predecessor is not fenced": _on(Cluster, "fence", _same_epoch),
    "outputs go out before their block": _on(Transactions, "write", _outputs_first),
    "a restored clock begins at 0": _on(Partition, "ready", lambda self, clock: _ready(self, 0)),
    "broadcasts are not restored": _on(Broadcasts, "restore", lambda self, key, value: key.startswith(b"~")),
    "a restored position is one too far": _moved_head(1),
    "a restored position is one too near": _moved_head(-1),
    "an account's change is not written": _on(Partition, "close_block", _close_without_one),
    "ids of events are not stored": _on(blobs, "pack", _pack_without_ids),
    "what was last told is stored in part": _on(blobs, "_product_row", _row_without_refresh),
    "timers are not stored": _on(blobs, "pack", lambda state, due: _pack(state, NEVER)),
    "timers are not restored": _on(Partition, "ready", _ready_without_timers),
    "timers that wait are forgotten": _on(Partition, "pending", property(lambda self: False)),
    "timers before a record do not fire": _on(Partition, "tick", _tick_without_timers),
    "a repeated event counts": lambda: patch("streams.core.step.seen", lambda state, key: False),
    "a block forgets the one before it": _on(block, "head_of", _head_without_hash),
    "a full broadcast goes on elsewhere": _on(
        Inbox, "wanted", lambda self, name: self._merge.position(name) + bool(self._merge.position(name))
    ),
    "a full source never goes on": _on(Inbox, "_half_empty", lambda self, name: False),
    "a new policy reaches only accounts in hand": _on(Partition, "_behind", _only_touched),
}
"""By what they do."""
