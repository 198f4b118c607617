"""What went wrong, as problem details (RFC 9457): a stable type, one sentence, and the field where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from schemas.errors import ContractError
from streams.web import html
from streams.web.wording.common import COMMON

MEDIA_TYPE: Final = "application/problem+json"
PREFIX: Final = "urn:eligibility-streams:problem:"

TITLES: Final[Mapping[str, tuple[int, str]]] = {
    "unauthenticated": (401, "No valid key"),
    "forbidden": (403, "The key doesn't reach this"),
    "not-found": (404, "Nothing there"),
    "account-unknown": (404, "No status of this account"),
    "product-unknown": (404, "The account has no such product"),
    "reference-unknown": (404, "No status has this reference"),
    "method-not-allowed": (405, "Not this method"),
    "key-reused": (409, "The idempotency key stood for another request"),
    "invalid": (422, "A field is not as it must be"),
    "too-many-requests": (429, "Too many requests"),
    "failed": (500, "An error of ours"),
    "not-ready": (503, "Not ready yet"),
    "not-recorded": (503, "Can't be recorded now"),
}
"""By the last part of `type`: the status code and the title."""


class FieldProblem(BaseModel):
    """One field: its dotted name in the body, or the parameter's name, and what is wrong."""

    field: str
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457. `type` is stable, `title` and `detail` are for people, `errors` names the fields that are invalid."""

    type: str = Field(examples=[f"{PREFIX}account-unknown"])
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)


class ProblemError(Exception):
    """Ends a request with problem details."""

    def __init__(
        self,
        kind: str,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`kind` is one of TITLES; `errors` are pairs of field and what is wrong with it."""
        super().__init__(detail)
        self.kind = kind
        self.status, self.title = TITLES[kind]
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        document: dict[str, Any] = {
            "type": PREFIX + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"field": field, "detail": detail} for field, detail in self.errors],
        }
        return Response(orjson.dumps(document), self.status, self.headers, MEDIA_TYPE)

    def answer(self, request: Request) -> Response:
        """The answer; a page where a browser shows it to a person."""
        if not html.wants_html(request):
            return self.response()
        lang = html.asked(request)
        words = COMMON[lang]
        text = words.get(f"problem {self.kind}", words["problem other"])
        detail = self.detail if self.status == TITLES["invalid"][0] else None
        shown = html.page(
            request,
            "error.html",
            lang,
            self.status,
            words=words,
            text=text,
            detail=detail,
            sign_in=_sign_in(request) if self.kind == "unauthenticated" else None,
        )
        shown.headers.update(self.headers)
        return shown


def _sign_in(request: Request) -> str:
    """Where a token is entered, and from where the browser comes back here."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?{urlencode({'next': back if request.method == 'GET' else '/'})}"


def invalid(field: str, detail: str) -> ProblemError:
    """One field is not as it must be."""
    return ProblemError("invalid", f"{field}: {detail}", [(field, detail)])


def broken(error: ContractError, before: str = "") -> ProblemError:
    """A value breaks the contract of events; `before` is put in front of its field's name."""
    field = before + error.field.removeprefix("data.")
    hint = f", for example {error.example}" if error.example else ""
    return invalid(field, f"got {error.came}, expected {error.expected}{hint}")


def responses(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the problems that a route answers with, by status code."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title = TITLES[kind]
        known = found.get(status)
        text = f"{title} (`{PREFIX}{kind}`)"
        found[status] = {
            "model": ProblemDetails,
            "description": text if known is None else f"{known['description']}; {text}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
    return found


def install(app: FastAPI) -> None:
    """Every error of the application is answered with problem details."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _failed)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError), "registered for problems"
    return error.answer(request)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError), "registered for it"
    # A path's parameter is checked for the route and for who may read it: told once.
    found = list(dict.fromkeys((_field(each["loc"]), str(each["msg"])) for each in error.errors()))
    return ProblemError("invalid", f"{found[0][0]}: {found[0][1]}", found).answer(request)


def unfit(error: ValidationError) -> ProblemError:
    """A form's fields are not as the interface wants them."""
    found = [(_field(("form", *each["loc"])), str(each["msg"])) for each in error.errors()]
    return ProblemError("invalid", f"{found[0][0]}: {found[0][1]}", found)


def _field(location: Sequence[Any]) -> str:
    """`("body", "events", 0, "type")` is `events[0].type`."""
    text = ""
    for part in location[1:] if len(location) > 1 else location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


async def _plain(request: Request, error: Exception) -> Response:
    """What the framework itself raises: no such route, no such method, a body that is no JSON."""
    assert isinstance(error, HTTPException), "registered for it"
    kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid")
    return ProblemError(kind, str(error.detail), headers=error.headers).answer(request)


async def _failed(request: Request, _: Exception) -> Response:
    return ProblemError("failed", "It has been logged. Please try again.").answer(request)
