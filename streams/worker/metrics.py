"""A worker's figures for Prometheus, counted once per committed block from what the block took in and put out.

Nothing here is personal: labels are lane numbers, event types, products and codes, all from closed sets.
"""

import logging
import re
from collections import Counter as Tally
from collections.abc import Collection, Iterable
from importlib.metadata import version
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

from schemas.deadletter import parse_dead_letter
from schemas.errors import Code
from schemas.events import EVENT_TYPES
from schemas.topics import BROADCAST
from streams.codec.engine import engine
from streams.codec.records import OutputRecord, SourceRecord
from streams.lane.observer import Committed
from streams.lane.states import State

OTHER_TYPE: Final = "other"
APPLIED: Final = "applied"
REJECTED: Final = "rejected"
# From a block of one event to one that rides out a broker's restart (its deadline is 45 s by default).
_BLOCK_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 45)
_RESTORE_SECONDS: Final = (0.1, 0.5, 1, 2, 5, 15, 30, 60, 120, 300, 900)
_TYPE: Final = re.compile(rb'"type"\s*:\s*"([a-z_.]+)"').search
_TYPES: Final = {name.encode(): name for name in EVENT_TYPES}

log = logging.getLogger(__name__)


class _Reason(msgspec.Struct):
    code: str


class _Data(msgspec.Struct):
    product: str
    status: str
    reasons: list[_Reason]


class _Status(msgspec.Struct):
    data: _Data


_status: Final = msgspec.json.Decoder(_Status)


class Metrics:
    """The registry of one worker and what it counts. Takes what lanes tell (`streams.lane.observer.Observer`)."""

    def __init__(self, prefix: str, lanes: int) -> None:
        """`prefix` is that of the topics' names, `lanes` the number that all workers together have to run."""
        self._prefix = prefix
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector("eligibility", registry=registry)
        info = Gauge(
            "eligibility_worker_info",
            "1; the versions of this worker",
            ["version", "engine", "tzdata"],
            registry=registry,
        )
        made = engine()
        info.labels(version("eligibility-streams"), made["digest"][:12], made["tzdata"]).set(1)
        self.ready = Gauge("eligibility_worker_ready", "1 when every lane is restored and running", registry=registry)
        self.live = Gauge(
            "eligibility_worker_live", "1 unless a lane or the event loop stands still", registry=registry
        )
        self.rebalances = Counter(
            "eligibility_rebalances", "Assignments of partitions to this worker", registry=registry
        )
        Gauge("eligibility_system_lanes", "Lanes of all workers together", registry=registry).set(lanes)
        self.lanes = Gauge("eligibility_lanes", "Lanes of this worker by state", ["state"], registry=registry)
        for state in State:
            self.lanes.labels(state.value)
        self.lag = Gauge(
            "eligibility_lane_lag_seconds",
            "Time since the instant up to which a lane has surely applied everything; 0 when it has caught up",
            ["lane"],
            registry=registry,
        )
        self.waiting = Gauge(
            "eligibility_lane_waiting_records", "Records fetched and not yet applied", ["lane"], registry=registry
        )
        self.clock = Gauge(
            "eligibility_lane_clock_seconds", "A lane's clock, seconds since the epoch", ["lane"], registry=registry
        )
        self.restore_left = Gauge(
            "eligibility_restore_left_offsets",
            "Offsets of the state's changelog that a lane has yet to read; 0 when it is restored",
            ["lane"],
            registry=registry,
        )
        self.restore_seconds = Histogram(
            "eligibility_restore_seconds",
            "From fencing the predecessor to a restored lane",
            buckets=_RESTORE_SECONDS,
            registry=registry,
        )
        self.events = Counter(
            "eligibility_events",
            "Records of the source topics by event type, applied or rejected; broadcasts are counted by lane 0",
            ["type", "outcome"],
            registry=registry,
        )
        self.dead_letters = Counter("eligibility_dead_letters", "Rejected input by code", ["code"], registry=registry)
        for code in Code:
            self.dead_letters.labels(code.value)
        self.statuses = Counter(
            "eligibility_statuses",
            "Status changes put out by product and new status",
            ["product", "status"],
            registry=registry,
        )
        self.reasons = Counter(
            "eligibility_status_reasons",
            "Reasons in status changes by product",
            ["product", "reason"],
            registry=registry,
        )
        self.uncounted = Counter(
            "eligibility_uncounted_blocks", "Committed blocks that could not be counted", registry=registry
        )
        self.certificates = Gauge(
            "eligibility_certificate_expiry_seconds",
            "When a certificate expires, seconds since the epoch: the client's own, the brokers' earliest",
            ["whose"],
            registry=registry,
        )
        self.blocks = Counter("eligibility_blocks", "Committed blocks", ["lane"], registry=registry)
        self.block_seconds = Histogram(
            "eligibility_block_seconds",
            "Time of a block: apply is the machine, commit the transaction",
            ["phase"],
            buckets=_BLOCK_SECONDS,
            registry=registry,
        )

    def restoring(self, lane: int, offsets_left: int) -> None:
        """A lane reads its table."""
        self.restore_left.labels(str(lane)).set(offsets_left)

    def opened(self, lane: int, seconds: float) -> None:
        """A lane is restored."""
        self.restore_seconds.observe(seconds)

    def closed(self, lane: int) -> None:
        """A lane has gone: its gauges would stand still for ever."""
        for gauge in (self.lag, self.waiting, self.clock, self.restore_left):
            gauge.remove(str(lane))

    def committed(self, block: Committed) -> None:
        """Counts one block. Never raises: the block is committed, whatever its records look like."""
        try:
            self._count(block)
        except Exception as error:  # noqa: BLE001 - figures must not end a worker
            self.uncounted.inc()
            log.warning("lane %d: a block could not be counted: %s", block.lane, type(error).__name__)

    def _count(self, block: Committed) -> None:
        self.blocks.labels(str(block.lane)).inc()
        self.block_seconds.labels("apply").observe(block.applying_s)
        self.block_seconds.labels("commit").observe(block.committing_s)
        letters = [parse_dead_letter(row.headers) for row in block.outputs.get("dead-letters", ())]
        for code, count in Tally(letter.code for letter in letters).items():
            self.dead_letters.labels(code.value).inc(count)
        self._count_events(block, {(letter.topic, letter.partition, letter.offset) for letter in letters})
        self._count_statuses(block.outputs.get("status", ()))

    def _count_events(self, block: Committed, letters: Collection[tuple[str, int, int]]) -> None:
        """A target that stays unknown is rejected long after its record was taken: such a letter is none of these."""
        own = [record for record in block.records if block.lane == 0 or record.topic not in BROADCAST]
        taken = Tally(map(_kind, own))
        places = ((self._prefix + record.topic, record.partition, record.offset) for record in own)
        refused = Tally(_kind(own[n]) for n, place in enumerate(places) if place in letters) if letters else Tally()
        for kind, count in taken.items():
            self.events.labels(kind, APPLIED).inc(count - refused[kind])
        for kind, count in refused.items():
            self.events.labels(kind, REJECTED).inc(count)

    def _count_statuses(self, rows: Iterable[OutputRecord]) -> None:
        seen: dict[tuple[str, ...], int] = {}  # most changes of a block are alike: their labels are looked up once
        for row in rows:
            data = _status.decode(row.value or b"").data
            alike = (data.product, data.status, *[reason.code for reason in data.reasons])
            seen[alike] = seen.get(alike, 0) + 1
        for (product, status, *codes), number in seen.items():
            self.statuses.labels(product, status).inc(number)
            for code in codes:
                self.reasons.labels(product, code).inc(number)


def _kind(record: SourceRecord) -> str:
    """The event's type as it stands in the record, `other` unless it is one of the contract's: labels stay few."""
    for name, content in record.headers:
        if name == "ce_type":
            return _TYPES.get(content or b"", OTHER_TYPE)
    found = _TYPE(record.value or b"")
    return _TYPES.get(found[1], OTHER_TYPE) if found else OTHER_TYPE
