"""The pages of support: an account by id or reference number, what its owner sees, and what stands behind it."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from schemas.reasons import Language
from schemas.references import normalise
from schemas.values import ACCOUNT_PATTERN
from streams.messages import now_ms
from streams.web import answers, html, messages, running, staff
from streams.web.customer import Customer
from streams.web.keys import Holder
from streams.web.service import COSTLY, Account, Caller, Reader, Service, ServiceOf, let_through, requires, spend
from streams.web.wording.customer import PAGE
from streams.web.wording.staff import STAFF

router = APIRouter(include_in_schema=False)

TOLD_MAX: Final = 50
_WHO: Final = requires("support", "audit")
Area = Literal["support", "audit"]
Lang = Annotated[Language | None, Query()]


@router.get("/support", dependencies=[_WHO])
async def support_page(
    request: Request,
    at: ServiceOf,
    key: Caller,
    q: Annotated[str, Query(max_length=80, description="An account's id, or a reference number.")] = "",
    lang: Lang = None,
) -> Response:
    """The search."""
    return await find(request, at, key, q, html.spoken(request, lang), "support")


async def find(request: Request, at: Service, key: Holder, asked: str, lang: Language, area: Area) -> Response:
    """What is found is shown at once, in its area. Whether an account is there is personal too: recorded."""
    asked = asked.strip()
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
        return RedirectResponse(f"/{area}/{known[0]}?lang={lang}", 303)
    return html.page(
        request, "support.html", lang, 404 if asked and not known else 200,
        words=STAFF[lang], asked=asked, found=known, area=area,
    )  # fmt: skip


@router.get("/support/{id}", dependencies=[_WHO])
async def support_account(
    request: Request, at: ServiceOf, key: Reader, account: Account, lang: Lang = None
) -> Response:
    """All that the customer sees, each reason's records, what was told when, notes, and what can be asked for them."""
    spoken = html.spoken(request, lang)
    pictures = answers.chosen(account, None, at.view.store.pictures(account))
    spend(at, key, COSTLY * len(pictures))
    now = now_ms()
    customer = Customer(at, account, spoken, now)
    topic = f"{at.settings.topic_prefix}status"
    found, notices = await asyncio.gather(at.desk.evidence(account, False), at.desk.told(account))
    records = staff.records_of(found.value)
    evidence = {
        each["data"]["product"]: {
            reason["code"]: staff.behind(customer, reason["evidence"], records) for reason in each["data"]["reasons"]
        }
        for each in pictures
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
        looked={"evidence": running.known(found, spoken), "notices": running.known(notices, spoken)},
        messages=[
            messages.shown(each, customer.when) for each in (notices.value.messages[::-1] if notices.value else ())
        ],
        clocks=[messages.clock(each, now, customer.when) for each in (notices.value.clocks if notices.value else ())],
        notes=[
            {
                "at": customer.when(each["recorded_at"]),
                "by": each["event"]["data"]["by"],
                "id": each["event"]["data"]["note_id"],
                "place": staff.place(each),
            }
            for each in (found.value.records if found.value else ())
            if each["type"] == "support.noted" and _whole(each["event"])
        ],
        told=[
            staff.told(customer, each, topic, spoken, records) for each in at.view.store.past(account, None, TOLD_MAX)
        ],
        most=TOLD_MAX,
        key=secrets.token_urlsafe(16),
        asks="support" in key.scopes,
    )


def _whole(event: Any) -> bool:
    """Whether it is a note as the contract has it: a record may be anything, a wrong one stands in the dead letters."""
    data = event.get("data")
    return isinstance(data, dict) and {"by", "note_id"} <= data.keys()
