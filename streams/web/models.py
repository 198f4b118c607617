"""What the service answers, as models: the OpenAPI document is made from them, and tests hold every answer to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from schemas.reasons import Language
from schemas.status import Reference, Scalar, StatusData
from schemas.values import AccountId, Id, Instant, Name, ProductId, Text, WhenField
from schemas.vocabulary import Status


class Answer(BaseModel):
    """Strict in what is known."""

    model_config = ConfigDict(extra="forbid")


class ReasonTexts(Answer):
    """A reason in words, and what to do about it."""

    code: Name
    text: str
    remedy: str | None


class Texts(Answer):
    """A picture in words, in one language; reasons in the picture's order."""

    lang: Language
    status: str
    reasons: list[ReasonTexts]


class Check(Answer):
    """A rule in force: pass, near (within a tenth of the limit) or fail.

    One of limited disclosure has no rule, fact, value or limit but for the scope audit.
    """

    rule: Name | None
    code: Name
    result: Literal["pass", "near", "fail"]
    fact: Name | None = None
    value: Scalar = None
    limit: Scalar = None
    unit: Name | None = None


class Dispute(Answer):
    """An open dispute, about an event (evidence of a reason) or a reason's code: the reason is marked as disputed."""

    dispute_id: Id
    about: Id
    answer_by: Instant


class Picture(StatusData):
    """The present picture of a product: as in `current`, since when it holds, and what was asked for besides."""

    since: Instant
    refreshed_at: Instant | None
    availability: dict[str, Any] | None = Field(description="Is the service up: data of `availability`; null: unknown.")
    texts: Texts | None = None
    checks: list[Check] | None = None
    disputes: list[Dispute] | None = None


class AccountStatus(Answer):
    """All products of an account. `events_after` is where `/events?after=` goes on without a gap."""

    account_id: AccountId
    events_after: str | None
    products: list[Picture]


class PastStatus(StatusData):
    """A status event: its data, and from when it held."""

    time: Instant


class History(Answer):
    """Status events, the newest first. `next` is the path of the next page, null on the last."""

    account_id: AccountId
    items: list[PastStatus]
    next: str | None


class Referred(Answer):
    """The status events that a reference number stands for: one, but for a rare accident of numbers."""

    reference: Reference
    items: list[PastStatus]


class RegisteredReason(Answer):
    """A code of the registry. Placeholders in braces are filled from evidence."""

    code: Name
    category: Name
    who: Literal["customer", "time", "provider", "law", "unknown", "choice"]
    adverse: Literal["yes", "no", "depends"]
    disclosure: Literal["full", "limited"]
    texts: dict[Language, str]
    remedy: Name
    remedy_texts: dict[Language, str]


class Reasons(Answer):
    """All codes, in the registry's order."""

    catalogue: Name
    items: list[RegisteredReason]


class ProductOverview(Answer):
    """How many accounts have each status, and each reason, now."""

    product: ProductId
    statuses: dict[Status, int]
    reasons: dict[str, int]
    availability: dict[str, Any] | None


class Overview(Answer):
    """All products. `newest` is the newest record timestamp that is in."""

    newest: Instant | None
    products: list[ProductOverview]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReviewRequest(_Request):
    """That a person decides."""

    kind: Literal["review"]
    product: ProductId


class DisputeRequest(_Request):
    """That an event or a reason is wrong."""

    kind: Literal["dispute"]
    about: Id = Field(description="An event's id or a reason's code.")


class ExplanationRequest(_Request):
    """To be told why."""

    kind: Literal["explanation"]
    product: ProductId


# As times are read: from 1900 on, which `format` doesn't say.
Until = Annotated[
    WhenField,
    WithJsonSchema(
        {"type": "string", "pattern": r"^(19|[2-9]\d)\d\d-", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    ),
]


class ChoiceRequest(_Request):
    """To pause, close or reopen one product, or all."""

    kind: Literal["choice"]
    choice: Literal["pause", "close", "reopen"]
    product: ProductId | None = None
    until: Until | None = None


CustomerRequest = Annotated[
    ReviewRequest | DisputeRequest | ExplanationRequest | ChoiceRequest, Field(discriminator="kind")
]


class Accepted(Answer):
    """The request is an event now. `event_id` is found again as the cause of what follows."""

    event_id: Id
    type: Name
    request_id: Id | None = Field(description="The id of the review, dispute or explanation.")


class SupposedEvent(_Request):
    """An event that hasn't happened; without a time it happens now."""

    type: Text
    time: Instant | None = None
    data: dict[str, Any]


class Supposition(_Request):
    """Events, and until when time goes on (at most 3 years ahead)."""

    events: list[SupposedEvent] = Field(default_factory=list, max_length=20)
    until: Instant | None = None
    product: ProductId | None = None


class Supposed(Answer):
    """The statuses that would come, in order."""

    account_id: AccountId
    until: Instant
    items: list[PastStatus]


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"]


class Ready(Answer):
    """Everything that was committed at the start is in."""

    status: Literal["ready"]
