"""What would be if: events that haven't happened, tried in the engine. Nothing is written."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from schemas.errors import ContractError
from schemas.event import Event
from schemas.events import event_type, parse_event
from schemas.instants import instant_text
from streams.messages import now_ms
from streams.query.what_if import what_if
from streams.settings import core_settings
from streams.web import answers
from streams.web.keys import Holder
from streams.web.models import Supposed, SupposedEvent, Supposition
from streams.web.problems import ProblemError, broken, invalid, responses
from streams.web.service import Account, Reader, Service, ServiceOf, spend
from streams.web.store import Document

router = APIRouter()

AHEAD_MS: Final = 3 * 366 * 86_400_000
_SOURCE: Final = "/eligibility/web/what-if"


@router.post(
    "/api/accounts/{id}/what-if",
    response_model=Supposed,
    responses=responses(
        "unauthenticated", "forbidden", "account-unknown", "invalid", "too-many-requests", "not-ready", "not-recorded"
    ),
)
async def suppose(request: Request, at: ServiceOf, key: Reader, account: Account, asked: Supposition) -> Response:
    """The statuses that would come of events and of time."""
    return answers.answer(request, supposed(at, key, account, asked))


def supposed(at: Service, key: Holder, account: str, asked: Supposition) -> Document:
    """The account, until when, and the status events that would come. Raises ProblemError."""
    spend(at, key)
    now = now_ms()
    events = [_event(account, place, each, now) for place, each in enumerate(asked.events)]
    latest = max((each.time for each in events), default=now)
    until = max(latest, now) if asked.until is None else asked.until
    if until < latest:
        raise invalid("until", "before the last of the events")
    if until > now + AHEAD_MS:
        raise invalid("until", "more than 3 years ahead")
    found = at.replica.account_at(account, now)
    if found is None:
        raise ProblemError("account-unknown", f"{account}: no valid event of it has been applied (yet).")
    try:
        changes = what_if(found, events, until, at.replica.policies(account), core_settings(at.settings))
    except ContractError as error:
        raise broken(error, "events.") from error
    items = [answers.past(each) for each in changes if asked.product in (None, each["data"]["product"])]
    return {"account_id": account, "until": instant_text(until), "items": items}


def _event(account: str, place: int, supposed: SupposedEvent, now: int) -> Event:
    """An event as it would come. Raises ProblemError naming the field in the request."""
    time = now if supposed.time is None else supposed.time
    if time < now:
        raise invalid(f"events[{place}].time", "in the past: what if tells what is ahead")
    document = {
        "specversion": "1.0",
        "id": f"what-if-{place}",
        "source": _SOURCE,
        "type": supposed.type,
        "subject": account,
        "time": instant_text(time),
        "data": supposed.data,
    }
    try:
        if event_type(document).broadcast:
            raise invalid(f"events[{place}].type", f"{supposed.type} is not of an account")
        return parse_event(document)
    except ContractError as error:
        inside = "data." if error.field.startswith("data.") else ""
        raise broken(error, f"events[{place}].{inside}") from error
