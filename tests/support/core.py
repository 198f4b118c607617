"""Small histories run through a lane's machine, and what is told of them in one line each.

`told` gives a status event as "2025-01-11 LIMITED r=1/0": its time, status and reasons, each as rule=observed/limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import orjson

from schemas.deadletter import DeadLetter, parse_dead_letter
from schemas.events import EVENT_TYPES
from schemas.instants import parse_instant
from schemas.policy import PolicyDocument, parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.audit.replay import replay_events
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG, Applied, Partition
from streams.codec.records import Headers, OutputRecord, SourceRecord
from streams.codec.state import unpack
from streams.core.state import AccountState
from tests.support.events import ACCOUNT, Event, ms, short

Document = dict[str, Any]
Status = dict[str, Any]

EVER = 1 << 52
RESTARTS_MAX = 40


# Policies


def rule(id: str, fact: str, effect: str = "LIMITED", reason: str = "POL-03", **more: Any) -> Document:
    """A rule on one fact; `for_`, `from_` and the like without their underscore."""
    return {"id": id, "fact": fact, "else": effect, "reason": reason} | _plain(more)


def composite(id: str, effect: str = "LIMITED", reason: str = "POL-03", **more: Any) -> Document:
    """A rule of several facts: `any_` or `all_`."""
    return {"id": id, "else": effect, "reason": reason} | _plain(more)


def limit(fact: str, **more: Any) -> Document:
    return {"fact": fact} | more


def product(*rules: Document, provider: str = "lender", **more: Any) -> Document:
    return {"name": {"zh": "甲", "en": "A"}, "provider": provider, "rules": list(rules)} | more


def policy(*rules: Document, products: Document | None = None, **more: Any) -> Document:
    """A policy of one product `a`, or of `products`; in UTC, in force from 2020 on."""
    return {
        "policy": "p",
        "version": 1,
        "motive": "test",
        "effective_from": "2020-01-01T00:00:00Z",
        "zone": "UTC",
        "products": products or {"a": product(*rules)},
    } | more


def digest(document: Document) -> str:
    return parse_policy(document).digest


def _plain(fields: Document) -> Document:
    return {name.rstrip("_"): value for name, value in fields.items()}


# What is told


def told(statuses: Iterable[Status], *show: str) -> list[str]:
    """One line for each status event; the product is named where there are several."""
    statuses = list(statuses)
    names = {status["data"]["product"] for status in statuses}
    return [_line(status, len(names) > 1, show) for status in statuses]


def _line(status: Status, named: bool, show: Sequence[str]) -> str:
    data = status["data"]
    words = [short(parse_instant(status["time"]))]
    if named:
        words.append(data["product"])
    words.append(data["status"])
    words += [_reason(reason, show) for reason in data["reasons"]]
    words += [f"{name}:{_shown(data, name)}" for name in show if name not in _OF_REASONS]
    return " ".join(words)


_OF_REASONS = ("code", "since", "clears", "evidence", "unit", "fact", "values")


def _reason(reason: Document, show: Sequence[str]) -> str:
    text = f"{reason['rule'] or '?'}={_value(reason['observed'])}/{_value(reason['limit'])}"
    details = {
        "code": reason["code"],
        "since": _instant(reason["since"]),
        "clears": _instant(reason["clears_at"]),
        "evidence": "+".join(reason["evidence"]) + (f"+{more}" if (more := reason["evidence_more"]) else ""),
        "unit": _value(reason["unit"]),
        "fact": _value(reason["fact"]),
        "values": ",".join(f"{name}={value}" for name, value in sorted(reason["values"].items())),
    }
    extra = ";".join(details[name] for name in show if name in _OF_REASONS)
    return f"{text}[{extra}]" if extra else text


def _shown(data: Document, name: str) -> str:
    value: Any = data.get(name)
    match name:
        case "next":
            change = data["next_change"]
            return f"{_instant(change['at'])},{change['status']},{change['because']}" if change else "-"
        case "cause":
            cause = data["cause"]
            return f"{cause['kind']},{cause['event_id']}" if cause["event_id"] else str(cause["kind"])
        case "alternatives":
            return ",".join(each["product"] for each in data["alternatives"]) or "-"
        case "changed":
            return ",".join(data["changed"])
        case "terms":
            return ",".join(f"{name}={_value(each)}" for name, each in sorted(data["terms"].items()))
        case "policy":
            return str(data["policy"]["version"])
        case "recorded_at":
            return _instant(str(value))
    return _value(value)


def _instant(text: str | None) -> str:
    return "-" if text is None else short(parse_instant(text))


def _value(value: Any) -> str:
    return "-" if value is None else orjson.dumps(value).decode().strip('"')


# A lane by hand


class Lane:
    """One lane's machine, fed record by record; it keeps everything that came out."""

    def __init__(
        self,
        policy: Document | PolicyDocument | None = None,
        settings: CoreSettings | None = None,
        number: int = 0,
        partitions: int = 1,
    ) -> None:
        self.settings = settings or CoreSettings()
        self.number, self.partitions = number, partitions
        self.machine = Partition(number, partitions, self.settings, "t.")
        self.policy = parse_policy(policy) if isinstance(policy, dict) else policy
        if self.policy is not None:
            self.machine.install(self.policy)
        self.sources: list[SourceRecord] = []
        names = ("status", "current", "availability", "dead-letters", CHANGELOG)
        self.outputs: dict[str, list[OutputRecord]] = {name: [] for name in names}
        self.blocks: list[Applied] = []
        self._offsets: dict[str, int] = {}
        self._places = 0

    def feed(self, *events: Event) -> Self:
        """Each event in a block of its own, in the order given."""
        for event in events:
            self._places += 1
            self.records([self.record(event, self._places)])
        return self

    def together(self, *events: Event) -> Self:
        """All events in one block, in the order given."""
        records = []
        for event in events:
            self._places += 1
            records.append(self.record(event, self._places))
        return self.records(records)

    def records(self, records: Sequence[SourceRecord], admit_until: int = EVER) -> Self:
        """Records in as few blocks as the budget allows."""
        self.sources += records
        while records:
            self.machine.open_block(admit_until)
            applied = self.machine.apply(records)
            self._close()
            records = records[applied:]
        return self

    def tick(self, at: str) -> Self:
        """Move the clock, in as many blocks as it needs."""
        while True:
            self.machine.open_block(EVER)
            done = self.machine.tick(ms(at))
            self._close()
            if done:
                return self

    def restart(self) -> Self:
        """A new machine from the changelog alone, as after a crash between two blocks."""
        clock = self.machine.clock
        self.machine = Partition(self.number, self.partitions, self.settings, "t.")
        for row in self.outputs[CHANGELOG]:
            assert row.key is not None
            self.machine.restore(row.key, row.value)
        self.machine.ready(clock)
        return self

    def record(self, event: Event, place: int) -> SourceRecord:
        """The record of an event in its topic."""
        value = orjson.dumps(event.document(place))
        return self.raw(event.recorded, event.account.encode(), value, EVENT_TYPES[event.type].topic)

    def raw(
        self, at: int, key: bytes | None, value: bytes | None, topic: str = "inquiries", headers: Headers = ()
    ) -> SourceRecord:
        """Any record, with the topic's next offset."""
        offset = self._offsets[topic] = self._offsets.get(topic, -1) + 1
        partition = 0 if topic in BROADCAST or key is None else partition_of(key.decode(), self.partitions)
        return SourceRecord(topic, partition, offset, at, key, value, headers)

    def state(self, account: str = ACCOUNT) -> tuple[AccountState, int]:
        """An account's stored state, and when it is due next."""
        rows = [row.value for row in self.outputs[CHANGELOG] if row.key == account.encode()]
        return unpack(rows[-1] or b"")

    def _close(self) -> None:
        applied = self.machine.close_block()
        for topic, rows in applied.outputs.items():
            self.outputs[topic] += rows
        self.blocks.append(applied)

    @property
    def statuses(self) -> list[Status]:
        return [orjson.loads(row.value or b"") for row in self.outputs["status"]]

    @property
    def currents(self) -> list[Status]:
        return [orjson.loads(row.value or b"") for row in self.outputs["current"]]

    @property
    def letters(self) -> list[DeadLetter]:
        return [parse_dead_letter(row.headers) for row in self.outputs["dead-letters"]]

    def told(self, *show: str) -> list[str]:
        return told(self.statuses, *show)

    def rejected(self) -> list[str]:
        """One line for each dead letter: code and field."""
        return [f"{letter.code} {letter.field}" for letter in self.letters]


# Rows of a table


class Row(NamedTuple):
    """A decision, a history under a policy, and what is told of it. `show` names what else of a status is looked at."""

    id: str
    policy: Document
    events: Sequence[Event]
    expected: Sequence[str]
    until: str | None = None
    show: Sequence[str] = ()


def check(row: Row) -> None:
    """The history gives what is expected: as a file, and as a lane that restarts between any two of its records."""
    lines = told(run(row.policy, row.events, row.until), *row.show)
    assert lines == list(row.expected), "came:\n" + "\n".join(lines) + "\nexpected:\n" + "\n".join(row.expected)


def run(document: Document | None, events: Sequence[Event], until: str | None = None) -> list[Status]:
    """The status events of a history; fails where a lane that restarts after each block, mostly of one record,
    says otherwise."""
    documents = [event.document(place) for place, event in enumerate(events, 1)]
    statuses = replay_events(documents, document, None if until is None else ms(until))
    end = ms(until) if until is not None else max(event.recorded for event in events)
    lane = Lane(document, CoreSettings(grace_ms=0))
    lane.tick("1970-01-01")
    order = {name: place for place, name in enumerate(SOURCE_ORDER)}
    numbered = [(event, place) for place, event in enumerate(events, 1) if event.recorded <= end]
    numbered.sort(key=lambda each: (each[0].recorded, order[EVENT_TYPES[each[0].type].topic]))
    size = 1 + len(numbered) // RESTARTS_MAX
    for first in range(0, len(numbered), size):
        lane.restart().records([lane.record(event, place) for event, place in numbered[first : first + size]])
    lane.restart()
    while True:
        lane.machine.open_block(EVER)
        settled = lane.machine.settle(end)
        lane._close()
        if settled:
            break
    assert by_product(lane.statuses) == by_product(statuses), "a lane that restarts says otherwise"
    return statuses


def by_product(statuses: Iterable[Status]) -> dict[str, list[Status]]:
    """Status events by account and product, each checked to count from 1 without holes."""
    found: dict[str, list[Status]] = {}
    for status in statuses:
        data = status["data"]
        rows = found.setdefault(f"{data['account_id']}/{data['product']}", [])
        rows.append(status)
        assert data["sequence"] == len(rows), "sequences count from 1 without holes"
    return found


def names(rows: Sequence[Row]) -> list[str]:
    return [row.id for row in rows]
