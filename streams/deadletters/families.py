"""Whose dead letter it is and what its headers say: this system's, Kafka Streams', Kafka Connect's or Spring's.

A header that is missing or can't be read is None: what a person looks at must not fail because of one header.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from schemas import deadletter
from schemas.deadletter import Headers

RESENT: Final = "eligibility.resent-from"
"""On a record that was sent again: `topic/partition/offset` of its dead letter."""

_NUMBER_DIGITS_MAX: Final = 19


class Family(StrEnum):
    """Who writes dead letters with these names of headers."""

    OURS = "eligibility"
    STREAMS = "kafka-streams"
    CONNECT = "kafka-connect"
    SPRING = "spring"
    UNKNOWN = "unknown"


class Origin(NamedTuple):
    """What a dead letter says of the record that it tells of: its place, and why it was rejected.

    `code` and `field` are this system's own. `exception` is a class name, `message` a text for people.
    """

    family: Family
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    code: str | None = None
    field: str | None = None
    exception: str | None = None
    message: str | None = None


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _decimal(content: bytes) -> int | None:
    """A number as text, as Kafka Streams and Connect write it."""
    return int(content) if content.isdigit() and len(content) <= _NUMBER_DIGITS_MAX else None


def _big_endian(content: bytes) -> int | None:
    """Spring's numbers: a partition in 4 bytes, an offset in 8."""
    return int.from_bytes(content, "big", signed=True) if len(content) in (4, 8) else None


_Reader = Callable[[bytes], str | int | None]
_STREAMS: Final[Mapping[str, tuple[str, _Reader]]] = {
    deadletter.TOPIC_HEADER: ("topic", _text),
    deadletter.PARTITION_HEADER: ("partition", _decimal),
    deadletter.OFFSET_HEADER: ("offset", _decimal),
    deadletter.EXCEPTION_HEADER: ("exception", _text),
    deadletter.MESSAGE_HEADER: ("message", _text),
}
_CONNECT = "__connect.errors."
_SPRING: Final = ("kafka_dlt-", "kafka_")  # dead letters; retry topics leave the middle out
_SPRING_FIELDS: Final[Mapping[str, tuple[str, _Reader]]] = {
    "original-topic": ("topic", _text),
    "original-partition": ("partition", _big_endian),
    "original-offset": ("offset", _big_endian),
    "exception-fqcn": ("exception", _text),
    "exception-message": ("message", _text),
}
# In order: the first family of which a header is there. Ours has Kafka Streams' names too, so it comes first.
_FAMILIES: Final[Mapping[Family, Mapping[str, tuple[str, _Reader]]]] = MappingProxyType(
    {
        Family.OURS: {
            deadletter.CODE_HEADER: ("code", _text),
            deadletter.FIELD_HEADER: ("field", _text),
            **_STREAMS,
        },
        Family.STREAMS: _STREAMS,
        Family.CONNECT: {
            f"{_CONNECT}topic": ("topic", _text),
            f"{_CONNECT}partition": ("partition", _decimal),
            f"{_CONNECT}offset": ("offset", _decimal),
            f"{_CONNECT}exception.class.name": ("exception", _text),
            f"{_CONNECT}exception.message": ("message", _text),
        },
        Family.SPRING: {prefix + name: field for prefix in _SPRING for name, field in _SPRING_FIELDS.items()},
    }
)
# What each family may add beside what is read here: stack traces, connectors, timestamps, groups.
_ADDED: Final = (
    "__streams.errors.",
    _CONNECT,
    *(
        prefix + middle
        for prefix in _SPRING
        for middle in ("original-", "exception-", "key-exception-", "value-exception-")
    ),
)


def origin(headers: Iterable[tuple[str, bytes | None]]) -> Origin:
    """What the headers of a dead letter say, the last of each name counting."""
    found = {name: content for name, content in headers if content is not None}
    family = _family(found)
    fields: dict[str, str | int | None] = {}
    for name, (field, read) in _FAMILIES.get(family, {}).items():
        if name in found and fields.get(field) is None:
            fields[field] = read(found[name])
    return Origin(family, **fields)  # type: ignore[arg-type]  # each field is read by the reader beside its name


def _family(found: Mapping[str, bytes]) -> Family:
    if deadletter.CODE_HEADER in found:
        return Family.OURS
    others = (family for family in _FAMILIES if family is not Family.OURS)
    return next((family for family in others if _FAMILIES[family].keys() & found.keys()), Family.UNKNOWN)


def source_headers(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """The record's own headers: without what a writer of dead letters, or an earlier resend, has added."""
    own = deadletter.source_headers(headers)
    return tuple((name, content) for name, content in own if name != RESENT and not name.startswith(_ADDED))
