"""An account's records in the log, with those that concern every account, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.events import EVENT_TYPES
from schemas.instants import parse_instant
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.archive import GROUND, ArchiveError, Folder
from streams.codec.framing import account_in
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG
from streams.codec.records import SourceRecord
from streams.files import numbered_lines
from streams.ledgers import genesis_in, genesis_of, read_span
from streams.query.contents import Contents
from streams.query.whereabouts import Whereabouts, whereabouts
from streams.reading import read_to_end, reader
from streams.settings import Settings, core_settings

_ORDER: Final = {name: place for place, name in enumerate(SOURCE_ORDER)}
LEDGER: Final = "ledger"
_NEAR: Final = 100
"""Offsets between two records that are read along rather than sought: a fetch brings hundreds anyway."""


class Log(NamedTuple):
    """The records of one account and the broadcast ones, in order; `lane` of `partitions` is the account's."""

    account: str
    lane: int
    partitions: int
    records: Sequence[SourceRecord]
    settings: CoreSettings
    """Those that the lane's ledger was begun with: under others the same records would give another outcome."""
    files: Sequence[str] = ()
    """Where records come from files: their names, by partition number."""


async def read_log(settings: Settings, account: str) -> Log:
    """The account's committed records in Kafka, up to what was stable when it was asked. Raises ReadError and
    StoreError, and SettingsError where no ledger tells the settings and the present ones don't either.

    Reads the account's own records, by an index of its partitions in a file that stays: the first question reads the
    partitions, a later one what has come since. Within a partition records are in the order of offsets; across topics
    by the latest timestamp so far, ties by topic: what a merge on the partitions' heads gives (semantics T1).
    """
    key, found = account.encode(), list[tuple[int, int, SourceRecord]]()
    async with reader(settings, [*SOURCE_ORDER, LEDGER]) as (consumer, partitions):
        total = len(partitions[LEDGER])
        lane = partition_of(account, total)
        ledger = partitions[LEDGER][lane]
        consumer.assign([ledger])
        begun = await genesis_of(consumer, ledger)
        sources = {name: partitions[name][lane] for name in SOURCE_ORDER if name not in BROADCAST}
        origin = None if begun is None else begun.topics.get(CHANGELOG)
        if origin is None:  # nothing to name a file by
            found += [each for name in sources for each in await _whole(consumer, name, sources[name], key)]
        else:
            async with whereabouts(settings, origin, lane, sources.values()) as index:
                found += [each for name in sources for each in await _of_key(consumer, name, sources[name], key, index)]
        for name in BROADCAST:
            found += await _whole(consumer, name, partitions[name][0], None)
    found.sort(key=lambda each: (each[0], each[1]))
    core = core_settings(settings) if begun is None else CoreSettings.recorded(begun.settings)
    return Log(account, lane, total, [record for _, _, record in found], core)


_Placed = tuple[int, int, SourceRecord]
"""The latest timestamp of its partition so far, the topic's place in order, and the record."""


async def _whole(consumer: AIOKafkaConsumer, name: str, place: TopicPartition, key: bytes | None) -> list[_Placed]:
    """A whole partition's records of a key, or all of them."""
    latest, found = 0, list[_Placed]()
    async for row in read_to_end(consumer, place):
        latest = max(latest, row.timestamp)
        if key is None or account_in(row.key) == key:
            found.append((latest, _ORDER[name], _source(name, row)))
    return found


async def _of_key(
    consumer: AIOKafkaConsumer, name: str, place: TopicPartition, key: bytes, index: Whereabouts
) -> list[_Placed]:
    """The records of a key by an index, stretches in which it is often met in one go."""
    consumer.assign([place])
    begin = (await consumer.beginning_offsets([place]))[place]
    found = list[_Placed]()
    for first, last in _stretches(each for each in index.offsets(place.topic, key) if each >= begin):
        for row in await read_span(consumer, place, first, last + 1, last + 1 - first):
            if account_in(row.key) == key and row.offset <= last:
                latest = index.latest(place.topic, row.offset, row.timestamp)
                found.append((latest, _ORDER[name], _source(name, row)))
    return found


def _stretches(offsets: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Offsets in order as (first, last) of stretches that are cheaper read whole than sought each."""
    first = last = -1
    for each in offsets:
        if last < 0:
            first = each
        elif each - last > _NEAR:
            yield first, last
            first = each
        last = each
    if last >= 0:
        yield first, last


def _source(name: str, row: ConsumerRecord) -> SourceRecord:
    return SourceRecord(name, row.partition, row.offset, row.timestamp, row.key, row.value, tuple(row.headers))


def log_of_archive(account: str, folder: Folder, data_dir: Path) -> Log:
    """The same from an archive, up to where it came. Raises ArchiveError and StoreError.

    Reads the segments that have the account's records, by an index in the data folder, and of these its records alone:
    the first question reads what stands in each of its partitions' segments, a later one does so for new segments.
    """
    lanes = folder.document(GROUND)["lanes"]
    limits = {(topic, number): limit for topic, number, _, _, limit in folder.document("position")["ranges"]}
    lane, standing = partition_of(account, lanes), folder.standing(account.encode())
    found = list[_Placed]()
    with Contents(data_dir) as contents:
        for name in SOURCE_ORDER:
            number = 0 if name in BROADCAST else lane
            rows = (
                _archived(folder, name) if name in BROADCAST else _archived_of(standing, folder, name, lane, contents)
            )
            limit = limits[name, number]
            found += [(latest, _ORDER[name], row) for latest, row in rows if row.offset < limit]
    found.sort(key=lambda each: (each[0], each[1]))
    first = next(folder.rows(LEDGER, lane), None)
    try:
        recorded = CoreSettings() if first is None else CoreSettings.recorded(genesis_in(first.value or b"").settings)
    except ValueError as error:
        raise ArchiveError(f"{folder.name}: {LEDGER}/{lane}: {error}") from error
    return Log(account, lane, lanes, [record for _, _, record in found], recorded)


def _archived(folder: Folder, name: str) -> Iterator[tuple[int, SourceRecord]]:
    """A broadcast topic's records, each with the latest timestamp (ms) so far."""
    latest = 0
    for row in folder.rows(name, 0):
        latest = max(latest, row.timestamp)
        yield latest, row


def _archived_of(
    standing: bytes | None, folder: Folder, name: str, lane: int, contents: Contents
) -> Iterator[tuple[int, SourceRecord]]:
    """The records of what stands under a name (None: nothing), each with its partition's latest timestamp so far."""
    latest = 0
    if standing is None:
        return
    for segment in folder.segments(name, lane):
        content = contents.of(segment.digest) or contents.note(segment.digest, *folder.accounts(segment))
        if content.may_have(standing):
            yield from ((max(latest, so_far), row) for so_far, row in folder.rows_of(segment, standing))
        latest = max(latest, content.latest)


def log_of_files(account: str, files: Sequence[Path]) -> Log:
    """The same from files of events; a record's partition is its file's number, its offset the line. Raises FileError.

    Lines that are no event, or of another account, are left out.
    """
    found = []
    for number, file in enumerate(files):
        for line, value in numbered_lines(file):
            record = _record(value, number, line)
            if record is not None and (record.topic in BROADCAST or record.key == account.encode()):
                found.append(record)
    found.sort(key=lambda record: (record.timestamp, _ORDER[record.topic]))
    return Log(account, 0, 1, found, CoreSettings(), [str(file) for file in files])


def _record(value: bytes, partition: int, offset: int) -> SourceRecord | None:
    try:
        document = orjson.loads(value)
        timestamp = parse_instant(document.get("recordedtime") or document["time"])
        topic, key = EVENT_TYPES[document["type"]].topic, document["subject"].encode()
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return SourceRecord(topic, partition, offset, timestamp, key, value, ())
