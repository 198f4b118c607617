"""The ways out: a mailbox, the operator's webhook, and what apprise reaches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Literal, NamedTuple, Protocol
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr

from schemas.instants import instant_text
from schemas.notices import Channel, NoticeAttempted
from streams.codec.canonical import canonical
from streams.notify import webhooks
from streams.settings import NotifierSettings, SettingsError

# What the receiver says of the message itself: another try brings the same answer.
_REFUSED: Final = frozenset({400, 410, 413, 422})
_TYPE: Final = "eligibility.notice"

Answer = Literal["sent", "refused", "failed"]


class Said(NamedTuple):
    """What a channel answered: it has the message, it won't ever take it, or it could not now."""

    answer: Answer
    detail: str | None = None


class Way(Protocol):
    """A channel."""

    async def send(self, account: str, message: NoticeAttempted, address: str | None, at: int) -> Said:
        """Send a message that was attempted first at an instant (ms)."""
        ...


class Mailbox:
    """What was attempted stands in the ledger, and the account's mailbox shows it: there is nothing left to do."""

    async def send(self, account: str, message: NoticeAttempted, address: str | None, at: int) -> Said:
        return Said("sent")


class Webhook:
    """The operator's own gateway, signed as Standard Webhooks has it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: bytes) -> None:
        self._session, self._url, self._key = session, url, key

    async def send(self, account: str, message: NoticeAttempted, address: str | None, at: int) -> Said:
        body = payload(account, message, at)
        signed = webhooks.headers(self._key, message.message, int(time.time()), body)
        sent = {**signed, "content-type": "application/json"}
        try:
            async with self._session.post(self._url, data=body, headers=sent, allow_redirects=False) as answer:
                code = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            return Said("failed", type(error).__name__)
        if 200 <= code < 300:
            return Said("sent")
        return Said("refused" if code in _REFUSED else "failed", f"HTTP {code}")


class Apprise:
    """One of the services that apprise knows. None of them has keys, and a refusal isn't told from a lost answer."""

    def __init__(self, url: str, *, short: bool) -> None:
        """`url` is apprise's, with {address} where the customer's goes; `short`: only what a lock screen may show."""
        self._url, self._short = url, short

    async def send(self, account: str, message: NoticeAttempted, address: str | None, at: int) -> Said:
        from apprise import Apprise as Library

        words = message.content
        way = Library()
        if not way.add(self._url.replace("{address}", quote(address or "", safe="@"))):
            return Said("refused", "apprise doesn't know this address")
        body = words.short if self._short else words.body
        took = await asyncio.to_thread(way.notify, body=body, title=words.title)
        return Said("sent") if took else Said("refused", "apprise could not send it")


def payload(account: str, message: NoticeAttempted, at: int) -> bytes:
    """What a webhook holds: the same bytes each time that a message is sent."""
    data = {"account_id": account, "message": message.message, "notices": message.notices}
    words = message.content.document()
    stated = {**data, "language": message.language, "template": message.template, **words}
    return canonical({"type": _TYPE, "timestamp": instant_text(at), "data": stated})


@asynccontextmanager
async def ways(settings: NotifierSettings) -> AsyncIterator[Mapping[Channel, Way]]:
    """The channels that are set, for as long as the block lasts. Raises SettingsError."""
    found: dict[Channel, Way] = {"mailbox": Mailbox()}
    timeout = aiohttp.ClientTimeout(total=settings.timeout_s)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        if settings.webhook_url is not None:
            assert settings.webhook_secret is not None, "the settings have both or none"
            key = webhooks.secret_key(settings.webhook_secret.get_secret_value())
            found["webhook"] = Webhook(session, settings.webhook_url, key)
        urls: dict[Channel, SecretStr | None] = {"mail": settings.mail_url, "push": settings.push_url}
        for name, url in urls.items():
            if url is not None:
                _require_apprise(name)
                found[name] = Apprise(url.get_secret_value(), short=name == "push")
        yield found


def _require_apprise(channel: str) -> None:
    try:
        import apprise  # noqa: F401
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"ELIGIBILITY_NOTIFIER__{channel.upper()}_URL needs apprise: pip install 'eligibility-streams[notify]'"
        ) from error
