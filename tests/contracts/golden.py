"""Golden examples of every message: only added to, so that what was valid once stays so."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from schemas.event import Event
from schemas.events import EVENT_TYPES

FOLDER = Path(__file__).parent.parent / "golden" / "contracts"


def golden(name: str) -> dict[str, Any]:
    """A fresh copy of one example."""
    document: dict[str, Any] = orjson.loads((FOLDER / f"{name}.json").read_bytes())
    return document


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def with_value(document: dict[str, Any], dotted: str, value: Any) -> dict[str, Any]:
    """A copy in which the field at a dotted name has another value."""
    changed = copy.deepcopy(document)
    parent, _, name = dotted.rpartition(".")
    target = changed
    for step in parent.split(".") if parent else ():
        target = target[step]
    target[name] = value
    return changed


def without(document: dict[str, Any], dotted: str) -> dict[str, Any]:
    """A copy without the field at a dotted name."""
    changed = with_value(document, dotted, None)
    parent, _, name = dotted.rpartition(".")
    target = changed
    for step in parent.split(".") if parent else ():
        target = target[step]
    del target[name]
    return changed


def fields(document: dict[str, Any]) -> Iterator[str]:
    """Dotted names of the envelope's and the payload's fields."""
    for name in document:
        if name == "data":
            yield from (f"data.{each}" for each in document["data"])
        yield name


def plain(event: Event) -> tuple[Any, ...]:
    """An event by its values, whether its data is a model or a struct."""
    names = EVENT_TYPES[event.type].data_model.model_fields
    data = {name: getattr(event.data, name) for name in names}
    return event.type, event.id, event.source, event.subject, event.time, event.recorded, event.unknown, repr(data)
