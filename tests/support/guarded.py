"""A broker that asks who is there: TLS with certificates made here, every login that we support, ACLs on.

The listener LOGIN takes SASL over TLS, CERT takes client certificates; both name the same principals, `User:<role>`.
The plain listener is the installer's: its anonymous user may do everything.
"""

import base64
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import trustme
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from streams.cluster import _MetadataRequest
from streams.local.kafka import LocalKafka
from streams.local.probe import free_port
from streams.local.properties import HOST
from streams.local.rights import ROLES, Right
from streams.settings import KafkaSettings

# Codes of Kafka's protocol.
OPERATIONS = {
    "Read": 3,
    "Write": 4,
    "Create": 5,
    "Delete": 6,
    "Alter": 7,
    "Describe": 8,
    "DescribeConfigs": 10,
    "AlterConfigs": 11,
}
_RESOURCES = {"topic": 2, "group": 3, "transactional-id": 5}
_LITERAL, _PREFIXED, _ALLOW = 3, 4, 3


class Guarded(NamedTuple):
    """The running broker. `plain`, `login` and `cert` are addresses of its listeners, `folder` has the certificates."""

    plain: str
    login: str
    cert: str
    folder: Path

    @property
    def cafile(self) -> Path:
        return self.folder / "ca.pem"

    def kafka(self, **more: Any) -> KafkaSettings:
        """Settings for LOGIN, with a mechanism and what belongs to it."""
        return KafkaSettings.model_validate(
            {"bootstrap_servers": self.login, "security_protocol": "SASL_SSL", "ssl_cafile": self.cafile, **more}
        )

    def scram(self, role: str, mechanism: str = "SCRAM-SHA-512") -> KafkaSettings:
        return self.kafka(sasl_mechanism=mechanism, sasl_username=role, sasl_password=password(role))


def password(role: str) -> str:
    return f"opensesame-{role}"


def unsigned_token(subject: str) -> str:
    """What Kafka's validator for development takes for a token."""
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + 3600}
    parts = [json.dumps({"alg": "none"}).encode(), json.dumps(claims).encode()]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


@contextmanager
def guarded(folder: Path) -> Iterator[Guarded]:
    """The broker for as long as the block lasts."""
    _write_certificates(folder)
    port, controller, login, cert = (free_port(HOST) for _ in range(4))
    addresses = {"PLAINTEXT": port, "LOGIN": login, "CERT": cert}
    advertised = ",".join(f"{name}://{HOST}:{number}" for name, number in addresses.items())
    users = [
        f"{mechanism}=[name={role},password={password(role)}]"
        for role in ROLES
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
    ]
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required "
    oauth = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
    overrides = {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"{advertised},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": advertised,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,CERT:SSL",
        "listener.name.login.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        "listener.name.login.plain.sasl.jaas.config": plain
        + " ".join(f'user_{role}="{password(role)}"' for role in ROLES)
        + ";",
        "listener.name.login.scram-sha-256.sasl.jaas.config": scram,
        "listener.name.login.scram-sha-512.sasl.jaas.config": scram,
        "listener.name.login.oauthbearer.sasl.jaas.config": oauth + 'unsecuredLoginStringClaim_sub="broker";',
        "listener.name.cert.ssl.client.auth": "required",
        "listener.name.cert.ssl.principal.mapping.rules": "RULE:^CN=([^,]*).*$/$1/",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    arguments = [word for user in users for word in ("--add-scram", user)]
    with LocalKafka(folder / "kafka", port, overrides, arguments):
        yield Guarded(f"{HOST}:{port}", f"{HOST}:{login}", f"{HOST}:{cert}", folder)


async def grant(broker: Guarded, role: str, rows: Iterable[Right]) -> None:
    """Gives the rights to `User:<role>`, as the installer."""
    creations = [
        (_RESOURCES[row.resource], row.name, _PREFIXED if row.prefixed else _LITERAL, f"User:{role}", "*", code, _ALLOW)
        for row in rows
        for code in (OPERATIONS[operation] for operation in row.operations)
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.plain)
    await admin.start()
    try:
        answer = await admin._send_request(_GrantRequest(creations))
    finally:
        await admin.close()
    assert [message for error, message in answer.creation_responses if error] == []
    assert len(answer.creation_responses) == len(creations)


async def authorised(client: dict[str, Any], topics: Iterable[str]) -> dict[str, set[str]]:
    """What the brokers let this client do with each topic, by topic; nothing for one that it may not even see."""
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        answer = await admin._client.send(admin._client.get_random_node(), _RightsRequest(topics))
    finally:
        await admin.close()
    return {
        name: set() if error else {word for word, code in OPERATIONS.items() if allowed & 0xFFFFFFFF & (1 << code)}
        for error, name, _, _, _, allowed, _ in answer.topics
    }


class _GrantRequest(CreateAclsRequest):  # type: ignore[misc] # aiokafka has no types
    """All in one: aiokafka's own request creates a single one."""

    def __init__(self, creations: list[tuple[int, str, int, str, str, int, int]]) -> None:
        self._creations = creations

    def build(self, request_struct_class: type[Any]) -> Any:
        return request_struct_class(self._creations)


class _RightsRequest(_MetadataRequest):
    """Asks with each topic what the asking principal may do."""

    def build(self, request_struct_class: type[Any]) -> Any:
        return request_struct_class([(bytes(16), name, {}) for name in self._names], False, True, {})


def _write_certificates(folder: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    other.cert_pem.write_to_path(str(folder / "other-ca.pem"))
    broker = authority.issue_cert(HOST)
    (folder / "broker.pem").write_bytes(_pkcs8(broker) + b"".join(pem.bytes() for pem in broker.cert_chain_pems))
    worker = authority.issue_cert("worker.example.org", common_name="worker")
    (folder / "worker.key").write_bytes(worker.private_key_pem.bytes())
    (folder / "worker.pem").write_bytes(b"".join(pem.bytes() for pem in worker.cert_chain_pems))


def _pkcs8(certificate: trustme.LeafCert) -> bytes:
    """The key in the only form that Kafka reads from PEM files."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
