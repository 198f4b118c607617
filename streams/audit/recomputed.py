"""A lane as its inputs imply it: the pure machine, and the block that it would have made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from schemas.block import Block
from schemas.settings import CoreSettings
from streams.audit.erased import without_letters
from streams.codec import block as blocks
from streams.codec.partition import CHANGELOG, Applied, Partition
from streams.codec.records import SourceRecord
from streams.codec.versions import behaviour_of

_FOREVER: Final = 1 << 53


class Recomputed:
    """One lane's machine, fed block by block. `head` is the block before the next one, as it counts."""

    def __init__(self, lane: int, partitions: int, core: CoreSettings, prefix: str, *, keeps: bool) -> None:
        """`prefix` of the topics' names, as headers show them; `keeps`: the states are asked for at the end."""
        self.core = core
        self.partitions = partitions
        self.machine = Partition(lane, partitions, core, prefix)
        self.states: dict[bytes, bytes] | None = {} if keeps else None
        """What the lane's changelog has come to; the machine's own bytes, held once more by their keys only. None where
        nobody asks for it.
        """
        self.head: blocks.Head | None = None
        self._prefix = prefix
        self._settings = blocks.settings_digest(core)

    def restore(self, rows: Iterable[tuple[bytes, bytes]], head: blocks.Head) -> None:
        """Go on from a checkpoint: its states, and the block that they are of."""
        for key, value in rows:
            self.machine.restore(key, value)
            if self.states is not None:
                self.states[key] = value
        self.machine.ready(head.clock)
        self.head = head

    def follow(self, version: str) -> None:
        """From the next block on by the rules of this engine version; one that isn't known changes nothing."""
        behaviour = behaviour_of(version)
        if behaviour is not None:
            self.machine.follow(behaviour)

    def apply(self, made: Block, records: Sequence[SourceRecord]) -> Applied:
        """What a block's records and clock imply."""
        machine = self.machine
        machine.open_block(made.admit_until)
        count = machine.apply(records)
        # A block that ended inside an instant may have come to it by a record that it then did not take.
        if not records or (count == len(records) and made.clock > machine.clock):
            machine.tick(made.clock)
        applied = machine.close_block()
        if count < len(records):  # only where the state or the block isn't what it was: the rest counts all the same
            self._rest(records[count:], applied)
        without_letters(applied.outputs, records, self._prefix)
        self._keep(applied)
        return applied

    def build(self, made: Block, engine: Mapping[str, str], records: Sequence[SourceRecord], applied: Applied) -> bytes:
        """The block that an engine would have made of them."""
        assert self.head is not None, "a block stands behind another one"
        return blocks.build(
            self.head,
            engine,
            self._settings,
            records,
            applied.outputs,
            clock=applied.clock,
            admit_until=made.admit_until,
            cursor=applied.cursor,
            activations=applied.activations,
        )

    def _rest(self, records: Sequence[SourceRecord], applied: Applied) -> None:
        while records:
            self.machine.open_block(_FOREVER)
            records = records[self.machine.apply(records) :]
            for name, rows in self.machine.close_block().outputs.items():
                applied.outputs[name] += rows

    def _keep(self, applied: Applied) -> None:
        if self.states is None:
            return
        for row in applied.outputs[CHANGELOG]:
            assert row.key is not None, "a state has a key"
            if row.value is None:
                self.states.pop(row.key, None)
            else:
                self.states[row.key] = row.value
