"""Tokens for SASL OAUTHBEARER: from a file that the platform renews, or from a token endpoint (client credentials)."""

import asyncio
import base64
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Final

import orjson
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from streams.settings import KafkaSettings

_ENDPOINT_S: Final = 10.0
_ANSWER_BYTES_MAX: Final = 1 << 20
# A token is asked for anew when this part of its life is over; an endpoint that names no life gets asked every time.
_FRESH_PART: Final = 0.8


class TokenError(KafkaConnectionError):  # type: ignore[misc] # aiokafka has no types
    """No token can be had; to Kafka's client a broker that can't be connected to, so that it tries again."""


class FileTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Reads the token from a file at each connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str:
        """The file's text. Raises TokenError."""
        try:
            return (await asyncio.to_thread(self._path.read_text, encoding="ascii")).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TokenError(f"the token file {self._path} cannot be read: {type(error).__name__}") from None


class EndpointTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Asks a token endpoint (OAuth 2.0 client credentials) and keeps the answer for most of its life.

    One object serves all connections of a process, which belong to several event loops.
    """

    def __init__(self, url: str, client: str, secret: str, scope: str | None, context: ssl.SSLContext) -> None:
        self._url = url
        self._context = context
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        self._body = urllib.parse.urlencode(form).encode()
        pair = f"{urllib.parse.quote(client, safe='')}:{urllib.parse.quote(secret, safe='')}"
        self._login = "Basic " + base64.b64encode(pair.encode()).decode()
        self._lock = threading.Lock()
        self._kept = ""
        self._until = 0.0

    async def token(self) -> str:
        """A token that is not about to expire. Raises TokenError."""
        return await asyncio.to_thread(self._token)

    def _token(self) -> str:
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept, seconds = self._ask()
                self._until = time.monotonic() + seconds * _FRESH_PART
            return self._kept

    def _ask(self) -> tuple[str, float]:
        headers = {"Authorization": self._login, "Accept": "application/json"}
        request = urllib.request.Request(self._url, self._body, headers)  # noqa: S310 - settings allow http(s) only
        try:
            with urllib.request.urlopen(request, timeout=_ENDPOINT_S, context=self._context) as answer:  # noqa: S310
                document = orjson.loads(answer.read(_ANSWER_BYTES_MAX))
            return str(document["access_token"]), float(document.get("expires_in", 0))
        except urllib.error.HTTPError as error:
            raise TokenError(f"the token endpoint {self._url} answers {error.code}") from None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise TokenError(f"the token endpoint {self._url} gives no token: {type(error).__name__}") from None


def token_provider(kafka: KafkaSettings) -> AbstractTokenProvider:
    """The provider that the settings ask for; they have been checked to name one."""
    if kafka.oauth_token_file is not None:
        return FileTokens(kafka.oauth_token_file)
    assert kafka.oauth_token_url
    assert kafka.oauth_client_id
    assert kafka.oauth_client_secret
    secret = kafka.oauth_client_secret.get_secret_value()
    context = ssl.create_default_context(cafile=kafka.ssl_cafile)
    return EndpointTokens(kafka.oauth_token_url, kafka.oauth_client_id, secret, kafka.oauth_scope, context)
