"""What was known of an account at an instant: then, and as it looks with all that came later about that time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from schemas.errors import ContractError
from schemas.event import Event
from schemas.instants import instant_text
from schemas.policy import PolicyDocument
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST
from streams.codec.decode import decode
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord
from streams.codec.state import pack, unpack
from streams.core.calendar import NEVER, Zone, zone
from streams.core.facts.base import last_of
from streams.core.policies import Policies
from streams.core.step import Account
from streams.query.log import Log

Knowledge = Literal["then", "now"]
KNOWLEDGE: Final[tuple[Knowledge, ...]] = ("then", "now")
BLOCK_RECORDS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Known:
    """An account at an instant (ms): its state, the policies, each product's picture and status events so far."""

    account: Account
    policies: Policies
    at: int
    pictures: dict[str, dict[str, Any]]
    """By product: the last present picture, a CloudEvent."""
    statuses: list[dict[str, Any]]
    """Status events up to the instant, CloudEvents in order."""
    records: dict[str, SourceRecord]
    """By event id: the record that brought it."""

    def own(self) -> Account:
        """A copy of the account to try things with."""
        state, due = unpack(pack(self.account.state, self.account.due))
        return Account(self.account.id, state, due)


def known(log: Log, at: int, knowledge: Knowledge = "then", policy: PolicyDocument | None = None) -> Known | None:
    """The account at an instant, None when nothing was known of it.

    "then": the records written by then, in the order in which they were applied. "now": all events that had happened by
    then, each at the time at which it happened, corrected and suppressed as later records say.
    """
    records = list(log.records)
    partitions, number = log.partitions, log.lane
    # A file's number is no lane; the machine checks that a key belongs to the partition that it came from.
    plain = [record._replace(partition=0) for record in records] if log.files else records
    chosen = [r for r in plain if r.timestamp <= at] if knowledge == "then" else _as_known_now(plain, at, partitions)
    machine = Partition(number, partitions, CoreSettings(grace_ms=0))
    if policy is not None:
        machine.install(policy)
    pictures: dict[str, dict[str, Any]] = {}
    statuses: list[dict[str, Any]] = []
    place, settled = 0, False
    while not settled:
        machine.open_block(NEVER)
        place += machine.apply(chosen[place : place + BLOCK_RECORDS])
        settled = place == len(chosen) and machine.settle(at)
        outputs = machine.close_block().outputs
        statuses += [orjson.loads(row.value or b"") for row in outputs["status"]]
        for row in outputs["current"]:
            picture = orjson.loads(row.value or b"")
            pictures[picture["data"]["product"]] = picture
    account = machine.copy_of(log.account.encode())
    if account is None:
        return None
    return Known(account, machine.policies, at, pictures, statuses, _by_id(records, partitions))


def _by_id(records: Iterable[SourceRecord], partitions: int) -> dict[str, SourceRecord]:
    """Each event's first record; what breaks the contract brought no event."""
    found: dict[str, SourceRecord] = {}
    for record in records:
        event = _event(record, partitions)
        if event is not None and record.topic not in BROADCAST:
            found.setdefault(event.id, record)
    return found


def _event(record: SourceRecord, partitions: int) -> Event | None:
    try:
        return decode(record._replace(partition=0) if partitions == 1 else record, partitions)
    except ContractError:
        return None


def _as_known_now(records: Sequence[SourceRecord], at: int, partitions: int) -> list[SourceRecord]:
    """What had happened by an instant, in the order in which it happened, with what was said of it since."""
    events = [(record, _event(record, partitions)) for record in records]
    said: dict[str, Event] = {}
    for _, event in events:
        if event is not None and event.type in ("fact.corrected", "fact.suppressed"):
            about = event.data.corrects if event.type == "fact.corrected" else event.data.suppresses
            before = said.get(about)
            if before is None or (event.time, event.id) > (before.time, before.id):
                said[about] = event
    found = []
    for record, event in events:
        if event is None or record.topic in BROADCAST:
            found.append(record)
            continue
        moved = record._replace(timestamp=min(record.timestamp, event.time))
        revised = _revised(moved, said.get(event.id), at)
        if revised is not None:
            found.append(revised)
    found = [record for record in found if record.timestamp <= at]
    return sorted(found, key=lambda record: record.timestamp)


def _revised(record: SourceRecord, later: Event | None, at: int) -> SourceRecord | None:
    """A record as a correction or suppression leaves it; None when it no longer counts at the instant."""
    if later is None:
        return record
    if later.type == "fact.suppressed":
        return record if later.data.from_ is not None and at < _begins(later.data.from_) else None
    document = orjson.loads(record.value or b"")
    return record._replace(value=orjson.dumps(document | {"data": later.data.data}))


_UTC: Final[Zone] = zone("UTC")


def _begins(when: Any) -> int:
    """The first instant of a date (in UTC) or instant."""
    return _UTC.start(when.value) if when.kind == "date" else last_of(when, _UTC)


def place_of(record: SourceRecord, log: Log, prefix: str) -> dict[str, Any]:
    """Where a record stands, and the record itself."""
    where: dict[str, Any] = {"topic": prefix + record.topic, "partition": record.partition, "offset": record.offset}
    if log.files:
        where = {"file": log.files[record.partition], "line": record.offset}
    return {**where, "recorded_at": instant_text(record.timestamp), "event": orjson.loads(record.value or b"null")}
