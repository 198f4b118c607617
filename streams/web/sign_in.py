"""Signing in with a browser: a token entered once, kept in a cookie that neither scripts nor other sites reach.

Nothing is kept here: the cookie is the token, so every instance knows it; it ends when the token does (decision 0125).
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from schemas.reasons import Language
from streams.web import html
from streams.web.forms import Fields, spoken
from streams.web.service import COOKIE, ServiceOf, holder_of, within_rate
from streams.web.wording.staff import SIGN_IN

router = APIRouter(include_in_schema=False)

_TOKEN_MAX: Final = 3_500
"""A cookie holds 4 KiB with its name."""
_SEE: Final = 303


@router.get("/sign-in")
async def sign_in_page(
    request: Request,
    lang: Annotated[Language | None, Query()] = None,
    back: Annotated[str, Query(alias="next", max_length=500)] = "/support",
) -> Response:
    """Where a token is entered."""
    return _page(request, html.spoken(request, lang), back, wrong=False)


@router.post("/sign-in")
async def sign_in(request: Request, at: ServiceOf, fields: Fields) -> Response:
    """The token in a cookie, where it is somebody's; guesses are bounded by the address that they come from."""
    within_rate(at, f"address {request.client.host if request.client else ''}")
    token, back = fields.get("token", "").strip(), fields.get("next", "/support")
    found = await holder_of(at, token) if 0 < len(token) <= _TOKEN_MAX and token.isascii() else None
    if found is None:
        return _page(request, spoken(request, fields), back, wrong=True)
    answer = RedirectResponse(_inside(back), _SEE)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=not _loopback(request), path="/")
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """The cookie is gone."""
    answer = RedirectResponse("/sign-in", _SEE)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=not _loopback(request), path="/")
    return answer


def _page(request: Request, lang: Language, back: str, wrong: bool) -> Response:
    words, status = SIGN_IN[lang], 401 if wrong else 200
    return html.page(
        request, "sign_in.html", lang, status, words=words, back="/sign-in", next=_inside(back), wrong=wrong
    )


def _inside(address: str) -> str:
    """An address of this service; anything that a browser could take for another site's becomes our own."""
    fine = address.startswith("/") and address[1:2] not in ("/", "\\") and address.isprintable() and address.isascii()
    return address if fine else "/support"


def _loopback(request: Request) -> bool:
    """Whether the browser calls us by a name of this machine, where there is no TLS."""
    host = request.url.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
