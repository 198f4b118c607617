"""When certificates expire: those that brokers show, and the client's own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

from streams.security import client_options
from streams.settings import KafkaSettings

_ANSWER_S = 15.0


class Shown(NamedTuple):
    """A bootstrap server's certificate: when it expires (s since the epoch), or why it could not be seen."""

    server: str
    expires: float | None
    error: str = ""


async def shown(kafka: KafkaSettings) -> AsyncIterator[Shown]:
    """The certificate of each bootstrap server, in order; none where connections are not encrypted."""
    context = client_options(kafka).get("ssl_context")
    if context is None:
        return
    for server in (each.strip() for each in (kafka.bootstrap_servers or "").split(",")):
        host, _, port = server.rpartition(":")
        try:
            async with asyncio.timeout(_ANSWER_S):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context)
            certificate = writer.get_extra_info("peercert")
            writer.close()
        except (OSError, TimeoutError) as error:
            yield Shown(server, None, str(error) or type(error).__name__)
            continue
        yield Shown(server, _expires(certificate))


def own(kafka: KafkaSettings) -> float | None:
    """When the client's certificate expires, s since the epoch; None without one, or when its file can't be read."""
    return None if kafka.ssl_certfile is None else _read(kafka.ssl_certfile)


def _read(path: Path) -> float | None:
    try:  # of the standard library; private, but nothing public there reads a certificate that is no authority's
        return _expires(ssl._ssl._test_decode_cert(str(path)))  # type: ignore[attr-defined]
    except OSError:  # ssl.SSLError is one
        return None


def _expires(certificate: dict[str, Any]) -> float:
    return float(ssl.cert_time_to_seconds(certificate["notAfter"]))
