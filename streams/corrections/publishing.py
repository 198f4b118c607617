"""Corrections found and published lane by lane: each once, however often and whenever that is asked for.

What has been told is the topic `status`, and over it the topic `corrections`: where the two already say what should
have been, nothing is published. Everything goes through one transactional id, so what an interrupted run left open is
ended before the topic is read, and of two runs at the same moment the first one fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.instants import parse_instant
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams import failpoints
from streams.codec.block import Head
from streams.codec.canonical import canonical
from streams.codec.framing import account_in
from streams.codec.murmur2 import partition_of
from streams.codec.records import SourceRecord
from streams.corrections.finding import Made, Published, corrections
from streams.corrections.timelines import Document
from streams.hindsight import event_of, is_late, is_said_of_another
from streams.ledgers import genesis_of, read_head, read_span
from streams.publish import PublishError, transactional
from streams.reading import reader
from streams.settings import Settings

TOPIC: Final = "corrections"
# Accounts recomputed together, and corrections of one transaction: what is published when a run is interrupted stays.
_ACCOUNTS: Final = 2_000
_BATCH: Final = 500
_OTHERS: Final = ("status", TOPIC, "ledger")


async def correct(
    settings: Settings,
    accounts: Collection[str],
    *,
    dry: bool,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Published]:
    """Publishes, unless `dry`, what of these accounts (none: of all) was told otherwise than it should have been.

    Counts what each lane had applied when it was looked at. Raises ReadError, PublishError.
    """
    found: list[Published] = []
    async with AsyncExitStack() as stack:
        producer = None if dry else await stack.enter_async_context(transactional(settings, "corrections"))
        consumer, partitions = await stack.enter_async_context(reader(settings, [*SOURCE_ORDER, *_OTHERS]))
        places = [place for each in partitions.values() for place in each]
        consumer.assign(places)
        consumer.pause(*places)
        log = _Log(settings, consumer, partitions)
        count = len(partitions["ledger"])
        for number in range(count):
            mine = [each for each in accounts if partition_of(each, count) == number]
            if mine or not accounts:
                progress(f"lane {number} of {count}")
                found += await _lane(log, producer, number, mine)
    return found


class _Log:
    """The committed records of a system, read partition by partition."""

    def __init__(
        self, settings: Settings, consumer: AIOKafkaConsumer, partitions: Mapping[str, Sequence[TopicPartition]]
    ) -> None:
        self.settings = settings
        self.lanes = len(partitions["ledger"])
        self._consumer = consumer
        self._partitions = partitions

    async def head(self, lane: int) -> Head | None:
        """Where a lane's ledger stands."""
        place = self._partitions["ledger"][lane]
        start, end = await self._bounds(place)
        return await read_head(self._consumer, place, start, end)

    async def begun(self, lane: int) -> CoreSettings | None:
        """The settings that a lane's ledger was begun with, whatever they are where corrections are made."""
        begun = await genesis_of(self._consumer, self._partitions["ledger"][lane])
        return None if begun is None else CoreSettings.recorded(begun.settings)

    async def sources(self, lane: int, positions: Mapping[str, int]) -> AsyncIterator[tuple[int, SourceRecord]]:
        """A lane's records up to its positions, topic by topic, each with the latest timestamp so far."""
        for name in SOURCE_ORDER:
            number = 0 if name in BROADCAST else lane
            place, latest = self._partitions[name][number], 0
            async for row in self._rows(place, positions.get(name, 0)):
                latest = max(latest, row.timestamp)
                headers = tuple(row.headers)
                yield latest, SourceRecord(name, number, row.offset, row.timestamp, row.key, row.value, headers)

    async def told(self, name: str, lane: int, keys: Collection[bytes]) -> list[Document]:
        """The events of an output topic that are about some accounts, in order."""
        place = self._partitions[name][lane]
        end = (await self._bounds(place))[1]
        return [orjson.loads(row.value or b"") async for row in self._rows(place, end) if row.key in keys]

    async def _bounds(self, place: TopicPartition) -> tuple[int, int]:
        starts = await self._consumer.beginning_offsets([place])
        ends = await self._consumer.end_offsets([place])
        return starts[place], ends[place]

    async def _rows(self, place: TopicPartition, end: int) -> AsyncIterator[Any]:
        start, stable = await self._bounds(place)
        step = 10_000
        for begin in range(start, min(end, stable), step):
            for row in await read_span(self._consumer, place, begin, min(begin + step, end, stable)):
                if begin <= row.offset < min(begin + step, end):
                    yield row


async def _lane(log: _Log, producer: AIOKafkaProducer | None, lane: int, accounts: Sequence[str]) -> list[Published]:
    head = await log.head(lane)
    core = await log.begun(lane)
    if head is None or core is None:
        return []
    chosen = sorted(accounts) or sorted(await _accounts_with_news(log, lane, head, core.future_ms))
    found: list[Published] = []
    for begin in range(0, len(chosen), _ACCOUNTS):
        found += await _some(log, producer, lane, head, core, chosen[begin : begin + _ACCOUNTS])
    return found


async def _accounts_with_news(log: _Log, lane: int, head: Head, late_ms: int) -> set[str]:
    """The accounts of which something was not known in time; all of them where that is an operation."""
    known, news, is_for_all = set(), set(), False
    async for _, record in log.sources(lane, head.positions):
        event = event_of(record, log.lanes)
        if event is None:
            continue
        is_news = is_said_of_another(event) or is_late(record, event, late_ms)
        if record.topic in BROADCAST:
            is_for_all = is_for_all or is_news
        else:
            known.add(event.subject)
            if is_news:
                news.add(event.subject)
    return known if is_for_all else news


async def _some(
    log: _Log,
    producer: AIOKafkaProducer | None,
    lane: int,
    head: Head,
    core: CoreSettings,
    accounts: Sequence[str],
) -> list[Published]:
    """Corrections of some accounts of a lane, as of what it had applied."""
    keys = {account.encode() for account in accounts}
    stamped = [
        (latest, SOURCE_ORDER.index(record.topic), record)
        async for latest, record in log.sources(lane, head.positions)
        if record.topic in BROADCAST or account_in(record.key) in keys
    ]
    stamped.sort(key=lambda each: each[:2])
    made = Made([record for _, _, record in stamped], lane, log.lanes, core, head.clock)
    statuses = await log.told("status", lane, keys)
    found = corrections(made, statuses, await log.told(TOPIC, lane, keys))
    if producer is not None:
        await _publish(log.settings, producer, lane, found)
    return found


async def _publish(settings: Settings, producer: AIOKafkaProducer, lane: int, found: Sequence[Published]) -> None:
    topic = settings.topic_prefix + TOPIC
    try:
        for begin in range(0, len(found), _BATCH):
            async with producer.transaction():
                futures = [
                    await producer.send(
                        topic,
                        canonical(each.event),
                        key=each.key[0].encode(),
                        partition=lane,
                        timestamp_ms=parse_instant(each.event["time"]),
                    )
                    for each in found[begin : begin + _BATCH]
                ]
                await asyncio.gather(*futures)  # aiokafka would commit the others without one that failed
                await failpoints.reach("sent")
            await failpoints.reach("committed")
    except KafkaError as error:
        raise PublishError(str(error) or type(error).__name__) from error
