"""When certificates expire, as a worker and the doctor see it: from a server that speaks TLS, and from a file."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from streams import certificates
from streams.settings import KafkaSettings
from streams.worker.certificates import look
from streams.worker.metrics import Metrics

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
LATER = SOON + timedelta(days=300)


@asynccontextmanager
async def server(authority: trustme.CA, expires: datetime) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=expires).configure_cert(context)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def settings(authority: trustme.CA, folder: Path, servers: str, *, client: bool) -> KafkaSettings:
    ca, key, own = folder / "ca.pem", folder / "own.key", folder / "own.pem"
    authority.cert_pem.write_to_path(ca)
    certificate = authority.issue_cert("worker", not_after=LATER)
    certificate.private_key_pem.write_to_path(key)
    certificate.cert_chain_pems[0].write_to_path(own)
    mine = {"ssl_certfile": own, "ssl_keyfile": key} if client else {}
    return KafkaSettings(bootstrap_servers=servers, security_protocol="SSL", ssl_cafile=ca, **mine)


def told(metrics: Metrics) -> dict[str, float]:
    (family,) = metrics.certificates.collect()
    return {sample.labels["whose"]: sample.value for sample in family.samples}


@pytest.mark.parametrize("client", [False, True])
async def test_the_earliest_of_the_servers_and_the_clients_own_are_told(
    authority: trustme.CA, tmp_path: Path, client: bool
) -> None:
    metrics = Metrics("", 1)
    async with server(authority, LATER) as one, server(authority, SOON) as other:
        kafka = settings(authority, tmp_path, f"{one},127.0.0.1:1, {other}", client=client)
        shown = [each async for each in certificates.shown(kafka)]
        await look(kafka, metrics)
    assert [each.expires for each in shown] == [LATER.timestamp(), None, SOON.timestamp()]
    assert "127.0.0.1" in shown[1].error
    assert told(metrics) == {"broker": SOON.timestamp()} | ({"client": LATER.timestamp()} if client else {})


async def test_without_tls_and_while_files_are_exchanged_nothing_is_told(
    authority: trustme.CA, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics("", 1)
    await look(KafkaSettings(bootstrap_servers="127.0.0.1:1"), metrics)
    kafka = settings(authority, tmp_path, "127.0.0.1:1", client=True)
    (tmp_path / "own.pem").write_text("half of it", encoding="utf-8")
    assert certificates.own(kafka) is None
    await look(kafka, metrics)
    assert told(metrics) == {}
    assert "certificates cannot be looked at: ELIGIBILITY_KAFKA__SSL_" in caplog.text
