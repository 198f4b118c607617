"""Who read what: every read of personal data is a record of the topic `access`, written before the answer is given.

An answer that can't be recorded isn't given (decision 0111).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from typing import Any, Final, Protocol

import orjson

from schemas.access import parse_access
from schemas.instants import instant_text
from streams.publish import Outgoing, PublishError
from streams.web.keys import Holder
from streams.web.problems import ProblemError

TYPE: Final = "eligibility.access.recorded"
SOURCE: Final = "/eligibility/web"
UNRECORDED: Final = "What you asked can't be recorded now, so it isn't answered."
_SECONDS: Final = 5.0


class Sink(Protocol):
    """Where records go; it returns when they are acknowledged."""

    async def send(self, records: Iterable[Outgoing]) -> int: ...


def access_record(account: str, by: Holder, what: str, allowed: bool, at: int) -> Outgoing:
    """The record of one read at an instant (ms), held to its contract."""
    stated: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": SOURCE,
        "type": TYPE,
        "subject": account,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": {
            "by": by.id,
            "scopes": sorted(by.scopes),
            "what": what,
            "outcome": "given" if allowed else "refused",
        },
    }
    parse_access(stated)
    return Outgoing("access", account.encode(), orjson.dumps(stated, option=orjson.OPT_SORT_KEYS), at)


async def send(sink: Sink, record: Outgoing, otherwise: str, seconds: float = _SECONDS) -> None:
    """The record, acknowledged by all replicas. Raises ProblemError, which says `otherwise`, when it isn't in time."""
    try:
        async with asyncio.timeout(seconds):
            await sink.send([record])
    except (PublishError, TimeoutError) as error:
        raise ProblemError("not-recorded", otherwise) from error
