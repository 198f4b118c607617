"""What accounts stand in which segments of archives: an index in one file that goes on from question to question.

A segment is known by the digest of its file: of a file that was replaced nothing is known, and it is read anew. The
index is this machine's own and never part of an archive, so that nobody's word about a segment is taken. It holds four
bytes for each account of a segment: they may be another account's, and what is read then says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, Self

from streams.query.following import CACHE_KIB, FOLDER, StoreError
from streams.query.whereabouts import mark_of, places_of

_NAME: Final = "archives"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS segments (digest TEXT PRIMARY KEY, latest INTEGER NOT NULL, marks BLOB)"


class Content(NamedTuple):
    """The latest record timestamp (ms) of a segment, and the marks of what stands in it."""

    latest: int
    marks: bytes

    def may_have(self, name: bytes) -> bool:
        """Whether something may stand in it under this name; False is certain."""
        return any(True for _ in places_of(self.marks, mark_of(name)))


class Contents:
    """The index of all archives that were read."""

    def __init__(self, data_dir: Path) -> None:
        """Opens or makes the file in the data folder. Raises StoreError."""
        path = data_dir / FOLDER / _NAME
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA cache_size=-{CACHE_KIB}; {_TABLE};")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def of(self, digest: str) -> Content | None:
        """What is known of the file with this digest."""
        row = self._db.execute("SELECT latest, marks FROM segments WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else Content(*row)

    def note(self, digest: str, latest: int, names: Iterable[bytes]) -> Content:
        """Keep what was read in it."""
        found = Content(latest, b"".join({mark_of(name) for name in names}))
        self._db.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?)", (digest, *found))
        return found
