"""Output records as the record batches that a producer sends."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch

from streams.codec.records import OutputRecord
from streams.lane.errors import RecordTooLargeError

# One batch has to pass the broker's message.max.bytes (1,048,588 by default), overheads included.
BATCH_BYTES: Final = 1_000_000
# A dead letter carries the source's value unchanged, and a source's batch may have been compressed: brokers look at its
# compressed size, so values of any size come. They go out as they came in, compressed.
COMPRESSED: Final = "dead-letters"
# Status events of one batch are alike: snappy makes a fifth of them in less time than their bytes take on their way
# through the client, the socket and the checksum (decision 0070).
_CODEC: Final = DefaultRecordBatch.CODEC_SNAPPY
_LARGE_CODEC: Final = DefaultRecordBatch.CODEC_ZSTD


def batches(rows: Sequence[OutputRecord]) -> Iterator[BatchBuilder]:
    """Batches with all of one topic's `rows` in order; a record that fits in none has one of its own.

    Raises RecordTooLargeError for one that may not have it.
    """
    begin = 0
    while begin < len(rows):
        batch = _Batch(_LARGE_CODEC if _is_large(rows[begin]) else _CODEC)
        begin = batch.fill(rows, begin)
        yield batch


class _Batch(BatchBuilder):  # type: ignore[misc] # aiokafka has no types
    """A transactional batch, filled by the builder in C without a call through Python for each record."""

    def __init__(self, codec: int) -> None:
        super().__init__(BATCH_BYTES, codec, is_transactional=True)

    def fill(self, rows: Sequence[OutputRecord], begin: int) -> int:
        """Takes what fits of `rows` from `begin` on, the first one whatever its size; returns where the rest begins."""
        append = self._builder.append
        place = begin
        for row in islice(rows, begin, None):
            if append(place - begin, row.timestamp, row.key, row.value, list(row.headers)) is None:
                break
            place += 1
        assert place > begin, "a batch takes its first record whatever its size"
        self._relative_offset = place - begin
        self.close()
        return place


def _is_large(row: OutputRecord) -> bool:
    """Does a record need a batch of its own? One that does fits into no batch that has others already."""
    size = len(row.key or b"") + len(row.value or b"")
    if row.topic == COMPRESSED:
        return size + sum(len(name) + len(content or b"") for name, content in row.headers) > BATCH_BYTES
    if size > BATCH_BYTES:
        raise RecordTooLargeError(
            f"{row.topic}: a record of {size} bytes at {row.timestamp} ms would fail at every start anew"
        )
    return False
