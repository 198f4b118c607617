"""Dead letters sent again to the topic that they came from: each once, however often that is asked for.

A resent record names its dead letter in a header. Before anything is sent, the sources are read from the time of the
oldest chosen letter on, for such headers: what is there already is left out. Everything goes through one transactional
id, so a second resend at the same moment ends the first one's transaction before it looks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import InvalidTimestampError, KafkaError
from aiokafka.structs import RecordMetadata

from schemas.errors import Code, ContractError
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.codec.decode import decode
from streams.codec.framing import strip_frame
from streams.codec.murmur2 import partition_of
from streams.codec.records import SourceRecord
from streams.deadletters.families import RESENT, source_headers
from streams.deadletters.letters import Letter
from streams.publish import PublishError, transactional
from streams.reading import offset_from, partitions_of, read_to_end, reader
from streams.settings import Settings

# One transaction sends so many: what is done when the command is interrupted stays done, and is not done twice.
_BATCH = 500


class Outcome(StrEnum):
    """What becomes of a chosen letter."""

    SENT = "sent"
    ALREADY = "already sent"
    HOPELESS = "would be rejected again"
    FOREIGN = "from no source of this system"


class Decision(NamedTuple):
    """A letter, what becomes of it and why; `record` is what is sent: its topic by its name in the catalogue."""

    letter: Letter
    outcome: Outcome
    why: str
    record: SourceRecord | None


class Wishes(NamedTuple):
    """How to resend. `now` (ms) is the record time of what is sent, unless the letters' own times are kept."""

    now: int
    keep_times: bool = False
    hopeless_too: bool = False
    again: bool = False


def decide(letter: Letter, partitions: int, settings: Settings, wishes: Wishes) -> Decision:
    """What a resend of a letter would do, as far as its record alone tells; `partitions` of the sources.

    A record's time is when this system learnt of it: for what was rejected that is now. Key, value and the source's own
    headers stay as they are.
    """
    topic = (letter.origin.topic or "").removeprefix(settings.topic_prefix)
    if topic not in SOURCE_ORDER or not (letter.origin.topic or "").startswith(settings.topic_prefix):
        return Decision(letter, Outcome.FOREIGN, letter.origin.topic or "no topic in its headers", None)
    headers = (*source_headers(letter.headers), (RESENT, letter.id.encode()))
    time = letter.timestamp if wishes.keep_times else wishes.now
    record = SourceRecord(topic, 0, -1, time, letter.key, letter.value, headers)
    record = record._replace(partition=_partition(record, letter, partitions))
    why = _rejected_again(record, partitions, settings)
    if why and not wishes.hopeless_too:
        return Decision(letter, Outcome.HOPELESS, why, None)
    return Decision(letter, Outcome.SENT, why, record)


def _partition(record: SourceRecord, letter: Letter, partitions: int) -> int:
    """Where the key belongs, which for `wrong_partition` is not where the record was; without a key the same again."""
    if record.topic in BROADCAST:
        return 0
    if record.key is None:
        return min(letter.origin.partition or 0, partitions - 1)
    return partition_of(strip_frame(record.key).decode(errors="replace"), partitions)


def _rejected_again(record: SourceRecord, partitions: int, settings: Settings) -> str:
    """Code and field of the dead letter that the record would get at once; empty if none."""
    try:
        event = decode(record, partitions)
    except ContractError as error:
        return f"{error.code} {error.field}"
    return f"{Code.TIME_IN_FUTURE} time" if event.time > record.timestamp + settings.future_ms else ""


async def resend(
    settings: Settings,
    chosen: Sequence[Letter],
    wishes: Wishes,
    *,
    dry: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Decision]:
    """Decides for each letter and, unless `dry`, sends what is to be sent. Raises ReadError, PublishError."""
    partitions = len((await partitions_of(settings, SOURCE_ORDER))[SOURCE_ORDER[0]])
    decisions = [decide(letter, partitions, settings, wishes) for letter in chosen]
    if all(decision.record is None for decision in decisions):
        return decisions
    async with _sender(settings, dry) as producer:
        if not wishes.again:
            async with reader(settings, SOURCE_ORDER) as (consumer, sources):
                done = await _sent_before(consumer, sources, decisions)
            decisions = [_unless(decision, done) for decision in decisions]
        if producer is not None:
            await _send(settings, producer, decisions, progress)
    return decisions


def _unless(decision: Decision, done: Mapping[str, str]) -> Decision:
    where = done.get(decision.letter.id)
    return decision if where is None else Decision(decision.letter, Outcome.ALREADY, where, None)


async def _sent_before(
    consumer: AIOKafkaConsumer, partitions: Mapping[str, list[TopicPartition]], decisions: Sequence[Decision]
) -> dict[str, str]:
    """Of the chosen letters those that were sent again before: where their records are."""
    chosen = {decision.letter.id for decision in decisions}
    begins: dict[TopicPartition, int] = {}
    for decision in decisions:
        if decision.record is not None:
            partition = partitions[decision.record.topic][decision.record.partition]
            begin = await _earliest(consumer, partition, decision.letter)
            begins[partition] = min(begin, begins.get(partition, begin))
    found = {}
    for partition, begin in begins.items():
        async for row in read_to_end(consumer, partition, begin):
            for name, content in row.headers:
                if name == RESENT and (told := (content or b"").decode(errors="replace")) in chosen:
                    found[told] = f"{row.topic}/{row.partition}/{row.offset}"
    return found


async def _earliest(consumer: AIOKafkaConsumer, partition: TopicPartition, letter: Letter) -> int:
    """From where on a resent record can be: behind the first one, or, elsewhere, at its time or later."""
    if letter.origin.partition == partition.partition and letter.origin.offset is not None:
        begin: int = (await consumer.beginning_offsets([partition]))[partition]
        return max(letter.origin.offset + 1, begin)
    return await offset_from(consumer, partition, letter.timestamp)


async def _send(
    settings: Settings, producer: AIOKafkaProducer, decisions: Sequence[Decision], progress: Callable[[int], None]
) -> None:
    count = 0
    try:
        for batch in _batches([decision.record for decision in decisions if decision.record is not None]):
            async with producer.transaction():
                futures = [await _start(producer, settings.topic_prefix, record) for record in batch]
                await asyncio.gather(*futures)  # aiokafka would commit the others without one that failed
            count += len(batch)
            progress(count)
    except InvalidTimestampError as error:
        raise PublishError("the brokers refuse a record time; leave out --keep-times") from error
    except KafkaError as error:
        raise PublishError(str(error) or type(error).__name__) from error


def _batches(records: list[SourceRecord]) -> Iterator[list[SourceRecord]]:
    for start in range(0, len(records), _BATCH):
        yield records[start : start + _BATCH]


async def _start(producer: AIOKafkaProducer, prefix: str, record: SourceRecord) -> asyncio.Future[RecordMetadata]:
    topic, headers = prefix + record.topic, list(record.headers)
    batch = producer.create_batch()  # `send` refuses a record that has neither key nor value
    batch.append(timestamp=record.timestamp, key=record.key, value=record.value, headers=headers)
    batch.close()
    future: asyncio.Future[RecordMetadata] = await producer.send_batch(batch, topic, partition=record.partition)
    return future


@asynccontextmanager
async def _sender(settings: Settings, dry: bool) -> AsyncIterator[AIOKafkaProducer | None]:
    """The producer of all resends; None for a dry run."""
    if dry:
        yield None
        return
    async with transactional(settings, "resend") as producer:
        yield producer
