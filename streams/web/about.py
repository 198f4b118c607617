"""What concerns no account: the registry of reasons, the overview, probes and figures."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from schemas.instants import instant_text
from schemas.reasons import CATALOGUE_VERSION, REASONS
from streams.web.answers import answer
from streams.web.models import Alive, Overview, Ready, Reasons
from streams.web.problems import ProblemError, responses
from streams.web.service import ServiceOf, requires

router = APIRouter()

_WHO: Final = {"A": "customer", "T": "time", "O": "provider", "L": "law", "U": "unknown", "C": "choice"}
_ADVERSE: Final = {"y": "yes", "n": "no", "d": "depends"}
_REASONS: Final = {
    "catalogue": CATALOGUE_VERSION,
    "items": [
        {
            "code": each.code,
            "category": each.category,
            "who": _WHO[each.cls],
            "adverse": _ADVERSE[each.adverse],
            "disclosure": each.disclosure,
            "texts": {"zh": each.zh, "en": each.en},
            "remedy": each.remedy,
            "remedy_texts": {"zh": each.remedy_text("zh"), "en": each.remedy_text("en")},
        }
        for each in REASONS.values()
    ],
}


@router.get("/api/reasons", response_model=Reasons)
async def reasons(request: Request) -> Response:
    """Every reason code: what it means, who can end it, and what to do. Public."""
    return answer(request, _REASONS)


@router.get(
    "/api/overview",
    response_model=Overview,
    dependencies=[requires("operations", "audit")],
    responses=responses("unauthenticated", "forbidden", "too-many-requests"),
)
async def overview(request: Request, at: ServiceOf) -> Response:
    """How many accounts have each status and each reason, by product; nothing of single accounts."""
    up = at.view.store.availability()
    products: dict[str, dict[str, Any]] = {name: _product(name, each) for name, each in up.items()}
    for product, kind, name, accounts in at.view.store.counts():
        entry = products.setdefault(product, _product(product, None))
        entry["statuses" if kind == "status" else "reasons"][name] = accounts
    newest = instant_text(at.view.moved_at) if at.view.moved_at else None
    return answer(request, {"newest": newest, "products": [products[name] for name in sorted(products)]})


def _product(name: str, availability: dict[str, Any] | None) -> dict[str, Any]:
    up = None if availability is None else availability.get("data")
    return {"product": name, "statuses": {}, "reasons": {}, "availability": up}


@router.get("/healthz")
async def healthz() -> Alive:
    """The process answers."""
    return Alive(status="ok")


@router.get("/readyz", responses=responses("not-ready"))
async def readyz(at: ServiceOf) -> Ready:
    """Everything that was committed at the start is in."""
    if not at.ready:
        raise ProblemError("not-ready", "What was committed before the start is being read.")
    return Ready(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[requires("operations", "audit")],
    responses={
        200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."},
        **responses("unauthenticated", "forbidden", "too-many-requests"),
    },
)
async def metrics(at: ServiceOf) -> Response:
    """Figures for Prometheus; nothing personal."""
    text = at.metrics.text(at.view.streams, at.ready, at.view.moved_at)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
