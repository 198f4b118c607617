"""The notifier of one partition: takes in, plans, sends; everything that it knows stands in the ledger.

    fenced ─▶ restored ─▶ caught up ─▶ take in, plan ──one transaction: entries and places──┐
                                        ▲                                                   ▼
                                        └── settled ◀── sent to channels ◀── attempted ◀── what is due

Before a message goes out its words are committed, with the key under which they go. Whoever owns the partition next
sends it again under that key, unless what became of it is committed too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from schemas.errors import ContractError
from schemas.notices import REOPENED, NoticeData, NoticeEvent, entry, parse_notice
from schemas.preferences import PreferencesData, parse_preferences
from schemas.status import parse_status
from streams import failpoints
from streams.codec.canonical import canonical
from streams.codec.decode import decode
from streams.codec.records import SourceRecord
from streams.messages import now_ms
from streams.notify.book import Book
from streams.notify.hours import Quiet
from streams.notify.laws import Clocks
from streams.notify.plans import Planner
from streams.notify.sending import Outside, Sender
from streams.notify.wishes import Wishes, wishes
from streams.publish import transactional
from streams.reading import reader
from streams.security import client_options
from streams.settings import NotifierSettings, Settings

LEDGER: Final = "notices"
PREFERENCES: Final = "preferences"
SOURCES: Final = ("status", "identity", "reviews")
_POLL_MS: Final = 100
_BATCH: Final = 500


class NotifyError(Exception):
    """A topic holds what it can't: the text says where and what."""


class Owner:
    """One partition's notifier, from when it is given until it is taken."""

    def __init__(self, settings: Settings, partition: int, outside: Outside) -> None:
        self.book = Book()
        self.clocks = Clocks()
        self.partition = partition
        self.caught_up = False
        self._settings, self._metrics = settings, outside.metrics
        self._group = group(settings)
        self._said: dict[str, PreferencesData] = {}
        self._otherwise = otherwise(settings.notifier)
        self._planner = Planner(self.book, self._wishes_of, settings.notifier.since or 0)
        self._sender = Sender(self.book, self._wishes_of, settings.notifier, outside)
        self._stopping = asyncio.Event()
        self._producer: AIOKafkaProducer

    def stop(self) -> None:
        """It ends when the round that runs is over."""
        self._stopping.set()

    async def run(self) -> None:
        """Tell, until it is stopped. Raises PublishError (also when another one has the partition), ReadError."""
        async with (
            # It fences a former owner: what that one left open is aborted, and it writes nothing any more.
            transactional(self._settings, f"notifier-{self.partition}") as self._producer,
            reader(self._settings, [LEDGER, PREFERENCES, *SOURCES]) as (consumer, found),
        ):
            self._lanes = len(found["status"])
            places = {name: partitions[self.partition] for name, partitions in found.items()}
            await self._restore(consumer, places)
            await self._write(self._entries((account, said.message, said) for account, said in self._sender.lost()), {})
            ends = await consumer.end_offsets([places[name] for name in SOURCES])
            while not self._stopping.is_set():
                await self._take_in(consumer)
                if not self.caught_up:
                    # Until then what is planned may be out of date already.
                    self.caught_up = all([await consumer.position(each) >= end for each, end in ends.items()])
                else:
                    await self._send()

    async def _restore(self, consumer: AIOKafkaConsumer, places: Mapping[str, TopicPartition]) -> None:
        own = [places[LEDGER], places[PREFERENCES]]
        consumer.assign(list(places.values()))
        consumer.pause(*(places[name] for name in SOURCES))
        await consumer.seek_to_beginning(*own)
        ends = await consumer.end_offsets(own)
        while not all([await consumer.position(each) >= end for each, end in ends.items()]):
            for row in await _rows(consumer):
                if row.topic == places[LEDGER].topic:
                    self._take(_entry(row))
                else:
                    self._prefer(row)
            await failpoints.reach("restore")
        committed = await self._committed([places[name] for name in SOURCES])
        begins = await consumer.beginning_offsets([places[name] for name in SOURCES])
        for each, begin in begins.items():
            consumer.seek(each, max(committed.get(each, 0), begin))
        consumer.resume(*begins)

    async def _committed(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The group's places, asked for when no transaction of a former owner can be open any more."""
        admin = AIOKafkaAdminClient(**client_options(self._settings.kafka))
        try:
            await admin.start()
            found = await admin.list_consumer_group_offsets(self._group, partitions=list(places))
        finally:
            await admin.close()
        return {place: each.offset for place, each in found.items() if each.offset >= 0}

    async def _take_in(self, consumer: AIOKafkaConsumer) -> None:
        rows = await _rows(consumer)
        made, ends = [], {}
        now = now_ms()
        for row in rows:
            name = row.topic.removeprefix(self._settings.topic_prefix)
            if name == PREFERENCES:
                self._prefer(row)
            elif name == LEDGER:
                # What this one wrote it has taken in already; others write nothing else.
                told = _entry(row)
                if told.type == REOPENED:
                    self._take(told)
            else:
                made += self._entries(self._planned(name, row, now), now)
                ends[TopicPartition(row.topic, row.partition)] = row.offset + 1
        await self._write(made, ends)

    def _planned(self, name: str, row: Any, now: int) -> Iterable[tuple[str, str, NoticeData]]:
        if name == "status":
            try:
                event = parse_status(orjson.loads(row.value or b""))
            except (orjson.JSONDecodeError, ContractError) as error:
                raise NotifyError(f"{row.topic}/{row.partition}/{row.offset}: {error}") from error
            return ((event.subject, *each) for each in self._planner.status(event, now))
        record = SourceRecord(name, row.partition, row.offset, row.timestamp, row.key, row.value, tuple(row.headers))
        try:
            source = decode(record, self._lanes)
        except ContractError:
            return ()  # the lane puts it into the dead letters
        return ((source.subject, *each) for each in self._planner.event(source, row.timestamp, now))

    async def _send(self) -> None:
        now = now_ms()
        messages = ((account, each.message, each) for account, each in self._sender.messages(now))
        await self._write(self._entries(messages, now), {})
        settled = await self._sender.send(now)
        if settled:
            await failpoints.reach("accepted")
        channels = {each.attempted.message: each.attempted.channel for each in self.book.underway()}
        await self._write(self._entries((account, each.message, each) for account, each in settled), {})
        for _, each in settled:
            self._metrics.settled.labels(channels[each.message], each.outcome).inc()

    def _entries(self, named: Iterable[tuple[str, str, NoticeData]], now: int | None = None) -> list[NoticeEvent]:
        """The ledger's entries, each taken in before the next one is made."""
        made = []
        for account, name, data in named:
            made.append(entry(account, name, now_ms() if now is None else now, data))
            self._take(made[-1])
        return made

    def _take(self, event: NoticeEvent) -> None:
        self.book.take(event)
        self.clocks.take(event)

    async def _write(self, made: Sequence[NoticeEvent], places: Mapping[TopicPartition, int]) -> None:
        """Entries and the places up to which all is planned, in one transaction."""
        if not made and not places:
            return
        topic = self._settings.topic_prefix + LEDGER
        async with self._producer.transaction():
            futures = [
                await self._producer.send(
                    topic,
                    canonical(each.document()),
                    key=each.subject.encode(),
                    partition=self.partition,
                    timestamp_ms=each.time,
                )
                for each in made
            ]
            await asyncio.gather(*futures)
            if places:
                await self._producer.send_offsets_to_transaction(dict(places), self._group)
            await failpoints.reach("sent")
        await failpoints.reach("committed")

    def _prefer(self, row: Any) -> None:
        account = (row.key or b"").decode(errors="replace")
        if row.value is None:
            self._said.pop(account, None)
            return
        try:
            said = parse_preferences(orjson.loads(row.value))
        except (orjson.JSONDecodeError, ContractError):
            return  # as if nothing had been said
        if said.subject == account:
            self._said[account] = said.data

    def _wishes_of(self, account: str) -> Wishes:
        return wishes(self._said.get(account), self._otherwise)


def group(settings: Settings) -> str:
    """The notifier's consumer group."""
    return f"{settings.application_id}-notifier"


def otherwise(settings: NotifierSettings) -> Wishes:
    """What holds for customers who wish nothing else."""
    return Wishes(
        language=settings.language,
        zone=settings.zone,
        channels=tuple(settings.channels),
        addresses={},
        quiet=Quiet(settings.quiet_from, settings.quiet_until),
        digest=None,
        muted=frozenset(),
    )


async def _rows(consumer: AIOKafkaConsumer) -> list[Any]:
    batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH)
    return [row for records in batches.values() for row in records]


def _entry(row: Any) -> NoticeEvent:
    try:
        return parse_notice(orjson.loads(row.value or b""))
    except (orjson.JSONDecodeError, ContractError) as error:
        raise NotifyError(f"{row.topic}/{row.partition}/{row.offset}: {error}") from error
