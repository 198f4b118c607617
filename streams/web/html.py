"""Pages as answers: templates in one frame, the language, the Content-Security-Policy, and the files pages load.

A page extends `base.html` and is answered by `page`; it may use `words` (its own), `common`, `lang` and `macros.html`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from schemas.reasons import LANGUAGES, Language
from streams.web.typography import typeset
from streams.web.wording.common import COMMON

router = APIRouter(include_in_schema=False)

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_ASSETS: Final[Mapping[str, tuple[bytes, str]]] = {
    each.name: (each.read_bytes(), f"{_TYPES[each.name[each.name.rindex('.') :]]}; charset=utf-8")
    for each in files("streams.web").joinpath("assets").iterdir()
}
Asset = Literal["page.css", "live.js", "icon.svg"]
_TEMPLATES: Final = Environment(
    loader=PackageLoader("streams.web"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, lang: Language, status: int = 200, /, **context: Any) -> Response:
    """A template of this package as an answer. `words` should be among the context: the page's own, in `lang`."""
    other: Language = "zh" if lang == "en" else "en"
    # A page that answers a form isn't there by GET: its other language is that of the page with the form. Without a
    # path the link stays where it is; a path of somebody else's making (//elsewhere) could lead away.
    path = "" if request.method == "GET" else context.get("back", "/")
    html = _TEMPLATES.get_template(template).render(
        common=COMMON[lang],
        lang=lang,
        other=other,
        other_page=f"{path}?{request.url.include_query_params(lang=other).query}",
        **context,
    )
    if lang == "zh":
        html = typeset(html)
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language, Authorization, Cookie",
    }
    return Response(html, status, headers, "text/html; charset=utf-8")


def spoken(request: Request, lang: Language | None) -> Language:
    """The language that is asked for, else the first of the browser's that there are texts in, else Chinese."""
    if lang is not None:
        return lang
    for each in request.headers.get("accept-language", "").split(","):
        name = each.split(";")[0].strip().lower()
        if name.startswith("en"):
            return "en"
        if name.startswith("zh"):
            return "zh"
    return "zh"


def asked(request: Request) -> Language:
    """The same, where the route has no parameter for it."""
    return spoken(request, language(request.query_params.get("lang")))


def language(text: str | None) -> Language | None:
    """The language of a code; None where there are no texts in it."""
    return next((each for each in LANGUAGES if each == text), None)


def wants_html(request: Request) -> bool:
    """Whether a browser shows the answer to a person: it navigates, and not to the interface of programs."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


@router.get("/assets/{name}")
async def asset(name: Asset) -> Response:
    """A style sheet, script or picture of the pages."""
    content, kind = _ASSETS[name]
    return Response(content, 200, {"Cache-Control": "max-age=3600"}, kind)
