"""Limited disclosure, over every route that there is: nobody below the scope audit sees what it keeps.

An account is flagged for security under a name, by a rule of a name; both are canaries. They stand in the status view's
sources, in the states, in a dead letter and in the account's records. A route that is added is asked here too.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.instants import instant_text
from schemas.references import reference
from streams.messages import now_ms
from tests.support.core import Lane, policy, product, rule
from tests.support.events import due, flagged, ms, note
from tests.support.staff import notices_of
from tests.support.webworld import KEYS, World, paths_of

DETAIL, RULE = "canary-device-4711", "canary-rule"
CANARIES = (DETAIL, RULE, "security.flags")
POLICY = policy(
    products={
        "cash": product(
            rule(RULE, "security.flags", "UNDER_REVIEW", "SEC-01", at_most=0),
            rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
        )
    }
)
BELOW = ("nobody", "own", "support", "operations")
QUERIES = ("", "?checks=all&lang=en", "?lang=zh", "?q=A", "?account=A", "?code=invalid_event")
REQUEST = {"kind": "review", "product": "cash"}
FORMS: dict[str, list[dict[str, str]]] = {
    "/accounts/{id}/requests": [{**REQUEST, "key": "k", "lang": "en"}],
    "/accounts/{id}/what-if": [{"what": "wait", "ahead": "90", "lang": "en"}],
    "/accounts/{id}/feedback": [
        {"product": "cash", "key": "f", "clear": "no", "unclear": "reasons", "reference": reference("A/cash/1")}
    ],
    "/operations/dead-letters": [{"letter-0/0": "on", "do": each, "lang": "en"} for each in ("try", "send")],
    "/audit/{id}/verification": [{"lang": "en"}],
    "/sign-in": [{"token": KEYS["support"][0], "lang": "en"}],
    "/sign-out": [{}],
}
BODIES: dict[str, list[dict[str, Any]]] = {
    "/api/accounts/{id}/requests": [REQUEST, {"kind": "dispute", "about": "SEC-01"}],
    "/api/accounts/{id}/what-if": [
        {"events": [{"type": "security.cleared", "data": {"flag": "another"}}]},
        {"until": instant_text(now_ms() + 86_400_000)},
    ],
}
STREAM = "/api/accounts/{id}/events"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"), flagged("2025-01-05", DETAIL), note("2025-01-06"))
    lane.tick("2025-01-12")
    bad = lane.record(flagged("2025-01-13", DETAIL), 9)
    broken = orjson.loads(bad.value or b"")
    broken["data"]["disclosure"] = DETAIL
    lane.records([lane.raw(ms("2025-01-13"), b"A", orjson.dumps(broken), "accounts")])
    made = World(tmp_path, lane, burst=1e6, requests_per_second=1e6).ready()
    made.behind.entries = notices_of(lane, ("A",), "2025-01-01", ms("2025-01-20"))
    yield made
    await made.close()


def _filled(route: str) -> str:
    code = reference("A/cash/1") if route.startswith("/api/reference") else "SEC-01"
    return route.format(id="A", code=code, name="page.css")


def _shown(who: str) -> dict[str, str]:
    return {"Accept": "text/html"} | ({} if who == "nobody" else {"Authorization": f"Bearer {KEYS[who][0]}"})


async def _streamed(world: World, path: str, who: str) -> str:
    """What a stream tells within a moment: it never ends by itself."""
    parts: list[bytes] = []

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))

    async def receive() -> Any:
        await asyncio.sleep(60)

    headers = [(name.lower().encode(), value.encode()) for name, value in _shown(who).items()]
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"after=0-0",
        "headers": [*headers, (b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("localhost", 80),
        "scheme": "http", "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"},
    }  # fmt: skip
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await world.app(scope, receive, send)
    return b"".join(parts).decode()


async def _told(world: World, route: str, who: str) -> list[tuple[str, str]]:
    """Everything that a route says to somebody: how it was asked, and the answer."""
    path, shown = _filled(route), _shown(who)
    if route == STREAM:
        return [(f"GET {path}", await _streamed(world, path, who))]
    found = [(f"GET {path}{each}", (await world.http.get(path + each, headers=shown)).text) for each in QUERIES]
    forms, bodies = FORMS.get(route, ()), BODIES.get(route, ())
    found += [(f"POST {path} {each}", (await world.http.post(path, data=each, headers=shown)).text) for each in forms]
    for body in bodies:
        headers = shown | {"Idempotency-Key": orjson.dumps(body).decode()}
        found += [(f"POST {path} {body}", (await world.http.post(path, json=body, headers=headers)).text)]
    world.http.cookies.clear()
    return found


def test_every_route_that_takes_something_is_asked_with_it(world: World) -> None:
    posting = {path for path, kinds in world.app.openapi()["paths"].items() if "post" in kinds}
    assert set(BODIES) == posting
    assert set(FORMS) <= set(paths_of(world.app.routes))
    assert STREAM in set(paths_of(world.app.routes))


@pytest.mark.parametrize("who", BELOW)
async def test_nobody_below_audit_is_told_what_is_of_limited_disclosure(world: World, who: str) -> None:
    routes = sorted(set(paths_of(world.app.routes)))
    assert len(routes) > 25
    answers = [each for route in routes for each in await _told(world, route, who)]
    leaks = [(asked, canary) for asked, text in answers for canary in CANARIES if canary in text]
    assert leaks == []
    reached = " ".join(text for _, text in answers)
    assert "SEC-01" in reached, "the routes were reached: the reason itself is told"


async def test_audit_is_told_so_this_test_would_see_it(world: World) -> None:
    routes = sorted(set(paths_of(world.app.routes)))
    text = " ".join([text for route in routes for _, text in await _told(world, route, "audit")])
    assert all(canary in text for canary in CANARIES)
