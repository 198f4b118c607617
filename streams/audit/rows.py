"""Output rows as they are compared: what is promised of them, what names them, and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from schemas.deadletter import MESSAGE_HEADER, OFFSET_HEADER, PARTITION_HEADER, TOPIC_HEADER
from streams.audit.findings import Difference
from streams.codec.digest import bytes_digest
from streams.codec.partition import CHANGELOG
from streams.codec.records import Headers, OutputRecord, SourceRecord

Row = tuple[bytes | None, bytes | None, int, Headers]
"""Key, value, timestamp (ms), headers; of dead letters without the message, whose text is no promise."""

COMPACTED: Final = frozenset({"current", "availability", CHANGELOG})
FIELDS_SHOWN: Final = 20
_TEXT_SHOWN: Final = 200
_LETTERS: Final = "dead-letters"


def row_of(record: SourceRecord | OutputRecord) -> Row:
    """What is compared of a record, found or implied."""
    return record.key, record.value, record.timestamp, headers_of(record)


def headers_of(record: SourceRecord | OutputRecord) -> Headers:
    """The headers that are compared."""
    if record.topic != _LETTERS:
        return record.headers
    return tuple(header for header in record.headers if header[0] != MESSAGE_HEADER)


def name_of(topic: str, row: Row) -> Any:
    """What names a row among those of its topic: two rows of one name are the same one, perhaps altered."""
    key, value, timestamp, headers = row
    if topic == _LETTERS:
        return [content for name, content in headers if name in (TOPIC_HEADER, PARTITION_HEADER, OFFSET_HEADER)][-3:]
    if topic in COMPACTED:
        return key, timestamp
    try:
        return orjson.loads(value or b"")["id"]
    except (ValueError, TypeError, KeyError):
        return None


def account_of_row(topic: str, row: Row) -> str | None:
    """The account that a row is about; None for services, and for what a lane keeps beside its accounts."""
    if row[0] is None or row[0].startswith(b"~") or topic == "availability":
        return None
    text = row[0].decode(errors="replace")
    return text.rpartition("/")[0] or text if topic == "current" else text


def differences(found: Row, implied: Row) -> tuple[Difference, ...]:
    """Field by field; the members of JSON values each by itself, other values by their digests."""
    return tuple(each for each, _ in zip(_differences(found, implied), range(FIELDS_SHOWN), strict=False))


def _differences(found: Row, implied: Row) -> Iterator[Difference]:
    if found[0] != implied[0]:
        yield Difference("key", _shown(found[0]), _shown(implied[0]))
    if found[2] != implied[2]:
        yield Difference("timestamp", found[2], implied[2])
    if found[3] != implied[3]:
        yield Difference("headers", _headers(found[3]), _headers(implied[3]))
    if found[1] != implied[1]:
        yield from _values(found[1], implied[1])


def _values(found: bytes | None, implied: bytes | None) -> Iterator[Difference]:
    try:
        first, second = orjson.loads(found or b""), orjson.loads(implied or b"")
    except ValueError:
        yield Difference("value", _digest(found), _digest(implied))
        return
    one, other = dict(_members("", first)), dict(_members("", second))
    if one == other:
        yield Difference("value", _digest(found), _digest(implied))
    for name in sorted({*one, *other}):
        if one.get(name) != other.get(name):
            yield Difference(name, one.get(name), other.get(name))


def _members(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _members(f"{name}.{key}" if name else key, each)
    else:
        yield name, value


def _digest(value: bytes | None) -> str | None:
    return None if value is None else f"{len(value)} bytes, {bytes_digest(value)}"


def _shown(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")[:_TEXT_SHOWN]


def _headers(headers: Headers) -> dict[str, str | None]:
    return {name: _shown(content) for name, content in headers}


def document_differences(found: Any, implied: Any, name: str = "") -> tuple[Difference, ...]:
    """Where two documents differ, by the names of the members at the top."""
    if not isinstance(found, dict) or not isinstance(implied, dict):
        return () if found == implied else (Difference(name, found, implied),)
    return tuple(
        Difference(f"{name}.{key}" if name else key, found.get(key), implied.get(key))
        for key in sorted({*found, *implied})
        if found.get(key) != implied.get(key)
    )
