"""Is what a lane wants to read next still there, and where does the log end for now?"""

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.lane.errors import PositionError
from streams.lane.fetch import Mark


async def checked_marks(
    consumer: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Mark]:
    """The positions with the present ends of their partitions, as `consumer`'s isolation sees them.

    PositionError unless log start <= position <= end: a log that lost records would be skipped over in silence, and one
    that ends before the position is not the log that the ledger knows.
    """
    starts = await consumer.beginning_offsets(list(positions))
    ends = await consumer.end_offsets(list(positions))
    wrong = [
        f"{partition.topic}/{partition.partition}: the ledger continues at {position}, "
        f"the log has {starts[partition]} to {ends[partition]}"
        for partition, position in sorted(positions.items())
        if not starts[partition] <= position <= ends[partition]
    ]
    if wrong:
        raise PositionError("; ".join(wrong) + ": records were deleted, or this is another topic of that name")
    return {partition: Mark(position, ends[partition]) for partition, position in positions.items()}
