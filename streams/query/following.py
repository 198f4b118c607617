"""Following topics into a file: committed records only, no group, from where the file stands.

    loading ──caught up──▶ ready

It is ready once it holds everything that was committed when it started; it goes on following after that.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, Self, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams import header_names
from streams.cluster import describe
from streams.reading import ReadError
from streams.security import client_options
from streams.settings import Settings

FOLDER: Final = "questions"
"""In the data folder: the files of commands that end at once."""
CACHE_KIB: Final = 65_536
_POLL_MS: Final = 200
_DELETE: Final = "the file may be deleted, and is then read anew"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS places (topic TEXT, lane INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, lane));
CREATE TABLE IF NOT EXISTS origin (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Places: TypeAlias = Mapping[tuple[str, int], int]
"""By topic (its full name) and partition: the offset to read on from."""
Take: TypeAlias = Callable[[Sequence[Any], Places], None]
"""Takes Kafka's records in, in order within a partition, with the places after them."""


class StoreError(Exception):
    """A file that can't be used: of another system's topics, or damaged."""


class Placed(Protocol):
    """What follows topics from known places on."""

    def places(self) -> Places:
        """By topic and partition: the offset to read on from."""

    def belongs(self, ids: Mapping[str, str]) -> None:
        """Takes the ids of the topics, by full name. Raises StoreError where it is of others."""


class PlacedFile:
    """One SQLite file that holds what was read with the place up to which it is in it, both from one transaction.

    A restart so goes on exactly where it stopped (decision 0082).
    """

    def __init__(self, path: Path, tables: str, origin: str) -> None:
        """Opens or makes the file; `origin` names whose records these are. Raises StoreError for another's."""
        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            # What a crash of the machine loses is read again: the place is lost with it.
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-{CACHE_KIB};"
            )
            self._db.executescript(_TABLES + tables)
            self._db.execute("INSERT OR IGNORE INTO origin VALUES ('changelog', ?)", (origin,))
            (known,) = self._db.execute("SELECT value FROM origin WHERE name = 'changelog'").fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"{path}: {error}; {_DELETE}") from error
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

    def places(self) -> dict[tuple[str, int], int]:
        """By topic and partition: the offset to read on from."""
        return {(topic, lane): at for topic, lane, at in self._db.execute("SELECT topic, lane, next FROM places")}

    def belongs(self, ids: Mapping[str, str]) -> None:
        """Notes the ids of the topics (by full name) that it holds records of. Raises StoreError where it holds those
        of others with the same names: their offsets mean nothing here.
        """
        known = dict(self._db.execute("SELECT name, value FROM origin"))
        for topic, id_ in ids.items():
            if known.get(f"topic {topic}", id_) != id_:
                raise StoreError(f"{self._path}: {topic} was made anew since; {_DELETE}")
        self._db.executemany("INSERT OR IGNORE INTO origin VALUES (?, ?)", [(f"topic {k}", v) for k, v in ids.items()])

    @contextmanager
    def _taking(self, places: Places) -> Iterator[sqlite3.Connection]:
        """One transaction that also moves the places; what fails in it leaves nothing behind."""
        self._db.execute("BEGIN")
        try:
            yield self._db
            rows = [(topic, lane, at) for (topic, lane), at in places.items()]
            self._db.executemany("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


async def follow(
    settings: Settings,
    partitions: Sequence[tuple[str, int]],
    store: Placed,
    take: Take,
    ready: asyncio.Event,
    most: int,
) -> None:
    """Give `take` every record of these partitions from the store's places on, at most `most` at once, until cancelled.

    Raises ReadError, and StoreError where the store is of other topics with these names.
    """
    header_names.tolerate()
    client = client_options(settings.kafka)
    consumer = AIOKafkaConsumer(
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **client,
    )
    try:
        store.belongs((await describe(client, {topic: topic for topic, _ in partitions})).topics)
        await consumer.start()
        ends = await _placed(consumer, [TopicPartition(*each) for each in partitions], store.places())
        while True:
            if not ready.is_set() and await _reached(consumer, ends):
                ready.set()
            await _take(consumer, take, most)
    except (KafkaError, OSError) as error:
        raise ReadError(f"brokers {settings.kafka.bootstrap_servers}: {error}") from error
    finally:
        await consumer.stop()


async def _placed(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], known: Places
) -> Mapping[TopicPartition, int]:
    """Seeks every partition to its place; returns the ends as they are now."""
    consumer.assign(list(partitions))
    begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    for each in partitions:
        place = known.get((each.topic, each.partition), 0)
        if place > ends[each]:
            raise StoreError(
                f"{each.topic}/{each.partition} ends at {ends[each]}, but {place} was read: the file is of another "
                f"system's topics; {_DELETE}"
            )
        # What compaction has taken since is in newer records.
        consumer.seek(each, max(place, begins[each]))
    found: Mapping[TopicPartition, int] = ends
    return found


async def _take(consumer: AIOKafkaConsumer, take: Take, most: int) -> None:
    batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=most)
    rows = [row for records in batches.values() for row in records]
    # The position passes over transactions' markers, which no record shows.
    places = {(each.topic, each.partition): await consumer.position(each) for each in batches}
    if rows:
        take(rows, places)


async def _reached(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return all([await consumer.position(place) >= end for place, end in ends.items()])
