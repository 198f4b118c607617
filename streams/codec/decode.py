"""From a record's bytes to an event, or to the reason why it is rejected; never any other outcome."""

from collections.abc import Container
from typing import Any

from schemas.errors import Code, ContractError, describe
from schemas.event import Event
from schemas.events import EVENT_TYPES, VALUE_BYTES_MAX, EventType, event_type, validate_event
from schemas.quick import quick_event
from streams.codec.framing import read_document, strip_frame
from streams.codec.murmur2 import partition_of
from streams.codec.records import SourceRecord
from streams.codec.signatures import proof_of


def decode(record: SourceRecord, partitions: int, known: Container[bytes] = ()) -> Event:
    """The event in a record of a source topic with `partitions` partitions; accounts `known` are of the record's.

    Raises ContractError, in this order: tombstone, too_large, invalid_json, unknown_type, wrong_topic, invalid_event or
    beyond_horizon, key_missing, key_mismatch, wrong_partition. The event's time is not compared with the record's here.
    """
    value = record.value
    if value is None:
        raise ContractError(Code.TOMBSTONE, "value", "null", "an event; what is past can't be deleted by a tombstone")
    if len(value) > VALUE_BYTES_MAX:
        raise ContractError(Code.TOO_LARGE, "value", f"{len(value)} bytes", f"at most {VALUE_BYTES_MAX} bytes")
    event = None if record.headers else quick_event(value)
    document: Any = None if event is not None else read_document(value, record.headers)
    kind = event_type(document) if event is None else EVENT_TYPES[event.type]
    if kind.topic != record.topic:
        came = f'"{kind.name}" in {record.topic}'
        raise ContractError(Code.WRONG_TOPIC, "type", came, f"this type in the topic {kind.topic}")
    if event is None:
        event = validate_event(kind, document)
        if kind.signed:
            event.proof = proof_of(document)
    account = event.subject.encode()
    _check_key(record, account, kind)
    if not kind.broadcast and account not in known:
        _check_partition(record, event.subject, partitions)
    return event


def _check_key(record: SourceRecord, subject: bytes, kind: EventType) -> None:
    """The key is the subject; broadcasts go everywhere, so theirs may be missing."""
    if record.key is None:
        if kind.broadcast:
            return
        raise ContractError(Code.KEY_MISSING, "key", "null", "the subject as the key", f'"{subject.decode()}"')
    if record.key != subject and strip_frame(record.key) != subject:
        came = describe(record.key.decode(errors="replace"))
        raise ContractError(Code.KEY_MISMATCH, "key", came, "the subject as the key", f'"{subject.decode()}"')


def _check_partition(record: SourceRecord, subject: str, partitions: int) -> None:
    """By the account, not by the bytes of a framed key: else one account could live in two lanes."""
    right = partition_of(subject, partitions)
    if record.partition != right:
        came = f"partition {record.partition}"
        expected = f"partition {right} of {partitions} (murmur2 of the account id, Kafka's default)"
        raise ContractError(Code.WRONG_PARTITION, "key", came, expected)
