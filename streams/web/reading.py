"""What holds, what was said, and whom a reference number means."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import URL

from schemas.reasons import Language
from schemas.references import normalise
from schemas.values import PRODUCT_PATTERN
from streams.core.path.scene import Scene
from streams.messages import now_ms
from streams.query import checks as rules
from streams.query.disputed import open_disputes
from streams.web import answers
from streams.web.models import AccountStatus, History, Referred
from streams.web.problems import ProblemError, responses
from streams.web.service import Account, Caller, Reader, Service, ServiceOf, let_through, requires, spend
from streams.web.store import Document

router = APIRouter()

PAGE_MAX = 200
_GUARDED = ("unauthenticated", "forbidden", "too-many-requests", "not-ready", "not-recorded", "invalid")
Product = Annotated[str | None, Query(pattern=PRODUCT_PATTERN, description="Only this product.")]


@router.get(
    "/api/accounts/{id}/status",
    response_model=AccountStatus,
    responses=responses(*_GUARDED, "account-unknown", "product-unknown"),
)
async def status(
    request: Request,
    at: ServiceOf,
    key: Reader,
    account: Account,
    product: Product = None,
    lang: Annotated[Language | None, Query(description="Adds texts in this language.")] = None,
    checks: Annotated[
        Literal["all"] | None, Query(description="Adds every rule: pass, near or fail, and open disputes.")
    ] = None,
) -> Response:
    """The present picture of every product, with all reasons."""
    found = answers.chosen(account, product, at.view.store.pictures(account))
    up = at.view.store.availability()
    products = [answers.picture(each, up, lang) for each in found]
    if checks is not None:
        spend(at, key)
        for each in products:
            each.update(_judged(at, account, each["product"], "audit" in key.scopes))
    document = {"account_id": account, "events_after": at.view.place(account), "products": products}
    return answers.answer(request, document)


def _judged(at: Service, account: str, product: str, disclosed: bool) -> Document:
    known = at.replica.account(account)
    if known is None:
        return {"checks": [], "disputes": []}
    scene = Scene(known, product, now_ms(), at.replica.policies(account))
    return {"checks": rules.checks(scene, disclosed), "disputes": open_disputes(scene)}


@router.get(
    "/api/accounts/{id}/history",
    response_model=History,
    responses=responses(*_GUARDED, "account-unknown"),
)
async def history(
    request: Request,
    at: ServiceOf,
    key: Reader,
    account: Account,
    product: Product = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    before: Annotated[int | None, Query(ge=0, le=2**62, description="From `next` of a page.")] = None,
) -> Response:
    """Every status that was told, the newest first."""
    found = at.view.store.past(account, before, limit + 1, product)
    if not found and before is None:
        answers.chosen(account, product, at.view.store.pictures(account))
    page, more = found[:limit], len(found) > limit
    following = URL(request.url.path).include_query_params(limit=limit, before=page[-1].offset) if more else None
    if following is not None and product is not None:
        following = following.include_query_params(product=product)
    items = [answers.past(each.document()) for each in page]
    next_page = None if following is None else str(following)
    return answers.answer(request, {"account_id": account, "items": items, "next": next_page})


@router.get(
    "/api/reference/{code}",
    response_model=Referred,
    dependencies=[requires("support", "audit")],
    responses=responses(*_GUARDED, "reference-unknown"),
)
async def reference(request: Request, at: ServiceOf, key: Caller, code: str) -> Response:
    """The status event that a reference number stands for, as somebody reads it out on the phone."""
    exact = normalise(code)
    if exact is None:
        raise ProblemError(
            "invalid", "code: no reference number: one of its characters is wrong.", [("code", "not one")]
        )
    found = [each.document() for each in at.view.store.referred(exact)]
    for account in sorted({each["subject"] for each in found}):
        await let_through(at, key, account, request)
    if not found:
        raise ProblemError("reference-unknown", f"{exact}: no status has this reference (yet).")
    return answers.answer(request, {"reference": exact, "items": [answers.past(each) for each in found]})
