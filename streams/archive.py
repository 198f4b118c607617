"""Archives of topics in a folder: segments of records by partition, each whole, hashed and checked, or not there.

    DIR/archive.json                          cluster, topic ids, partitions: whose records these are
    DIR/position.json                         to where the last run came, in the form of an audit's position
    DIR/<topic>/<partition>/<first>.zst       records, framed as below, compressed (zstd)
    DIR/<topic>/<partition>/<first>.json      the segment's manifest; a segment without one was never finished

A record is: offset and timestamp (ms) in 8 bytes each; key, value, number of headers; of each header name and value.
Byte strings have their length in front (4 bytes, big-endian; all bits set where there is none).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import IO, Annotated, Any, Final, Literal

import orjson
import zstandard
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.values import Digest
from streams.codec.digest import PREFIX
from streams.codec.records import SourceRecord

_PLACE: Final = Struct(">qq")
_LENGTH: Final = Struct(">I")
_NONE: Final = 0xFFFFFFFF
_PORTION: Final = 1 << 20
_LEVEL: Final = 3

Number = Annotated[int, Field(ge=0)]


class ArchiveError(Exception):
    """An archive can't be read or written: it isn't there, is another system's, or a segment was altered."""


class Segment(BaseModel):
    """A segment's manifest. `next` is where the one behind it begins: offsets up to there hold no other record.

    `previous` is the digest of the file before, so that none of them can be left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    topic: str
    partition: Number
    first: Number
    next: Number
    count: Number
    digest: Digest
    previous: Digest | None


class Folder:
    """An archive's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def document(self, name: str) -> Any:
        """`archive` or `position`. Raises ArchiveError."""
        path = self.path / f"{name}.json"
        try:
            return orjson.loads(path.read_bytes())
        except FileNotFoundError as error:
            raise ArchiveError(f"{self.path}: no archive: {path.name} is not there") from error
        except (OSError, ValueError) as error:
            raise ArchiveError(f"{path}: {error}") from error

    def write(self, name: str, document: Any) -> None:
        """The document under its name, whole."""
        self.path.mkdir(parents=True, exist_ok=True)
        _put(self.path / f"{name}.json", orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))

    def segments(self, topic: str, partition: int) -> list[Segment]:
        """The finished segments of a partition, in order. Raises ArchiveError where one of them is missing."""
        folder = self._partition(topic, partition)
        found: list[Segment] = []
        for path in sorted(folder.glob("*.json")):
            try:
                segment = Segment.model_validate_json(path.read_bytes())
            except (OSError, ValidationError) as error:
                raise ArchiveError(f"{path}: no manifest of a segment") from error
            before = found[-1].digest if found else None
            if segment.previous != before or (segment.topic, segment.partition) != (topic, partition):
                raise ArchiveError(f"{path}: a segment before it is missing, or was replaced")
            found.append(segment)
        return found

    def append(self, topic: str, partition: int, first: int, end: int, rows: Iterable[SourceRecord]) -> Segment:
        """A further segment with the records of the offsets from `first` to before `end`, read back before it counts.

        Raises ArchiveError.
        """
        folder = self._partition(topic, partition)
        folder.mkdir(parents=True, exist_ok=True)
        before = self.segments(topic, partition)
        path = folder / f"{first:020}.zst"
        partial = path.with_suffix(".partial")
        try:
            count = _write_rows(partial, rows)
            digest = PREFIX + _file_hash(partial)
            if sum(1 for _ in _read_rows(partial, topic, partition)) != count:
                raise ArchiveError(f"{partial}: what was written is not what is read back")
            partial.replace(path)
        except OSError as error:
            raise ArchiveError(f"{path}: {error.strerror}") from error
        finally:
            partial.unlink(missing_ok=True)
        segment = Segment(
            topic=topic,
            partition=partition,
            first=first,
            next=end,
            count=count,
            digest=digest,
            previous=before[-1].digest if before else None,
        )
        _put(path.with_suffix(".json"), segment.model_dump_json(indent=2).encode())
        return segment

    def rows(self, topic: str, partition: int, begin: int = 0) -> Iterator[SourceRecord]:
        """Archived records from an offset on, in order. Raises ArchiveError for a segment that was altered."""
        for segment in self.segments(topic, partition):
            if segment.next <= begin:
                continue
            path = self._partition(topic, partition) / f"{segment.first:020}.zst"
            try:
                if PREFIX + _file_hash(path) != segment.digest:
                    raise ArchiveError(f"{path}: it is not the file that its manifest names: altered or damaged")
                yield from (row for row in _read_rows(path, topic, partition) if row.offset >= begin)
            except (OSError, zstandard.ZstdError) as error:
                raise ArchiveError(f"{path}: {error}") from error

    def _partition(self, topic: str, partition: int) -> Path:
        return self.path / topic / str(partition)


def _put(path: Path, data: bytes) -> None:
    """Whole, or not there, also after a power cut."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from error


def _write_rows(path: Path, rows: Iterable[SourceRecord]) -> int:
    count = 0
    with path.open("wb") as file:
        with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(file, closefd=False) as out:
            for row in rows:
                out.write(_framed(row))
                count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def _framed(row: SourceRecord) -> bytes:
    parts = [_PLACE.pack(row.offset, row.timestamp), _sized(row.key), _sized(row.value), _LENGTH.pack(len(row.headers))]
    for name, value in row.headers:
        parts += (_sized(name.encode()), _sized(value))
    return b"".join(parts)


def _sized(data: bytes | None) -> bytes:
    return _LENGTH.pack(_NONE) if data is None else _LENGTH.pack(len(data)) + data


def _read_rows(path: Path, topic: str, partition: int) -> Iterator[SourceRecord]:
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        while place := _exactly(stream, _PLACE.size, path, may_end=True):
            offset, timestamp = _PLACE.unpack(place)
            key, value = _bytes(stream, path), _bytes(stream, path)
            (count,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size, path))
            headers = tuple(((_bytes(stream, path) or b"").decode(), _bytes(stream, path)) for _ in range(count))
            yield SourceRecord(topic, partition, offset, timestamp, key, value, headers)


def _bytes(stream: IO[bytes], path: Path) -> bytes | None:
    (size,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size, path))
    return None if size == _NONE else _exactly(stream, size, path)


def _exactly(stream: IO[bytes], size: int, path: Path, *, may_end: bool = False) -> bytes:
    data = stream.read(size)
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    if len(data) < size and not (may_end and not data):
        raise ArchiveError(f"{path}: it ends inside a record")
    return data


def _file_hash(path: Path) -> str:
    total = sha256()
    with path.open("rb") as file:
        while data := file.read(_PORTION):
            total.update(data)
    return total.hexdigest()
