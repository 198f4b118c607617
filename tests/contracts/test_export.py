"""What is exported: valid, current, and consistent with itself."""

from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

import schemas
from schemas.asyncapi import asyncapi_document, messages_of
from schemas.events import EVENT_TYPES
from schemas.export import DEAD_LETTER, DIALECT, json_schemas
from schemas.topics import TOPICS
from streams.cli.schemas import contract_files, document_text
from tests.contracts.golden import golden, names

PUBLISHED = Path(schemas.__file__).parent / "published"
SCHEMAS = json_schemas()


def test_the_published_snapshots_are_current() -> None:
    current = {name: document_text(document) for name, document in contract_files().items()}
    published = {path.name: path.read_text(encoding="utf-8") for path in PUBLISHED.iterdir()}
    stale = sorted(name for name in current | published if current.get(name) != published.get(name))
    assert stale == [], "write them anew with: eligibility schemas export --output schemas/published"


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_valid_and_names_its_dialect(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"].endswith(name)
    assert schema["description"]


def test_every_golden_example_is_valid_under_its_schema() -> None:
    for name in names():
        base = next(each for each in (name, name.rpartition(".")[0]) if each in SCHEMAS)
        jsonschema.Draft202012Validator(SCHEMAS[base]).validate(golden(name))
    assert set(SCHEMAS) <= set(names())


def resolve(document: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/")
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [reference for child in value.values() for reference in references(child)]
    return [reference for child in value for reference in references(child)] if isinstance(value, list) else []


def test_asyncapi_has_the_parts_that_version_3_asks_for() -> None:
    document = asyncapi_document()
    assert document["asyncapi"] == "3.0.0"
    assert set(document) == {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"}
    assert {"title", "version"} <= set(document["info"])
    assert set(document["components"]) == {"messages", "schemas"}
    for reference in references(document):
        assert resolve(document, reference) is not None


def test_asyncapi_has_a_channel_per_topic_with_its_kafka_binding() -> None:
    channels = asyncapi_document("bank.")["channels"]
    assert set(channels) == set(TOPICS)
    for name, channel in channels.items():
        topic = TOPICS[name]
        assert set(channel) == {"address", "description", "messages", "bindings"}
        kafka = channel["bindings"]["kafka"]
        assert kafka["topic"] == channel["address"] == f"bank.{name}"
        assert kafka["topicConfiguration"] == {"cleanup.policy": [topic.cleanup], "retention.ms": topic.retention_ms}
        assert ("partitions" in kafka) is (topic.partitions == "1")
        assert set(channel["messages"]) == set(messages_of(name))


def test_asyncapi_receives_sources_and_sends_outputs() -> None:
    document = asyncapi_document()
    assert {name: each["action"] for name, each in document["operations"].items()} == {
        **{f"receive-{name}": "receive" for name, topic in TOPICS.items() if topic.kind in ("source", "broadcast")},
        **{
            f"send-{name}": "send"
            for name in (
                "status",
                "current",
                "availability",
                "dead-letters",
                "ledger",
                "access",
                "feedback",
                "corrections",
                "notices",
            )
        },
        "receive-preferences": "receive",
    }
    for operation in document["operations"].values():
        channel = resolve(document, operation["channel"]["$ref"])
        own = {reference["$ref"].rpartition("/")[2] for reference in operation["messages"]}
        assert own == set(channel["messages"])


def test_asyncapi_messages_are_the_contracts() -> None:
    document = asyncapi_document()
    messages = document["components"]["messages"]
    assert set(EVENT_TYPES) < set(messages)
    for name, message in messages.items():
        assert message["name"] == name
        assert message["bindings"]["kafka"]["key"]["type"] == "string"
        if name != DEAD_LETTER:
            payload = resolve(document, message["payload"]["$ref"])
            whole = {**payload, "components": document["components"]}
            jsonschema.Draft202012Validator(whole).validate(golden(name))
    assert {reference.rpartition("/")[2] for reference in references(document["channels"])} == set(messages)
