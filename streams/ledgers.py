"""What each lane's ledger stands on and where it stands, for whoever asks; and the committed records of a span."""

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.block import Genesis
from schemas.errors import ContractError
from streams.codec import block
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


async def genesis_of(consumer: AIOKafkaConsumer, ledger: TopicPartition) -> Genesis | None:
    """What a lane's ledger, which is assigned, stands on; None where no lane has begun it yet. Raises ReadError."""
    begin = (await consumer.beginning_offsets([ledger]))[ledger]
    end = (await consumer.end_offsets([ledger]))[ledger]
    rows = await read_span(consumer, ledger, begin, end, 1)
    try:
        return genesis_in(rows[0].value or b"") if rows else None
    except ValueError as error:
        raise ReadError(f"{ledger.topic}/{ledger.partition}: {error}") from error


def genesis_in(first: bytes) -> Genesis:
    """The genesis in a ledger's first record. Raises ValueError where that is no genesis block."""
    try:
        begun = block.read(first).genesis
    except ContractError as error:
        raise ValueError(f"its first record is no block: {error.field} is wrong") from error
    if begun is None:
        raise ValueError("it doesn't begin with its genesis block: records of it were deleted")
    return begun


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
