"""What an aiokafka consumer has fetched, as source records at once, without aiokafka's own objects in between."""

from collections.abc import Callable
from typing import Any, TypeAlias

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult

from streams.codec.records import SourceRecord

Maker: TypeAlias = Callable[[TopicPartition, Any], SourceRecord]


def maker(name: str) -> Maker:
    """What makes a source record of the topic `name` (the catalogue's) from one that aiokafka has parsed in C."""
    new = tuple.__new__  # what SourceRecord(...) comes to, without a call through Python for each record

    def source_record(partition: TopicPartition, record: Any) -> SourceRecord:
        headers = record.headers
        fields = (name, partition[1], record.offset, record.timestamp, record.key, record.value, tuple(headers))
        return new(SourceRecord, fields)

    return source_record


def is_result(held: Any) -> bool:
    """Whether what a fetcher holds of a partition are records, not an error."""
    return type(held) is FetchResult


def make_with(held: Any, made_by: Maker) -> None:
    """From now on the records of a result are made so."""
    held._partition_records._consumer_record = made_by
