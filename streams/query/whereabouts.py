"""Where each account's records stand in a lane's sources: an index in one file that goes on from question to question.

Four bytes for each offset, made of the account in the record's key: a mark may be another account's, so whoever reads
compares keys.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from aiokafka import TopicPartition

from streams.codec.framing import account_in
from streams.query.following import FOLDER, PlacedFile, Places, follow
from streams.settings import Settings
from streams.tasks import first_to_end

CHUNK: Final = 65_536
"""Offsets of one row."""
MARK: Final = 4
"""Bytes of an account's mark."""
_BATCH: Final = 5_000
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS marks (topic TEXT, chunk INTEGER, marks BLOB NOT NULL, PRIMARY KEY (topic, chunk));
CREATE TABLE IF NOT EXISTS latest (topic TEXT PRIMARY KEY, latest INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS late (topic TEXT, at INTEGER, latest INTEGER NOT NULL, PRIMARY KEY (topic, at));
"""


class Whereabouts(PlacedFile):
    """The index of one lane's source partitions."""

    def __init__(self, path: Path, origin: str) -> None:
        """Opens or makes the file; `origin` is the id of the lane's changelog. Raises StoreError for another's."""
        super().__init__(path, _TABLES, origin)
        self._db.execute("BEGIN")
        self._opened_at = super().places()
        self._latest: dict[str, int] = dict(self._db.execute("SELECT topic, latest FROM latest"))
        self._db.execute("COMMIT")

    def places(self) -> dict[tuple[str, int], int]:
        """As they were when it was opened, which is what it knows the latest timestamps of: another process may have
        taken more in since.
        """
        return self._opened_at

    def take(self, records: Sequence[Any], places: Places) -> None:
        """Take records in, in order within a topic, with the places after them."""
        by_topic: dict[str, list[Any]] = defaultdict(list)
        for row in records:
            by_topic[row.topic].append(row)
        with self._taking(places) as db:
            for topic, rows in by_topic.items():
                late = list(self._later_before(topic, rows))
                # First what is written, so that another process' transaction is waited for before anything is read.
                db.execute("INSERT OR REPLACE INTO latest VALUES (?, ?)", (topic, self._latest[topic]))
                db.executemany("INSERT OR REPLACE INTO late VALUES (?, ?, ?)", late)
                for chunk, marks in _marked(rows):
                    known = db.execute("SELECT marks FROM marks WHERE topic = ? AND chunk = ?", (topic, chunk))
                    whole = bytearray((known.fetchone() or (b"",))[0])
                    whole.extend(bytes(max(0, MARK * (max(marks) + 1) - len(whole))))
                    for place, mark in marks.items():
                        whole[MARK * place : MARK * (place + 1)] = mark
                    db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (topic, chunk, bytes(whole)))

    def _later_before(self, topic: str, rows: Iterable[Any]) -> Iterator[tuple[str, int, int]]:
        """Of records whose timestamp is earlier than one before them: the latest so far."""
        latest = self._latest.get(topic, 0)
        for row in rows:
            if row.timestamp < latest:
                yield topic, row.offset, latest
            latest = max(latest, row.timestamp)
        self._latest[topic] = latest

    def offsets(self, topic: str, account: bytes) -> Iterator[int]:
        """Where records of an account may stand, in order; a few of them may be of others."""
        mark = mark_of(account)
        for chunk, marks in self._db.execute("SELECT chunk, marks FROM marks WHERE topic = ? ORDER BY chunk", (topic,)):
            yield from (CHUNK * chunk + place for place in places_of(marks, mark))

    def latest(self, topic: str, offset: int, timestamp: int) -> int:
        """The latest timestamp (ms) of a topic up to an offset, whose own timestamp is given."""
        row = self._db.execute("SELECT latest FROM late WHERE topic = ? AND at = ?", (topic, offset)).fetchone()
        return timestamp if row is None else int(row[0])


@asynccontextmanager
async def whereabouts(
    settings: Settings, origin: str, lane: int, partitions: Iterable[TopicPartition]
) -> AsyncIterator[Whereabouts]:
    """The index of a lane's source partitions with all that is committed in them now. Raises ReadError and StoreError.

    `origin` is the id of the lane's changelog, in the file's name: what another system of the same name had isn't read.
    """
    path = settings.data_dir / FOLDER / f"accounts-{origin}-{lane}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with Whereabouts(path, origin) as index:
        ready, places = asyncio.Event(), [(each.topic, each.partition) for each in partitions]
        await first_to_end(follow(settings, places, index, index.take, ready, _BATCH), _set(ready))
        yield index


async def _set(ready: asyncio.Event) -> None:
    await ready.wait()


def mark_of(account: bytes) -> bytes:
    """Never zeros, which stand where no record is."""
    return (crc32(account) or 1).to_bytes(MARK, "big")


def places_of(marks: bytes, mark: bytes) -> Iterator[int]:
    """Where a mark stands among marks, counted in marks; bytes across two of them are none."""
    found = marks.find(mark)
    while found >= 0:
        if found % MARK == 0:
            yield found // MARK
        found = marks.find(mark, found + 1)


def _marked(rows: Iterable[Any]) -> Iterator[tuple[int, dict[int, bytes]]]:
    """By chunk: the marks by their place in it."""
    found: dict[int, dict[int, bytes]] = defaultdict(dict)
    for row in rows:
        chunk, place = divmod(row.offset, CHUNK)
        found[chunk][place] = mark_of(account_in(row.key))
    yield from found.items()
