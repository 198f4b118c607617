"""The contracts as one AsyncAPI 3.0 document: channels, operations and messages, with their Kafka bindings."""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from schemas.events import EVENT_TYPES
from schemas.export import (
    ACCESS,
    AVAILABILITY,
    BLOCK,
    CORRECTED,
    CURRENT,
    DEAD_LETTER,
    FEEDBACK,
    POLICY,
    STATUS,
    Generator,
    dead_letter_headers,
    message_models,
)
from schemas.notices import NOTICE_EVENTS
from schemas.preferences import PREFERENCES
from schemas.topics import PREFIX_DEFAULT, TOPICS, Topic

VERSION: Final = "3.0.0"
CONTRACT_VERSION: Final = "1.0.0"
BINDING_VERSION: Final = "0.5.0"
CLOUDEVENTS: Final = "application/cloudevents+json"

_REFERENCE: Final = "#/components/schemas/{model}"
_OUTPUTS: Final = {
    "status": (STATUS,),
    "current": (CURRENT,),
    "availability": (AVAILABILITY,),
    "ledger": (BLOCK,),
    "dead-letters": (DEAD_LETTER,),
    "corrections": (CORRECTED,),
    "access": (ACCESS,),
    "feedback": (FEEDBACK,),
    "notices": tuple(NOTICE_EVENTS),
    "preferences": (PREFERENCES,),
}


def asyncapi_document(prefix: str = PREFIX_DEFAULT) -> dict[str, Any]:
    """The document, from the models and the catalogue of topics; `prefix` is the installation's."""
    references, schemas = _schemas()
    messages = {name: _message(name, references) for name in references}
    messages[DEAD_LETTER] = _dead_letter()
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "eligibility-streams",
            "version": CONTRACT_VERSION,
            "description": "Events about credit accounts in, changes of their eligibility with reasons out.",
        },
        "defaultContentType": CLOUDEVENTS,
        "channels": {name: _channel(topic, prefix) for name, topic in TOPICS.items()},
        "operations": {
            _operation_name(topic): _operation(topic) for topic in TOPICS.values() if messages_of(topic.name)
        },
        "components": {
            "messages": messages,
            "schemas": schemas,
        },
    }


def messages_of(topic: str) -> tuple[str, ...]:
    """The messages of a topic, by the names of their schemas; none where a later version defines them."""
    return tuple(name for name, kind in EVENT_TYPES.items() if kind.topic == topic) or _OUTPUTS.get(topic, ())


def _schemas() -> tuple[dict[str, str], dict[str, Any]]:
    """Of every message the reference to its schema; all schemas by their names in the document."""
    models = {name: model for name, model in message_models().items() if name != POLICY}
    found, whole = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template=_REFERENCE, schema_generator=Generator
    )
    return {name: found[model, "validation"]["$ref"] for name, model in models.items()}, whole["$defs"]


def _channel(topic: Topic, prefix: str) -> dict[str, Any]:
    kafka: dict[str, Any] = {"topic": topic.full_name(prefix)}
    if topic.partitions == "1":
        kafka["partitions"] = 1
    kafka["topicConfiguration"] = {"cleanup.policy": [topic.cleanup], "retention.ms": topic.retention_ms}
    return {
        "address": topic.full_name(prefix),
        "description": f"{topic.what[0].upper()}{topic.what[1:]}. Key: {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages_of(topic.name)},
        "bindings": {"kafka": kafka | {"bindingVersion": BINDING_VERSION}},
    }


def _operation_name(topic: Topic) -> str:
    return f"{_action(topic)}-{topic.name}"


def _action(topic: Topic) -> str:
    """The system receives sources and preferences; what its machine and its services say, it sends."""
    return "send" if topic.kind in ("output", "service") and topic.name != "preferences" else "receive"


def _operation(topic: Topic) -> dict[str, Any]:
    """What the system does with a topic: it receives sources and wishes, and sends outputs and notices."""
    return {
        "action": _action(topic),
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in messages_of(topic.name)],
    }


def _message(name: str, references: dict[str, str]) -> dict[str, Any]:
    topic = (
        EVENT_TYPES[name].topic if name in EVENT_TYPES else next(t for t, names in _OUTPUTS.items() if name in names)
    )
    return {
        "name": name,
        "contentType": "application/json" if name == BLOCK else CLOUDEVENTS,
        "payload": {"$ref": references[name]},
        "bindings": {"kafka": {"key": {"type": "string", "description": TOPICS[topic].key}} | _version()},
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": DEAD_LETTER,
        "contentType": "application/octet-stream",
        "description": "A rejected record: key and value unchanged, the source's headers and the ones below.",
        "headers": dead_letter_headers(),
        "payload": {"description": "The value of the rejected record: any bytes."},
        "bindings": {"kafka": {"key": {"type": "string", "description": "source key"}} | _version()},
    }


def _version() -> dict[str, str]:
    return {"bindingVersion": BINDING_VERSION}
