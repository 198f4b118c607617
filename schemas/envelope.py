"""The CloudEvents envelope around a payload, one model per event type."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema, create_model

from schemas.hints import Hint, refuse_default
from schemas.payloads.base import Payload
from schemas.topics import BROADCAST
from schemas.values import AccountId, Id, Instant, PolicyId, PublicKey, Signature, Text

CONTENT_TYPE_CHARACTERS_MAX: Final = 128

_JSON_TYPE: Final = re.compile(r"(application/json|[a-z0-9.+-]+/[a-z0-9.+-]+\+json)\s*(;.*)?", re.IGNORECASE)


def parse_content_type(value: object) -> str:
    """A media type of JSON, the only form of data that is understood."""
    if not isinstance(value, str) or len(value) > CONTENT_TYPE_CHARACTERS_MAX or not _JSON_TYPE.fullmatch(value):
        refuse_default()
    return value


ContentType = Annotated[
    str,
    PlainValidator(parse_content_type),
    WithJsonSchema({"type": "string"}),
    Hint("the media type of JSON", '"application/json"'),
]
Scope = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^(\*|[a-z0-9-]{1,40})$"),
    Hint("a product id of 1 to 40 characters of a-z 0-9 -, or * for all", '"jiebei"'),
]


class Envelope(BaseModel):
    """A CloudEvent; `type`, `subject` and `data` are narrowed per event type.

    `time` is when it happened; `recordedtime` stands for the record's timestamp in files; `signingkey` and `signature`
    say who signed it (streams.codec.signatures).
    """

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: Id
    source: Text
    type: str
    subject: str
    time: Instant
    data: Any
    recordedtime: Instant | None = None
    datacontenttype: ContentType | None = None
    dataschema: Text | None = None
    signingkey: PublicKey | None = None
    signature: Signature | None = None


def envelope_model(name: str, topic: str, data: type[Payload]) -> type[Envelope]:
    """The model of one event type; `data` may be left out where the payload requires nothing."""
    required = any(field.is_required() for field in data.model_fields.values()) or data.REQUIRES_ONE
    return create_model(
        data.__name__ + "Event",
        __base__=Envelope,
        __doc__=data.__doc__,
        type=(_literal(name), ...),
        subject=(subject_type(name, topic), ...),
        data=(data, ... if required else Field(default_factory=data)),
    )


def _literal(name: str) -> Any:
    return Literal[name]


def subject_type(name: str, topic: str) -> Any:
    """What the subject of an event type is: account, product or `*`, or policy id."""
    if name == "clock.advanced":
        return _literal("*")
    if topic == "policies":
        return PolicyId
    return Scope if topic in BROADCAST else AccountId
