"""Segments whose content is under the keys of accounts; leaves stay readable without any (decision 0151).

A file is the mark and then portions, each: the length of its outline (4 bytes, big-endian), the outline (zstd), the
sealed contents. The outline has, of each record, offset, timestamp, group, and the leaf that blocks digest; of each
group handle, nonce and length. A group is one account's records of the portion, together, compressed and then sealed
with AES-256-GCM; group 0 holds what is of no account, only compressed. An account's id is nowhere in the clear.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from struct import Struct, error, pack, unpack_from
from typing import Any, Final, NamedTuple

import zstandard
from cryptography.exceptions import InvalidTag

from schemas.topics import BROADCAST
from streams.archive.frames import LEVEL, Content, FrameError, content_of, read_content
from streams.archive.keys import HANDLE_BYTES, Erased, Keys, Seal
from streams.codec.block import OUTPUTS
from streams.codec.digest import output_leaf, source_leaf
from streams.codec.framing import account_in
from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord, SourceRecord

MARK: Final = b"eligibility-sealed-2\n"
PORTION_BYTES: Final = 4 << 20
"""Of contents that one portion holds: what a reader has in memory for each partition."""
LATER: Final = bytes(HANDLE_BYTES)
"""The handle of what came of erased accounts after they were erased: it was never kept."""
_NONCE_BYTES: Final = 12
_LEAF_BYTES: Final = 32
_SIZES: Final = Struct(">II")
_LENGTH: Final = Struct(">I")
_NOBODYS: Final = BROADCAST | {"ledger", "availability"}


class ErasedRecord(SourceRecord):
    """A record whose content is gone: no key, value or headers; its place, its instant and its leaf are left."""

    leaf: bytes
    handle: bytes
    erased_at: int | None
    """ms; None: it came after its account was erased."""


def account_of(row: SourceRecord) -> bytes | None:
    """Whose record it is; None for what is of no account. Records without a key are together, under no id."""
    if row.topic in _NOBODYS or (row.topic == CHANGELOG and row.key is not None and row.key.startswith(b"~")):
        return None
    key = account_in(row.key)
    return key.rpartition(b"/")[0] or key if row.topic == "current" else key


def leaf_of(row: SourceRecord) -> bytes:
    """The leaf by which blocks digest a record (contracts): of outputs without offset and headers."""
    if isinstance(row, ErasedRecord):
        return row.leaf
    if row.topic in OUTPUTS:
        return output_leaf(OutputRecord(row.topic, row.key, row.value, row.timestamp, row.headers), row.partition)
    return source_leaf(row)


class _Group:
    """One account's records in a portion."""

    def __init__(self, seal: Seal | None, erased: bool) -> None:
        self.seal = seal
        self.erased = erased
        self.contents: list[bytes] = []


def pack_rows(rows: Sequence[SourceRecord], name: bytes, keys: Keys) -> bytes:
    """A segment's file. `name` binds contents to their place in the archive."""
    parts = [MARK]
    seals = keys.seals({account for account in map(account_of, rows) if account is not None})
    for number, portion in enumerate(_portions(rows)):
        parts.append(_pack_portion(portion, b"%b/%d" % (name, number), seals))
    return b"".join(parts)


def _portions(rows: Iterable[SourceRecord]) -> Iterator[list[SourceRecord]]:
    portion: list[SourceRecord] = []
    size = 0
    for row in rows:
        portion.append(row)
        size += len(row.key or b"") + len(row.value or b"")
        if size >= PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _pack_portion(rows: Sequence[SourceRecord], name: bytes, seals: dict[bytes, Seal | None]) -> bytes:
    groups = [_Group(None, erased=False)]
    places: dict[bytes | None, int] = {None: 0}
    of_rows, leaves = [], []
    for row in rows:
        account = account_of(row)
        place = places.get(account)
        if place is None:
            assert account is not None, "group 0 is there"
            place = places[account] = len(groups)
            groups.append(_Group(seals[account], erased=seals[account] is None))
        of_rows.append(place)
        if place:
            leaves.append(leaf_of(row))
        if not groups[place].erased:
            groups[place].contents.append(content_of(row.key, row.value, row.headers))
    squeeze = zstandard.ZstdCompressor(level=LEVEL).compress
    handles, nonces, sealed = [], [], []
    for group in groups:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        content = b"" if group.erased else squeeze(b"".join(group.contents))
        handle = LATER if group.seal is None else group.seal.handle
        if group.seal is not None:
            content = group.seal.cipher.encrypt(nonce, content, name + handle)
        handles.append(handle)
        nonces.append(nonce)
        sealed.append(content)
    outline = b"".join(
        [
            _SIZES.pack(len(rows), len(groups)),
            pack(f">{len(rows)}q", *(row.offset for row in rows)),
            pack(f">{len(rows)}q", *(row.timestamp for row in rows)),
            pack(f">{len(rows)}I", *of_rows),
            pack(f">{len(groups)}I", *map(len, sealed)),
            *handles,
            *nonces,
            *leaves,
        ]
    )
    outline = squeeze(outline)
    return b"".join([_LENGTH.pack(len(outline)), outline, *sealed])


class _Outline(NamedTuple):
    offsets: Sequence[int]
    timestamps: Sequence[int]
    groups: Sequence[int]
    sizes: Sequence[int]
    handles: Sequence[bytes]
    nonces: Sequence[bytes]
    leaves: bytes


def unpack_rows(data: bytes, topic: str, partition: int, name: bytes, keys: Keys) -> Iterator[SourceRecord]:
    """The records of a segment's file. Raises FrameError, ArchiveError and zstandard.ZstdError."""
    try:
        for number, (at, outline) in enumerate(_outlines(data)):
            contents = _Contents(data, at, outline, b"%b/%d" % (name, number), keys, {*outline.handles})
            yield from _rows(outline, contents, topic, partition)
    except error as wrong:
        raise FrameError("it ends inside a portion") from wrong


def unpack_rows_under(
    handle: bytes, data: bytes, topic: str, partition: int, name: bytes, keys: Keys
) -> Iterator[tuple[int, SourceRecord]]:
    """The records under one handle, each with the latest timestamp (ms) in the file up to it; no other content is
    opened. Raises as `unpack_rows`.
    """
    latest = 0
    for number, (at, outline) in enumerate(_outlines(data)):
        so_far = [*accumulate(outline.timestamps, max, initial=latest)]
        latest = so_far[-1]
        if handle in outline.handles:
            group, content_at = outline.handles.index(handle), 0
            opened = _Contents(data, at, outline, b"%b/%d" % (name, number), keys, {handle}).opened(group)
            for place, (each, row_latest) in enumerate(zip(outline.groups, so_far[1:], strict=True)):
                if each == group and opened is not None:
                    content, content_at = read_content(opened, content_at)
                    offset, timestamp = outline.offsets[place], outline.timestamps[place]
                    yield row_latest, SourceRecord(topic, partition, offset, timestamp, *content)


def handles_in(data: bytes) -> tuple[int, set[bytes]]:
    """The latest timestamp (ms, 0 without any) in a segment's file, and the handles of its accounts. Raises FrameError
    and zstandard.ZstdError.
    """
    latest, found = 0, set[bytes]()
    for _, outline in _outlines(data):
        latest = max(latest, *outline.timestamps)
        found.update(outline.handles[1:])
    return latest, found


def _outlines(data: bytes) -> Iterator[tuple[int, _Outline]]:
    """Of each portion where its contents begin, and its outline."""
    if not data.startswith(MARK):
        raise FrameError("it is no segment under keys")
    at = len(MARK)
    while at < len(data):
        try:
            (size,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            outline = _read_outline(zstandard.ZstdDecompressor().decompress(data[at : at + size]))
        except error as wrong:
            raise FrameError("it ends inside a portion") from wrong
        at += size
        yield at, outline
        at += sum(outline.sizes)


def _read_outline(data: bytes) -> _Outline:
    count, groups = _SIZES.unpack_from(data)
    at = _SIZES.size
    columns: list[Any] = []
    for kind, width, length in (("q", 8, count), ("q", 8, count), ("I", 4, count), ("I", 4, groups)):
        columns.append(unpack_from(f">{length}{kind}", data, at))
        at += width * length
    for width in (HANDLE_BYTES, _NONCE_BYTES):
        columns.append([data[place : place + width] for place in range(at, at + width * groups, width)])
        at += width * groups
    offsets, timestamps, of_rows, sizes, handles, nonces = columns
    return _Outline(offsets, timestamps, of_rows, sizes, handles, nonces, data[at:])


class _Contents:
    """The contents of a portion's groups under some handles, each opened when its first record is asked for."""

    def __init__(
        self, data: bytes, begin: int, outline: _Outline, name: bytes, keys: Keys, handles: set[bytes]
    ) -> None:
        self._data = data
        self._outline = outline
        self._name = name
        self._ciphers = keys.ciphers(handles - {LATER})
        self._begins = [begin]
        for size in outline.sizes[:-1]:
            self._begins.append(self._begins[-1] + size)
        self._inflate = zstandard.ZstdDecompressor().decompress
        self.erased: dict[int, int | None] = {}
        """When the groups whose content is gone were erased."""

    def opened(self, group: int) -> bytes | None:
        """A group's contents; None where they are gone."""
        begin, size = self._begins[group], self._outline.sizes[group]
        content = self._data[begin : begin + size]
        if not group:
            return self._inflate(content)
        handle = self._outline.handles[group]
        if handle == LATER:
            self.erased[group] = None
            return None
        cipher = self._ciphers.get(handle)
        if cipher is None:
            raise FrameError(f"no key for {handle.hex()}, and no erasure of it: keys are missing")
        if isinstance(cipher, Erased):
            self.erased[group] = cipher.at
            return None
        try:
            return self._inflate(cipher.decrypt(self._outline.nonces[group], content, self._name + handle))
        except InvalidTag as wrong:
            raise FrameError(f"the content under {handle.hex()} is not what was sealed with its key") from wrong


def _rows(outline: _Outline, contents: _Contents, topic: str, partition: int) -> Iterator[SourceRecord]:
    opened: list[bytes | None] = [None] * len(outline.sizes)
    places = [-1] * len(outline.sizes)
    leaf_at = -_LEAF_BYTES
    for offset, timestamp, group in zip(outline.offsets, outline.timestamps, outline.groups, strict=True):
        if group:
            leaf_at += _LEAF_BYTES
        place = places[group]
        if place < 0:
            opened[group] = contents.opened(group)
            place = 0
        data = opened[group]
        if data is None:
            places[group] = 0
            gone = ErasedRecord(topic, partition, offset, timestamp, None, None, ())
            gone.leaf = outline.leaves[leaf_at : leaf_at + _LEAF_BYTES]
            gone.handle, gone.erased_at = outline.handles[group], contents.erased[group]
            yield gone
        else:
            content: Content
            content, places[group] = read_content(data, place)
            yield SourceRecord(topic, partition, offset, timestamp, *content)
