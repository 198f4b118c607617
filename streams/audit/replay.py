"""Replay of event files without any Kafka: the same values as through it (semantics T1a, T9, E10)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

import orjson

from schemas.deadletter import DeadLetter, dead_letter, parse_dead_letter
from schemas.errors import ContractError
from schemas.events import EVENT_TYPES
from schemas.instants import parse_instant
from schemas.policy import PolicyDocument, parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec.decode import decode
from streams.codec.partition import Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.core.calendar import NEVER

BLOCK_RECORDS: Final = 2_000
_ORDER: Final = {name: place for place, name in enumerate(SOURCE_ORDER)}


class Line(NamedTuple):
    """One event of a file: where it stands, and its bytes."""

    file: str
    number: int
    value: bytes


class Refused(NamedTuple):
    """A line that isn't an event, or one that was rejected: what its dead letter says."""

    line: Line
    code: str
    field: str
    message: str


@dataclass(slots=True)
class Replay:
    """A replay's input and what became of it: records applied of those up to its end, statuses put out so far."""

    records: int = 0
    records_in_all: int = 0
    later: int = 0
    """Records after the end."""
    statuses: int = 0
    availability: list[bytes] = field(default_factory=list)
    """What the topic `availability` would have got, in order (canonical bytes)."""
    _lines: list[Line] = field(default_factory=list)
    _letters: list[DeadLetter] = field(default_factory=list)

    @property
    def refused(self) -> list[Refused]:
        """What was refused so far, in the order of the files."""
        letters = sorted(self._letters, key=lambda letter: letter.offset)
        return [Refused(self._lines[each.offset], each.code, each.field, each.message) for each in letters]

    def run(
        self,
        lines: Iterable[Line],
        policy: PolicyDocument | None,
        until: int | None,
        progress: Callable[[], object] = lambda: None,
    ) -> Iterator[bytes]:
        """Status events (canonical bytes) ordered by (instant, account id, product order).

        The policy is in force from its effective_from. Records up to `until` (ms; default the last record's) are
        applied, then every timer up to it fires. `progress` is called after each block.
        """
        ordered = self._sorted(lines)
        end = until if until is not None else max((record.timestamp for record in ordered), default=0)
        # Without grace, timers fire in the order of instants, so that the output needs no sorting as a whole.
        partition = Partition(0, 1, CoreSettings(grace_ms=0))
        if policy is not None:
            partition.install(policy)
        waiting: list[OutputRecord] = []
        for rows in self._blocks(partition, ordered, end):
            progress()
            waiting += rows
            if waiting:
                yield from self._release(waiting, waiting[-1].timestamp, partition)
        yield from self._release(waiting, NEVER, partition)

    def _blocks(self, partition: Partition, ordered: list[SourceRecord], end: int) -> Iterator[list[OutputRecord]]:
        """Apply all records up to the end, then settle it; status rows a block."""
        ends = bisect_right(ordered, end, key=lambda record: record.timestamp)
        self.records_in_all, self.later = ends, len(ordered) - ends
        place, settled = 0, False
        while not settled:
            partition.open_block(NEVER)
            place += partition.apply(ordered[place : min(place + BLOCK_RECORDS, ends)])
            settled = place == ends and partition.settle(end)
            outputs = partition.close_block().outputs
            self.records = place
            self._letters += [parse_dead_letter(row.headers) for row in outputs["dead-letters"]]
            self.availability += [row.value or b"" for row in outputs["availability"]]
            yield outputs["status"]

    def _sorted(self, lines: Iterable[Line]) -> list[SourceRecord]:
        """Records by time, ties by topic order, then file and line (semantics T1a). A record's offset is its line."""
        self._lines = list(lines)
        keys: dict[bytes, bytes] = {}
        found = []
        for offset, line in enumerate(self._lines):
            record = self._record(line, offset, keys)
            if record is not None:
                found.append(record)
        found.sort(key=lambda record: (record.timestamp, _ORDER[record.topic]))
        return found

    def _record(self, line: Line, offset: int, keys: dict[bytes, bytes]) -> SourceRecord | None:
        """The record of a line; `keys` holds each account's key once, whatever the number of its lines."""
        try:
            document = orjson.loads(line.value)
            kind, subject = EVENT_TYPES[document["type"]], document["subject"].encode()
            recorded = document.get("recordedtime")
            timestamp = parse_instant(document["time"] if recorded is None else recorded)
            return SourceRecord(kind.topic, 0, offset, timestamp, keys.setdefault(subject, subject), line.value, ())
        except (ValueError, TypeError, AttributeError, KeyError):
            self._refuse(SourceRecord(_topic_of(line.value), 0, offset, 0, b"", line.value, ()))
            return None

    def _refuse(self, record: SourceRecord) -> None:
        """What decoding says of a line from which no record can be made."""
        try:
            decode(record, 1)
        except ContractError as error:
            self._letters.append(dead_letter(error, record.topic, record.partition, record.offset))
        else:
            raise AssertionError("what decodes has a type, a subject and a time")

    def _release(self, waiting: list[OutputRecord], before: int, partition: Partition) -> Iterator[bytes]:
        """Put out what lies before an instant, in order; the rest goes on waiting."""
        ready = [row for row in waiting if row.timestamp < before]
        waiting[:] = [row for row in waiting if row.timestamp >= before]
        ready.sort(key=lambda row: (row.timestamp, row.key))
        self.statuses += len(ready)
        for _, together in groupby(ready, key=lambda row: (row.timestamp, row.key)):
            values = [row.value or b"" for row in together]
            if len(values) > 1:  # stable, so that each product's sequence stays in order
                values.sort(key=lambda value: partition.product_order(orjson.loads(value)["data"]["product"]))
            yield from values


def replay_events(
    events: Iterable[dict[str, Any]], policy: dict[str, Any] | PolicyDocument | None, until: int | None = None
) -> list[dict[str, Any]]:
    """The status events of events given as dicts, under a policy given as a document or its plain values."""
    document = parse_policy(policy) if isinstance(policy, dict) else policy
    lines = (Line("", number, orjson.dumps(event)) for number, event in enumerate(events, 1))
    return [orjson.loads(value) for value in Replay().run(lines, document, until)]


def _topic_of(value: bytes) -> str:
    """The topic that a line's type belongs to, as far as it can be told."""
    try:
        return EVENT_TYPES[orjson.loads(value)["type"]].topic
    except (ValueError, TypeError, KeyError):
        return next(name for name in SOURCE_ORDER if name not in BROADCAST)
