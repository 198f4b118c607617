"""What all payloads share: known fields are strict, unknown ones ignored (and counted by `schemas.events`)."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from schemas.errors import Code, ContractError
from schemas.instants import when_text
from schemas.money import check_amounts
from schemas.values import Currency
from schemas.when import When


class Payload(BaseModel):
    """Data of one event type. Optional fields that are absent or null are None."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    AMOUNTS: ClassVar[tuple[str, ...]] = ()
    # No single field is required, but an empty payload says nothing.
    REQUIRES_ONE: ClassVar[bool] = False

    def check(self, subject: str) -> None:
        """Raise ContractError where valid fields don't go together, or not with the event's subject."""


class MoneyPayload(Payload):
    """Data with amounts; those named in AMOUNTS may be no finer than the currency."""

    currency: Currency | None = None

    def check(self, subject: str) -> None:
        check_amounts(self, self.AMOUNTS)


def check_span(start: When | None, end: When | None, field: str = "data.until") -> None:
    """Refuse an end before its beginning, where both are dates or both instants (else only the zone could tell)."""
    if start is None or end is None or start.kind != end.kind or start.value <= end.value:
        return
    raise ContractError(
        Code.INVALID_EVENT, field, f'"{when_text(end)}"', f"an end not before the beginning {when_text(start)}"
    )
