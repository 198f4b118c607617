"""An account's status events as they come: server-sent events, resumed exactly after the last one that was received.

An event's id is `lane-offset` of its record in `status`. Everything after it is read from the store, so nothing waits
in memory for a slow client: one that takes nothing for a while is dropped, and resumes where it was.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from streams.web import answers
from streams.web.problems import ProblemError, invalid, responses
from streams.web.service import Account, Reader, Service, ServiceOf

router = APIRouter()

_PAGE: Final = 100
_PLACE: Final = re.compile(r"(\d{1,9})-(\d{1,18})")


@router.get(
    "/api/accounts/{id}/events",
    response_class=EventSourceResponse,
    responses={
        200: {"description": "Status events from now on, or after a place.", "content": {"text/event-stream": {}}},
        **responses(
            "unauthenticated",
            "forbidden",
            "account-unknown",
            "invalid",
            "too-many-requests",
            "not-ready",
            "not-recorded",
        ),
    },
)
async def events(
    request: Request,
    at: ServiceOf,
    key: Reader,
    account: Account,
    after: Annotated[str | None, Query(description="`events_after` of the status; Last-Event-ID counts more.")] = None,
    last_event_id: Annotated[str | None, Header(description="The id of the last event that was received.")] = None,
) -> EventSourceResponse:
    """Every status event of the account once, in order, with a comment now and then that keeps the connection."""
    answers.chosen(account, None, at.view.store.pictures(account))
    limits = at.settings.web
    if at.view.streams >= limits.streams_max:
        raise ProblemError("too-many-requests", "Too many open streams here.", headers={"Retry-After": "30"})
    begin = _after(at, account, after if last_event_id is None else last_event_id)
    return _Stream(at, _told(at, account, begin), ping=limits.heartbeat_s, send_timeout=limits.drop_s)


def _after(at: Service, account: str, place: str | None) -> int:
    """The offset after which the stream begins. Raises ProblemError for a place that is none of this account's lane."""
    last = at.view.store.past(account, None, 1)
    newest = last[0].offset if last else -1
    if place is None:
        return newest
    found = _PLACE.fullmatch(place)
    if found is None or (last and int(found[1]) != last[0].lane) or int(found[2]) > newest:
        raise invalid("last-event-id", "not the id of an event of this account")
    return int(found[2])


async def _told(at: Service, account: str, offset: int) -> AsyncIterator[ServerSentEvent]:
    with at.view.waiting(account) as news:
        while True:
            news.clear()
            page = at.view.store.since(account, offset, _PAGE)
            for each in page:
                offset = each.offset
                yield ServerSentEvent(each.value.decode(), event="status", id=f"{each.lane}-{offset}", sep="\n")
            if len(page) < _PAGE:
                await news.wait()


class _Stream(EventSourceResponse):
    """A stream that ends quietly when its client takes nothing for too long."""

    def __init__(self, at: Service, content: AsyncIterator[ServerSentEvent], **options: Any) -> None:
        super().__init__(content, sep="\n", headers={"Cache-Control": "no-store"}, **options)
        self._dropped = at.metrics.dropped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            self._dropped.inc()
