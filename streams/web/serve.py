"""One status service as a process: its files, its view and replica, a producer, and the server on its address."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import uvicorn

from streams.local.process import held
from streams.publish import publisher
from streams.query.replica import Replica
from streams.settings import Settings
from streams.tasks import first_to_end
from streams.web.app import build_app
from streams.web.behind import Brokers, Desk
from streams.web.flow import Flow
from streams.web.grouping import Grouped
from streams.web.issuer import Issuer
from streams.web.keys import Keys
from streams.web.metrics import Metrics
from streams.web.rates import Rates
from streams.web.service import Service
from streams.web.view import View

_PUBLISHED: Final = ("access", "accounts", "feedback", "reviews")
_DRAIN_SECONDS: Final = 5


class ServeError(Exception):
    """The service can't be started; the text says why and what to do."""


async def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; `tell` hears the address (http://host:port) once it answers there.

    Raises ServeError before it answers, KeysError, StoreError, and ReadError or UnreachableError for the brokers.
    """
    async with _started(settings) as service:
        listening = listen(settings.web.address)
        config = uvicorn.Config(
            build_app(service),
            log_config=None,
            access_log=False,  # reads are recorded in `access`; a log must not hold accounts
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
        tell("http://{}:{}".format(*listening.getsockname()[:2]))
        server = _Server(config).serve(sockets=[listening])
        await first_to_end(server, service.view.run(), service.replica.run(), service.flow.run())


class _Server(uvicorn.Server):
    """Signals end the server and not at once the process, so that what stands around it is closed in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


@asynccontextmanager
async def _started(settings: Settings) -> AsyncIterator[Service]:
    keys = _keys(settings)
    directory = settings.web.directory or settings.data_dir / "web"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(held(directory / "web.pid"))
        except BlockingIOError:
            raise ServeError(
                f"another status service runs in {directory}: give this one its own ELIGIBILITY_WEB__DIRECTORY"
            ) from None
        flow, brokers = Flow(settings), Brokers(settings)
        stack.callback(brokers.close)
        view, replica = View(settings, directory / "view", flow.heard), Replica(settings, directory / "states")
        stack.enter_context(view.store)
        stack.enter_context(replica.store)
        sink = await stack.enter_async_context(publisher(settings, _PUBLISHED, linger_ms=0))
        limits = settings.web
        rates = Rates(limits.requests_per_second, limits.burst, time.monotonic)
        issuer = None if limits.open or limits.oidc is None else Issuer(limits.oidc)
        desk = Desk(brokers, settings.partitions)
        yield Service(settings, view, replica, Grouped(sink), keys, rates, Metrics(), desk, flow, issuer)


def _keys(settings: Settings) -> Keys | None:
    if settings.web.open:
        return None
    if settings.web.keys_file is None:
        if settings.web.oidc is None:
            raise ServeError(
                "ELIGIBILITY_WEB__KEYS_FILE: not set; nobody could read anything. Make a key with `eligibility keys "
                "api`, name an identity provider (ELIGIBILITY_WEB__OIDC__ISSUER ...), or set ELIGIBILITY_WEB__OPEN=1 "
                "for this machine alone"
            )
        return None
    return Keys(settings.web.keys_file)


def listen(address: str) -> socket.socket:
    """A listening socket at host:port. Raises ServeError."""
    host, _, port = address.rpartition(":")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host.strip("[]"), int(port)), family=family)
        # What it accepts has it too. Without, a body would wait some 40 ms for the acknowledgement of its head, since
        # asyncio sets it only for sockets that name their protocol, and create_server's don't.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except (OSError, OverflowError) as error:
        raise ServeError(f"ELIGIBILITY_WEB__ADDRESS: {address}: {error}") from error
