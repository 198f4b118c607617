"""What a worker or a notifier answers over HTTP, from a thread of its own: /metrics, /healthz (live), /readyz (ready).

A thread, so that it answers also when the event loop does not. No TLS and no login: the address belongs on a network
that only the monitoring reaches; nothing personal is told there.
"""

import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

_SLOW_CLIENT_S: Final = 5.0
_TEXT: Final = "text/plain; charset=utf-8"

log = logging.getLogger(__name__)


class MonitorError(Exception):
    """The address cannot be listened on."""


class Health(Protocol):
    """Of the process; asked from any thread."""

    def dead(self) -> str | None:
        """Why this process has to be started again, None while it makes progress."""
        ...

    def unready(self) -> str | None:
        """Why it doesn't do its work yet, None when it does."""
        ...

    def figures(self) -> CollectorRegistry:
        """The figures as they are now."""
        ...


class Monitor:
    """The server of one process; `start` begins to answer."""

    def __init__(self, address: str, health: Health) -> None:
        """`address` is host:port, port 0 any free one. Raises MonitorError when it can't be had."""
        host, _, port = address.rpartition(":")
        try:
            self._server = _Server((host.strip("[]"), int(port)), _Handler)
        except (OSError, OverflowError) as error:
            raise MonitorError(f"ELIGIBILITY_MONITOR_ADDRESS: {address} cannot be listened on: {error}") from error
        self._server.health = health

    @property
    def port(self) -> int:
        """The TCP port that it listens on."""
        return self._server.server_port

    def start(self) -> None:
        """Answers from now on, until the process ends or `stop`."""
        Thread(target=self._server.serve_forever, name="monitor", daemon=True).start()
        log.info("metrics and probes at port %d", self.port)

    def stop(self) -> None:
        """Answers no more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    health: Health
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SLOW_CLIENT_S
    server_version = "eligibility"
    sys_version = ""

    def do_GET(self) -> None:
        health = self.server.health
        match self.path.partition("?")[0]:
            case "/healthz":
                self._probe(health.dead())
            case "/readyz":
                self._probe(health.dead() or health.unready())
            case "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                self._answer(HTTPStatus.OK, kind, encode(health.figures()))
            case _:
                self._answer(HTTPStatus.NOT_FOUND, _TEXT, b"/metrics, /healthz, /readyz\n")

    def _probe(self, wrong: str | None) -> None:
        status = HTTPStatus.OK if wrong is None else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, _TEXT, f"{wrong or 'ok'}\n".encode())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: probes come every few seconds."""
