"""Random worlds for laws: events of several accounts, the life of policies between them, and lanes to play them on."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from schemas.events import EVENT_TYPES
from schemas.policy import load_policy, parse_policy
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams import local
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG, WARM_ACCOUNTS, Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.core.policy.check import check_policy
from streams.reference.calendar import format_instant, parse_instant
from tests.reference import generate

Document = dict[str, Any]
Event = dict[str, Any]
Values = dict[tuple[str, str], list[tuple[int, bytes]]]
"""By account and product: the status events' timestamps and bytes."""

EVER = 1 << 52
DELIVERED = ("default.yaml", "w1.yaml", "taiwan-two-months-late.yaml")
_ORDER = {name: place for place, name in enumerate(SOURCE_ORDER)}


class World(NamedTuple):
    """Events in the order of their record times, and the policy in force from its own begin (None: none)."""

    events: list[Event]
    policy: Document | None

    @property
    def end(self) -> int:
        return max(recorded(event) for event in self.events)


def recorded(event: Event) -> int:
    """An event's record timestamp, ms."""
    return parse_instant(event.get("recordedtime", event["time"]))


def delivered(name: str) -> Document:
    """A policy that comes with the software, in force long before."""
    text = (Path(local.__file__).parent / "policies" / name).read_bytes()
    return load_policy(text).document() | {"effective_from": "2010-01-01T00:00:00Z"}


def world(seed: int, accounts: int = 4, events: int = 100, lives: bool = False) -> World:
    """The world of a seed: mostly a random policy, at times a delivered one; `lives`: policies change on the way."""
    dice = random.Random(f"world {seed}")
    found = generate.history(seed, accounts, events)
    document = generate.policy(seed) if seed % 4 else delivered(dice.choice(DELIVERED))
    if seed % 8 != 1:  # looking ahead over hundreds of review days is slow
        document = {name: value for name, value in document.items() if name != "reviews"}
    if lives:
        found += _lives(document, found, dice)
    return World(sorted(found, key=lambda event: (recorded(event), _ORDER[EVENT_TYPES[event["type"]].topic])), document)


def _lives(document: Document, events: Sequence[Event], dice: random.Random) -> list[Event]:
    """A stricter version proposed, approved and rolled out, a freeze, the clock advanced: all somewhere on the way."""
    times = sorted(dice.choice(events)["recordedtime"] for _ in range(7))
    stricter = _stricter(document, dice)
    name, subject = parse_policy(stricter).digest, stricter["policy"]
    share: dict[str, Any] = {"digest": name, "salt": "salt", "percent": dice.choice([0, "12.5", 50, 100])}
    steps: list[tuple[str, Document, str]] = [
        ("policy.proposed", {"digest": name, "by": "ann", "document": stricter}, subject),
        ("policy.approved", {"digest": name, "by": "bob"}, subject),
        ("policy.rollout_set", share, subject),
        ("policy.activated", {"digest": name, "by": "ann"}, subject),
        ("policy.frozen", {"by": "ann", "reason": "an incident"}, subject),
        ("policy.unfrozen", {"by": "ann", "reason": "it is over"}, subject),
        ("clock.advanced", {"to": times[6]}, "*"),
    ]
    return [
        _event(kind, data, who, at, f"b{n}") for n, ((kind, data, who), at) in enumerate(zip(steps, times, strict=True))
    ]


def _stricter(document: Document, dice: random.Random) -> Document:
    """A further version: some effects stronger, without what the policy check refuses."""
    stricter = parse_policy(document).document() | {"version": 1_000_000}
    for product in stricter["products"].values():
        for rule in product["rules"]:
            rule["else"] = dice.choice(["NOT_OPEN", rule["else"]])
            rule.pop("superseded_by", None)
    former = parse_policy(document)
    while problems := check_policy(parse_policy(stricter), former):
        found = re.match(r"products\.([a-z-]+)\.rules\[(\d+)\]", problems[0].place)
        if found is None:
            stricter.pop("segments", None)
            stricter["segments"] = []
            continue
        del stricter["products"][found[1]]["rules"][int(found[2])]
    return stricter


def _event(kind: str, data: Document, subject: str, at: str, id: str) -> Event:
    envelope = {"specversion": "1.0", "id": id, "source": "/broadcast", "type": kind, "subject": subject}
    return envelope | {"time": at, "recordedtime": at, "data": data}


def advanced(to: int) -> Event:
    """What ends a history for every lane."""
    at = format_instant(to)
    return _event("clock.advanced", {"to": at}, "*", at, f"end-{to}")


def records(events: Iterable[Event], partitions: int = 1) -> list[SourceRecord]:
    """The events' records, in their order, each with its partition's next offset."""
    offsets: dict[tuple[str, int], int] = defaultdict(int)
    found = []
    for event in events:
        topic, subject = EVENT_TYPES[event["type"]].topic, event["subject"]
        partition = 0 if topic in BROADCAST else partition_of(subject, partitions)
        offset = offsets[topic, partition]
        offsets[topic, partition] += 1
        key, value = subject.encode(), orjson.dumps(event)
        found.append(SourceRecord(topic, partition, offset, recorded(event), key, value, ()))
    return found


@dataclass
class Player:
    """One lane that can be cut, restarted and ticked anywhere; it keeps what comes out."""

    policy: Document | None
    number: int = 0
    partitions: int = 1
    settings: CoreSettings = CoreSettings()  # noqa: RUF009  it is frozen
    warm: int = WARM_ACCOUNTS

    def __post_init__(self) -> None:
        self.outputs: list[OutputRecord] = []
        self.machine = Partition(self.number, self.partitions, self.settings, "t.", self.warm)
        if self.policy is not None:
            self.machine.install(parse_policy(self.policy))
        self.close_after(lambda: None)

    def close_after(self, work: Any) -> Any:
        """One block around some work on the machine."""
        self.machine.open_block(EVER)
        result = work()
        for rows in self.machine.close_block().outputs.values():
            self.outputs += rows
        return result

    def apply(self, given: Sequence[SourceRecord]) -> int:
        """One block of these records; how many the budget allowed."""
        applied: int = self.close_after(lambda: self.machine.apply(given))
        return applied

    def tick(self, at: int) -> bool:
        """One block of due timers; False when more of them wait."""
        done: bool = self.close_after(lambda: self.machine.tick(at))
        return done

    def restart(self) -> None:
        """From the changelog alone."""
        clock = self.machine.clock
        self.machine = Partition(self.number, self.partitions, self.settings, "t.", self.warm)
        for row in self.outputs:
            if row.topic == CHANGELOG and row.key is not None:
                self.machine.restore(row.key, row.value)
        self.machine.ready(clock)

    def play(self, given: Sequence[SourceRecord], sizes: Iterable[int], restarts: Iterable[bool]) -> None:
        """All records, in blocks of these sizes, restarting where said; both go on for ever."""
        while given:
            size, again = next(iter(sizes)), next(iter(restarts))  # both are iterators
            if again:
                self.restart()
            given = given[self.apply(given[:size]) :]
        while self.machine.pending:
            self.tick(0)

    def rows(self, topic: str) -> list[OutputRecord]:
        return [row for row in self.outputs if row.topic == topic]

    @property
    def values(self) -> Values:
        return by_product(self.rows("status"))

    @property
    def blobs(self) -> dict[bytes, bytes]:
        """Each account's newest stored state."""
        return {
            row.key or b"": row.value or b"" for row in self.rows(CHANGELOG) if not (row.key or b"").startswith(b"~")
        }


def by_product(rows: Iterable[OutputRecord]) -> Values:
    found: Values = defaultdict(list)
    for row in rows:
        data = orjson.loads(row.value or b"")["data"]
        found[data["account_id"], data["product"]].append((row.timestamp, row.value or b""))
    return dict(found)


def in_one(given: World, partitions: int = 1, settings: CoreSettings | None = None) -> list[Player]:
    """The world played on so many lanes, each in one block, then settled to its end."""
    rows = records([*given.events, advanced(given.end)], partitions)
    players = [Player(given.policy, number, partitions, settings or CoreSettings()) for number in range(partitions)]
    for player in players:
        own = [row for row in rows if row.topic in BROADCAST or row.partition == player.number]
        player.play(own, iter(lambda: 10**6, 0), iter(lambda: False, True))
    return players


def merged(players: Iterable[Player]) -> Values:
    found: Values = {}
    for player in players:
        assert not found.keys() & player.values.keys(), "an account lives in one lane"
        found |= player.values
    return found
