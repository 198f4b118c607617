"""Where a replica keeps states: one SQLite file, blobs as they come (decision 0082)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from streams.query.following import PlacedFile, Places

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS states (lane INTEGER, key BLOB, value BLOB, PRIMARY KEY (lane, key)) WITHOUT ROWID;"
)


class Store(PlacedFile):
    """States by lane and key, and the places in the changelog to read on from."""

    def __init__(self, path: Path, origin: str) -> None:
        """Opens or makes the file; `origin` is the changelog's name. Raises StoreError for another's."""
        super().__init__(path, _TABLES, origin)

    def write(self, rows: Iterable[tuple[int, bytes, bytes | None]], places: Places) -> None:
        """Take changelog records in, (lane, key, value) in order, None deletes; with the places after them."""
        newest = {(lane, key): value for lane, key, value in rows}
        gone = [each for each, value in newest.items() if value is None]
        kept = [(*each, value) for each, value in newest.items() if value is not None]
        with self._taking(places) as db:
            db.executemany("DELETE FROM states WHERE lane = ? AND key = ?", gone)
            db.executemany("INSERT OR REPLACE INTO states VALUES (?, ?, ?)", kept)

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
