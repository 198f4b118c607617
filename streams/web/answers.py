"""Documents as answers: bytes with their entity tag, 304 where the caller has them already."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import Request, Response

from schemas.reasons import REASONS, Language
from streams.query.words import WORDS, reason_text
from streams.web.problems import ProblemError
from streams.web.store import Document


def answer(request: Request, document: Document) -> Response:
    """The document; 304 without it where If-None-Match names it."""
    body = orjson.dumps(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    asked = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in asked or "*" in asked:
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


def picture(event: Document, availability: dict[str, Document], lang: Language | None) -> Document:
    """The present picture from its CloudEvent."""
    data: Document = event["data"]
    up = availability.get(data["product"])
    document = {
        **data,
        "since": event["time"],
        "refreshed_at": event.get("refreshedat"),
        "availability": None if up is None else up.get("data"),
    }
    if lang is not None:
        document["texts"] = texts(data, lang)
    return document


def past(event: Document) -> Document:
    """A status event from its CloudEvent."""
    return {**event["data"], "time": event["time"]}


def texts(data: Document, lang: Language) -> Document:
    """A status and its reasons in words."""
    return {
        "lang": lang,
        "status": WORDS[lang][data["status"]],
        "reasons": [
            {"code": each["code"], "text": reason_text(each, lang), "remedy": remedy(each, lang)}
            for each in data["reasons"]
        ],
    }


def remedy(reason: dict[str, Any], lang: Language) -> str | None:
    """What to do about a reason; None where its disclosure is limited."""
    return None if reason["remedy"] is None else REASONS[reason["code"]].remedy_text(lang)


def chosen(account: str, product: str | None, pictures: list[Document]) -> list[Document]:
    """The pictures of one product, or all. Raises ProblemError where there is none."""
    if not pictures:
        raise ProblemError("account-unknown", f"{account}: no valid event of it has been applied (yet).")
    found = [each for each in pictures if product in (None, each["data"]["product"])]
    if not found:
        known = ", ".join(each["data"]["product"] for each in pictures)
        raise ProblemError("product-unknown", f"{account} has no product {product}; it has {known}.")
    return found
