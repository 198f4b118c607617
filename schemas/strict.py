"""The strict look at an input: what the contract lets pass, but is most likely a slip."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from schemas.envelope import Envelope
from schemas.errors import ContractError
from schemas.events import event_type, unknown_fields, validate_event
from schemas.validation import did_you_mean

ENVELOPE_FIELDS: Final = tuple(field.alias or name for name, field in Envelope.model_fields.items())


class Finding(NamedTuple):
    """One field of an event: `problem` in words, `suggestion` the field that was probably meant, or empty.

    `code` is a dead letter code, or `unknown_field` where the event as such is valid.
    """

    code: str
    field: str
    problem: str
    suggestion: str


UNKNOWN_FIELD: Final = "unknown_field"


def findings(document: Any) -> Iterator[Finding]:
    """Everything to say about a parsed event: the first breach of the contract, or all unknown fields."""
    try:
        kind = event_type(document)
        validate_event(kind, document)
    except ContractError as error:
        yield Finding(error.code.value, error.field, str(error), "")
        return
    for name in unknown_fields(kind, document):
        known = [f"data.{each}" for each in kind.known] if name.startswith("data.") else ENVELOPE_FIELDS
        yield _unknown(name, did_you_mean(name, known))
    for name in document:
        near = did_you_mean(name, ENVELOPE_FIELDS)
        # A legal extension attribute, but one letter from an attribute of the contract.
        if near and name not in ENVELOPE_FIELDS and "_" not in name and name.isalnum() and name.islower():
            yield _unknown(name, near)


def _unknown(name: str, near: str) -> Finding:
    hint = f"; did you mean {near}?" if near else ""
    return Finding(UNKNOWN_FIELD, name, f"{name}: not a field of this event type{hint}", near)
