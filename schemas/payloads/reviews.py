"""Reviews: overrides, disputes, human reviews, explanations, corrections, notes of support."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from schemas.hints import UNFIT, Hint, refuse, refuse_default
from schemas.payloads.base import Payload
from schemas.values import Id, ProductId, Text, WhenField
from schemas.vocabulary import Status

CORRECTION_FIELDS_MAX = 32
CORRECTION_LIST_MAX = 16
CORRECTION_TEXT_MAX = 256
CORRECTION_NUMBER_MAX = 10**18


def parse_correction(value: object) -> dict[str, Any]:
    """The right data of another event: an object of texts, whole numbers, true, false, null and lists of texts.

    Its type is not known here, so only what every payload shares is checked; no payload has floats or nested objects.
    """
    if not isinstance(value, dict) or not 0 < len(value) <= CORRECTION_FIELDS_MAX:
        refuse_default()
    for name, item in value.items():
        if not _is_field_value(name) or not _is_field_value(item):
            refuse(
                f"for {name[:40]!r} a text, a whole number, true, false, null or a list of texts", '{"amount":"9.50"}'
            )
    return value


def _is_field_value(item: object) -> bool:
    match item:
        case None | bool():
            return True
        case int():
            return abs(item) <= CORRECTION_NUMBER_MAX
        case str():
            return len(item) <= CORRECTION_TEXT_MAX and not UNFIT.search(item)
        case list():
            return len(item) <= CORRECTION_LIST_MAX and all(isinstance(x, str) and _is_field_value(x) for x in item)
        case _:
            return False


Correction = Annotated[
    dict[str, Any],
    PlainValidator(parse_correction),
    WithJsonSchema({"type": "object", "minProperties": 1, "maxProperties": CORRECTION_FIELDS_MAX}),
    Hint(f"an object of 1 to {CORRECTION_FIELDS_MAX} fields, the corrected event's right data", '{"amount":"9.50"}'),
]


class OverrideProposed(Payload):
    """A person asks for another status of a product, with a reason and an end."""

    override_id: Id
    by: Text
    product: ProductId
    status: Status
    reason: Text
    until: WhenField | None = None


class OverrideApproved(Payload):
    """Another person agrees."""

    override_id: Id
    by: Text


class OverrideRevoked(OverrideApproved):
    """The override ends."""


class DisputeOpened(Payload):
    """The customer disputes an event or a reason."""

    dispute_id: Id
    about: Id
    outcome: Text | None = None


class DisputeClosed(DisputeOpened):
    """The dispute is answered."""


class ReviewRequested(Payload):
    """The customer asks that a person decides."""

    review_id: Id
    product: ProductId


class ReviewDecided(Payload):
    """A person has decided."""

    review_id: Id
    product: ProductId
    by: Text
    status: Status
    reason: Text
    until: WhenField | None = None


class ExplanationRequested(Payload):
    """The customer asks why."""

    request_id: Id
    product: ProductId
    by: Text | None = None


class ExplanationGiven(ExplanationRequested):
    """The customer was told why."""


class FactCorrected(Payload):
    """An earlier event was wrong: `data` is what it should have said, of the same type."""

    corrects: Id
    data: Correction


class FactSuppressed(Payload):
    """An earlier event is true but may no longer be used."""

    suppresses: Id
    reason: Text
    from_: WhenField | None = Field(default=None, alias="from")


class SupportNoted(Payload):
    """A note of customer support; its text stays in the support system."""

    note_id: Id
    by: Text
