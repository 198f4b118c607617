"""What every route works with, and who is let through: the key's scope, the rate, and the record of the read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path, Request, Security, params
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from schemas.access import SCOPES, Scope
from schemas.values import ACCOUNT_PATTERN
from streams.messages import now_ms
from streams.query.replica import Replica
from streams.settings import Settings
from streams.web import access
from streams.web.access import Sink
from streams.web.behind import Desk
from streams.web.flow import Flow
from streams.web.issuer import Issuer, IssuerError
from streams.web.keys import PREFIX, Holder, Keys, KeysError
from streams.web.metrics import Metrics
from streams.web.problems import ProblemError
from streams.web.rates import Rates
from streams.web.view import View

COOKIE: Final = "eligibility"
"""Holds a browser's token after signing in."""
COSTLY: Final = 10.0
"""Of a question that runs the engine, in plain reads."""
_BEARER: Final = HTTPBearer(
    auto_error=False, description="An API key (`eligibility keys api`), or an access token of the identity provider"
)
_OPEN: Final = Holder(id="open", scopes=frozenset(SCOPES) - {"own"})
"""Who asks where keys are off: only on loopback, by a setting."""


@dataclass(slots=True)
class Service:
    """The parts of a running service. `sink` is where records are sent. Without keys and issuer it is open."""

    settings: Settings
    view: View
    replica: Replica
    sink: Sink
    keys: Keys | None
    rates: Rates
    metrics: Metrics
    desk: Desk
    flow: Flow
    issuer: Issuer | None = None

    @property
    def open(self) -> bool:
        """Whether whoever reaches the address may read: only by a setting, and on loopback."""
        return self.keys is None and self.issuer is None

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
) -> Holder:
    """Who asks, within its rate. Raises ProblemError."""
    token = request.cookies.get(COOKIE) if shown is None else shown.credentials
    found = await holder_of(at, token)
    address = request.client.host if request.client else ""
    within_rate(at, f"address {address}" if found is None else f"key {found.id}")
    if found is None:
        raise ProblemError(
            "unauthenticated",
            "Send a valid key or access token: Authorization: Bearer ...",
            headers={"WWW-Authenticate": "Bearer" if token is None else 'Bearer error="invalid_token"'},
        )
    return found


async def holder_of(at: Service, token: str | None) -> Holder | None:
    """Whom a token names: an API key's or one of the identity provider's. Raises ProblemError."""
    if at.open:
        return _OPEN
    if token is None:
        return None
    try:
        if token.startswith(PREFIX):
            return None if at.keys is None else at.keys.find(token)
        return None if at.issuer is None else await at.issuer.find(token)
    except KeysError as error:
        raise ProblemError("not-ready", "The keys can't be read now.", headers={"Retry-After": "5"}) from error
    except IssuerError as error:
        raise ProblemError(
            "not-ready", "The identity provider's keys can't be read now.", headers={"Retry-After": "5"}
        ) from error


Caller = Annotated[Holder, Depends(caller)]


def within_rate(at: Service, name: str, cost: float = 1.0) -> None:
    """Takes tokens of a caller. Raises ProblemError where it has too few."""
    wait = at.rates.wait(name, cost)
    if wait > 0:
        seconds = max(1, round(wait + 0.5))
        raise ProblemError("too-many-requests", f"Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def spend(at: Service, key: Holder, cost: float = COSTLY) -> None:
    """Take tokens for a question that costs more than a read. Raises ProblemError."""
    within_rate(at, f"key {key.id}", cost - 1)


async def reader(request: Request, at: ServiceOf, key: Caller, account: Account) -> Holder:
    """The key that may read this account's personal data; the read or the attempt is recorded. Raises ProblemError."""
    await let_through(at, key, account, request)
    if not at.ready:
        raise ProblemError(
            "not-ready", "What was committed before the start is being read.", headers={"Retry-After": "5"}
        )
    return key


Reader = Annotated[Holder, Depends(reader)]


async def let_through(at: Service, key: Holder, account: str, request: Request) -> None:
    """Records that the key reads an account by this route; raises ProblemError where it may not."""
    allowed = may_read(key, account)
    what = f"{request.method} {request.scope['route'].path}"
    record = access.access_record(account, key, what, allowed, now_ms())
    await access.send(at.sink, record, access.UNRECORDED)
    if not allowed:
        raise ProblemError("forbidden", "This key doesn't reach this account.")


def may_read(key: Holder, account: str) -> bool:
    """Support and audit read every account, an owner's key its own."""
    return bool(key.scopes & {"support", "audit"}) or ("own" in key.scopes and account in key.accounts)


def requires(*scopes: Scope) -> params.Depends:
    """A dependency: the key has one of these scopes."""

    async def check(key: Caller) -> Holder:
        if not key.scopes & set(scopes):
            raise ProblemError("forbidden", f"This needs a key with the scope {' or '.join(scopes)}.")
        return key

    depends: params.Depends = Depends(check)
    return depends
