"""Bearer tokens of an identity provider: a real one on loopback, real keys, and every way in which a token is none."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.access import parse_access
from streams.settings import OidcSettings, SettingsError, WebSettings, load
from streams.web import issuer
from streams.web.issuer import Issuer, holder
from tests.support.core import Lane
from tests.support.events import due
from tests.support.provider import AUDIENCE, ISSUER, Provider, provider
from tests.support.webworld import POLICY, STATUS, World, problem_of


@pytest.fixture
def bank() -> Iterator[Provider]:
    with provider() as made:
        made.make("one")
        made.make("two", "EdDSA")
        yield made


@pytest.fixture
async def world(bank: Provider, tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path, Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")).tick("2025-01-12")).ready()
    made.service.issuer = Issuer(_settings(bank))
    yield made
    await made.close()


def _settings(bank: Provider, **other: Any) -> OidcSettings:
    return OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks_url=bank.jwks_url, **other)


async def _asked(world: World, token: str, path: str = STATUS) -> Any:
    return await world.http.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("key", ["one", "two"])
async def test_a_token_reaches_what_its_scopes_say_and_its_reads_are_recorded(
    world: World, bank: Provider, key: str
) -> None:
    assert (await _asked(world, bank.token(key))).status_code == 200
    problem_of(await _asked(world, bank.token(key), "/api/overview"), 403, "forbidden")
    event = parse_access(world.topic.of("access")[0])
    assert (event.subject, event.data.by, event.data.scopes) == ("A", "oidc:anna", ["support"])


async def test_an_owners_token_reaches_the_accounts_that_it_names(world: World, bank: Provider) -> None:
    own = bank.token("one", scope=["eligibility.own"], accounts=["A"])
    assert (await _asked(world, own)).status_code == 200
    problem_of(await _asked(world, own, "/api/accounts/B/status"), 403, "forbidden")
    problem_of(await _asked(world, bank.token("one", scope="eligibility.own")), 401, "unauthenticated")


def _forged(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"scope": "eligibility.audit"}
    other = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{other}.{signature}"


def _by_secret(token: str, secret: bytes) -> str:
    """The token signed by HMAC, with what everybody can read as the secret."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    signed = f"{head}.{token.split('.')[1]}"
    mac = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://login.bank.example"}, {"aud": "another"}, {"aud": None}, {"exp": None}, {"sub": None},
        {"iat": None}, {"exp": int(time.time()) - 60}, {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600}, {"scope": "openid support"}, {"scope": None},
        {"scope": {"eligibility.audit": 1}}, {"sub": "a\nb"}, {"sub": "x" * 300},
        {"scope": "eligibility.own", "accounts": ["A B"]},
    ],
)  # fmt: skip
async def test_a_token_that_says_anything_else_is_nobodys(world: World, bank: Provider, claims: dict[str, Any]) -> None:
    answer = await _asked(world, bank.token("one", **claims))
    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert not world.topic.records


async def test_a_token_is_checked_by_the_providers_key_and_a_pinned_algorithm_alone(
    world: World, bank: Provider
) -> None:
    assert (await _asked(world, bank.token("one"))).status_code == 200
    with provider() as other:
        other.make("one")
        stranger = other.token("one")
    unsigned = bank.token("one", algorithm="none", key="")
    confused = _by_secret(bank.token("one"), bank.document())
    for token in (stranger, unsigned, confused, _forged(bank.token("one")), "x.y.z", "a" * 20_000, ""):
        problem_of(await _asked(world, token), 401, "unauthenticated")
    world.service.issuer = Issuer(_settings(bank, algorithms=("EdDSA",)))
    problem_of(await _asked(world, bank.token("one")), 401, "unauthenticated")
    assert (await _asked(world, bank.token("two"))).status_code == 200


async def test_the_providers_clock_may_be_off_by_so_much(world: World, bank: Provider) -> None:
    now = int(time.time())
    assert (await _asked(world, bank.token("one", exp=now - 20))).status_code == 200
    assert (await _asked(world, bank.token("one", nbf=now + 20, iat=now + 20))).status_code == 200
    world.service.issuer = Issuer(_settings(bank, leeway_s=0))
    problem_of(await _asked(world, bank.token("one", exp=now - 20)), 401, "unauthenticated")


async def test_keys_rotate_without_a_restart_and_strange_names_do_not_make_us_ask(
    world: World, bank: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer, "_UNKNOWN_S", 0.2)
    world.service.issuer = Issuer(_settings(bank))
    old = bank.token("one")
    assert (await _asked(world, old)).status_code == 200
    for _ in range(20):
        problem_of(await _asked(world, bank.token("three", key=bank._keys["one"])), 401, "unauthenticated")
    assert bank.asked == 1
    bank.make("three")
    time.sleep(0.25)  # noqa: ASYNC251 - nothing else runs
    assert (await _asked(world, bank.token("three"))).status_code == 200
    assert (bank.asked, (await _asked(world, old)).status_code) == (2, 200)
    bank.drop("one")
    monkeypatch.setattr(issuer, "_KNOWN_S", 0.01)
    world.service.issuer = Issuer(_settings(bank))
    problem_of(await _asked(world, old), 401, "unauthenticated")


async def test_a_provider_that_is_away_is_told_apart_and_asked_seldom(world: World, bank: Provider) -> None:
    bank.broken = True
    for _ in range(10):
        answer = await _asked(world, bank.token("one"))
        problem_of(answer, 503, "not-ready")
        assert answer.headers["retry-after"] == "5"
    assert bank.asked == 1
    assert (await world.get(STATUS)).status_code == 200, "API keys don't depend on it"


def test_claims_are_found_by_their_whole_name_or_their_path() -> None:
    settings = OidcSettings(
        issuer="i", audience="a", jwks_url="https://x/", scopes_claim="realm_access.roles", scopes_prefix="",
        accounts_claim="https://bank.example/accounts",
    )  # fmt: skip
    claims = {"sub": "s", "realm_access": {"roles": ["own", "audit"]}, "https://bank.example/accounts": "A1 A2"}
    found = holder(claims, settings)
    assert found is not None
    assert (sorted(found.scopes), sorted(found.accounts)) == (["audit", "own"], ["A1", "A2"])
    assert holder({"sub": "s", "realm_access": "own"}, settings) is None


def test_settings_of_a_provider_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = "ELIGIBILITY_WEB__OIDC__"
    monkeypatch.setenv(f"{begin}ISSUER", ISSUER)
    monkeypatch.setenv(f"{begin}AUDIENCE", AUDIENCE)
    monkeypatch.setenv(f"{begin}ALGORITHMS", '["EdDSA"]')
    with pytest.raises(SettingsError, match=f"{begin}JWKS_URL"):
        load()
    monkeypatch.setenv(f"{begin}JWKS_URL", "http://login.bank.example/jwks")
    with pytest.raises(SettingsError, match=f"{begin}JWKS_URL"):
        load()
    monkeypatch.setenv(f"{begin}JWKS_URL", "https://login.bank.example/jwks")
    found = load().web.oidc
    assert found is not None
    assert found.algorithms == ("EdDSA",)
    monkeypatch.setenv(f"{begin}ALGORITHMS", '["HS256"]')
    with pytest.raises(SettingsError, match=f"{begin}ALGORITHMS"):
        load()
    assert WebSettings().oidc is None
