"""A system's topics as raw record copies, without any Kafka: lanes that merge, cut blocks, tick and seal by themselves.

An honest scribe writes what a lane writes; a dishonest one withholds what it is told to, and seals that as well.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import merge

import orjson

from schemas.instants import instant_text
from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams import messages
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.partition import Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.codec.versions import BEHAVIOURS
from tests.support.core import policy as policy_of
from tests.support.core import product, rule
from tests.support.worlds import records, world

Topics = dict[tuple[str, int], list[SourceRecord]]
PREFIX = "t."
CLUSTER = "cluster-of-the-test"
GRACE_MS = 2_000
FUTURE_MS = 300_000
POLICY = policy_of(
    products={
        "a": product(
            rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
            rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=1),
        ),
        "b": product(rule("missed", "repayment.missed_count", "NOT_OPEN", "REP-03", at_most=0, window="3m")),
    }
)
_ORDER = {name: place for place, name in enumerate(SOURCE_ORDER)}


def sources(seed: int, lanes: int, accounts: int = 4, events: int = 90) -> Topics:
    """The source topics of a random world with a policy in force, some records that are no events, operations."""
    dice = random.Random(f"sources {seed}")
    policy = parse_policy(POLICY)
    found = world(seed, accounts, events).events
    first = records(found[:1])[0].timestamp
    begun = [
        SourceRecord(row.topic, 0, 0, row.timestamp or 0, row.key, row.value, ())
        for row in messages.policy_in_force(policy, first - 600_000)
    ]
    rows = records(found, lanes)
    bad = [
        row._replace(value=dice.choice([b"{", b"[]", b"null"]), headers=(("trace", b"1"),))
        for row in dice.sample(rows, 8)
    ]
    stamps = sorted(dice.sample([row.timestamp for row in rows], 4))
    operations = [
        SourceRecord("operations", 0, 0, at, b"*", _maintenance(number, at), ()) for number, at in enumerate(stamps)
    ]
    topics: Topics = {
        (name, number): [] for name in SOURCE_ORDER for number in range(1 if name in BROADCAST else lanes)
    }
    for row in sorted([*begun, *rows, *bad, *operations], key=lambda row: row.timestamp):
        pile = topics[row.topic, row.partition]
        # Offsets have holes where transactions' markers are.
        offset = pile[-1].offset + dice.choice([1, 1, 1, 2]) if pile else dice.choice([0, 1])
        pile.append(row._replace(offset=offset))
    return topics


def _maintenance(number: int, at: int) -> bytes:
    data = {"window_id": f"w{number}", "from": instant_text(at), "until": instant_text(at + 3_600_000)}
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"m{number}",
            "source": "/t",
            "type": "maintenance.planned",
            "subject": "*",
            "time": instant_text(at),
            "data": data,
        }
    )


@dataclass
class Scribe:
    """Writes one lane. `skips`: records that it passes over; `sleeps`: a tick due at an instant (ms) isn't made;
    `engines`: what makes a block, by its number. `span_ms`: how far apart records may be that it takes together.
    """

    lane: int
    lanes: int
    seed: int = 0
    skips: Callable[[SourceRecord], bool] = lambda record: False
    sleeps: Callable[[int], bool] = lambda due: False
    engines: Callable[[int], Mapping[str, str]] = lambda block: engine()
    core: CoreSettings = field(default_factory=CoreSettings)
    span_ms: int = GRACE_MS
    topics: Topics = field(default_factory=dict)

    def write(self, given: Topics) -> Topics:
        """Ledger and outputs of the lane, from the sources."""
        self._dice = random.Random(f"scribe {self.seed} {self.lane}")
        core = self.core
        self._machine = Partition(self.lane, self.lanes, core, PREFIX)
        self._settings = block.settings_digest(core)
        names = ("ledger", *(name for name in block.OUTPUTS if self.lane == 0 or name != "availability"))
        self.topics = {(name, self.lane): [] for name in names}
        ids = {name: f"id-{name}" for name in (*SOURCE_ORDER, *names)}
        data = block.genesis(self.lane, block.Ground(CLUSTER, ids, self.lanes, core), self.engines(0))
        self._seal(data, 0)
        own = [given[name, 0 if name in BROADCAST else self.lane] for name in SOURCE_ORDER]
        rows = [row for row in merge(*own, key=lambda row: (row.timestamp, _ORDER[row.topic])) if not self.skips(row)]
        while rows:
            self._tick_until(rows[0].timestamp)
            size = self._dice.randint(1, 6)
            together = [row for row in rows[:size] if row.timestamp < rows[0].timestamp + self.span_ms]
            rows = rows[self._block(together) :]
        self._tick_until(max(pile[-1].timestamp for pile in given.values() if pile))
        return self.topics

    def _tick_until(self, at: int) -> None:
        """What a live lane does while nothing comes: a block when something is due."""
        machine = self._machine
        while machine.pending:
            self._block([])
        while (due := machine.next_due) is not None and due + GRACE_MS < at and not self.sleeps(due):
            self._block([], due + GRACE_MS + self._dice.randint(0, 50))

    def _block(self, rows: list[SourceRecord], clock: int = 0) -> int:
        machine = self._machine
        made_by = self.engines(self._head.block + 1)
        machine.follow(BEHAVIOURS[made_by["version"]])
        admit = max(machine.clock, clock, *(row.timestamp for row in rows), 0) + FUTURE_MS
        machine.open_block(admit)
        count = machine.apply(rows)
        if not rows:
            machine.tick(clock)
        applied = machine.close_block()
        data = block.build(
            self._head,
            made_by,
            self._settings,
            rows[:count],
            applied.outputs,
            clock=applied.clock,
            admit_until=admit,
            cursor=applied.cursor,
            activations=applied.activations,
        )
        for found in applied.outputs.values():
            for row in found:
                self._put(row)
        self._seal(data, applied.clock + 20)
        return count

    def _seal(self, data: bytes, at: int) -> None:
        self._put(OutputRecord("ledger", str(self.lane).encode(), data, at, ()))
        self._head = block.head_of(data)

    def _put(self, row: OutputRecord) -> None:
        pile = self.topics[row.topic, self.lane]
        offset = pile[-1].offset + self._dice.choice([1, 1, 1, 2]) if pile else 0
        pile.append(SourceRecord(row.topic, self.lane, offset, row.timestamp, row.key, row.value, row.headers))


def system(seed: int, lanes: int = 2, **scribe: object) -> Topics:
    """All topics of a system whose lanes were written by scribes alike."""
    given = sources(seed, lanes)
    found = dict(given)
    for lane in range(lanes):
        found |= Scribe(lane, lanes, seed, **scribe).write(given)  # type: ignore[arg-type]
    return found
