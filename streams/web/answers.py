"""Documents as answers: bytes with their entity tag, 304 where the caller has them already."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import Request, Response

from schemas.reason_catalogue import CATALOGUE_VERSION
from schemas.reasons import VERSIONS, Language, remedy, unchangeable, values_of
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
    """A status and its reasons in words, those of the version that it was told in."""
    version = wording(data)
    return {
        "lang": lang,
        "status": WORDS[lang][data["status"]],
        "reasons": [
            {
                "code": each["code"],
                "text": reason_text(each, lang, version),
                "remedy": to_do(each, lang, version),
            }
            for each in data["reasons"]
        ],
    }


def shown_reasons(data: Document, lang: Language) -> list[str]:
    """What a status names to the customer, in words."""
    return [reason_text(each, lang, wording(data)) for each in data["reasons"][: data["reasons_shown"]]]


def wording(data: Document) -> str:
    """The version of the texts; the present one where a status was told in words that this release doesn't know yet."""
    version = str(data["catalogue"])
    return version if version in VERSIONS else CATALOGUE_VERSION


def to_do(reason: dict[str, Any], lang: Language, version: str) -> str | None:
    """What to do about a reason, or why nobody can; None where its disclosure is limited."""
    if reason["remedy"] is None:
        return None
    fixed = unchangeable(reason["code"], lang, version=version)
    values = values_of(reason["values"], reason["unit"])
    return fixed or remedy(reason["code"], lang, values, version=version)


def chosen(account: str, product: str | None, pictures: list[Document]) -> list[Document]:
    """The pictures of one product, or all. Raises ProblemError where there is none."""
    if not pictures:
        raise ProblemError("account-unknown", f"{account}: no valid event of it has been applied (yet).")
    found = [each for each in pictures if product in (None, each["data"]["product"])]
    if not found:
        known = ", ".join(each["data"]["product"] for each in pictures)
        raise ProblemError("product-unknown", f"{account} has no product {product}; it has {known}.")
    return found
