"""The first page, public: what this is, and where to go. It holds nothing of anybody."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from schemas.reasons import Language
from schemas.values import ACCOUNT_PATTERN
from streams.web import html
from streams.web.problems import invalid
from streams.web.service import ServiceOf
from streams.web.wording.home import HOME

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home_page(
    request: Request,
    at: ServiceOf,
    account: Annotated[str, Query(max_length=80, description="Whose page is wanted.")] = "",
    lang: Annotated[Language | None, Query()] = None,
) -> Response:
    """The way to each page by who asks; an account that is entered leads to its page, where keys are asked for."""
    spoken, wanted = html.spoken(request, lang), account.strip()
    if wanted:
        if re.fullmatch(ACCOUNT_PATTERN, wanted) is None:
            raise invalid("account", "not an account's id")
        return RedirectResponse(f"/accounts/{wanted}?lang={spoken}", 303)
    return html.page(request, "home.html", spoken, words=HOME[spoken], open=at.open)
