"""What changes something comes from our own pages, or from a program: another site's page can't make a browser send it.

Browsers say where a request comes from (Sec-Fetch-Site, and Origin before that); programs say neither, and show a key.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from streams.web.problems import ProblemError

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOrigin:
    """Refuses requests of other sites' pages, but for those that change nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE and _foreign(Headers(scope=scope)):
            error = ProblemError("forbidden", "This came from another site's page.")
            await error.answer(Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _foreign(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
