"""The AsyncAPI document as a page for people: deploy/docs/contracts.md, one section per topic, one table per message.

Run `make contracts-page` after a change of the contracts; a test keeps page and export equal.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas.asyncapi import asyncapi_document

PAGE = Path(__file__).parents[1] / "docs" / "contracts.md"
Schema = Mapping[str, Any]

_HEAD = """# Contracts

<!-- Written by deploy/scripts/contracts_page.py from the export: `make contracts-page`. Don't edit. -->

Every message of every topic, as `eligibility schemas export --output contracts` writes it to `asyncapi.json`
(AsyncAPI {asyncapi}, contract version {version}); the same directory has a JSON Schema for each message.
`eligibility schemas check --strict FILE` checks events in files. Topics stand here with the default prefix,
`ELIGIBILITY_TOPIC_PREFIX` sets another one.

Fields marked * are required. Texts have no control characters. Unknown fields are no error for events and statuses:
they are kept in the log and ignored.
"""
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
    "array": "list",
    "date-time": "instant, RFC 3339",
    "date": "date, YYYY-MM-DD",
}
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
"""The pattern of every text without one of its own: no control characters. Said once, at the top."""
_ENVELOPE = "repayment.due"
"""The message whose envelope stands for all events'."""


class Page:
    """The page of one document. Schemas that messages refer to get a section of their own, in order of appearance."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas: Mapping[str, Schema] = document["components"]["schemas"]
        self._messages: Mapping[str, Any] = document["components"]["messages"]
        self._parts: list[str] = []

    def lines(self) -> Iterator[str]:
        """The whole page."""
        yield _HEAD.format(asyncapi=self._document["asyncapi"], version=self._document["info"]["version"])
        yield "## The envelope of every event\n"
        yield "CloudEvents 1.0 in JSON, structured mode; binary mode (`ce_` headers) is accepted too.\n"
        yield from self._table(self._schema_of(_ENVELOPE), {"type", "data"})
        for channel in self._document["channels"].values():
            yield from self._topic(channel)
        yield "## Parts\n"
        for name in self._parts:  # grows while it is read: parts refer to others
            yield f"### {name}\n"
            yield from self._described(self._schemas[name])
            yield from self._table(self._schemas[name])

    def _topic(self, channel: Mapping[str, Any]) -> Iterator[str]:
        kafka = channel["bindings"]["kafka"]
        settings = kafka["topicConfiguration"]
        kept = "for ever" if settings["retention.ms"] == -1 else f"{settings['retention.ms'] // 86_400_000} days"
        yield f"## `{channel['address']}`\n"
        one = " One partition." if kafka.get("partitions") == 1 else ""
        yield f"{channel['description']}{one} Cleanup: {', '.join(settings['cleanup.policy'])}; kept {kept}.\n"
        if not channel["messages"]:
            yield "Its messages are not part of this version.\n"
        for name in channel["messages"]:
            yield from self._message(name)

    def _message(self, name: str) -> Iterator[str]:
        message = self._messages[name]
        yield f"### {name}\n"
        if "headers" in message:
            yield f"{message['description']}\n"
            yield from self._table(message["headers"])
            return
        schema = self._schema_of(name)
        yield from self._described(schema)
        data = schema["properties"].get("data")
        if data is None:
            yield from self._table(schema)
        elif "source" in schema["properties"] and "const" in schema["properties"]["source"]:
            yield from self._table(schema)  # the system's own messages: their envelope says more
        else:
            yield from self._table(self._resolved(data))

    def _schema_of(self, name: str) -> Schema:
        return self._resolved(self._messages[name]["payload"])

    def _resolved(self, schema: Schema) -> Schema:
        return self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    def _described(self, schema: Schema) -> Iterator[str]:
        if "description" in schema:
            yield f"{schema['description']}\n"

    def _table(self, schema: Schema, without: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
        fields = {name: field for name, field in schema.get("properties", {}).items() if name not in without}
        if not fields:
            yield "No fields.\n" if schema.get("type") == "object" else f"{_cell(self._kind(schema))}\n"
            return
        required = schema.get("required", ())
        yield "| field | what |\n|---|---|"
        for name, field in fields.items():
            yield f"| `{name}`{'*' if name in required else ''} | {_cell(self._kind(field))} |"
        yield ""

    def _kind(self, schema: Schema) -> str:
        """A schema in words."""
        if "$ref" in schema:
            return self._part(schema["$ref"].rpartition("/")[2])
        if "anyOf" in schema:
            return " or ".join(self._kind(option) for option in schema["anyOf"])
        if "const" in schema:
            return f"`{schema['const']}`"
        if "enum" in schema:
            return ", ".join(f"`{value}`" for value in schema["enum"])
        kinds = schema.get("type")
        if kinds is None:
            return "any value"
        if isinstance(kinds, list):
            return " or ".join(_WORDS[kind] for kind in kinds)
        if kinds == "array":
            return self._list(schema)
        if kinds == "object":
            return self._object(schema)
        return _WORDS[schema.get("format", kinds)] + _bounds(schema)

    def _list(self, schema: Schema) -> str:
        bounds = _range("of ", schema.get("minItems"), schema.get("maxItems"), "")
        items = schema.get("items")
        return f"list{bounds}" + (f" of: {self._kind(items)}" if items else "")

    def _object(self, schema: Schema) -> str:
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            return f"object of: {self._kind(inner)}"
        patterns = schema.get("patternProperties", {})
        return "object" + "".join(f" of `{name}`: {self._kind(field)}" for name, field in patterns.items())

    def _part(self, name: str) -> str:
        if name not in self._parts:
            self._parts.append(name)
        return f"[{name}](#{name.lower()})"


def _bounds(schema: Schema) -> str:
    if schema.get("pattern", _PRINTABLE) != _PRINTABLE:
        return f" `{schema['pattern']}`"
    characters = _range("of ", schema.get("minLength"), schema.get("maxLength"), " characters")
    return characters + _range("", schema.get("minimum"), schema.get("maximum"), "")


def _range(before: str, least: int | None, most: int | None, unit: str) -> str:
    if least is not None and most is not None:
        return f", {before}{least} to {most}{unit}"
    if least is not None:
        return f", {before}{least}{unit} or more"
    return f", {before}at most {most}{unit}" if most is not None else ""


def _cell(text: str) -> str:
    """A text in a cell of a table, where a bar would end it."""
    return text.replace("|", "\\|").replace("\n", " ")


def page() -> str:
    """The page of the present contracts."""
    return "\n".join(Page(asyncapi_document()).lines()).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE}: written")
