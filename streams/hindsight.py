"""Records as they would have come had everything been known in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import orjson

from schemas.errors import ContractError
from schemas.event import Event
from schemas.instants import instant_text
from schemas.topics import SOURCE_ORDER
from streams.codec.decode import decode
from streams.codec.framing import read_document
from streams.codec.records import SourceRecord

_ORDER: Final = {name: place for place, name in enumerate(SOURCE_ORDER)}
_ABOUT: Final = {"fact.corrected": "corrects", "fact.suppressed": "suppresses"}


class Fact(NamedTuple):
    """An event that was not known in time: why, and when it was learnt of (ms)."""

    event_id: str
    why: str
    recorded_at: int


class Hindsight(NamedTuple):
    """The records in the order of what happened, and what was not known in time, by account."""

    records: list[SourceRecord]
    facts: dict[str, list[Fact]]


def hindsight(records: Sequence[SourceRecord], partitions: int, late_ms: int) -> Hindsight:
    """What the records, in the order of their application, would have been.

    An event that was recorded more than `late_ms` after its time stands at its time. One that was corrected says the
    right data from its begin. A suppression stands with what it is about, and takes effect from its own `from`, else
    its own time. What people decide, and policies, stay where they are: nobody had decided before.
    """
    events = [(record, event_of(record, partitions)) for record in records]
    said = _said(event for _, event in events if event is not None)
    times = {(event.subject, event.id): _time(record, event, late_ms) for record, event in events if event is not None}
    found: list[SourceRecord] = []
    facts: dict[str, list[Fact]] = {}
    for record, event in events:
        if event is None:
            found.append(record)
            continue
        why, moved = _as_it_was(record, event, said, times, late_ms, partitions)
        if why:
            facts.setdefault(event.subject, []).append(Fact(_about(event), why, record.timestamp))
        if moved is not None:
            found.append(moved)
    found.sort(key=lambda record: (record.timestamp, _ORDER[record.topic]))
    return Hindsight(found, facts)


def is_late(record: SourceRecord, event: Event, late_ms: int) -> bool:
    """Whether an event was learnt of late: policies, the clock and what people decide are in force when they come."""
    if record.topic in ("policies", "reviews") or event.type == "clock.advanced":
        return False
    return record.timestamp - event.time > late_ms


def event_of(record: SourceRecord, partitions: int) -> Event | None:
    """The event of a record, None where it breaks the contract."""
    try:
        return decode(record, partitions)
    except ContractError:
        return None


def is_said_of_another(event: Event) -> bool:
    """Whether it corrects or suppresses an event."""
    return event.type in _ABOUT


def _about(event: Event) -> str:
    """The id of the event that this one is about, mostly itself."""
    name = _ABOUT.get(event.type)
    return event.id if name is None else str(getattr(event.data, name))


def _said(events: Iterable[Event]) -> dict[tuple[str, str, str], Event]:
    """The newest correction and suppression of each event, by account, event id and type (semantics M14)."""
    said: dict[tuple[str, str, str], Event] = {}
    for event in events:
        if event.type in _ABOUT:
            key = event.subject, _about(event), event.type
            known = said.get(key)
            if known is None or (event.time, event.id) > (known.time, known.id):
                said[key] = event
    return said


def _time(record: SourceRecord, event: Event, late_ms: int) -> int:
    return event.time if is_late(record, event, late_ms) else record.timestamp


def _as_it_was(
    record: SourceRecord,
    event: Event,
    said: dict[tuple[str, str, str], Event],
    times: dict[tuple[str, str], int],
    late_ms: int,
    partitions: int,
) -> tuple[str, SourceRecord | None]:
    """Why a record was not known in time, empty where it was, and what stands in its place."""
    if event.type in _ABOUT:
        time = times.get((event.subject, _about(event)))
        if time is None:  # about nothing that came: a dead letter, sooner or later
            return "", record
        if event.type == "fact.corrected":
            return "corrected", None
        is_newest = said[event.subject, _about(event), event.type] is event
        return "suppressed", _suppressed(record, event, time) if is_newest else None
    time = times[event.subject, event.id]
    moved = record._replace(timestamp=time)
    correction = said.get((event.subject, event.id, "fact.corrected"))
    right = None if correction is None else _with_data(moved, correction.data.data)
    if right is not None and event_of(right, partitions) is not None:
        moved = right
    return "late" if is_late(record, event, late_ms) else "", moved


def _suppressed(record: SourceRecord, event: Event, time: int) -> SourceRecord:
    """A suppression known from the begin, of the same effect."""
    document = read_document(record.value or b"", record.headers)
    data = {"from": instant_text(event.time), **document["data"]}
    return _with_data(record._replace(timestamp=max(time, 0)), data, instant_text(min(event.time, time)))


def _with_data(record: SourceRecord, data: Any, time: str | None = None) -> SourceRecord:
    """The record with other data, in structured mode."""
    document = read_document(record.value or b"", record.headers)
    document = {**document, "data": data} | ({} if time is None else {"time": time})
    return record._replace(value=orjson.dumps(document), headers=())
