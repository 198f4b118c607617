"""A machine that is obviously right: it counts. For tests of lanes, where what is computed doesn't matter."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord, SourceRecord

GRACE_MS = 2_000
TIMER_MS = 1_000


class Applied(NamedTuple):
    outputs: dict[str, list[OutputRecord]]
    clock: int
    cursor: list[Any] | None
    activations: list[dict[str, Any]]


class CountingMachine:
    """One status for each event: the account's count, the event's place. Broadcasts count for the key `*`.

    The value `timer` sets a timer 1 s after the record, `bad` is rejected, `wide` is one status of 900 kB. `budget`
    records are applied in a block at most.
    """

    def __init__(self, number: int, budget: int = 1 << 30) -> None:
        self.number = number
        self.clock = 0
        self.order: list[tuple[str, int]] = []
        self._budget = budget
        self._left = 0
        self._counts: dict[bytes, int] = {}
        self._due: dict[bytes, int] = {}
        self._touched: set[bytes] = set()
        self._outputs: dict[str, list[OutputRecord]] = {}
        self.admit_until = 0

    def restore(self, key: bytes, value: bytes | None) -> None:
        if value is None:
            self._counts.pop(key, None)
        else:
            count, due = json.loads(value)
            self._counts[key] = count
            if due is not None:
                self._due[key] = due

    def ready(self, clock: int) -> None:
        self.clock = clock

    @property
    def counts(self) -> dict[bytes, int]:
        return dict(self._counts)

    @property
    def next_due(self) -> int | None:
        return min(self._due.values(), default=None)

    @property
    def pending(self) -> bool:
        return self.next_due is not None and self.next_due + GRACE_MS <= self.clock

    def open_block(self, admit_until: int) -> None:
        self.admit_until = admit_until
        self._left = self._budget
        self._outputs = {"status": [], "current": [], "dead-letters": [], CHANGELOG: []}

    def apply(self, records: Sequence[SourceRecord]) -> int:
        return next((place for place, record in enumerate(records) if not self._apply(record)), len(records))

    def _apply(self, record: SourceRecord) -> bool:
        if not self._left or not self.tick(record.timestamp):
            return False
        self._left -= 1
        self.order.append((record.topic, record.offset))
        if record.value == b"bad":
            self._put("dead-letters", record.key, record.value, record.timestamp)
            return True
        key = b"*" if record.topic in ("operations", "policies") else record.key or b"?"
        self._count(
            key, f"{record.topic}/{record.partition}/{record.offset}", record.timestamp, record.value == b"wide"
        )
        if record.value == b"timer":
            self._due[key] = record.timestamp + TIMER_MS
        return True

    def tick(self, clock: int) -> bool:
        self.clock = max(self.clock, clock)
        for due, key in sorted((due, key) for key, due in self._due.items()):
            if due + GRACE_MS > self.clock:
                break
            if not self._left:
                return False
            self._left -= 1
            del self._due[key]
            self._count(key, f"timer/{due}", due)
        return True

    def close_block(self) -> Applied:
        for key in sorted(self._touched):
            self._put(CHANGELOG, key, json.dumps([self._counts[key], self._due.get(key)]).encode(), self.clock)
        self._touched.clear()
        return Applied(self._outputs, self.clock, [self.clock] if self.pending else None, [])

    def _count(self, key: bytes, cause: str, at: int, wide: bool = False) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1
        self._touched.add(key)
        value = json.dumps([self._counts[key], cause]).encode()
        self._put("status", key, value + b" " * 900_000 if wide else value, at)

    def _put(self, topic: str, key: bytes | None, value: bytes, timestamp: int) -> None:
        self._outputs[topic].append(OutputRecord(topic, key, value, timestamp, ()))
