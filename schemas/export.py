"""The contracts as JSON Schema 2020-12, one document per message."""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schemas.access import AccessEvent
from schemas.availability import AvailabilityEvent
from schemas.block import Block
from schemas.corrected import CorrectionEvent
from schemas.deadletter import CODE_HEADER, HEADERS
from schemas.errors import Code
from schemas.events import EVENT_TYPES
from schemas.feedback import FeedbackEvent
from schemas.notices import NOTICE_EVENTS
from schemas.policy import PolicyDocument
from schemas.preferences import PREFERENCES, PreferencesEvent
from schemas.status import CurrentStatus, StatusEvent

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
STATUS: Final = "eligibility.status.changed"
CURRENT: Final = "eligibility.status.current"
AVAILABILITY: Final = "eligibility.availability.changed"
CORRECTED: Final = "eligibility.status.corrected"
ACCESS: Final = "eligibility.access.recorded"
FEEDBACK: Final = "eligibility.feedback.given"
BLOCK: Final = "ledger-block"
POLICY: Final = "policy-document"
DEAD_LETTER: Final = "dead-letter-headers"
# What others read rather than write: there a new version must be readable by those who know the old one.
OUTBOUND: Final = frozenset(
    {STATUS, CURRENT, AVAILABILITY, CORRECTED, ACCESS, FEEDBACK, BLOCK, DEAD_LETTER, *NOTICE_EVENTS}
)


class Generator(GenerateJsonSchema):
    """Pydantic's generator without the titles that only repeat field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def message_models() -> dict[str, type[BaseModel]]:
    """Every message that has a body of its own, by the name of its schema."""
    models: dict[str, type[BaseModel]] = {name: kind.envelope for name, kind in EVENT_TYPES.items()}
    return models | {
        STATUS: StatusEvent,
        CURRENT: CurrentStatus,
        AVAILABILITY: AvailabilityEvent,
        CORRECTED: CorrectionEvent,
        ACCESS: AccessEvent,
        FEEDBACK: FeedbackEvent,
        BLOCK: Block,
        POLICY: PolicyDocument,
        PREFERENCES: PreferencesEvent,
        **NOTICE_EVENTS,
    }


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every message, by name; equal on every run."""
    schemas = {name: _json_schema(name, model) for name, model in message_models().items()}
    schemas[DEAD_LETTER] = _document(DEAD_LETTER, dead_letter_headers())
    return schemas


def dead_letter_headers() -> dict[str, Any]:
    """The headers that a dead letter adds to the source's own, as an object of texts."""
    properties: dict[str, Any] = {name: {"type": "string"} for name in HEADERS}
    properties[CODE_HEADER]["enum"] = [code.value for code in Code]
    return {
        "title": "DeadLetterHeaders",
        "description": "Headers of a dead letter, in UTF-8; key and value are the rejected record's.",
        "type": "object",
        "properties": properties,
        "required": list(HEADERS),
    }


def _json_schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return _document(name, model.model_json_schema(schema_generator=Generator))


def _document(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:eligibility-streams:schema:{name}", **schema}
