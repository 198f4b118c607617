"""Where each lane's ledger stands, for whoever asks; and the committed records of a span of offsets."""

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.codec.block import Head, head_of
from streams.reading import ReadError

_POLL_MS = 200
# A ledger's last block is near its end: each block takes two offsets, aborted ones more. The look back doubles.
_TAIL = 8


async def read_head(consumer: AIOKafkaConsumer, ledger: TopicPartition, start: int, end: int) -> Head | None:
    """The head of the ledger between two offsets, None where it is empty; `ledger` is assigned and paused."""
    step = _TAIL
    while end > start:
        rows = await read_span(consumer, ledger, max(start, end - step), end)
        if rows:
            try:
                return head_of(rows[-1].value or b"")
            except ValueError as error:  # ContractError is one
                raise ReadError(f"{ledger.topic}/{ledger.partition}: its last record is no block") from error
        if end - step <= start:
            break
        step *= 2
    return None


async def read_span(
    consumer: AIOKafkaConsumer, partition: TopicPartition, begin: int, end: int, count: int | None = None
) -> list[ConsumerRecord]:
    """The committed records from `begin` to `end`, or the first `count` of them."""
    consumer.seek(partition, begin)
    consumer.resume(partition)
    rows: list[ConsumerRecord] = []
    try:
        while await consumer.position(partition) < end and (count is None or len(rows) < count):
            came = await consumer.getmany(partition, timeout_ms=_POLL_MS, max_records=count)
            rows += came.get(partition, ())
    finally:
        consumer.pause(partition)
    return rows
