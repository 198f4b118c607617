"""The service's figures for Prometheus. Nothing personal: labels are route templates, methods and status codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECONDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
UNKNOWN: Final = "unknown"


class Metrics:
    """One registry of this service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "eligibility_web_requests", "Answers begun.", ["route", "method", "code"], registry=self.registry
        )
        self.seconds = Histogram(
            "eligibility_web_seconds", "To the begin of an answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.dropped = Counter(
            "eligibility_web_streams_dropped", "Streams whose client read too slowly.", registry=self.registry
        )
        self._streams = Gauge("eligibility_web_streams", "Open streams of events.", registry=self.registry)
        self._ready = Gauge("eligibility_web_ready", "1 when caught up since the start.", registry=self.registry)
        self._moved = Gauge(
            "eligibility_web_newest_timestamp_seconds", "Of the records that are in.", registry=self.registry
        )

    def text(self, streams: int, ready: bool, moved_at: int) -> bytes:
        """Everything in Prometheus' format; `moved_at` in ms."""
        self._streams.set(streams)
        self._ready.set(ready)
        self._moved.set(moved_at / 1000)
        return generate_latest(self.registry)


class Measured:
    """Middleware: counts answers and how long they took to begin, and gives every one its security headers."""

    def __init__(self, app: ASGIApp, metrics: Metrics, now: Callable[[], float] = time.perf_counter) -> None:
        self._app, self._metrics, self._now = app, metrics, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._now()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", UNKNOWN)
                self._metrics.requests.labels(route, scope["method"], str(message["status"])).inc()
                self._metrics.seconds.labels(route).observe(self._now() - began)
                known = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in _HEADERS if each[0] not in known)]
            await send(message)

        await self._app(scope, receive, measured)


_HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
