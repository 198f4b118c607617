"""Is the service up: what the compacted topic `availability` carries for each product, and its reasons in words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from schemas.policy_values import ReasonCode
from schemas.reasons import Language, render
from schemas.status import Cause, Output, Scalar, Sequence
from schemas.validation import expect, parsed
from schemas.values import Bool, Count, Id, Instant, Name, ProductId

State = Literal["INCIDENT", "PAUSED", "MAINTENANCE"]

_NO_HOUR: Final[Mapping[str, Mapping[Language, str]]] = MappingProxyType(
    {
        "SYS-01": {"zh": "系统正在维护,恢复时间待定", "en": "Maintenance is going on; when it ends is not known yet"},
        "SYS-02": {
            "zh": "系统出现故障,正在处理,恢复时间待定",
            "en": "There is an outage; when it ends is not known yet",
        },
    }
)
"""What the texts say that name an hour, where nobody knows it."""


class AvailabilityReason(Output):
    """Why a service isn't up: a maintenance, an incident or a provider's pause, by its name from outside."""

    code: ReasonCode
    category: Name
    kind: Literal["maintenance", "incident", "provider"]
    name: Id
    remedy: Name
    values: dict[str, Scalar] = Field(default_factory=dict)


class Outage(Output):
    """Where the service isn't up: in a region and a channel, null where in every one.

    From `since` to `until` it is down there without a gap, as known now; `until` is null where nobody knows the end.
    `expected_until` is when it is hoped to be back. At most 4 reasons, the weightiest first; `reasons_more` counts the
    rest.
    """

    region: Name | None
    channel: Name | None
    state: State
    since: Instant
    until: Instant | None
    expected_until: Instant | None
    reasons: Annotated[list[AvailabilityReason], Field(strict=True)]
    reasons_more: Count = 0


class Announced(Output):
    """A maintenance that is planned and has not begun."""

    name: Id
    region: Name | None
    channel: Name | None
    from_: Instant = Field(alias="from")
    until: Instant | None


class AvailabilityData(Output):
    """The availability of one product. For a customer the first outage found holds of their region and channel, their
    region, their channel, everywhere (both null); without one the service is up for them.

    `up`: nowhere an outage. `frozen`: statuses stay as they are for now. `next_change`: when time alone may change it.
    """

    product: ProductId
    provider: ProductId | None
    sequence: Sequence
    up: Bool
    frozen: Bool
    outages: Annotated[list[Outage], Field(strict=True)]
    outages_more: Count = 0
    announced: Annotated[list[Announced], Field(strict=True)]
    next_change: Instant | None
    cause: Cause

    def for_customer(self, region: str | None, channel: str | None) -> Outage | None:
        """The outage that a customer of a region and a channel meets; None where the service is up for them."""
        places = {(each.region, each.channel): each for each in self.outages}
        asked = ((region, channel), (region, None), (None, channel), (None, None))
        return next((places[place] for place in asked if place in places), None)


class AvailabilityEvent(Output):
    """A CloudEvent: the availability of a product from `time` on, until the next one of the same key."""

    specversion: Literal["1.0"]
    id: Id
    source: Literal["/eligibility"]
    type: Literal["eligibility.availability.changed"]
    subject: ProductId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    data: AvailabilityData


def parse_availability(document: object) -> AvailabilityEvent:
    """The availability of a product in a parsed JSON document; raises ContractError naming the field."""
    event = parsed(document, AvailabilityEvent, "an availability event")
    expect(
        (
            ("id", event.id, f"availability/{event.data.product}/{event.data.sequence}"),
            ("subject", event.subject, event.data.product),
            ("data.up", event.data.up, not event.data.outages),
        )
    )
    return event


def availability_text(reason: AvailabilityReason, lang: Language) -> str:
    """The sentence of a reason; where it would name an hour that nobody knows, it says so."""
    values: dict[str, Any] = dict(reason.values)
    if reason.code in _NO_HOUR and "time" not in values:
        return _NO_HOUR[reason.code][lang]
    return render(reason.code, lang, values)
