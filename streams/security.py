"""How a client connects: aiokafka's arguments from the settings, encrypted unless the brokers are on this machine."""

import ssl
from typing import Any

from streams import unfolding
from streams.settings import KafkaSettings, SettingsError
from streams.tokens import token_provider


def client_options(kafka: KafkaSettings) -> dict[str, Any]:
    """Keyword arguments that every aiokafka client takes: servers, protocol, credentials. What a batch may unfold to
    is no argument of a client: it is set here for all of this process.

    Raises SettingsError when no brokers are set, or when the connection would be unencrypted without leave.
    """
    if not kafka.bootstrap_servers:
        raise SettingsError("ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS: not set, and there is no local Kafka")
    unfolding.allow(kafka.batch_bytes_max)
    protocol = security_protocol(kafka)
    options: dict[str, Any] = {"bootstrap_servers": kafka.bootstrap_servers, "security_protocol": protocol}
    if protocol.endswith("SSL"):
        options["ssl_context"] = _ssl_context(kafka)
    if protocol.startswith("SASL"):
        options["sasl_mechanism"] = kafka.sasl_mechanism
    if kafka.sasl_mechanism == "OAUTHBEARER":
        options["sasl_oauth_token_provider"] = token_provider(kafka)
    elif protocol.startswith("SASL"):
        options["sasl_plain_username"] = kafka.sasl_username
        options["sasl_plain_password"] = kafka.sasl_password.get_secret_value() if kafka.sasl_password else None
    return options


def security_protocol(kafka: KafkaSettings) -> str:
    """The protocol in force: the one that is set, else TLS to other machines and plain text on this one."""
    loopback = kafka.on_this_machine
    secure = "SASL_SSL" if kafka.sasl_mechanism else "SSL"
    plain = "SASL_PLAINTEXT" if kafka.sasl_mechanism else "PLAINTEXT"
    protocol = kafka.security_protocol or (plain if loopback else secure)
    if protocol.endswith("PLAINTEXT") and not loopback and not kafka.allow_plaintext:
        raise SettingsError(
            f"ELIGIBILITY_KAFKA__SECURITY_PROTOCOL: {protocol} would send accounts' data unencrypted to "
            f"{kafka.bootstrap_servers}; use {secure}, or set ELIGIBILITY_KAFKA__ALLOW_PLAINTEXT=1 where the network "
            "itself is closed"
        )
    return protocol


def _ssl_context(kafka: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=kafka.ssl_cafile)
        if kafka.ssl_certfile is not None:
            password = kafka.ssl_password.get_secret_value() if kafka.ssl_password else None
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile, password)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(f"ELIGIBILITY_KAFKA__SSL_...: {error}") from error
    return context
