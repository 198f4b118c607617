"""A status service served on this event loop, with its clock standing still."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

import uvicorn

from streams.query.replica import Replica
from streams.settings import Settings, WebSettings
from streams.web.app import build_app
from streams.web.behind import Desk
from streams.web.flow import Flow
from streams.web.metrics import Metrics
from streams.web.rates import Rates
from streams.web.service import Service
from streams.web.view import View
from tests.support.behind import Known
from tests.support.web import Topic

CLOCKS = ("pages", "form_pages", "asking", "requesting", "operations", "dead_letters", "support", "audit", "behind")
"""Modules of streams.web that ask what time it is."""


@contextmanager
def clock(now: int) -> Iterator[None]:
    """The pages' clock stands still at an instant (ms)."""
    with ExitStack() as stack:
        for name in CLOCKS:
            stack.enter_context(patch(f"streams.web.{name}.now_ms", lambda: now))
        yield


def service_of(
    view: View, replica: Replica, topic: Topic, desk: Desk | None = None, flow: Flow | None = None, **web: Any
) -> Service:
    """A service that is open, as `eligibility up` has it; without a desk nothing is known behind it."""
    settings = Settings(partitions=1, web=WebSettings(open=True, **web))
    rates = Rates(1000, 10_000, asyncio.get_running_loop().time)
    return Service(
        settings, view, replica, topic, None, rates, Metrics(), desk or Desk(Known(), 1), flow or Flow(settings)
    )


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[str]:
    """The service on a free port of loopback; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_app(service), log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
