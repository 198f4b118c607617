"""How far each lane is behind, in records and in time, by its ledger: the group's offsets are only a hint.

Both are asked of what is committed. A transaction's markers take offsets too: a lane behind markers alone has no lag.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.ledgers import read_head, read_span
from streams.reading import ReadError, reader
from streams.settings import Settings

_LOOK_S = 15.0


class LaneLag(NamedTuple):
    """One lane. `records`: offsets between its positions and the ends, 0 when only markers lie there.

    `seconds`: age of the oldest record not yet applied, 0.0 when there is none. `sources`: records by topic where there
    are any. `block` is None when the lane has never opened.
    """

    lane: int
    block: int | None
    records: int
    seconds: float
    sources: dict[str, int]


async def lags(settings: Settings, now_ms: int) -> list[LaneLag]:
    """Every lane of the system, in order. Raises ReadError."""
    async with reader(settings, [*SOURCE_ORDER, "ledger"]) as (consumer, found):
        everything = [partition for each in found.values() for partition in each]
        consumer.assign(everything)
        starts = await consumer.beginning_offsets(everything)
        ends = await consumer.end_offsets(everything)
        consumer.pause(*everything)
        try:
            async with asyncio.timeout(_LOOK_S + len(everything)):
                return [
                    await _lane(consumer, found, number, starts, ends, now_ms) for number in range(len(found["ledger"]))
                ]
        except TimeoutError as error:
            raise ReadError("the brokers did not give the ledgers' ends and the records behind them in time") from error


async def _lane(
    consumer: AIOKafkaConsumer,
    found: Mapping[str, list[TopicPartition]],
    number: int,
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
    now_ms: int,
) -> LaneLag:
    ledger = found["ledger"][number]
    head = await read_head(consumer, ledger, starts[ledger], ends[ledger])
    sources, oldest = {}, now_ms
    for name in SOURCE_ORDER:
        partition = found[name][0 if name in BROADCAST else number]
        position = max(head.positions.get(name, 0) if head else 0, starts[partition])
        first = await _first(consumer, partition, position, ends[partition])
        if first is not None:
            sources[name] = ends[partition] - position
            oldest = min(oldest, first.timestamp)
    return LaneLag(number, head.block if head else None, sum(sources.values()), (now_ms - oldest) / 1000, sources)


async def _first(
    consumer: AIOKafkaConsumer, partition: TopicPartition, position: int, end: int
) -> ConsumerRecord | None:
    rows = await read_span(consumer, partition, position, end, 1) if position < end else []
    return rows[0] if rows else None
