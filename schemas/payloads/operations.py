"""Operations: maintenance, incidents, provider pauses, the clock; for one product or `*`, broadcast to every lane."""

from pydantic import Field

from schemas.payloads.base import Payload, check_span
from schemas.values import Id, Instant, Name, ProductId, Text, WhenField


class MaintenancePlanned(Payload):
    """A maintenance window, by region and channel where it is not everywhere."""

    window_id: Id
    from_: WhenField | None = Field(default=None, alias="from")
    until: WhenField | None = None
    region: Name | None = None
    channel: Name | None = None

    def check(self, subject: str) -> None:
        check_span(self.from_, self.until)


class MaintenanceStarted(MaintenancePlanned):
    """The window has begun."""


class MaintenanceExtended(MaintenancePlanned):
    """The window ends later."""


class MaintenanceEnded(MaintenancePlanned):
    """The window is over."""


class MaintenanceCancelled(MaintenancePlanned):
    """The window will not take place."""


class IncidentStarted(Payload):
    """An outage."""

    incident_id: Id
    region: Name | None = None
    channel: Name | None = None
    expected_until: WhenField | None = None


class IncidentEnded(IncidentStarted):
    """The outage is over."""


class ProviderPaused(Payload):
    """A lender takes no new business for now."""

    provider: ProductId
    reason: Text | None = None


class ProviderResumed(ProviderPaused):
    """The lender is back."""


class ClockAdvanced(Payload):
    """All source events up to this instant are in: every lane's clock moves to it."""

    to: Instant
