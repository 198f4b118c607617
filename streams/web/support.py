"""The pages of support: an account by id or reference number, what its owner sees, and what stands behind it."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from schemas.reasons import Language
from schemas.references import normalise
from schemas.values import ACCOUNT_PATTERN
from streams.messages import now_ms
from streams.web import answers, html
from streams.web.customer import Customer
from streams.web.service import COSTLY, Account, Caller, Reader, ServiceOf, let_through, requires, spend
from streams.web.staff import told
from streams.web.wording.customer import PAGE
from streams.web.wording.staff import STAFF

router = APIRouter(include_in_schema=False)

TOLD_MAX: Final = 50
_WHO: Final = requires("support", "audit")
Lang = Annotated[Language | None, Query()]


@router.get("/support", dependencies=[_WHO])
async def support_page(
    request: Request,
    at: ServiceOf,
    key: Caller,
    q: Annotated[str, Query(max_length=80, description="An account's id, or a reference number.")] = "",
    lang: Lang = None,
) -> Response:
    """The search; what is found is shown at once. Whether an account is there is personal too: recorded."""
    spoken, asked = html.spoken(request, lang), q.strip()
    found: list[str] = []
    reference = normalise(asked) if asked else None
    if reference is not None:
        found = sorted({each.document()["subject"] for each in at.view.store.referred(reference)})
    if not found and re.fullmatch(ACCOUNT_PATTERN, asked):
        found = [asked]
    for account in found:
        await let_through(at, key, account, request)
    known = [each for each in found if at.view.store.pictures(each)]
    if len(known) == 1:
        return RedirectResponse(f"/support/{known[0]}?lang={spoken}", 303)
    return html.page(
        request, "support.html", spoken, 404 if asked and not known else 200,
        words=STAFF[spoken], asked=asked, found=known,
    )  # fmt: skip


@router.get("/support/{id}", dependencies=[_WHO])
async def support_account(
    request: Request, at: ServiceOf, key: Reader, account: Account, lang: Lang = None
) -> Response:
    """All that the customer sees, each reason's records, what was told when, and what can be asked for them."""
    spoken = html.spoken(request, lang)
    pictures = answers.chosen(account, None, at.view.store.pictures(account))
    spend(at, key, COSTLY * len(pictures))
    customer = Customer(at, account, spoken, now_ms())
    topic = f"{at.settings.topic_prefix}status"
    evidence = {
        each["data"]["product"]: {reason["code"]: reason for reason in each["data"]["reasons"]} for each in pictures
    }
    return html.page(
        request,
        "support_account.html",
        spoken,
        account=account,
        words=STAFF[spoken],
        customers=PAGE[spoken],
        now=customer.now,
        products=[customer.product(each) for each in pictures],
        evidence=evidence,
        told=[told(customer, each, topic, spoken) for each in at.view.store.past(account, None, TOLD_MAX)],
        most=TOLD_MAX,
        key=secrets.token_urlsafe(16),
        asks="support" in key.scopes,
    )
