"""What a form of a page sends: a few short texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from schemas.reasons import Language
from streams.web import html
from streams.web.problems import ProblemError, invalid

BYTES_MAX: Final = 16_384
FIELDS_MAX: Final = 50
_TYPE: Final = "application/x-www-form-urlencoded"


async def _fields(request: Request) -> Mapping[str, str]:
    """The fields that hold something, by name. Raises ProblemError for what is no such form, or too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise invalid("content-type", f"expected {_TYPE}")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BYTES_MAX:
            raise ProblemError("invalid", f"A form of more than {BYTES_MAX} bytes.")
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise ProblemError("invalid", "The form can't be read.") from error
    return dict(pairs)


Fields = Annotated[Mapping[str, str], Depends(_fields)]


def field(fields: Mapping[str, str], name: str) -> str:
    """A field that must be there. Raises ProblemError."""
    value = fields.get(name)
    if value is None:
        raise invalid(name, "not given")
    return value


def one_of(fields: Mapping[str, str], name: str, *texts: str) -> str:
    """A field that is one of these. Raises ProblemError."""
    value = field(fields, name)
    if value not in texts:
        raise invalid(name, f"expected one of {', '.join(texts)}")
    return value


def spoken(request: Request, fields: Mapping[str, str]) -> Language:
    """The language of the page that the form stood on."""
    return html.spoken(request, html.language(fields.get("lang")))
