"""The application: every route of the contract, errors as problem details, OpenAPI 3.1 from the models."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from streams.web import (
    about,
    asking,
    audit,
    dead_letters,
    form_pages,
    home,
    html,
    mailbox,
    operations,
    pages,
    problems,
    reading,
    reason_pages,
    requesting,
    sign_in,
    streaming,
    support,
)
from streams.web.metrics import Measured
from streams.web.same_origin import SameOrigin
from streams.web.service import Service


def build_app(service: Service) -> FastAPI:
    """The ASGI application of a service, which is started and stopped elsewhere."""
    app = FastAPI(
        title="eligibility-streams",
        summary="What holds for a credit account, why, and what opens it.",
        version=version("eligibility-streams"),
        # Its pages would load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    problems.install(app)
    for each in (
        reading,
        asking,
        requesting,
        streaming,
        about,
        home,
        pages,
        form_pages,
        reason_pages,
        sign_in,
        support,
        audit,
        operations,
        dead_letters,
        html,
    ):
        app.include_router(each.router)
    app.add_middleware(SameOrigin)
    if service.open:
        app.include_router(mailbox.router)
        # Without keys another site's page in this machine's browser must not reach in under a name of its own.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    app.add_middleware(Measured, metrics=service.metrics)
    return app
