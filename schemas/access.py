"""Who read personal data: what the topic `access` carries for each read, and for each attempt that was refused."""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.status import Output
from schemas.validation import expect, parsed
from schemas.values import AccountId, Id, Instant, Text

SCOPES: Final = ("own", "support", "operations", "audit")
Scope = Literal["own", "support", "operations", "audit"]


class AccessData(Output):
    """One read: by whom (an API key's id, `oidc:` and a token's subject, or `open`), with which scopes, what (method
    and route; of dead letters that are sent again also which one), and whether it was let through.
    """

    by: Text
    scopes: Annotated[list[Scope], Field(strict=True, min_length=1)]
    what: Text
    outcome: Literal["given", "refused"]


class AccessEvent(Output):
    """A CloudEvent: somebody read, or tried to read, an account's personal data. The key is the account, or
    `dead-letters` where a dead letter that has none was sent again.
    """

    specversion: Literal["1.0"]
    id: Id
    source: Literal["/eligibility/web"]
    type: Literal["eligibility.access.recorded"]
    subject: AccountId
    time: Instant
    datacontenttype: Literal["application/json"] | None = None
    data: AccessData


def parse_access(document: object) -> AccessEvent:
    """The record of a read in a parsed JSON document; raises ContractError naming the field."""
    event = parsed(document, AccessEvent, "a record of a read")
    expect((("data.scopes", event.data.scopes, sorted(set(event.data.scopes))),))
    return event
