"""What every route works with, and who is let through: the key's scope, the rate, and the record of the read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path, Request, Security, params
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from schemas.values import ACCOUNT_PATTERN
from streams.messages import now_ms
from streams.query.replica import Replica
from streams.settings import Settings
from streams.web import access
from streams.web.access import AccessData, Sink
from streams.web.keys import SCOPES, Key, Keys, KeysError, Scope
from streams.web.metrics import Metrics
from streams.web.problems import ProblemError
from streams.web.rates import Rates
from streams.web.view import View

COSTLY: Final = 10.0
"""Of a question that runs the engine, in plain reads."""
_BEARER: Final = HTTPBearer(auto_error=False, description="An API key: `eligibility keys api`")
_OPEN: Final = Key(id="open", sha256="0" * 64, scopes=frozenset(SCOPES) - {"own"})
"""Who asks where keys are off: only on loopback, by a setting."""


@dataclass(slots=True)
class Service:
    """The parts of a running service. `keys` is None where keys are off; `sink` is where records are sent."""

    settings: Settings
    view: View
    replica: Replica
    sink: Sink
    keys: Keys | None
    rates: Rates
    metrics: Metrics

    @property
    def ready(self) -> bool:
        """Whether everything that was committed at the start is in."""
        return self.view.ready.is_set() and self.replica.ready.is_set()


async def service(request: Request) -> Service:
    """The application's service. Async, or the framework would ask a thread for it, a millisecond each time."""
    found: Service = request.app.state.service
    return found


ServiceOf = Annotated[Service, Depends(service)]
Account = Annotated[str, Path(alias="id", pattern=ACCOUNT_PATTERN, description="The account's id.")]


async def caller(
    request: Request,
    at: ServiceOf,
    shown: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> Key:
    """The key that asks, within its rate. Raises ProblemError."""
    if at.keys is None:
        key: Key | None = _OPEN
    else:
        try:
            key = None if shown is None else at.keys.find(shown.credentials)
        except KeysError as error:
            raise ProblemError("not-ready", "The keys can't be read now.") from error
    address = request.client.host if request.client else ""
    _within_rate(at, f"address {address}" if key is None else f"key {key.id}")
    if key is None:
        raise ProblemError(
            "unauthenticated",
            "Send a valid key: Authorization: Bearer el_...",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return key


Caller = Annotated[Key, Depends(caller)]


def _within_rate(at: Service, name: str, cost: float = 1.0) -> None:
    wait = at.rates.wait(name, cost)
    if wait > 0:
        seconds = max(1, round(wait + 0.5))
        raise ProblemError("too-many-requests", f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def spend(at: Service, key: Key, cost: float = COSTLY) -> None:
    """Take tokens for a question that costs more than a read. Raises ProblemError."""
    _within_rate(at, f"key {key.id}", cost - 1)


async def reader(request: Request, at: ServiceOf, key: Caller, account: Account) -> Key:
    """The key that may read this account's personal data; the read or the attempt is recorded. Raises ProblemError."""
    await let_through(at, key, account, request)
    if not at.ready:
        raise ProblemError(
            "not-ready", "What was committed before the start is being read.", headers={"Retry-After": "5"}
        )
    return key


Reader = Annotated[Key, Depends(reader)]


async def let_through(at: Service, key: Key, account: str, request: Request) -> None:
    """Records that the key reads an account by this route; raises ProblemError where it may not."""
    allowed = may_read(key, account)
    what = f"{request.method} {request.scope['route'].path}"
    data = AccessData(by=key.id, scopes=sorted(key.scopes), what=what, outcome="given" if allowed else "refused")
    await access.send(at.sink, access.access_record(account, data, now_ms()))
    if not allowed:
        raise ProblemError("forbidden", "This key doesn't reach this account.")


def may_read(key: Key, account: str) -> bool:
    """Support and audit read every account, an owner's key its own."""
    return bool(key.scopes & {"support", "audit"}) or ("own" in key.scopes and account in key.accounts)


def requires(*scopes: Scope) -> params.Depends:
    """A dependency: the key has one of these scopes."""

    async def check(key: Caller) -> Key:
        if not key.scopes & set(scopes):
            raise ProblemError("forbidden", f"This needs a key with the scope {' or '.join(scopes)}.")
        return key

    depends: params.Depends = Depends(check)
    return depends
