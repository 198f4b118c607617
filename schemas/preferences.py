"""How a customer wants to be told: topic `preferences`, compacted, one record per account."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from schemas.hints import Hint, refuse_default
from schemas.notices import Channel
from schemas.status import Output
from schemas.validation import parsed
from schemas.values import AccountId, Instant, ProductId, Text
from schemas.zones import zone_names

PREFERENCES: Final = "eligibility.preferences.changed"
_CLOCK_PATTERN: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_CLOCK: Final = re.compile(_CLOCK_PATTERN)


def parse_clock(value: object) -> str:
    """A time of day, `HH:MM`."""
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        refuse_default()
    return value


def parse_zone(value: object) -> str:
    """A time zone's name, as the tzdata package has it."""
    if not isinstance(value, str) or value not in zone_names():
        refuse_default()
    return value


ClockTime = Annotated[
    str,
    PlainValidator(parse_clock),
    WithJsonSchema({"type": "string", "pattern": _CLOCK_PATTERN}),
    Hint("a time of day HH:MM", '"22:00"'),
]
Zone = Annotated[
    str,
    PlainValidator(parse_zone),
    WithJsonSchema({"type": "string"}),
    Hint("a time zone of the IANA database", '"Asia/Shanghai"'),
]


class QuietHours(Output):
    """Nothing that makes a sound is sent from one time of day until the other, which may be on the next day."""

    from_: ClockTime = Field(alias="from")
    until: ClockTime


class PreferencesData(Output):
    """What is left out is as the operator's settings have it.

    `channels`: the first that takes a message has it. `addresses`: of mail and push. `digest`: once a day at this time.
    `muted`: products of which only what the law asks for is told, and that in the mailbox.
    """

    language: Literal["zh", "en"] | None = None
    zone: Zone | None = None
    channels: Annotated[list[Channel], Field(strict=True, min_length=1)] | None = None
    addresses: dict[Literal["mail", "push"], Text] = Field(default_factory=dict)
    quiet: QuietHours | None = None
    digest: ClockTime | None = None
    muted: Annotated[list[ProductId], Field(strict=True)] = Field(default_factory=list)


class PreferencesEvent(Output):
    """A CloudEvent: how an account's holder wants to be told from now on."""

    specversion: Literal["1.0"] = "1.0"
    id: Text
    source: Text
    type: Literal["eligibility.preferences.changed"] = PREFERENCES
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    data: PreferencesData


def parse_preferences(document: object) -> PreferencesEvent:
    """The preferences in a parsed JSON document; raises ContractError naming the field."""
    return parsed(document, PreferencesEvent, "preferences")
