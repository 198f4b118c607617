"""Who read what: every read of personal data is a record of the topic `access`, written before the answer is given.

An answer that can't be recorded isn't given (decision 0111).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from typing import Final, Literal, Protocol

from pydantic import BaseModel

from schemas.instants import instant_text
from schemas.values import AccountId, Id, Instant, Name
from streams.publish import Outgoing, PublishError
from streams.web.problems import ProblemError

TYPE: Final = "eligibility.access.recorded"
SOURCE: Final = "/eligibility/web"
_SECONDS: Final = 5.0

Outcome = Literal["given", "refused"]


class Sink(Protocol):
    """Where records go; it returns when they are acknowledged."""

    async def send(self, records: Iterable[Outgoing]) -> int: ...


class AccessData(BaseModel):
    """One read: by which key, with which scopes, what (the route), and whether it was let through."""

    by: Name
    scopes: list[Name]
    what: Name
    outcome: Outcome


class AccessEvent(BaseModel):
    """A CloudEvent: somebody read, or tried to read, an account's personal data. The key is the account."""

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Literal["/eligibility/web"] = SOURCE
    type: Literal["eligibility.access.recorded"] = TYPE
    subject: AccountId
    time: Instant
    data: AccessData


def access_record(account: str, data: AccessData, at: int) -> Outgoing:
    """The record of one read at an instant (ms)."""
    stated = {"id": str(uuid.uuid4()), "subject": account, "time": instant_text(at), "data": data}
    event = AccessEvent.model_validate(stated)
    return Outgoing("access", account.encode(), event.model_dump_json().encode(), at)


async def send(sink: Sink, record: Outgoing) -> None:
    """The record, acknowledged by all replicas. Raises ProblemError when it isn't within 5 s."""
    try:
        async with asyncio.timeout(_SECONDS):
            await sink.send([record])
    except (PublishError, TimeoutError) as error:
        raise ProblemError("not-recorded", "What you asked can't be recorded now, so it isn't answered.") from error
