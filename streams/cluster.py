"""Which cluster this is, and which topics: their ids, not only their names.

A topic that was deleted and created again has another id; positions in its predecessor mean nothing in it. aiokafka's
own metadata request is of a version from before topic ids, hence one of version 12 here, made of its parts.
"""

import base64
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from schemas.topics import SOURCE_ORDER, TOPICS, changelog_name
from streams.codec.block import OUTPUTS
from streams.codec.partition import CHANGELOG
from streams.settings import Settings

_METADATA = 3
_VERSION = 12
_NO_ID = bytes(16)


def topics_of(settings: Settings) -> dict[str, str]:
    """Kafka's name by catalogue name, of every topic that a lane reads or writes."""
    names = [*SOURCE_ORDER, *(name for name in OUTPUTS if name != CHANGELOG), "ledger"]
    topics = {name: TOPICS[name].full_name(settings.topic_prefix) for name in names}
    return {**topics, CHANGELOG: changelog_name(settings.application_id)}


class Cluster(NamedTuple):
    """The cluster that a worker talks to. `topics`: id by catalogue name, base 64 as Kafka's tools show it."""

    cluster_id: str
    topics: Mapping[str, str]


class _Uuid(AbstractType[bytes]):  # type: ignore[misc] # aiokafka has no types
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = _METADATA
    API_VERSION = _VERSION
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataStruct]):  # type: ignore[misc]
    API_KEY = _METADATA

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def build(self, request_struct_class: type[_MetadataStruct]) -> _MetadataStruct:
        return request_struct_class([(_NO_ID, name, {}) for name in self._names], False, False, {})


async def describe(client: Mapping[str, Any], topics: Mapping[str, str]) -> Cluster:
    """Asks for the ids of the cluster and `topics` (Kafka's name by catalogue name); KafkaError when one is missing."""
    admin = AIOKafkaAdminClient(**client)
    try:
        await admin.start()
        answer = await admin._client.send(admin._client.get_random_node(), _MetadataRequest(topics.values()))
    finally:
        await admin.close()
    ids = {}
    for error, name, topic_id, *_ in answer.topics:
        if error:
            raise for_code(error)(name)
        ids[name] = base64.urlsafe_b64encode(topic_id).rstrip(b"=").decode()
    return Cluster(answer.cluster_id, {logical: ids[name] for logical, name in topics.items()})
