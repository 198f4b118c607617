"""Brokers with TLS, logins and ACLs: every login works, and each role can do its work and nothing else."""

import asyncio
import gc
import json
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from schemas.policy import load_policy
from schemas.topics import BROADCAST, SOURCE_ORDER, TOPICS, changelog_name
from streams import local, messages
from streams.inspection.doctor import Level, examine
from streams.inspection.lag import lags
from streams.local import admin
from streams.local.rights import ROLES, Role, rights
from streams.publish import Outgoing, publisher
from streams.security import client_options
from streams.settings import KafkaSettings, Settings
from tests.support.guarded import Guarded, authorised, grant, guarded, password, unsigned_token
from tests.support.processes import REAL, ROOT, workers

PARTITIONS = 2
SOURCES = {name for name in SOURCE_ORDER if name not in BROADCAST}
POLICY = Path(local.__file__).parent / "policies/w1.yaml"
LOOKS = {"Describe", "DescribeConfigs"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded")) as made:
        yield made


def settings(kafka: KafkaSettings, prefix: str = "t.") -> Settings:
    return Settings(
        kafka=kafka, topic_prefix=prefix, application_id=f"{prefix}app", partitions=PARTITIONS, session_timeout_s=6.0,
        heartbeat_s=0.5,
    )  # fmt: skip


def as_role(broker: Guarded, role: str, prefix: str = "t.") -> Settings:
    return settings(broker.scram(role), prefix)


# Logins


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_password_opens_and_a_wrong_one_is_told_without_it(broker: Guarded, mechanism: str) -> None:
    assert await admin.cluster_id(settings(broker.scram("auditor", mechanism)))
    wrong = broker.kafka(sasl_mechanism=mechanism, sasl_username="auditor", sasl_password="guessed-secret")
    with pytest.raises(admin.TopicsError) as error:
        await admin.cluster_id(settings(wrong))
    assert "guessed-secret" not in str(error.value)


@pytest.fixture(autouse=True)
def refused_clients_are_collected() -> Iterator[None]:
    """aiokafka leaves the socket of a refused connection to the collector; its warning must not come to other tests."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


async def test_a_client_certificate_opens_and_without_one_nothing_does(broker: Guarded) -> None:
    base = {"bootstrap_servers": broker.cert, "security_protocol": "SSL", "ssl_cafile": broker.cafile}
    own = {"ssl_certfile": broker.folder / "worker.pem", "ssl_keyfile": broker.folder / "worker.key"}
    assert await admin.cluster_id(settings(KafkaSettings.model_validate({**base, **own})))
    with pytest.raises(admin.TopicsError):
        await admin.cluster_id(settings(KafkaSettings.model_validate(base)))


async def test_a_broker_of_another_authority_is_not_talked_to(broker: Guarded) -> None:
    kafka = broker.scram("auditor").model_copy(update={"ssl_cafile": broker.folder / "other-ca.pem"})
    with pytest.raises(admin.TopicsError):
        await admin.cluster_id(settings(kafka))
    findings = [finding async for finding in examine(settings(kafka))]
    assert findings[-1].what == "brokers"
    assert findings[-1].level is Level.FAIL


class TokenEndpoint(BaseHTTPRequestHandler):
    """Gives tokens to one client; counts."""

    given = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        right = self.headers["Authorization"] == "Basic d29ya2VyOm9wZW5zZXNhbWU=" and b"client_credentials" in body
        self.send_response(200 if right else 401)
        self.end_headers()
        if right:
            type(self).given += 1
            answer = {"access_token": unsigned_token("worker"), "expires_in": 3600, "token_type": "Bearer"}
            self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), TokenEndpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/token"
    server.shutdown()
    server.server_close()


async def test_tokens_open_from_a_file_and_from_an_endpoint(broker: Guarded, endpoint: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(unsigned_token("worker") + "\n")
    assert await admin.cluster_id(settings(broker.kafka(sasl_mechanism="OAUTHBEARER", oauth_token_file=file)))
    client = {"oauth_token_url": endpoint, "oauth_client_id": "worker", "oauth_client_secret": "opensesame"}
    kafka = broker.kafka(sasl_mechanism="OAUTHBEARER", **client)
    options = client_options(kafka)
    assert [await options["sasl_oauth_token_provider"].token() for _ in range(3)][1:]
    assert TokenEndpoint.given == 1, "a token is kept for most of its life"
    assert await admin.cluster_id(settings(kafka))
    for wrong in ({**client, "oauth_client_secret": "guessed-secret"}, {"oauth_token_file": tmp_path / "nowhere"}):
        with pytest.raises(admin.TopicsError) as error:
            await admin.cluster_id(settings(broker.kafka(sasl_mechanism="OAUTHBEARER", **wrong)))
        assert "guessed-secret" not in str(error.value)


# Roles


async def _wrong(operator: Settings) -> str:
    """What keeps the operator from making the topics; empty when they are there."""
    try:
        _, wrong = await admin.apply(operator)
    except admin.TopicsError as error:
        return str(error)
    return "\n".join(map(str, wrong))


@pytest.fixture(scope="module")
def granted(broker: Guarded) -> Guarded:
    """Every role has its rights and no more; the operator has made the topics with them."""

    async def prepare() -> None:
        for role in get_args(Role):
            await grant(broker, role, rights(role, as_role(broker, role)))
        # a broker takes new ACLs over from its controller, in order and a moment later
        end = time.monotonic() + 30
        while wrong := await _wrong(as_role(broker, "operator")):
            assert time.monotonic() < end, wrong
            await asyncio.sleep(0.2)

    asyncio.run(prepare())
    return broker


# What each role may do with each topic, said once more, by hand: the table of deploy/docs/security.md.
READS: dict[str, set[str]] = {
    "worker": {*SOURCE_ORDER, "ledger", "accounts-changelog"},
    "feeder": set(),
    "subscriber": {"status", "current", "availability", "corrections"},
    "auditor": {*TOPICS, "accounts-changelog"},
    "corrector": {*TOPICS, "accounts-changelog"},
    "operator": {*SOURCE_ORDER, "ledger", "dead-letters"},
    "web": {"status", "current", "availability", "corrections", "notices", "accounts-changelog"},
    "staff": {*TOPICS, "accounts-changelog"},
    "notifier": {"identity", "reviews", "status", "preferences", "notices"},
}
WRITES: dict[str, set[str]] = {
    "worker": {"status", "current", "availability", "dead-letters", "shadow", "ledger", "accounts-changelog"},
    "feeder": SOURCES,
    "subscriber": set(),
    "auditor": set(),
    "corrector": {"corrections"},
    "operator": {"operations", "policies"},
    "web": {"accounts", "reviews", "feedback", "access"},
    "staff": {*SOURCE_ORDER, "feedback", "access"},
    "notifier": {"notices"},
}


@pytest.mark.parametrize("role", list(ROLES))
async def test_the_brokers_let_each_role_do_what_the_table_says_and_nothing_else(granted: Guarded, role: str) -> None:
    mine = as_role(granted, role)
    names = {name: mine.topic_prefix + name for name in TOPICS} | {
        "accounts-changelog": changelog_name(mine.application_id)
    }
    found = await authorised(client_options(mine.kafka), names.values())
    assert {name for name, full in names.items() if "Read" in found[full]} == READS[role]
    assert {name for name, full in names.items() if "Write" in found[full]} == WRITES[role]
    more = {operation for full in found.values() for operation in full} - {"Read", "Write"}
    assert more <= (LOOKS | {"Create"} if role == "operator" else LOOKS)


@asynccontextmanager
async def producer(mine: Settings, **more: Any) -> AsyncIterator[AIOKafkaProducer]:
    made = AIOKafkaProducer(**client_options(mine.kafka), **more)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def read(mine: Settings, name: str, **more: Any) -> list[Any]:
    """What of a topic is committed, as this role sees it."""
    places = [TopicPartition(mine.topic_prefix + name, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(
        **client_options(mine.kafka), isolation_level="read_committed", auto_offset_reset="earliest", **more
    )
    await consumer.start()
    try:
        if "group_id" in more:
            consumer.subscribe([places[0].topic])
        else:
            consumer.assign(places)
        return [row for rows in (await consumer.getmany(timeout_ms=5_000)).values() for row in rows]
    finally:
        await consumer.stop()


async def test_what_a_role_may_not_do_it_cannot(granted: Guarded) -> None:
    feeder, subscriber = as_role(granted, "feeder"), as_role(granted, "subscriber")
    for role, name in (("feeder", "repayments"), ("operator", "status"), ("worker", "current")):
        with pytest.raises(TopicAuthorizationFailedError):
            await read(as_role(granted, role), name)
    with pytest.raises(GroupAuthorizationFailedError):
        await read(subscriber, "status", group_id=subscriber.application_id)
    for role, name in (
        ("worker", "repayments"),
        ("worker", "policies"),
        ("subscriber", "status"),
        ("auditor", "dead-letters"),
        ("operator", "repayments"),
    ):
        async with producer(as_role(granted, role)) as sender:
            with pytest.raises(TopicAuthorizationFailedError):
                await sender.send_and_wait(f"t.{name}", b"x", partition=0)
    with pytest.raises(TransactionalIdAuthorizationFailed):
        async with producer(feeder, transactional_id="t.ledger-0"):
            pass
    with pytest.raises(admin.TopicsError):
        await admin.apply(as_role(granted, "worker").model_copy(update={"topic_prefix": "other."}))


def event(number: int, type: str, **data: object) -> Outgoing:
    document = {
        "specversion": "1.0",
        "id": str(number),
        "source": "/test",
        "type": type,
        "subject": "A1",
        "time": "2026-01-01T00:00:00Z",
        "data": data,
    }
    topic = {"account.opened": "accounts", "inquiry.recorded": "inquiries"}[type]
    return Outgoing(topic, b"A1", orjson.dumps(document), None)


async def test_with_these_rights_the_whole_system_works(granted: Guarded, tmp_path: Path) -> None:
    operator, feeder = as_role(granted, "operator"), as_role(granted, "feeder")
    policy = load_policy(POLICY.read_bytes())
    async with publisher(operator, ["policies"]) as sender:
        await sender.send(messages.policy_in_force(policy, 0))
    async with publisher(feeder, ["accounts", "inquiries"]) as sender:
        await sender.send([event(1, "account.opened", region="CN-31"), event(2, "inquiry.recorded", kind="hard")])
    with workers(tmp_path, as_role(granted, "worker")) as started:
        worker = started.start(REAL, ELIGIBILITY_KAFKA__SASL_PASSWORD=password("worker"))
        async with asyncio.timeout(60):
            while any(lag.records for lag in await lags(operator, 0)):
                assert worker.running, worker.log
                await asyncio.sleep(0.2)
        findings = {finding.what: finding async for finding in examine(operator)}
        assert worker.terminate() == 0
        assert password("worker") not in worker.log
    assert {what: finding.level for what, finding in findings.items()} == dict.fromkeys(
        ("engine", "brokers", "certificate", "topics", "ledger", "workers", "lag"), Level.OK
    )
    assert findings["workers"].found.startswith("1 in the group")
    subscriber = as_role(granted, "subscriber")
    assert await read(subscriber, "status", group_id=f"{subscriber.application_id}-subscriber-1")
    assert await read(as_role(granted, "auditor"), "ledger")


def test_a_command_takes_its_secret_from_a_file_and_shows_it_nowhere(granted: Guarded, tmp_path: Path) -> None:
    (tmp_path / "eligibility_kafka__sasl_password").write_text(password("operator"))
    environment = {
        "ELIGIBILITY_SECRETS_DIR": str(tmp_path),
        "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": granted.login,
        "ELIGIBILITY_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "ELIGIBILITY_KAFKA__SASL_MECHANISM": "SCRAM-SHA-512",
        "ELIGIBILITY_KAFKA__SASL_USERNAME": "operator",
        "ELIGIBILITY_KAFKA__SSL_CAFILE": str(granted.cafile),
        "ELIGIBILITY_TOPIC_PREFIX": "t.",
        "ELIGIBILITY_APPLICATION_ID": "t.app",
        "ELIGIBILITY_PARTITIONS": str(PARTITIONS),
    }

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "streams.cli", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    assert "all topics are as the catalogue says" in run("topics", "verify")
    shown = run("config", "show")
    assert "ELIGIBILITY_KAFKA__SASL_PASSWORD=**********" in shown
    assert password("operator") not in shown
