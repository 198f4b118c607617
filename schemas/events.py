"""Events from outside: CloudEvents 1.0 of the contract's types, checked strictly in one pydantic validation each.

Unknown fields are no error: they stay in the log, the core ignores them, and their dotted names are counted. Any
lower-case alphanumeric attribute of the envelope is a legal CloudEvents extension, so it is not unknown.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from schemas.envelope import Envelope, envelope_model
from schemas.errors import Code, ContractError, describe
from schemas.event import Event
from schemas.payloads.base import Payload
from schemas.payloads.table import PAYLOADS
from schemas.topics import BROADCAST
from schemas.validation import contract_error, did_you_mean

UNKNOWN_NAMES_MAX: Final = 16
UNKNOWN_NAME_CHARACTERS_MAX: Final = 64
# A value beyond this is refused before it is parsed.
VALUE_BYTES_MAX: Final = 1 << 20

_EXTENSION: Final = re.compile(r"[a-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type: the topic it travels in, its payload's model, and whether every lane takes it in."""

    name: str
    topic: str
    data_model: type[Payload]
    broadcast: bool
    envelope: type[Envelope]
    validate: Callable[[object], Envelope]
    known: frozenset[str]


def _event_type(name: str, topic: str, data: type[Payload]) -> EventType:
    envelope = envelope_model(name, topic, data)
    return EventType(
        name=name,
        topic=topic,
        data_model=data,
        broadcast=topic in BROADCAST,
        envelope=envelope,
        validate=envelope.__pydantic_validator__.validate_python,
        known=frozenset(field.alias or field_name for field_name, field in data.model_fields.items()),
    )


EVENT_TYPES: Final[Mapping[str, EventType]] = MappingProxyType(
    {name: _event_type(name, topic, data) for topic, types in PAYLOADS.items() for name, data in types.items()}
)


def event_type(document: object) -> EventType:
    """The type of a parsed JSON document; raises ContractError (invalid_event, unknown_type) naming `type`."""
    if not isinstance(document, dict):
        raise ContractError(Code.INVALID_EVENT, "", describe(document), "a CloudEvent as a JSON object")
    name = document.get("type")
    if not isinstance(name, str):
        came = "nothing" if "type" not in document else describe(name)
        raise ContractError(Code.INVALID_EVENT, "type", came, "an event type", '"repayment.due"')
    found = EVENT_TYPES.get(name)
    if found is None:
        near = did_you_mean(name, EVENT_TYPES) or "repayment.due"
        raise ContractError(Code.UNKNOWN_TYPE, "type", describe(name), "an event type of the contract", f'"{near}"')
    return found


def parse_event(document: dict[str, Any]) -> Event:
    """The event in a structured CloudEvent; raises ContractError (invalid_event, unknown_type, beyond_horizon)."""
    return validate_event(event_type(document), document)


def validate_event(kind: EventType, document: dict[str, Any]) -> Event:
    """The event in a document whose type is known already; raises ContractError naming the field."""
    try:
        envelope = kind.validate(document)
    except ValidationError as error:
        raise contract_error(error, kind.envelope) from None
    data: Payload = envelope.data
    data.check(envelope.subject)
    # Every known field that came is in the set of fields set, so equal sizes mean nothing unknown came.
    complete = len(envelope.__pydantic_fields_set__) == len(document)
    if complete and ("data" not in document or len(data.__pydantic_fields_set__) == len(document["data"])):
        unknown: tuple[str, ...] = ()
    else:
        unknown = tuple(_first_unknown(kind, document))
    return Event(
        envelope.type,
        envelope.id,
        envelope.source,
        envelope.subject,
        envelope.time,
        envelope.recordedtime,
        data,
        unknown,
    )


def unknown_fields(kind: EventType, document: Mapping[str, Any]) -> Iterator[str]:
    """Dotted names of all unknown fields of a valid document, in its order."""
    for name in document:
        if not _EXTENSION.fullmatch(name):
            yield name
    for name in document.get("data", ()):
        if name not in kind.known:
            yield f"data.{name}"


def _first_unknown(kind: EventType, document: Mapping[str, Any]) -> Iterator[str]:
    if "data_base64" in document:
        raise ContractError(
            Code.INVALID_EVENT, "data_base64", "binary data", "data as a JSON object in the field data", "{...}"
        )
    for name, _ in zip(unknown_fields(kind, document), range(UNKNOWN_NAMES_MAX), strict=False):
        yield name[:UNKNOWN_NAME_CHARACTERS_MAX]
