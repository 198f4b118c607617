"""An archive's files: segments of records by partition, each whole, hashed and checked, or not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import zstandard
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.values import Digest
from streams.archive import frames
from streams.archive.keys import Keys
from streams.archive.sealed import handles_in, pack_rows, unpack_rows, unpack_rows_under
from streams.archive.stores import ArchiveError, store_of
from streams.codec.digest import PREFIX
from streams.codec.framing import account_in
from streams.codec.records import SourceRecord

GROUND = "archive"
"""The document that says whose records these are."""
BEGINS = "begins"
Number = Annotated[int, Field(ge=0)]


class Segment(BaseModel):
    """A segment's manifest. `next` is where the one behind it begins: offsets up to there hold no other record.

    `previous` is the digest of the file before, so that none of them can be left out. Format 2: under the keys of
    accounts. `latest` is the greatest record timestamp (ms); None in archives of earlier versions, and of no records.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1, 2]
    topic: str
    partition: Number
    first: Number
    next: Number
    count: Number
    digest: Digest
    previous: Digest | None
    latest: int | None = None

    @property
    def file(self) -> str:
        """Where the records are, in the folder."""
        return f"{self.topic}/{self.partition}/{self.first:020}.zst"

    @property
    def manifest(self) -> str:
        """Where this is."""
        return f"{self.file.removesuffix('.zst')}.json"


class Begin(BaseModel):
    """Where a partition begins, since what was before has been taken out: the last such segment's `next` and digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    next: Number
    digest: Digest


class Folder:
    """An archive's folder, in a local one or in a store."""

    def __init__(self, location: str | Path, keys: Keys | None = None) -> None:
        """`location`: a path, or a URL that fsspec knows. With `keys` records are written under the keys of accounts.

        Raises ArchiveError.
        """
        self.store = store_of(location)
        self.keys = keys
        self._known: dict[tuple[str, int], list[Segment]] = {}
        self._begins: dict[str, Begin] | None = None

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
        begin = self.begins.get(folder)
        found: list[Segment] = []
        for path, data in zip(paths, self._manifests(paths), strict=True):
            try:
                segment = Segment.model_validate_json(data)
            except ValidationError as error:
                if path == paths[-1] and self.store.tears and not _is_json(data):
                    break  # its writer died in it: it was never finished
                raise ArchiveError(f"{self.name}/{path}: no manifest of a segment") from error
            if begin is not None and segment.next <= begin.next:
                continue  # taking it out was not finished
            before = found[-1].digest if found else begin and begin.digest
            if segment.previous != before or (segment.topic, segment.partition) != (topic, partition):
                raise ArchiveError(f"{self.name}/{path}: a segment before it is missing, or was replaced")
            found.append(segment)
        return found

    @property
    def begins(self) -> dict[str, Begin]:
        """Where partitions begin of which the beginning was taken out, by topic and number. Raises ArchiveError."""
        if self._begins is None:
            given = self.document(BEGINS) if self.has(BEGINS) else {}
            try:
                self._begins = {place: Begin.model_validate(each) for place, each in given.items()}
            except (ValidationError, AttributeError) as error:
                raise ArchiveError(f"{self.name}/{BEGINS}.json: says no beginnings") from error
        return self._begins

    def take_out(self, segments: list[Segment]) -> None:
        """Removes the first segments of a partition. What begins behind them is noted first. Raises ArchiveError."""
        last = segments[-1]
        place = f"{last.topic}/{last.partition}"
        self._begins = {**self.begins, place: Begin(next=last.next, digest=last.digest)}
        self.write(BEGINS, {name: each.model_dump() for name, each in self._begins.items()})
        for segment in segments:
            self.store.remove(segment.manifest)
            self.store.remove(segment.file)
        self._known.pop((last.topic, last.partition), None)

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
        before, begin = self._known[topic, partition], self.begins.get(f"{topic}/{partition}")
        kept = list(rows)
        data = frames.pack(kept) if self.keys is None else pack_rows(kept, _name(topic, partition, first), self.keys)
        segment = Segment(
            format=1 if self.keys is None else 2,
            topic=topic,
            partition=partition,
            first=first,
            next=end,
            count=len(kept),
            digest=PREFIX + sha256(data).hexdigest(),
            previous=before[-1].digest if before else begin and begin.digest,
            latest=max((row.timestamp for row in kept), default=None),
        )
        self.store.write(segment.file, data)
        for _ in self._rows(segment):
            pass
        self.store.write(segment.manifest, segment.model_dump_json(indent=2).encode())
        before.append(segment)
        return segment

    def rows(self, topic: str, partition: int, begin: int = 0) -> Iterator[SourceRecord]:
        """Archived records from an offset on, in order. Raises ArchiveError for a segment that was altered."""
        for segment in self.segments(topic, partition):
            if segment.next > begin:
                yield from (row for row in self._rows(segment) if row.offset >= begin)

    def standing(self, account: bytes) -> bytes | None:
        """What an account stands under in segments; None: no record of it can be read. Raises ArchiveError."""
        return account if self.keys is None else self.keys.handle(account)

    def accounts(self, segment: Segment) -> tuple[int, set[bytes]]:
        """The latest record timestamp (ms) in a segment, and under what accounts stand in it, without opening what is
        under keys. Raises ArchiveError as `rows`.
        """
        with self._told(segment):
            data = self._read(segment)
            if segment.format != 1:
                return handles_in(data)
            latest, found = 0, set[bytes]()
            for row in frames.unpack(data, segment.topic, segment.partition):
                latest = max(latest, row.timestamp)
                found.add(account_in(row.key))
            return latest, found

    def rows_of(self, segment: Segment, account: bytes) -> Iterator[tuple[int, SourceRecord]]:
        """The records of what stands so in a segment, each with the latest timestamp (ms) in it so far. Raises
        ArchiveError as `rows`.
        """
        with self._told(segment):
            data, where = self._read(segment), (segment.topic, segment.partition)
            if segment.format != 1:
                yield from unpack_rows_under(
                    account, data, *where, _name(*where, segment.first), self._keys_of(segment)
                )
                return
            latest = 0
            for row in frames.unpack(data, *where):
                latest = max(latest, row.timestamp)
                if account_in(row.key) == account:
                    yield latest, row

    def _rows(self, segment: Segment) -> Iterator[SourceRecord]:
        with self._told(segment):
            count = 0
            for count, row in enumerate(self._unpacked(segment, self._read(segment)), 1):  # noqa: B007 - the last one
                yield row
            if count != segment.count:
                raise ArchiveError(
                    f"{self.name}/{segment.file}: {count} records are in it, its manifest counts {segment.count}"
                )

    def _read(self, segment: Segment) -> bytes:
        """The file that the manifest names."""
        data = self.store.read(segment.file)
        if PREFIX + sha256(data).hexdigest() != segment.digest:
            raise ArchiveError(
                f"{self.name}/{segment.file}: it is not the file that its manifest names: altered or damaged"
            )
        return data

    @contextmanager
    def _told(self, segment: Segment) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, frames.FrameError, zstandard.ZstdError) as error:
            raise ArchiveError(f"{self.name}/{segment.file}: {error}") from error

    def _unpacked(self, segment: Segment, data: bytes) -> Iterator[SourceRecord]:
        if segment.format == 1:
            return frames.unpack(data, segment.topic, segment.partition)
        name = _name(segment.topic, segment.partition, segment.first)
        return unpack_rows(data, segment.topic, segment.partition, name, self._keys_of(segment))

    def _keys_of(self, segment: Segment) -> Keys:
        if self.keys is None:
            raise ArchiveError(f"{self.name}/{segment.file}: it is under keys: --keys FILE")
        return self.keys


def _name(topic: str, partition: int, first: int) -> bytes:
    return f"{topic}/{partition}/{first}".encode()


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except ValueError:
        return False
    return True
