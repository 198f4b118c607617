"""Where a replica keeps states: one SQLite file, blobs as they come, with the position up to which they are in it.

States and positions are written in one transaction, so that a restart goes on where it stopped (decision 0080).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Self

CACHE_KIB: Final = 65_536
_PRAGMAS: Final = f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-{CACHE_KIB};"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS states (lane INTEGER, key BLOB, value BLOB, PRIMARY KEY (lane, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (lane INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS origin (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class StoreError(Exception):
    """A store that can't be used: of another system's topic, or damaged."""


class Store:
    """States by lane and key, and by lane the changelog's offset to read on from."""

    def __init__(self, path: Path, origin: str) -> None:
        """Opens or makes the file; `origin` names whose states these are. Raises StoreError for another's."""
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            # What a crash of the machine loses is read again: the position is lost with it.
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-{CACHE_KIB};"
            )
            self._db.executescript(_TABLES)
            self._db.execute("INSERT OR IGNORE INTO origin VALUES ('changelog', ?)", (origin,))
            (known,) = self._db.execute("SELECT value FROM origin WHERE name = 'changelog'").fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}; it may be deleted, and is then read anew") from error
        if known != origin:
            self._db.close()
            raise StoreError(f"{path}: holds the states of {known}, not of {origin}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was written is in it."""
        self._db.close()

    def positions(self) -> dict[int, int]:
        """By lane: the offset to read on from."""
        return dict(self._db.execute("SELECT lane, next FROM positions"))

    def write(self, rows: Iterable[tuple[int, bytes, bytes | None]], positions: Mapping[int, int]) -> None:
        """Take changelog records in, (lane, key, value) in order, None deletes; with the positions after them."""
        newest = {(lane, key): value for lane, key, value in rows}
        gone = [each for each, value in newest.items() if value is None]
        kept = [(*each, value) for each, value in newest.items() if value is not None]
        self._db.execute("BEGIN")
        self._db.executemany("DELETE FROM states WHERE lane = ? AND key = ?", gone)
        self._db.executemany("INSERT OR REPLACE INTO states VALUES (?, ?, ?)", kept)
        self._db.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", positions.items())
        self._db.execute("COMMIT")

    def get(self, lane: int, key: bytes) -> bytes | None:
        """The blob of an account."""
        row = self._db.execute("SELECT value FROM states WHERE lane = ? AND key = ?", (lane, key)).fetchone()
        return None if row is None else bytes(row[0])

    def broadcasts(self, lane: int) -> Iterator[tuple[bytes, bytes]]:
        """What a lane keeps beside its accounts: keys that begin with ~."""
        yield from self._db.execute("SELECT key, value FROM states WHERE lane = ? AND key >= ?", (lane, b"~"))

    def count(self) -> int:
        """How many accounts there are."""
        (count,) = self._db.execute("SELECT count(*) FROM states WHERE key < ?", (b"~",)).fetchone()
        return int(count)
