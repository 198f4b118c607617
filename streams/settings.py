"""Settings of every process: from the environment (`ELIGIBILITY_...`), secrets also from files, checked as one.

`ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS` is `settings.kafka.bootstrap_servers`. A secret may be a file of the same name
in lower case in the directory ELIGIBILITY_SECRETS_DIR. A misspelt variable is an error, never silently ignored.
"""

import difflib
import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from schemas.instants import parse_instant
from schemas.notices import Channel
from schemas.preferences import ClockTime, Zone
from schemas.settings import CoreSettings
from schemas.values import PUBLIC_KEY_PATTERN
from streams import failpoints

PREFIX = "ELIGIBILITY_"
SECRETS_DIR = "ELIGIBILITY_SECRETS_DIR"
NESTED = "__"

Seconds = Annotated[float, Field(gt=0)]

_SAFE_URL: Final = r"^(https://|http://(localhost|127\.0\.0\.1)[:/])"
"""Over TLS, or on this machine."""


class SettingsError(Exception):
    """One or more settings are wrong; the text has one line for each, with the variable's name."""


BATCH_BYTES_MAX: Final = 256 << 20


class KafkaSettings(BaseModel):
    """How to reach the brokers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bootstrap_servers: str | None = Field(None, description="host:port, comma separated; unset: the local Kafka")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] | None = Field(
        None,
        description="unset: PLAINTEXT to loopback addresses, else SSL, with SASL_ in front when a mechanism is set",
    )
    allow_plaintext: bool = Field(False, description="permit unencrypted connections to other hosts")
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    oauth_token_file: Path | None = Field(None, description="a token that the platform renews; read at each connection")
    oauth_token_url: str | None = Field(None, pattern=_SAFE_URL, description="endpoint for client credentials")
    oauth_client_id: str | None = None
    oauth_client_secret: SecretStr | None = None
    oauth_scope: str | None = None
    ssl_cafile: Path | None = Field(None, description="certificate authority, PEM; unset: the system's")
    ssl_certfile: Path | None = Field(None, description="client certificate for mTLS, PEM")
    ssl_keyfile: Path | None = None
    ssl_password: SecretStr | None = Field(None, description="of the key file")
    batch_bytes_max: int = Field(
        BATCH_BYTES_MAX, ge=1 << 20, description="what a compressed batch may unfold to in memory; security.md"
    )

    @property
    def on_this_machine(self) -> bool:
        """Whether all brokers have loopback addresses; the local Kafka has."""
        return self.bootstrap_servers is None or all(map(_is_loopback, self.bootstrap_servers.split(",")))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.sasl_mechanism == "OAUTHBEARER":
            client = (self.oauth_token_url, self.oauth_client_id, self.oauth_client_secret)
            if (self.oauth_token_file is None) == (None in client):
                raise ValueError(
                    "sasl_mechanism OAUTHBEARER needs oauth_token_file, or else oauth_token_url, oauth_client_id and "
                    "oauth_client_secret"
                )
        elif self.sasl_mechanism and (self.sasl_username is None or self.sasl_password is None):
            raise ValueError(f"sasl_mechanism {self.sasl_mechanism} needs sasl_username and sasl_password")
        if (self.ssl_certfile is None) != (self.ssl_keyfile is None):
            raise ValueError("ssl_certfile and ssl_keyfile belong together: one of them is missing")
        if (self.security_protocol or "").startswith("SASL") and self.sasl_mechanism is None:
            raise ValueError(f"security_protocol {self.security_protocol} needs sasl_mechanism")
        return self


class LaneSettings(BaseModel):
    """Bounds of one block and of one worker's lanes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    block_records: int = Field(4000, gt=0, description="records that one block applies at most")
    block_bytes: int = Field(8 << 20, gt=0, description="bytes of source records that one block applies at most")
    block_deadline_s: Seconds = Field(45.0, description="a block that takes longer ends the process")
    inbox_records: int = Field(20_000, gt=1, description="per source partition; a fuller inbox stops fetching it")
    inbox_bytes: int = Field(32 << 20, gt=1, description="of values, per source partition, as inbox_records")
    transaction_timeout_s: Seconds = Field(60.0, description="an open transaction older than this is aborted by Kafka")
    stall_s: Seconds = Field(
        300.0,
        description="a lane that waits this long for a source which has more ends the process",
    )
    restore_stall_s: Seconds = Field(
        120.0, description="a restore that stands still for longer ends the process; longer than any open transaction"
    )
    open_transactions: int = Field(8, gt=0, le=64, description="transactions that one worker has open at most")


class OidcSettings(BaseModel):
    """An identity provider whose bearer tokens (signed JWTs) are taken beside API keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1, description="as it stands in a token's `iss`, to the letter")
    audience: str = Field(min_length=1, description="one of a token's `aud`")
    jwks_url: str = Field(pattern=_SAFE_URL, description="where the provider publishes its keys")
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"], ...] = Field(
        ("RS256", "ES256", "EdDSA"), min_length=1, description="a list in JSON; tokens signed otherwise are refused"
    )
    scopes_claim: str = Field("scope", description="claim with the scopes: a list, or words; a.b is b inside a")
    scopes_prefix: str = Field("eligibility.", description="in front of own, support, operations, audit in that claim")
    accounts_claim: str = Field("accounts", description="claim with the accounts of the scope own")
    leeway_s: float = Field(30.0, ge=0, le=300, description="how far the provider's clock may be off")


class WebSettings(BaseModel):
    """The status service."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field("127.0.0.1:8080", pattern=r"^\S+:\d{1,5}$", description="host:port; port 0: any free one")
    keys_file: Path | None = Field(None, description="API keys, as `eligibility keys api` prints them")
    oidc: OidcSettings | None = Field(None, description="bearer tokens of an identity provider")
    open: bool = Field(False, description="no keys: whoever reaches the address may read all; only on loopback")
    directory: Path | None = Field(None, description="of what it has read; unset: web in data_dir; one each instance")
    requests_per_second: Seconds = Field(100.0, description="of one key; what runs the engine counts 10")
    burst: float = Field(200.0, ge=10, description="requests of one key at once")
    streams_max: int = Field(1000, gt=0, description="open streams of events")
    heartbeat_s: Seconds = Field(15.0, description="a comment in a stream, so that nothing between ends it")
    drop_s: Seconds = Field(20.0, description="a client that takes nothing for so long is dropped")
    warn_closures_percent: float = Field(
        5.0, gt=0, le=100, description="of a product's accounts, closed within an hour: an early warning"
    )
    warn_reason_times: float = Field(
        3.0, gt=1, description="so many times a reason's hourly average of the day before: an early warning"
    )
    warn_reason_least: int = Field(20, gt=0, description="and so many status events with it within the hour")
    warn_behind_s: Seconds = Field(
        300.0, description="nothing new is in, or a lane's records wait, for so long: an early warning"
    )
    warn_rejected_percent: float = Field(
        1.0, gt=0, le=100, description="of an hour's records, rejected, and 20 of them at least: an early warning"
    )

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.open and not _is_loopback(self.address):
            raise ValueError(f"open is for loopback addresses only, not {self.address}: set keys_file instead")
        return self


class NotifierSettings(BaseModel):
    """The notifier, and how customers are told who wish nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Annotated[int, Field(strict=True)] | None = Field(
        None, description="changes before this instant are as the customers know them; unset: all are told"
    )
    language: Literal["zh", "en"] = "zh"
    zone: Zone = "Asia/Shanghai"
    quiet_from: ClockTime = Field("22:00", description="of the customer's zone; equal to quiet_until: never quiet")
    quiet_until: ClockTime = "08:00"
    channels: list[Channel] = Field(["mailbox"], min_length=1, description="the first that takes a message has it")
    last_resort: bool = Field(True, description="what no channel of a customer takes goes into the mailbox")
    webhook_url: str | None = Field(None, pattern=_SAFE_URL, description="of the operator's gateway")
    webhook_secret: SecretStr | None = Field(None, description="whsec_ and 24 to 64 bytes in base 64")
    mail_url: SecretStr | None = Field(None, description="apprise's, {address} stands for the customer's address")
    push_url: SecretStr | None = Field(None, description="as mail_url; only lock-screen-safe words go there")
    attempts: int = Field(12, gt=0, description="of one message on a channel with keys; then the next one has it")
    timeout_s: Seconds = Field(10.0, description="of one attempt")
    at_once: int = Field(64, gt=0, le=1000, description="messages of one partition that are sent at once")

    @field_validator("since", mode="before")
    @classmethod
    def _instant(cls, text: object) -> object:
        return parse_instant(text) if isinstance(text, str) else text

    @model_validator(mode="after")
    def _webhook(self) -> Self:
        if (self.webhook_url is None) != (self.webhook_secret is None):
            raise ValueError("webhook_url and webhook_secret belong together: one of them is missing")
        return self


class Settings(BaseSettings):
    """All settings. Times end in _s or _ms, sizes in _bytes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    lane: LaneSettings = LaneSettings()
    web: WebSettings = WebSettings()
    notifier: NotifierSettings = NotifierSettings()
    topic_prefix: str = Field("eligibility.", pattern=r"^[A-Za-z0-9._-]{0,100}$", description="in front of every topic")
    application_id: str = Field(
        "eligibility",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="consumer group; the table's changelog begins with it",
    )
    partitions: int = Field(4, ge=1, le=10_000, description="of every topic that accounts are spread over")
    replication_factor: int = Field(1, ge=1, description="of the topics that `topics apply` creates")
    instance_id: str | None = Field(None, description="static group membership: unique per worker, kept over restarts")
    session_timeout_s: Seconds = 10.0
    heartbeat_s: Seconds = Field(
        0.3, description="the other workers learn this late at most that one's session has timed out"
    )
    rebalance_timeout_s: Seconds = 60.0
    max_poll_interval_s: Seconds = Field(900.0, description="at least twice the longest restore of a worker")
    live_clock: bool = Field(
        True, description="lanes with nothing to do follow the wall clock; false: records alone, for history loads"
    )
    grace_ms: int = Field(2000, ge=0, description="a timer fires this long after it is due (semantics T3)")
    future_ms: int = Field(
        300_000, ge=0, description="how far an event's time may be ahead of its record (semantics T8)"
    )
    activation_delay_ms: int = Field(60_000, ge=0, description="of a policy after its record (semantics E9)")
    evaluations_per_block: int = Field(5000, gt=0, description="evaluations in one block at most (semantics T17)")
    trust_root: str | None = Field(
        None,
        pattern=PUBLIC_KEY_PATTERN,
        description="public key that signs the first list of trusted keys; it can't change under a ledger",
    )
    allow_unsigned: bool | None = Field(
        None,
        description="take overrides, decisions and policies unsigned where no trust_root is set; unset: only with "
        "brokers on this machine",
    )
    monitor_address: str | None = Field(
        None,
        pattern=r"^\S+:\d{1,5}$",
        description="host:port where a worker answers /metrics, /healthz and /readyz; port 0: any; unset: nowhere",
    )
    log_format: Literal["text", "json"] = Field("text", description="json: one JSON object a line")
    data_dir: Path = Field(Path(".eligibility"), description="local Kafka and state files")
    failpoints: str | None = Field(
        None, description="for tests of faults only: sent=kill@7, as streams.failpoints has it"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, NestedSecretsSettingsSource(file_secret_settings)

    @field_validator("failpoints")
    @classmethod
    def _known(cls, text: str | None) -> str | None:
        if text is not None:
            failpoints.parse(text)
        return text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.heartbeat_s * 3 > self.session_timeout_s:
            raise ValueError(
                f"session_timeout_s {self.session_timeout_s} is less than three times heartbeat_s {self.heartbeat_s}"
            )
        if self.lane.block_deadline_s >= self.rebalance_timeout_s:
            raise ValueError(
                f"lane.block_deadline_s {self.lane.block_deadline_s} has to be less than rebalance_timeout_s "
                f"{self.rebalance_timeout_s}: a block that hangs would hold up every partition of the group"
            )
        return self


def core_settings(settings: Settings) -> CoreSettings:
    """Those of the settings that matter to the outcome.

    Raises SettingsError where nothing says whose signatures count, nor that events may come unsigned.
    """
    return CoreSettings(
        grace_ms=settings.grace_ms,
        future_ms=settings.future_ms,
        evaluations_per_block=settings.evaluations_per_block,
        activation_delay_ms=settings.activation_delay_ms,
        trust_root=_trust_root(settings),
    )


def _trust_root(settings: Settings) -> str:
    if settings.trust_root is not None:
        return settings.trust_root
    allowed = settings.kafka.on_this_machine if settings.allow_unsigned is None else settings.allow_unsigned
    if not allowed:
        raise SettingsError(
            f"{PREFIX}TRUST_ROOT: not set; overrides, decisions and policies are only taken signed. Make a key with "
            f"`eligibility keys new`, or set {PREFIX}ALLOW_UNSIGNED=1 to take them unsigned"
        )
    return ""


def _is_loopback(server: str) -> bool:
    host = server.strip().rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load() -> Settings:
    """The settings of this process.

    Raises SettingsError with one line for each wrong or unknown variable.
    """
    _refuse_unknown(os.environ)
    secrets = os.environ.get(SECRETS_DIR)
    if secrets is not None and not Path(secrets).is_dir():
        raise SettingsError(f"{SECRETS_DIR}: {secrets} is not a directory")
    try:
        return Settings(_secrets_dir=secrets)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_line(entry["loc"], entry["msg"], entry.get("input")) for entry in error.errors())
        ) from error


def variables(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[str]:
    """Names of all environment variables, in the order of the fields."""
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if nested:
            yield from variables(nested[0], f"{prefix}{name.upper()}{NESTED}")
        else:
            yield f"{prefix}{name.upper()}"


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = [*variables(), SECRETS_DIR]
    lines = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, 1, 0.0)
            lines.append(f"{name}: no such setting; the nearest is {near[0]} (all: eligibility config show)")
    if lines:
        raise SettingsError("\n".join(lines))


def _line(location: tuple[int | str, ...], message: str, came: object) -> str:
    name = PREFIX + NESTED.join(str(part).upper() for part in location) if location else "settings"
    text = message.removeprefix("Value error, ")
    secret = any(word in name for word in ("PASSWORD", "SECRET"))
    shown = "" if secret or isinstance(came, dict | BaseModel | SecretStr) else f", came {came!r}"
    return f"{name}: {text}{shown}"
