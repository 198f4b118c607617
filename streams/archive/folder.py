"""An archive's files: segments of records by partition, each whole, hashed and checked, or not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import zstandard
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.values import Digest
from streams.archive import frames
from streams.archive.stores import ArchiveError, store_of
from streams.codec.digest import PREFIX
from streams.codec.records import SourceRecord

Number = Annotated[int, Field(ge=0)]


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
    """An archive's folder, in a local one or in a store."""

    def __init__(self, location: str | Path) -> None:
        """`location`: a path, or a URL that fsspec knows. Raises ArchiveError."""
        self.store = store_of(location)
        self._known: dict[tuple[str, int], list[Segment]] = {}

    @property
    def name(self) -> str:
        """Where it is, for messages."""
        return self.store.name

    @property
    def is_empty(self) -> bool:
        """Whether nothing is there yet."""
        return not self.store.names("")

    def has(self, name: str) -> bool:
        """Whether a document is there. Raises ArchiveError."""
        return f"{name}.json" in self.store.names("")

    def document(self, name: str) -> Any:
        """`archive`, `position` or `checkpoint`. Raises ArchiveError."""
        try:
            return orjson.loads(self.store.read(f"{name}.json"))
        except FileNotFoundError as error:
            raise ArchiveError(f"{self.name}: no archive: {name}.json is not there") from error
        except ValueError as error:
            raise ArchiveError(f"{self.name}/{name}.json: {error}") from error

    def write(self, name: str, document: Any) -> None:
        """The document under its name, whole."""
        self.store.write(f"{name}.json", orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))

    def segments(self, topic: str, partition: int) -> list[Segment]:
        """The finished segments of a partition, in order. Raises ArchiveError where one of them is missing."""
        folder = f"{topic}/{partition}"
        paths = [f"{folder}/{name}" for name in self.store.names(folder) if name.endswith(".json")]
        found: list[Segment] = []
        for path, data in zip(paths, self._manifests(paths), strict=True):
            try:
                segment = Segment.model_validate_json(data)
            except ValidationError as error:
                if path == paths[-1] and self.store.tears and not _is_json(data):
                    break  # its writer died in it: it was never finished
                raise ArchiveError(f"{self.name}/{path}: no manifest of a segment") from error
            before = found[-1].digest if found else None
            if segment.previous != before or (segment.topic, segment.partition) != (topic, partition):
                raise ArchiveError(f"{self.name}/{path}: a segment before it is missing, or was replaced")
            found.append(segment)
        return found

    def _manifests(self, paths: list[str]) -> list[bytes]:
        try:
            return self.store.read_all(paths)
        except FileNotFoundError as error:
            raise ArchiveError(f"{self.name}: a manifest went while it was read: {error}") from error

    def append(self, topic: str, partition: int, first: int, end: int, rows: Iterable[SourceRecord]) -> Segment:
        """A further segment with the records of the offsets from `first` to before `end`, read back before it counts.

        The file comes first and the manifest last, so that no store needs to rename. Who appends is the only one who
        does: manifests are read once. Raises ArchiveError.
        """
        if (topic, partition) not in self._known:
            self._known[topic, partition] = self.segments(topic, partition)
        before = self._known[topic, partition]
        kept = list(rows)
        data = frames.pack(kept)
        segment = Segment(
            topic=topic,
            partition=partition,
            first=first,
            next=end,
            count=len(kept),
            digest=PREFIX + sha256(data).hexdigest(),
            previous=before[-1].digest if before else None,
        )
        path = _file_of(segment)
        self.store.write(path, data)
        if sum(1 for _ in self._rows(segment)) != segment.count:
            raise ArchiveError(f"{self.name}/{path}: what was written is not what is read back")
        self.store.write(f"{path.removesuffix('.zst')}.json", segment.model_dump_json(indent=2).encode())
        before.append(segment)
        return segment

    def rows(self, topic: str, partition: int, begin: int = 0) -> Iterator[SourceRecord]:
        """Archived records from an offset on, in order. Raises ArchiveError for a segment that was altered."""
        for segment in self.segments(topic, partition):
            if segment.next > begin:
                yield from (row for row in self._rows(segment) if row.offset >= begin)

    def _rows(self, segment: Segment) -> Iterator[SourceRecord]:
        path = _file_of(segment)
        try:
            data = self.store.read(path)
            if PREFIX + sha256(data).hexdigest() != segment.digest:
                raise ArchiveError(
                    f"{self.name}/{path}: it is not the file that its manifest names: altered or damaged"
                )
            yield from frames.unpack(data, segment.topic, segment.partition)
        except (FileNotFoundError, frames.FrameError, zstandard.ZstdError) as error:
            raise ArchiveError(f"{self.name}/{path}: {error}") from error


def _file_of(segment: Segment) -> str:
    return f"{segment.topic}/{segment.partition}/{segment.first:020}.zst"


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except ValueError:
        return False
    return True
