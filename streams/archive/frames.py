"""Records as bytes and back.

A record's frame is: offset and timestamp (ms) in 8 bytes each, then its content: key, value, number of headers; of each
header name and value. Byte strings have their length in front (4 bytes, big-endian; all bits set where there is none).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct, error
from typing import Final

import zstandard

from streams.codec.records import Headers, SourceRecord

LEVEL: Final = 3
_PLACE: Final = Struct(">qq")
_LENGTH: Final = Struct(">I")
_NONE: Final = 0xFFFFFFFF
_PORTION: Final = 1 << 20

Content = tuple[bytes | None, bytes | None, Headers]


class FrameError(ValueError):
    """Bytes end inside a record."""


def pack(rows: Iterable[SourceRecord]) -> bytes:
    """The frames of records, compressed."""
    writer = zstandard.ZstdCompressor(level=LEVEL).compressobj()
    parts = [
        writer.compress(_PLACE.pack(row.offset, row.timestamp) + content_of(row.key, row.value, row.headers))
        for row in rows
    ]
    return b"".join([*parts, writer.flush()])


def unpack(data: bytes, topic: str, partition: int) -> Iterator[SourceRecord]:
    """The records of compressed frames, read as they are asked for. Raises FrameError and zstandard.ZstdError."""
    rest = b""
    for portion in zstandard.ZstdDecompressor().read_to_iter(data, write_size=_PORTION):
        rest += portion
        at = 0
        while (frame := _frame(rest, at)) is not None:
            offset, timestamp, (key, value, headers), at = frame
            yield SourceRecord(topic, partition, offset, timestamp, key, value, headers)
        rest = rest[at:]
    if rest:
        raise FrameError("it ends inside a record")


def _frame(data: bytes, at: int) -> tuple[int, int, Content, int] | None:
    """One record's frame and where the next one begins, None where it isn't all here."""
    try:
        offset, timestamp = _PLACE.unpack_from(data, at)
        content, end = read_content(data, at + _PLACE.size)
    except (error, FrameError):
        return None
    return offset, timestamp, content, end


def content_of(key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """The bytes of key, value and headers."""
    if not headers:
        return _sized(key) + _sized(value) + b"\0\0\0\0"
    parts = [_sized(key), _sized(value), _LENGTH.pack(len(headers))]
    for name, content in headers:
        parts += (_sized(name.encode()), _sized(content))
    return b"".join(parts)


def read_content(data: bytes, at: int) -> tuple[Content, int]:
    """The content that begins at a place, and where it ends. Raises FrameError, and struct.error."""
    key, at = _read(data, at)
    value, at = _read(data, at)
    (count,) = _LENGTH.unpack_from(data, at)
    at += 4
    if not count:
        return (key, value, ()), at
    headers = []
    for _ in range(count):
        name, at = _read(data, at)
        content, at = _read(data, at)
        headers.append(((name or b"").decode(), content))
    return (key, value, tuple(headers)), at


def _read(data: bytes, at: int) -> tuple[bytes | None, int]:
    (size,) = _LENGTH.unpack_from(data, at)
    at += 4
    if size == _NONE:
        return None, at
    end = at + size
    if end > len(data):
        raise FrameError("it ends inside a record")
    return data[at:end], end


def _sized(data: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if data is None else _LENGTH.pack(len(data)) + data
