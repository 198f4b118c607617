"""What the system says: the status event of an account and product, and the present picture that `current` carries.

Outputs are read by others' programs too, so unknown fields are no error here; what is known is strict.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema

from schemas.hints import Hint, refuse_default
from schemas.money import check_decimals
from schemas.policy_values import ReasonCode
from schemas.references import reference
from schemas.validation import expect, parsed
from schemas.values import (
    AccountId,
    Amount,
    Bool,
    Count,
    Currency,
    Digest,
    Id,
    Instant,
    Name,
    PolicyId,
    ProductId,
    Text,
)
from schemas.vocabulary import CauseKind, Change, Disclosure, Side, Status

REASONS_SHOWN_MAX: Final = 4
EVIDENCE_MAX: Final = 16

Picture = TypeVar("Picture", "StatusEvent", "CurrentStatus")

# Crockford's base 32 leaves out I, L, O and U.
REFERENCE_PATTERN: Final = r"^[0-9A-HJKMNP-TV-Z]{10}$"


def parse_scalar(value: object) -> Any:
    """A value as statuses show it: whole number, decimal or other text, true, false, a list of texts, or null."""
    is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if value is not None and not is_list and not isinstance(value, bool | int | str):
        refuse_default()
    return value


Scalar = Annotated[
    Any,
    PlainValidator(parse_scalar),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["integer", "string", "boolean", "null"]},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
    Hint("a whole number, a text, true, false, a list of texts or null", "5"),
]
Reference = Annotated[
    str,
    StringConstraints(strict=True, pattern=REFERENCE_PATTERN),
    Hint("10 characters of Crockford's base 32", '"4T7Q2M9KXC"'),
]
Sequence = Annotated[int, Field(strict=True, ge=1), Hint("a whole number of 1 or more", "1")]


class Output(BaseModel):
    """Strict in what is known, tolerant of what a later version adds."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    def document(self) -> dict[str, Any]:
        """The plain JSON value, in canonical texts, with just the fields that were given."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class StatusTerms(Output):
    """What the status allows."""

    new_draws: Bool
    max_amount: Amount | None = None
    currency: Currency | None = None


class StatusReason(Output):
    """One reason. With limited disclosure only code, category and disclosure hold something.

    `values` fill the text's placeholders and come from evidence alone; `evidence` are at most 16 event ids, the newest,
    `evidence_more` counts the rest.
    """

    rule: Name | None
    code: ReasonCode
    category: Name
    fact: Name | None
    observed: Scalar
    limit: Scalar
    unit: Name | None
    since: Instant | None
    clears_at: Instant | None
    remedy: Name | None
    evidence: Annotated[list[Id], Field(strict=True, max_length=EVIDENCE_MAX)]
    evidence_more: Count = 0
    values: dict[str, Scalar] = Field(default_factory=dict)
    disclosure: Disclosure


class NextChange(Output):
    """When time alone gives another status, and by what: a rule's id, `policy` or `segment`."""

    at: Instant
    status: Status
    because: Name


class Alternative(Output):
    """Another product that is open now."""

    product: ProductId
    provider: ProductId
    adds_inquiry: Bool


class PolicyReference(Output):
    """The version of the policy that was applied."""

    id: PolicyId
    version: Count
    digest: Digest


class Cause(Output):
    """What led to the change; the event's id where it was one."""

    kind: CauseKind
    event_id: Id | None


class StatusData(Output):
    """The picture of one account and product, with everything a message about it needs."""

    account_id: AccountId
    product: ProductId
    provider: ProductId
    sequence: Sequence
    reference: Reference
    status: Status
    previous: Status | None
    terms: StatusTerms
    side: Side | None
    reasons: Annotated[list[StatusReason], Field(strict=True)]
    reasons_shown: Annotated[int, Field(strict=True, ge=0, le=REASONS_SHOWN_MAX)]
    next_change: NextChange | None
    alternatives: Annotated[list[Alternative], Field(strict=True)]
    adverse: Bool
    policy: PolicyReference
    engine: Name
    catalogue: Name
    cause: Cause
    changed: Annotated[list[Change], Field(strict=True)]
    recorded_at: Instant


class StatusEvent(Output):
    """A CloudEvent: the status of an account and product from `time` on."""

    specversion: Literal["1.0"]
    id: Text
    source: Literal["/eligibility"]
    type: Literal["eligibility.status.changed"]
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    data: StatusData


class CurrentStatus(Output):
    """A CloudEvent: the present picture of an account and product, one per key in the compacted topic `current`.

    The data is the last status event's, with what may move without a change: clears_at, next_change, alternatives. The
    extension attribute `refreshedat` is when they last moved; without it the picture is as the status event told it.
    """

    specversion: Literal["1.0"]
    id: Text
    source: Literal["/eligibility"]
    type: Literal["eligibility.status.current"]
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    refreshedat: Instant | None = None
    data: StatusData


def parse_status(document: object) -> StatusEvent:
    """The status event in a parsed JSON document; raises ContractError naming the field."""
    return _parse(document, StatusEvent)


def parse_current(document: object) -> CurrentStatus:
    """The present picture in a parsed JSON document; raises ContractError naming the field."""
    return _parse(document, CurrentStatus)


def _parse(document: object, model: type[Picture]) -> Picture:
    event = parsed(document, model, "a status event")
    _check_together(event)
    return event


def _check_together(event: StatusEvent | CurrentStatus) -> None:
    """What the fields owe each other."""
    data = event.data
    expect(
        (
            ("id", event.id, f"{data.account_id}/{data.product}/{data.sequence}"),
            ("subject", event.subject, data.account_id),
            ("data.reference", data.reference, reference(event.id)),
            ("data.reasons_shown", data.reasons_shown, min(len(data.reasons), REASONS_SHOWN_MAX)),
            ("data.side", data.side is None, data.status == "OPEN"),
        )
    )
    check_decimals(data.terms.max_amount, data.terms.currency, "data.terms.max_amount")
