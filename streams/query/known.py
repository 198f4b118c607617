"""What was known of an account at an instant: then, and as it looks with all that came later about that time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from schemas.instants import instant_text
from schemas.policy import PolicyDocument
from schemas.topics import BROADCAST
from streams.codec.framing import read_document
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord
from streams.core.calendar import NEVER
from streams.core.policies import Policies
from streams.core.step import Account
from streams.hindsight import event_of, hindsight
from streams.query.copies import own_copy
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
        return own_copy(self.account)


def known(log: Log, at: int, knowledge: Knowledge = "then", policy: PolicyDocument | None = None) -> Known | None:
    """The account at an instant, None when nothing was known of it.

    "then": the records written by then, in the order in which they were applied. "now": the same in hindsight, late
    events at the time at which they happened, corrected and suppressed ones as later records say (decision 0092).
    """
    # A file's number is no lane; the machine checks that a key belongs to the partition that it came from.
    plain = [record._replace(partition=0) for record in log.records] if log.files else log.records
    records = plain if knowledge == "then" else hindsight(plain, log.partitions, log.settings.future_ms).records
    chosen = [record for record in records if record.timestamp <= at]
    machine = Partition(log.lane, log.partitions, log.settings)
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
    return Known(account, machine.policies, at, pictures, statuses, _by_id(log, plain))


def _by_id(log: Log, plain: Sequence[SourceRecord]) -> dict[str, SourceRecord]:
    """Each event's first record; what breaks the contract brought no event."""
    found: dict[str, SourceRecord] = {}
    for record, asked in zip(log.records, plain, strict=True):
        event = event_of(asked, log.partitions)
        if event is not None and record.topic not in BROADCAST:
            found.setdefault(event.id, record)
    return found


def place_of(record: SourceRecord, log: Log, prefix: str) -> dict[str, Any]:
    """Where a record stands, and the record itself."""
    where: dict[str, Any] = {"topic": prefix + record.topic, "partition": record.partition, "offset": record.offset}
    if log.files:
        where = {"file": log.files[record.partition], "line": record.offset}
    event = read_document(record.value or b"", record.headers)
    return {**where, "recorded_at": instant_text(record.timestamp), "event": event}
