"""What an aiokafka consumer has fetched, as source records at once, without aiokafka's own objects in between."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult

from streams.codec.bulk import source_records
from streams.codec.records import SourceRecord
from streams.header_names import BatchMaker

Maker: TypeAlias = Callable[[TopicPartition, Any], SourceRecord]


def maker(name: str) -> Maker:
    """What makes a source record of the topic `name` (the catalogue's) from one that aiokafka has parsed in C."""
    new = tuple.__new__  # what SourceRecord(...) comes to, without a call through Python for each record

    def source_record(partition: TopicPartition, record: Any) -> SourceRecord:
        headers = record.headers
        fields = (name, partition[1], record.offset, record.timestamp, record.key, record.value, tuple(headers))
        return new(SourceRecord, fields)

    return source_record


def maker_of_batches(name: str, partition: int) -> BatchMaker:
    """What makes all of a batch's source records in one go: nothing is called for each."""
    return partial(source_records, name, partition)


def is_result(held: Any) -> bool:
    """Whether what a fetcher holds of a partition are records, not an error."""
    return type(held) is FetchResult


def make_with(held: Any, made_by: Maker) -> None:
    """From now on the records of a result are made so."""
    held._partition_records._consumer_record = made_by


def make_batches_with(held: Any, made_by: BatchMaker) -> None:
    """The same a batch at a time, for one who takes all that a result gives out."""
    held._partition_records.make_batches_with(made_by)
