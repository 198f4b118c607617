"""Identity: verifications, failed items, revocations."""

from typing import Annotated

from pydantic import Field

from schemas.hints import Hint
from schemas.payloads.base import Payload
from schemas.values import Date, Name, Text

Level = Annotated[int, Field(strict=True, ge=1, le=3), Hint("a level of 1, 2 or 3", "2")]


class IdentityVerified(Payload):
    """A verification that succeeded; higher levels are stronger."""

    level: Level
    method: Text | None = None
    document_expires_on: Date | None = None


class IdentityFailed(Payload):
    """An item (name, number, face ...) that could not be verified."""

    item: Name
    reason: Text | None = None


class IdentityRevoked(Payload):
    """Every verification so far is void."""

    reason: Text
