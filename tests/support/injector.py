"""Changes raw record copies as somebody would who forges, loses or withholds; knows nothing of the audit.

Each fault says what an auditor must name: one of some classes, at a block of each lane that it touches.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from streams.codec.records import SourceRecord

Topics = dict[tuple[str, int], list[SourceRecord]]
Place = tuple[str, int]

LEDGER = "ledger"
BROADCAST = ("operations", "policies")
SOURCES = ("repayments", "inquiries", "identity", "accounts", "finances", "reviews", *BROADCAST)
COMPACTED = ("current", "availability", "accounts-changelog")
OUTPUTS = ("status", "current", "availability", "dead-letters", "accounts-changelog")
LEDGERS_WORD = frozenset({"forged_block", "broken_chain"})


class Fault(NamedTuple):
    """`topics` with one change. `blocks`: by lane the block at which it shows; `classes`: what it may be called."""

    topics: Topics
    what: str
    classes: frozenset[str]
    blocks: Mapping[int, int]


class NoFaultError(Exception):
    """Nothing can be changed here, or the change would change nothing."""


class Injector:
    """Faults in the copies of one system, by a seed."""

    def __init__(self, topics: Topics, seed: int) -> None:
        self._topics = topics
        self._dice = random.Random(f"injector {seed}")
        self._lanes = sorted(number for name, number in topics if name == LEDGER)

    def inject(self, change: str, topic: str) -> Fault:
        """One fault of a class in a topic. Raises NoFaultError."""
        if topic == LEDGER:
            return self._ledger(change)
        numbers = [number for name, number in self._topics if name == topic and self._topics[name, number]]
        if not numbers:
            raise NoFaultError(f"{topic} is empty")
        if change == "swap":
            numbers = [number for number in numbers if _apart(self._topics[topic, number])]
            if not numbers:
                raise NoFaultError("no two neighbours that differ")
        place = (topic, self._dice.choice(numbers))
        return self._source(change, place) if topic in SOURCES else self._output(change, place)

    # Sources

    def _source(self, change: str, place: Place) -> Fault:
        rows = list(self._topics[place])
        altered = frozenset({"altered_input"})
        at = self._dice.randrange(len(rows))
        offset = rows[at].offset
        if change == "drop":
            del rows[at]
            name = "policy_unavailable" if place[0] == "policies" else "missing_input"
            return self._fault(place, rows, change, frozenset({name}), self._holding(place, offset))
        if change in ("repeat", "extra"):
            return self._inserted(change, place, rows, at)
        if change == "swap":
            at = self._neighbours(rows)
            first, second = rows[at], rows[at + 1]
            rows[at], rows[at + 1] = second._replace(offset=first.offset), first._replace(offset=second.offset)
            return self._fault(place, rows, change, altered, self._holding(place, first.offset))
        rows[at] = self._altered(change, rows[at])
        return self._fault(place, rows, change, altered, self._holding(place, offset))

    def _inserted(self, change: str, place: Place, rows: list[SourceRecord], at: int) -> Fault:
        """One record more: in the middle, where what follows moves on by one, or old at the end, never taken."""
        if change == "extra" and self._dice.random() < 0.5:
            oldest = min(pile[0].timestamp for (name, _), pile in self._topics.items() if name in SOURCES and pile)
            rows.append(rows[at]._replace(value=_FOREIGN, offset=rows[-1].offset + 1, timestamp=oldest))
            ends = {lane: len(self._topics[LEDGER, lane]) for lane in self._readers(place)}
            return self._fault(place, rows, f"{change} at the end", frozenset({"withheld"}), ends)
        close = [at for at in _apart(rows) if rows[at + 1].offset == rows[at].offset + 1]
        if not close:
            raise NoFaultError("behind each record stands a marker, or the same once more")
        at = self._dice.choice(close)
        row = rows[at] if change == "repeat" else rows[at]._replace(value=_FOREIGN)
        offset = row.offset + 1
        moved = [each._replace(offset=each.offset + 1) for each in rows[at + 1 :]]
        rows[at + 1 :] = [row._replace(offset=offset), *moved]
        return self._fault(place, rows, change, frozenset({"altered_input"}), self._holding(place, offset))

    def _readers(self, place: Place) -> list[int]:
        return self._lanes if place[0] in BROADCAST else [place[1]]

    def _holding(self, place: Place, offset: int) -> dict[int, int]:
        """The blocks that applied the record at an offset."""
        found = {}
        for lane in self._readers(place):
            for made in self._blocks(lane):
                for piece in made["slices"]:
                    if piece["topic"] == place[0] and piece["first"] <= offset <= piece["last"]:
                        found[lane] = made["block"]
        return found

    # Outputs

    def _output(self, change: str, place: Place) -> Fault:
        rows = list(self._topics[place])
        made_by = self._made_by(place)
        at = self._dice.choice(self._last_of_keys(rows) if place[0] in COMPACTED else range(len(rows)))
        blocks = {place[1]: made_by[at]}
        ends = {place[1]: made_by[at + 1] if at + 1 < len(rows) else len(self._topics[LEDGER, place[1]]) - 1}
        if change == "drop":
            del rows[at]
            return self._fault(place, rows, change, frozenset({"missing"}), blocks)
        if change == "repeat":
            rows.insert(at + 1, rows[at])
            return self._fault(place, rows, change, frozenset({"repeated"}), ends)
        if change == "extra":
            rows.insert(at + 1, rows[at]._replace(key=b"foreign", value=b'{"id":"foreign"}'))
            return self._fault(place, rows, change, frozenset({"extra"}), ends)
        if change == "swap":
            at = self._neighbours(rows)
            rows[at], rows[at + 1] = rows[at + 1], rows[at]
            return self._fault(place, rows, change, frozenset({"out_of_order"}), {place[1]: made_by[at]})
        rows[at] = self._altered(change, rows[at])
        return self._fault(place, rows, change, frozenset({"different"}), blocks)

    def _made_by(self, place: Place) -> list[int]:
        """By row: the block that put it out."""
        counts = (
            (made["block"], piece["count"])
            for made in self._blocks(place[1])
            for piece in made["outputs"]
            if piece["topic"] == place[0]
        )
        return [number for number, count in counts for _ in range(count)]

    def _last_of_keys(self, rows: list[SourceRecord]) -> list[int]:
        """What is replaced may be gone from a compacted topic: no fault."""
        return sorted({row.key: at for at, row in enumerate(rows)}.values())

    # The ledger

    def _ledger(self, change: str) -> Fault:
        lane = self._dice.choice(self._lanes)
        place, rows = (LEDGER, lane), list(self._topics[LEDGER, lane])
        at = self._dice.randrange(1, len(rows) - 2)
        if change == "drop":
            del rows[at]
            return self._fault(place, rows, change, frozenset({"broken_chain"}), {lane: at})
        if change == "repeat":
            rows.insert(at + 1, rows[at])
            return self._fault(place, rows, change, frozenset({"repeated"}), {lane: at + 1})
        if change == "swap":
            rows[at], rows[at + 1] = rows[at + 1], rows[at]
            return self._fault(place, rows, change, frozenset({"out_of_order"}), {lane: at})
        if change == "extra":
            other = next(each for each in self._lanes if each != lane)
            rows.insert(at + 1, rows[at]._replace(value=self._topics[LEDGER, other][at % 5].value))
            return self._fault(place, rows, change, frozenset({"forged_block"}), {lane: at + 1})
        if change == "cut chain":
            rows[at] = _rewritten(rows[at], previous="sha256:" + "0" * 64)
            return self._fault(place, rows, change, frozenset({"broken_chain"}), {lane: at})
        if change == "forge":
            return self._forged(place, rows, at)
        if change == "timestamp":
            raise NoFaultError("a block's timestamp is the wall clock's and no promise")
        rows[at] = self._altered(change, rows[at])
        return self._fault(place, rows, change, LEDGERS_WORD, {lane: at})

    def _forged(self, place: Place, rows: list[SourceRecord], at: int) -> Fault:
        """A block that says something else, and all that follow made to fit."""
        telling = [each["block"] for each in self._blocks(place[1]) if each["outputs"]]
        telling = [number for number in telling if 1 <= number < len(rows) - 2]
        if not telling:
            raise NoFaultError("blocks without outputs")
        at = self._dice.choice(telling)
        made = orjson.loads(rows[at].value or b"")
        piece = self._dice.choice(made["outputs"])
        piece["digest"] = "sha256:" + hashlib.sha256(b"forged").hexdigest()
        rows[at] = _rewritten(rows[at], outputs=made["outputs"])
        rechained(rows, at + 1)
        return self._fault(place, rows, "forge", frozenset({"forged_block"}), {place[1]: at})

    def _blocks(self, lane: int) -> Iterator[Any]:
        for row in self._topics[LEDGER, lane]:
            yield orjson.loads(row.value or b"")

    # Any record

    def _neighbours(self, rows: list[SourceRecord]) -> int:
        return self._dice.choice(_apart(rows))

    def _altered(self, change: str, row: SourceRecord) -> SourceRecord:
        if change == "byte":
            value = bytearray(row.value or b"")
            if not value:
                raise NoFaultError("an empty value")
            value[self._dice.randrange(len(value))] ^= 1 << self._dice.randrange(8)
            return row._replace(value=bytes(value))
        if change == "key":
            return row._replace(key=(row.key or b"") + b"x")
        if change == "timestamp":
            return row._replace(timestamp=row.timestamp + self._dice.choice([-1, 1]))
        if change == "header":
            return row._replace(headers=(*row.headers, ("eligibility-cause", b"nothing/0/0")))
        raise AssertionError(f"no such change: {change}")

    def _fault(
        self, place: Place, rows: list[SourceRecord], what: str, classes: frozenset[str], blocks: Mapping[int, int]
    ) -> Fault:
        if place[0] not in SOURCES:  # whose offsets no block names
            rows = [row._replace(offset=offset) for offset, row in enumerate(rows)]
        return Fault({**self._topics, place: rows}, f"{what} in {place[0]}/{place[1]}", classes, blocks)


_FOREIGN = b'{"foreign":1}'


def _apart(rows: list[SourceRecord]) -> list[int]:
    """Places of records that differ from the one behind them."""
    return [at for at in range(len(rows) - 1) if rows[at][3:] != rows[at + 1][3:]]


def truncated(topics: Topics, lane: int, blocks: int) -> Topics:
    """The ledger's end cut off, so that `blocks` are left, and with it all that those behind put out or took."""
    ledger = topics[LEDGER, lane]
    kept = [orjson.loads(row.value or b"") for row in ledger[:blocks]]
    found = {**topics, (LEDGER, lane): ledger[:blocks]}
    for name in OUTPUTS:
        if (name, lane) not in topics:
            continue  # the one partition of services is lane 0's
        count = sum(piece["count"] for made in kept for piece in made["outputs"] if piece["topic"] == name)
        found[name, lane] = topics[name, lane][:count]
    ends = {piece["topic"]: piece["next"] for piece in kept[-1]["positions"]}
    for name in SOURCES:
        if name not in BROADCAST:
            found[name, lane] = [row for row in topics[name, lane] if row.offset < ends.get(name, 0)]
    return found


def rechained(rows: list[SourceRecord], begin: int) -> None:
    """Each block's `previous` made to fit the one before, from a place on."""
    for at in range(begin, len(rows)):
        digest = "sha256:" + hashlib.sha256(rows[at - 1].value or b"").hexdigest()
        rows[at] = _rewritten(rows[at], previous=digest)


def _rewritten(row: SourceRecord, **fields: Any) -> SourceRecord:
    made = {**orjson.loads(row.value or b""), **fields}
    return row._replace(value=orjson.dumps(made, option=orjson.OPT_SORT_KEYS))


_ANY = ("drop", "repeat", "swap", "byte", "key", "timestamp", "header", "extra")
CELLS: tuple[tuple[str, str], ...] = (
    *((change, topic) for topic in (*SOURCES, *OUTPUTS) for change in _ANY),
    *((change, LEDGER) for change in (*_ANY, "cut chain", "forge") if change != "timestamp"),
)
"""Each class of changes in each topic that it can be made in."""
