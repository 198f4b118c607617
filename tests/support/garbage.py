"""Garbage for the sources: copies of valid events, each spoilt in one way and put before the event that it copies.

So a rejected record that left anything behind (an id remembered, a fact folded, a clock moved) would change what the
real event does. What its dead letter must say is written here by hand, kind by kind.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from schemas.errors import Code
from schemas.events import EVENT_TYPES, VALUE_BYTES_MAX
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec.murmur2 import partition_of
from streams.codec.records import Headers

FRAME = b"\x00\x00\x00\x00\x07"
DEEP = 500
"""Levels of nesting that the parser takes."""
TOO_DEEP = 100_000
NO_TIMESTAMP = -1
DAY_MS = 86_400_000

Document = dict[str, Any]


class Row(NamedTuple):
    """One record to send, its topic by its name in the catalogue.

    `letter` is code and field of its dead letter, None for a valid record. `exact` has it padded, before its last byte,
    until its batch has the largest size that the topic takes.
    """

    topic: str
    partition: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    letter: tuple[Code, str] | None = None
    exact: bool = False

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        headers = sum(len(name) + len(content or b"") for name, content in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers


class Spoilt(NamedTuple):
    """A kind of garbage by its name: from a valid record and its document to the record that is sent.

    `days` before the last valid record it has to be there.
    """

    name: str
    spoil: Callable[[Row, Document, Dice], Row]
    days: int = 0


class Dice(random.Random):
    """Seeded, and it knows how many partitions there are."""

    def __init__(self, seed: str, partitions: int) -> None:
        super().__init__(seed)
        self.partitions = partitions

    def other(self, partition: int) -> int:
        """Another partition than this."""
        return (partition + self.randrange(1, self.partitions)) % self.partitions


def row_of(document: Document, timestamp: int, partitions: int) -> Row:
    """The record of a valid event."""
    topic, subject = EVENT_TYPES[document["type"]].topic, document["subject"]
    partition = 0 if topic in BROADCAST else partition_of(subject, partitions)
    return Row(topic, partition, timestamp, subject.encode(), orjson.dumps(document))


def sown(valid: Sequence[tuple[Row, Document]], seed: int, partitions: int, each: int) -> list[Row]:
    """The valid records in their order, and `each` of every kind of garbage among them."""
    dice = Dice(f"garbage {seed}", partitions)
    planted: dict[int, list[Row]] = {}
    last = valid[-1][0].timestamp
    for kind in KINDS:
        early = bisect_right(valid, last - kind.days * DAY_MS, key=lambda each: each[0].timestamp)
        for _ in range(each):
            place = dice.randrange(early)
            row, document = valid[place]
            plain = row_of(document, row.timestamp, partitions)
            planted.setdefault(place, []).append(kind.spoil(plain, document, dice))
    return [row for place, (own, _) in enumerate(valid) for row in (*planted.get(place, ()), own)]


def _value(value: bytes | None, code: Code, field: str = "value") -> Callable[[Row, Document, Dice], Row]:
    """Other bytes as the value."""
    return lambda row, _document, _dice: row._replace(value=value, letter=(code, field))


def _made(make: Callable[[bytes], bytes]) -> Callable[[Row, Document, Dice], Row]:
    """A value made from the valid one, which no longer is JSON."""
    return lambda row, _document, _dice: row._replace(value=make(row.value or b""), letter=_NOT_JSON)


def _field(name: str, value: object, code: Code = Code.INVALID_EVENT) -> Callable[[Row, Document, Dice], Row]:
    """Another value in one field of the envelope."""

    def spoil(row: Row, document: Document, _dice: Dice) -> Row:
        return row._replace(value=orjson.dumps(document | {name: value}), letter=(code, name))

    return spoil


def _raw(name: str, raw: bytes, code: Code, field: str) -> Callable[[Row, Document, Dice], Row]:
    """Raw bytes as the value of a further field of the envelope, or in the place of one."""

    def spoil(row: Row, document: Document, _dice: Dice) -> Row:
        value = orjson.dumps(document | {name: "@here"}).replace(b'"@here"', raw)
        return row._replace(value=value, letter=(code, field))

    return spoil


def _cut(row: Row, _document: Document, dice: Dice) -> Row:
    assert row.value is not None
    return row._replace(value=row.value[: dice.randrange(1, len(row.value))], letter=(Code.INVALID_JSON, "value"))


def _not_utf8(row: Row, _document: Document, dice: Dice) -> Row:
    assert row.value is not None
    place = row.value.index(b'"id":"') + len(b'"id":"')
    wrong = dice.choice([b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"])
    return row._replace(value=row.value[:place] + wrong + row.value[place:], letter=(Code.INVALID_JSON, "value"))


def _misspelt(row: Row, document: Document, dice: Dice) -> Row:
    wrong = dice.choice(["repayment.dew", "Repayment.due", "repayment", "", "eligibility.status.changed"])
    return row._replace(value=orjson.dumps(document | {"type": wrong}), letter=(Code.UNKNOWN_TYPE, "type"))


def _missing(row: Row, document: Document, dice: Dice) -> Row:
    needed = ["data"] if document["data"] else []  # an account is opened without any
    name = dice.choice(["specversion", "id", "source", "subject", "time", *needed])
    rest = {field: value for field, value in document.items() if field != name}
    return row._replace(value=orjson.dumps(rest), letter=(Code.INVALID_EVENT, name))


_WRONG_PAYLOADS: dict[str, tuple[str, object]] = {
    "account.opened": ("region", 31),
    "repayment.due": ("due_on", 20260105),
    "repayment.received": ("amount", 12.5),
    "inquiry.recorded": ("kind", ["hard"]),
    "identity.verified": ("level", "2"),
}


def _wrong_payload(row: Row, document: Document, _dice: Dice) -> Row:
    """A number or a list in the place of a text, a text in the place of a number."""
    name, wrong = _WRONG_PAYLOADS[document["type"]]
    value = orjson.dumps(document | {"data": document["data"] | {name: wrong}})
    return row._replace(value=value, letter=(Code.INVALID_EVENT, f"data.{name}"))


def _huge_number(row: Row, document: Document, dice: Dice) -> Row:
    name, _ = _WRONG_PAYLOADS[document["type"]]
    value = orjson.dumps(document | {"data": document["data"] | {name: "@here"}})
    raw = dice.choice([b"9" * 300, b"18446744073709551616", b"1e308", b"-1e308", b"0.1e-300"])
    return row._replace(value=value.replace(b'"@here"', raw), letter=(Code.INVALID_EVENT, f"data.{name}"))


def _other_key(row: Row, _document: Document, dice: Dice) -> Row:
    assert row.key is not None
    others = [
        b"",
        b"somebody",
        row.key + b" ",
        b'"' + row.key + b'"',
        row.key.lower(),
        b"\xff\xfe",
        FRAME[:4] + row.key,
    ]
    return row._replace(key=dice.choice(others), letter=(Code.KEY_MISMATCH, "key"))


def _other_topic(row: Row, _document: Document, dice: Dice) -> Row:
    topic = dice.choice([name for name in SOURCE_ORDER if name != row.topic])
    partition = 0 if topic in BROADCAST else row.partition
    return row._replace(topic=topic, partition=partition, letter=(Code.WRONG_TOPIC, "type"))


def _other_partition(row: Row, _document: Document, dice: Dice) -> Row:
    return row._replace(partition=dice.other(row.partition), letter=(Code.WRONG_PARTITION, "key"))


def _broadcast(topic: str, document: Document, letter: tuple[Code, str]) -> Callable[[Row, Document, Dice], Row]:
    """As `_for_everybody`, but a CloudEvent: the valid one with these fields."""

    def spoil(row: Row, valid: Document, dice: Dice) -> Row:
        whole = {**valid, "id": f"b{dice.getrandbits(64)}", "subject": "w1", **document}
        key = whole["subject"].encode()
        return Row(topic, 0, row.timestamp, key, orjson.dumps(whole), (), letter)

    return spoil


def _for_everybody(
    topic: str, key: bytes | None, value: bytes | None, letter: tuple[Code, str]
) -> Callable[[Row, Document, Dice], Row]:
    """A record that every lane sees, and lane 0 tells of."""
    return lambda row, _document, _dice: Row(topic, 0, row.timestamp, key, value, (), letter)


def _binary_without_type(row: Row, document: Document, _dice: Dice) -> Row:
    headers = (("ce_id", document["id"].encode()), ("ce_specversion", b"1.0"), ("content-type", b"application/json"))
    value = orjson.dumps(document["data"])
    return row._replace(value=value, headers=headers, letter=(Code.INVALID_EVENT, "type"))


def _untimed(row: Row, _document: Document, _dice: Dice) -> Row:
    """What a client from before Kafka 0.10 sends: the event's time lies after the record's, which is none."""
    return row._replace(timestamp=NO_TIMESTAMP, letter=(Code.TIME_IN_FUTURE, "time"))


def _about_nothing(row: Row, document: Document, dice: Dice) -> Row:
    """A correction of an event that never comes: rejected when it has waited for 30 days (semantics M13)."""
    whole = {**document, "id": f"n{dice.getrandbits(64)}", "type": "fact.corrected"}
    whole["data"] = {"corrects": f"nothing-{dice.getrandbits(64)}", "data": document["data"]}
    letter = (Code.TARGET_UNKNOWN, "data.corrects")
    return row._replace(topic="reviews", value=orjson.dumps(whole), letter=letter)


_NOT_JSON = (Code.INVALID_JSON, "value")
_TOMBSTONE = (Code.TOMBSTONE, "value")
_UNKNOWN_DIGEST = "sha256:" + "0" * 64
_GLUE = b"\x03\x00" + bytes(16)  # AWS Glue's header: version, compression, schema id

KINDS = (
    Spoilt("nothing in it", _value(b"", Code.INVALID_JSON)),
    Spoilt("cut short", _cut),
    Spoilt("no JSON", _value(b"<event/>", Code.INVALID_JSON)),
    Spoilt("two documents", _made(lambda value: value * 2)),
    Spoilt("a byte order mark", _made(lambda value: b"\xef\xbb\xbf" + value)),
    Spoilt("UTF-16", _made(lambda value: value.decode().encode("utf-16"))),
    Spoilt("invalid UTF-8", _not_utf8),
    Spoilt("a lone surrogate", _raw("id", b'"\\ud800"', Code.INVALID_JSON, "value")),
    Spoilt("NaN", _raw("weight", b"NaN", Code.INVALID_JSON, "value")),
    Spoilt("a number beyond all bounds", _raw("weight", b"1e400", Code.INVALID_JSON, "value")),
    Spoilt("nested too deeply", _raw("deep", b"[" * TOO_DEEP + b"]" * TOO_DEEP, Code.INVALID_JSON, "value")),
    Spoilt("Avro in Confluent's framing", _value(FRAME + b"\x0eA000001\x02", Code.INVALID_JSON)),
    Spoilt("an empty frame", _value(FRAME, Code.INVALID_JSON)),
    Spoilt("a frame cut short", _value(FRAME[:3], Code.INVALID_JSON)),
    Spoilt("framed twice", _made(lambda value: FRAME * 2 + value)),
    Spoilt("AWS Glue's framing", _made(lambda value: _GLUE + value)),
    Spoilt("protobuf", _value(b"\x0a\x08A0000001\x10\x96\x01", Code.INVALID_JSON)),
    Spoilt("no object", _value(b'["repayment.due"]', Code.INVALID_EVENT, "")),
    Spoilt("an empty object", _value(b"{}", Code.INVALID_EVENT, "type")),
    Spoilt("a type that is no text", _field("type", ["repayment.due"])),
    Spoilt("a type of nobody", _misspelt),
    Spoilt("a field missing", _missing),
    Spoilt("an attribute of the wrong type", _field("source", 5)),
    Spoilt("another version", _field("specversion", "0.3")),
    Spoilt("data that is no object", _field("data", "hard")),
    Spoilt("deep nesting for data", _raw("data", b"[" * DEEP + b"]" * DEEP, Code.INVALID_EVENT, "data")),
    Spoilt("a payload of the wrong type", _wrong_payload),
    Spoilt("a huge number", _huge_number),
    Spoilt("a time of no calendar", _field("time", "2025-02-30T00:00:00Z")),
    Spoilt("before all time", _field("time", "1969-12-31T23:59:59Z", Code.BEYOND_HORIZON)),
    Spoilt("after its own record", _field("time", "2031-01-01T00:00:00Z", Code.TIME_IN_FUTURE)),
    Spoilt("a record without a timestamp", _untimed),
    Spoilt("a subject of nobody", _field("subject", "no account")),
    Spoilt("no key", lambda row, _, __: row._replace(key=None, letter=(Code.KEY_MISSING, "key"))),
    Spoilt("another key", _other_key),
    Spoilt("a foreign partitioner", _other_partition),
    Spoilt("the wrong topic", _other_topic),
    Spoilt("a tombstone", _value(None, Code.TOMBSTONE)),
    Spoilt("a tombstone without a key", lambda row, _, __: row._replace(key=None, value=None, letter=_TOMBSTONE)),
    Spoilt("binary mode without a type", _binary_without_type),
    Spoilt("a correction of nothing", _about_nothing, days=40),
    Spoilt("an account's event for everybody", _broadcast("operations", {"subject": "*"}, (Code.WRONG_TOPIC, "type"))),
    Spoilt(
        "a policy of nobody",
        _broadcast(
            "policies",
            {"type": "policy.approved", "data": {"digest": _UNKNOWN_DIGEST, "by": "x"}},
            (Code.TARGET_UNKNOWN, "data.digest"),
        ),
    ),
    Spoilt(
        "a policy that is none",
        _broadcast(
            "policies",
            {"type": "policy.proposed", "data": {"digest": _UNKNOWN_DIGEST, "by": "x", "document": {"policy": "w1"}}},
            (Code.INVALID_EVENT, "data.document.version"),
        ),
    ),
    Spoilt(
        "a clock ahead of its record",
        _broadcast(
            "operations",
            {"type": "clock.advanced", "subject": "*", "data": {"to": "2035-01-01T00:00:00Z"}},
            (Code.TIME_IN_FUTURE, "data.to"),
        ),
    ),
    Spoilt("bytes for everybody", _for_everybody("policies", None, b"\x00\xff", _NOT_JSON)),
    Spoilt("a tombstone for everybody", _for_everybody("operations", b"*", None, _TOMBSTONE)),
)  # fmt: skip


def oversized(valid: Row, document: Document) -> Iterator[Row]:
    """Records larger than a broker's limit, which takes them compressed, and one too large to wait."""
    for size in (VALUE_BYTES_MAX + 1, 3_000_000, 30_000_000):
        yield valid._replace(value=b" " * size, letter=(Code.TOO_LARGE, "value"))
    yield valid._replace(value=b"{", headers=(("pad", b" " * 3_000_000),), letter=_NOT_JSON)
    correction = {**document, "id": "large", "type": "fact.corrected", "padding": "x" * 1_000_000}
    correction["data"] = {"corrects": "nothing", "data": document["data"]}
    value = orjson.dumps(correction)
    yield valid._replace(topic="reviews", value=value, letter=(Code.TARGET_UNKNOWN, "data.corrects"))


def unusual(row: Row, document: Document, dice: Dice) -> Row:
    """A valid record that looks like garbage."""
    assert row.value is not None
    assert row.key is not None
    match dice.randrange(6):
        case 0:
            return row._replace(value=FRAME + row.value)
        case 1:
            return row._replace(value=FRAME + row.value, key=FRAME + row.key)
        case 2:
            names = ((f"ce_{name}", value.encode()) for name, value in document.items() if name != "data")
            headers = (("content-type", b"application/json"), *names)
            return row._replace(value=orjson.dumps(document["data"]), headers=headers)
        case 3:
            deep = b"[" * DEEP + b"]" * DEEP
            return row._replace(value=row.value[:-1] + b',"deep":' + deep + b"}")
        case 4:
            return row._replace(value=row.value[:-1] + b',"weight":1e308,"count":' + b"9" * 300 + b"}")
        case _:
            return row._replace(value=b" \n" * 1000 + row.value, headers=(("", b"\xff"), ("trace", None)))
