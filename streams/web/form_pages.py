"""What answers the forms of the customer's page: requests, what if, and whether it was clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError

from schemas.feedback import FeedbackData
from schemas.instants import DAY_MS, instant_text
from schemas.reasons import Language
from streams.messages import now_ms
from streams.web import answers, asking, html, requesting
from streams.web.customer import Customer, supposed
from streams.web.feedback import feedback_record
from streams.web.forms import Fields, field, one_of, spoken
from streams.web.models import CustomerRequest, Supposition
from streams.web.problems import invalid, unfit
from streams.web.service import Account, Reader, ServiceOf, requires
from streams.web.wording.customer import PAGE
from streams.web.wording.staff import STAFF

router = APIRouter(include_in_schema=False)

KEY_MAX: Final = 128
_REQUEST: Final[TypeAdapter[Any]] = TypeAdapter(CustomerRequest)
_OF: Final = {
    "review": ("product",),
    "dispute": ("about",),
    "explanation": ("product",),
    "choice": ("choice", "product", "until"),
}
"""By kind of request: the fields of its form."""


@router.post("/accounts/{id}/requests", dependencies=[requires("own", "support")])
async def request_page(request: Request, at: ServiceOf, key: Reader, account: Account, fields: Fields) -> Response:
    """A request as the interface takes it, and what it became."""
    lang, kind = spoken(request, fields), one_of(fields, "kind", *_OF)
    given = {name: fields[name] for name in _OF[kind] if name in fields}
    if given.get("choice") != "pause":
        given.pop("until", None)
    try:
        asked = _REQUEST.validate_python({"kind": kind, **given})
    except ValidationError as error:
        raise unfit(error) from None
    taken = await requesting.take(at, key, account, asked, _key(fields))
    desk = STAFF[lang] if fields.get("desk") == "support" and "support" in key.scopes else None
    return _asked(request, lang, f"/support/{account}" if desk else _back(account), kind, taken.request_id, desk)


def _asked(
    request: Request, lang: Language, back: str, kind: str, number: str | None, desk: Mapping[str, str] | None = None
) -> Response:
    """What a form became; `desk` are words of support where it was theirs."""
    return html.page(request, "asked.html", lang, words=PAGE[lang], back=back, kind=kind, number=number, desk=desk)


@router.post("/accounts/{id}/what-if")
async def what_if_page(request: Request, at: ServiceOf, key: Reader, account: Account, fields: Fields) -> Response:
    """What would come of one thing and of time, in words."""
    lang, now = spoken(request, fields), now_ms()
    days = int(one_of(fields, "ahead", "0", "30", "90", "365"))
    body = {"events": _events(fields), "until": instant_text(now + days * DAY_MS + 1000)}
    try:
        asked = Supposition.model_validate(body)
    except ValidationError as error:
        raise unfit(error) from None
    found = asking.supposed(at, key, account, asked)
    customer = Customer(at, account, lang, now)
    return html.page(
        request,
        "what_if.html",
        lang,
        words=PAGE[lang],
        back=_back(account),
        until=customer.when(found["until"]),
        changes=supposed(customer, found["items"], lang),
    )


def _events(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    match one_of(fields, "what", "pay", "verify", "apply", "wait"):
        case "pay":
            return [{"type": "repayment.received", "data": {"amount": field(fields, "amount")}}]
        case "verify":
            expires = {"document_expires_on": fields["document"]} if "document" in fields else {}
            return [{"type": "identity.verified", "data": {"level": 2, **expires}}]
        case "apply":
            return [{"type": "inquiry.recorded", "data": {"kind": "hard"}}]
        case _:
            return []


@router.post("/accounts/{id}/feedback", dependencies=[requires("own", "support")])
async def feedback_page(request: Request, at: ServiceOf, key: Reader, account: Account, fields: Fields) -> Response:
    """Whether what was told was clear; published before thanks are given."""
    lang, product = spoken(request, fields), field(fields, "product")
    (picture,) = answers.chosen(account, product, at.view.store.pictures(account))
    stated = {name: field(fields, name) for name in ("reference", "clear", "unclear")}
    try:
        data = FeedbackData.model_validate(
            {"product": product, "lang": lang, "catalogue": picture["data"]["catalogue"], **stated}
        )
    except ValidationError as error:
        raise unfit(error) from None
    event_id = f"feedback-{requesting.digest(key.id, account, _key(fields))}"
    record = feedback_record(account, event_id, data, now_ms())
    await requesting.once(at, event_id, data.model_dump_json(), record)
    return _asked(request, lang, _back(account), "feedback", None)


def _key(fields: Mapping[str, str]) -> str:
    found = field(fields, "key")
    if len(found) > KEY_MAX:
        raise invalid("key", f"more than {KEY_MAX} characters")
    return found


def _back(account: str) -> str:
    return f"/accounts/{account}"
