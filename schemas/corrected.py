"""What an earlier status should have been, told once facts about its time have come in, or were put right."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.references import reference
from schemas.status import Output, Reference, Sequence, StatusReason, StatusTerms
from schemas.validation import expect, parsed
from schemas.values import AccountId, Count, Id, Instant, ProductId, Text
from schemas.vocabulary import Status

FACTS_MAX = 16

Why = Literal["late", "corrected", "suppressed"]


class Picture(Output):
    """A status as it was told, or as it should have been."""

    status: Status
    terms: StatusTerms
    reasons: Annotated[list[StatusReason], Field(strict=True)]


class CorrectionFact(Output):
    """What was not known when the status was told: an event that came late, or one that was put right or suppressed."""

    event_id: Id
    why: Why
    recorded_at: Instant


class CorrectionData(Output):
    """What was said of one product by `corrects` (a status event, or an earlier correction), what should have been
    said, since and until when; until null: it still isn't said otherwise. What is known at `checked_until` counts.

    `facts`: at most 16, the newest; `facts_more` counts the rest. `reference` is that of what is corrected.
    """

    account_id: AccountId
    product: ProductId
    sequence: Sequence
    corrects: Text
    reference: Reference
    said: Picture
    should: Picture
    since: Instant
    until: Instant | None
    checked_until: Instant
    facts: Annotated[list[CorrectionFact], Field(strict=True, max_length=FACTS_MAX)]
    facts_more: Count = 0


class CorrectionEvent(Output):
    """A CloudEvent: an earlier status should have been another one."""

    specversion: Literal["1.0"]
    id: Text
    source: Literal["/eligibility"]
    type: Literal["eligibility.status.corrected"]
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    data: CorrectionData


def parse_correction(document: object) -> CorrectionEvent:
    """The correction in a parsed JSON document; raises ContractError naming the field."""
    event = parsed(document, CorrectionEvent, "a correction")
    data = event.data
    expect(
        (
            ("id", event.id, f"{data.account_id}/{data.product}/corrected/{data.sequence}"),
            ("subject", event.subject, data.account_id),
            ("data.reference", data.reference, reference(data.corrects)),
        )
    )
    return event
