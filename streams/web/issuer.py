"""Bearer tokens of an identity provider (OIDC): signed JWTs, checked with the keys that the provider publishes.

The algorithms are pinned by a setting, keys are asked of one address only, and nothing in a token can change either.
A key that the provider publishes anew is fetched when the first token of it comes, at most every few seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from jwt import PyJWK, PyJWKClient
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWKSetError

from schemas.access import SCOPES, Scope
from streams.settings import OidcSettings
from streams.web.keys import Holder

NAME: Final = "oidc:"
"""In front of a token's subject: no key's id has a colon."""
_KNOWN_S: Final = 300.0
_UNKNOWN_S: Final = 5.0
_FETCH_S: Final = 5.0
_TOKEN_MAX: Final = 16_384
_FAILURES: Final = (PyJWKClientConnectionError, PyJWKSetError, ValueError)


class IssuerError(Exception):
    """The provider's keys can't be had now."""


class Issuer:
    """One provider. Tokens of other issuers, for other audiences or by other algorithms are nobody's."""

    def __init__(self, settings: OidcSettings, now: Callable[[], float] = time.monotonic) -> None:
        """`now` is a monotonic clock in seconds."""
        self._settings, self._now = settings, now
        self._client = PyJWKClient(settings.jwks_url, lifespan=_KNOWN_S, timeout=_FETCH_S, cooldown_duration=_UNKNOWN_S)
        self._fetching = asyncio.Lock()
        self._failed_at: float | None = None

    async def find(self, token: str) -> Holder | None:
        """Whom a token names and what it reaches; None for one that isn't valid. Raises IssuerError."""
        try:
            if len(token) > _TOKEN_MAX:
                return None
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._settings.algorithms or not isinstance(header.get("kid"), str):
                return None
            key = await self._key(header["kid"])
            if key is None:
                return None
            claims = jwt.decode(
                token,
                key,
                algorithms=list(self._settings.algorithms),
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=self._settings.leeway_s,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return holder(claims, self._settings)

    async def _key(self, name: str) -> PyJWK | None:
        """The published key of a name. One fetch at a time; after one that failed none for some seconds."""
        found = self._known(name)
        if found is not None:
            return found
        async with self._fetching:
            if self._failed_at is not None and self._now() - self._failed_at < _UNKNOWN_S:
                raise IssuerError("the identity provider's keys can't be read")
            try:
                return await asyncio.to_thread(self._client.get_signing_key, name)
            except _FAILURES as error:
                self._failed_at = self._now()
                raise IssuerError("the identity provider's keys can't be read") from error
            except PyJWKClientError:
                return None

    def _known(self, name: str) -> PyJWK | None:
        """From what was fetched lately, without waiting for anything."""
        cache = self._client.jwk_set_cache
        found = None if cache is None else cache.get()
        if found is None:
            return None
        keys = found.keys if isinstance(found, jwt.PyJWKSet) else jwt.PyJWKSet.from_dict(found).keys
        signing = [each for each in keys if each.public_key_use in ("sig", None)]
        return self._client.match_kid(signing, name)


def holder(claims: Mapping[str, Any], settings: OidcSettings) -> Holder | None:
    """Who a token's claims say asks; None where they give no scope of ours or don't fit together."""
    granted = set(_texts(_claim(claims, settings.scopes_claim)))
    scopes: set[Scope] = {each for each in SCOPES if settings.scopes_prefix + each in granted}
    accounts = frozenset(_texts(_claim(claims, settings.accounts_claim))) if "own" in scopes else frozenset()
    if not scopes or ("own" in scopes and not accounts):
        return None
    try:
        return Holder(id=f"{NAME}{claims['sub']}", scopes=frozenset(scopes), accounts=accounts)
    except ValueError:
        return None


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its whole name (`https://bank.example/accounts`), else by its path (`realm_access.roles`)."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(claim: Any) -> list[str]:
    """A list of texts, or the words of one."""
    if isinstance(claim, str):
        return claim.split()
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list) else []
