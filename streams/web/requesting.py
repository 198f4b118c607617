"""What customers ask for: a review, a dispute, an explanation, a choice. Each becomes one event of the contract.

The event's id comes from the caller's Idempotency-Key, so a request sent twice, also to two instances, is one event:
the core takes a second one of the same id as a duplicate.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Header

from schemas.errors import ContractError
from streams.messages import now_ms, outgoing
from streams.publish import Outgoing
from streams.web import answers
from streams.web.access import SOURCE, send
from streams.web.keys import Holder
from streams.web.models import (
    Accepted,
    ChoiceRequest,
    CustomerRequest,
    DisputeRequest,
    ExplanationRequest,
    ReviewRequest,
)
from streams.web.problems import ProblemError, broken, responses
from streams.web.service import Account, Reader, Service, ServiceOf, requires

router = APIRouter()

_SECONDS: Final = 10.0
_NOT_TAKEN: Final = "The request could not be taken now. Send it again with the same Idempotency-Key."


@router.post(
    "/api/accounts/{id}/requests",
    status_code=202,
    response_model=Accepted,
    dependencies=[requires("own", "support")],
    responses=responses(
        "unauthenticated",
        "forbidden",
        "account-unknown",
        "product-unknown",
        "key-reused",
        "invalid",
        "too-many-requests",
        "not-ready",
        "not-recorded",
    ),
)
async def ask(
    at: ServiceOf,
    key: Reader,
    account: Account,
    asked: Annotated[CustomerRequest, Body()],
    idempotency_key: Annotated[
        str, Header(min_length=1, max_length=128, description="The same for every attempt of one request.")
    ],
) -> Accepted:
    """The request as an event, published before the answer; what follows from it is in the status and its history."""
    return await take(at, key, account, asked, idempotency_key)


async def take(at: Service, key: Holder, account: str, asked: CustomerRequest, idempotency_key: str) -> Accepted:
    """Publish a request, once for all attempts of the same idempotency key. Raises ProblemError."""
    product = None if isinstance(asked, DisputeRequest) else asked.product
    answers.chosen(account, product, at.view.store.pictures(account))
    name = digest(key.id, account, idempotency_key)
    event_id = f"web-{name}"
    kind, data, request_id = _event(asked, name)
    try:
        record = outgoing(kind, event_id, SOURCE, account, now_ms(), data)
    except ContractError as error:
        raise broken(error) from error
    await once(at, event_id, asked.model_dump_json(), record)
    return Accepted(event_id=event_id, type=kind, request_id=request_id)


def _event(asked: CustomerRequest, name: str) -> tuple[str, dict[str, Any], str | None]:
    """The event's type and data, and the id that the request has in it."""
    match asked:
        case ReviewRequest():
            return "review.requested", {"review_id": f"review-{name}", "product": asked.product}, f"review-{name}"
        case DisputeRequest():
            return "dispute.opened", {"dispute_id": f"dispute-{name}", "about": asked.about}, f"dispute-{name}"
        case ExplanationRequest():
            data = {"request_id": f"explanation-{name}", "product": asked.product}
            return "explanation.requested", data, f"explanation-{name}"
        case ChoiceRequest():
            data = asked.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
            return "choice.made", data, None


async def once(at: Service, event_id: str, content: str, record: Outgoing) -> None:
    """Publish a record, unless it was. Raises ProblemError, also where its id was that of another content."""
    asked, known = digest(content), at.view.store.sent(event_id)
    if known not in (None, asked):
        raise ProblemError("key-reused", "Use a new Idempotency-Key for another request.")
    if known is None:
        await send(at.sink, record, _NOT_TAKEN, _SECONDS)
        at.view.store.keep_sent(event_id, asked)


def digest(*parts: str) -> str:
    """32 hexadecimal digits for texts; no two lists of texts share their bytes."""
    whole = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hashlib.sha256(whole).hexdigest()[:32]
