"""The customer's page: server-rendered, zh and en, from the same data as the interface."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from schemas.reasons import Language
from streams.messages import now_ms
from streams.web import answers, html
from streams.web.customer import Customer
from streams.web.problems import responses
from streams.web.service import COSTLY, Account, Reader, ServiceOf, spend
from streams.web.wording.customer import PAGE

router = APIRouter(include_in_schema=False)


@router.get("/accounts/{id}", responses=responses("unauthenticated", "forbidden", "account-unknown"))
async def account_page(
    request: Request,
    at: ServiceOf,
    key: Reader,
    account: Account,
    lang: Annotated[Language | None, Query()] = None,
    offers: Annotated[Literal["hide"] | None, Query(description="Names no alternatives.")] = None,
) -> Response:
    """What holds for an account, why, what to do and what comes next, in the language asked for or the browser's."""
    spoken = html.spoken(request, lang)
    # Before the pictures: an event that comes meanwhile is told again rather than missed.
    place = at.view.place(account)
    pictures = answers.chosen(account, None, at.view.store.pictures(account))
    spend(at, key, COSTLY * len(pictures))
    now = now_ms()
    customer = Customer(at, account, spoken, now)
    return html.page(
        request,
        "account.html",
        spoken,
        account=account,
        words=PAGE[spoken],
        now=customer.now,
        products=[
            customer.product(each)
            for each in sorted(pictures, key=lambda each: customer.place(each["data"]["product"]))
        ],
        events=f"/api/accounts/{account}/events" + ("" if place is None else f"?after={place}"),
        offers=offers is None,
        mailbox=at.open,
        key=secrets.token_urlsafe(16),
    )
