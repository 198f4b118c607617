"""Signing in, and the pages of support and operations: who sees what, and that each read is recorded."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.references import reference
from streams.settings import WebSettings
from streams.web import charts, warnings
from streams.web.service import COOKIE
from streams.web.store import Moves
from tests.support.core import Lane
from tests.support.events import due
from tests.support.webworld import KEYS, POLICY, WHO, World, paths_of

PAGES = {
    "/": set(WHO),
    "/support": {"support", "audit"},
    "/support/{id}": {"support", "audit"},
    "/audit": {"audit"},
    "/audit/{id}": {"audit"},
    "/operations": {"operations", "audit"},
    "/operations/dead-letters": {"operations", "audit"},
    "/accounts/{id}": {"own", "support", "audit"},
    "/reasons": set(WHO),
    "/reasons/{code}": set(WHO),
    "/sign-in": set(WHO),
}
POSTED = {
    "/accounts/{id}/requests": {"own", "support"},
    "/accounts/{id}/what-if": {"own", "support", "audit"},
    "/accounts/{id}/feedback": {"own", "support"},
}
DOWNLOADS = {"/audit/{id}/report.html", "/audit/{id}/report.json"}
VERIFIES = {"/audit/{id}/verification"}
"""Audit's alone; they answer with what is no page (tests in test_audit.py)."""
OPEN = {"/sign-in", "/sign-out", "/assets/{name}", "/openapi.json"}
LIMITED = {"/api/accounts/{id}/status", "/api/accounts/{id}/history"}


async def _page(world: World, path: str, who: str = "support") -> httpx.Response:
    return await world.get(path, who, Accept="text/html", **{"Accept-Language": "en"})


def test_every_page_has_its_row_in_the_table_of_scopes(world: World) -> None:
    described = set(world.app.openapi()["paths"])
    found = set(paths_of(world.app.routes))
    assert len(found) > 15
    assert found - described == {*PAGES, *POSTED, *OPEN, *DOWNLOADS, *VERIFIES}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("route", PAGES)
async def test_each_page_is_open_to_its_scopes_alone(world: World, route: str, who: str) -> None:
    answer = await _page(world, route.format(id="A", code="REP-01"), who)
    expected = 200 if who in PAGES[route] else 401 if who == "nobody" else 403
    assert answer.status_code == expected, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    if "{id}" in route and who in PAGES[route]:
        assert [each["subject"] for each in world.topic.of("access")] == ["A"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("route", POSTED)
async def test_each_form_is_open_to_its_scopes_alone(world: World, route: str, who: str) -> None:
    fields = {"kind": "review", "product": "cash", "key": "k", "what": "wait", "ahead": "0", "clear": "yes",
              "unclear": "none", "reference": reference("A/cash/2")}  # fmt: skip
    headers = {} if who == "nobody" else {"Authorization": f"Bearer {KEYS[who][0]}"}
    answer = await world.http.post(route.format(id="A"), data=fields, headers=headers)
    expected = 200 if who in POSTED[route] else 401 if who == "nobody" else 403
    assert answer.status_code == expected, answer.text
    foreign = await world.http.post(
        route.format(id="A"), data=fields, headers=headers | {"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403


@pytest.mark.parametrize("route", [*PAGES, *sorted(LIMITED)])
async def test_nobody_without_the_scope_audit_sees_details_of_limited_disclosure(world: World, route: str) -> None:
    for query in ("", "?checks=all", "?lang=en"):
        text = (await _page(world, route.format(id="B", code="SEC-01") + query)).text
        assert "security.flags" not in text
    assert "SEC-01" in (await _page(world, "/support/B")).text


# Signing in


async def _enter(world: World, token: str, back: str = "/support", **headers: str) -> httpx.Response:
    return await world.http.post("/sign-in", data={"token": token, "next": back, "lang": "en"}, headers=headers)


async def test_a_token_that_was_entered_is_shown_by_the_browser_from_then_on(world: World) -> None:
    first = await _page(world, "/support/A?lang=en", "nobody")
    assert (first.status_code, "/sign-in?next=%2Fsupport%2FA%3Flang%3Den" in first.text) == (401, True)
    answer = await _enter(world, KEYS["support"][0], "/support/A?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/support/A?lang=en")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {each.strip() for each in cookie.split(";")}
    assert "Secure" not in cookie, "there is no TLS on loopback"
    assert (await _page(world, "/support/A", "nobody")).status_code == 200
    out = await world.http.post("/sign-out")
    assert out.headers["location"] == "/sign-in"
    assert COOKIE not in world.http.cookies
    assert (await _page(world, "/support/A", "nobody")).status_code == 401


async def test_off_loopback_the_cookie_goes_over_tls_only(world: World) -> None:
    assert "Secure" in (await _enter(world, KEYS["support"][0], Host="status.bank.example")).headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "x", "el_support_x", "é", "a" * 4000])
async def test_what_is_no_token_is_told_and_kept_nowhere(world: World, token: str) -> None:
    answer = await _enter(world, token)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert "not valid" in answer.text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb", ""])
async def test_signing_in_leads_to_no_other_site(world: World, back: str) -> None:
    assert (await _enter(world, KEYS["support"][0], back)).headers["location"] == "/support"


async def test_another_site_signs_nobody_in_or_out(world: World) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert (await _enter(world, KEYS["support"][0], **headers)).status_code == 403
        assert (await world.http.post("/sign-out", headers=headers)).status_code == 403


async def test_guesses_are_bounded_by_where_they_come_from(tmp_path: Path) -> None:
    made = World(tmp_path, Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")), burst=10.0).ready()
    codes = [(await _enter(made, "el_support_guess")).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


# Support


async def test_support_finds_by_account_and_by_the_number_that_is_read_out(world: World) -> None:
    number = reference("A/cash/1")
    for asked in ("A", f"%20{number[:5].lower()}-{number[5:]}"):
        answer = await _page(world, f"/support?q={asked}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/support/A?lang=en")
    assert [each["subject"] for each in world.topic.of("access")] == ["A", "A"]
    unknown = await _page(world, "/support?q=Z")
    assert (unknown.status_code, "Nothing is known under Z" in unknown.text) == (404, True)
    assert world.topic.of("access")[-1]["subject"] == "Z", "a search for an account is recorded too"
    assert "&lt;b&gt;" in (await _page(world, "/support?q=<b>")).text


async def test_support_sees_what_was_told_with_its_records(world: World) -> None:
    text = (await _page(world, "/support/A")).text
    for past in world.view.store.past("A", None, 50):
        event = past.document()
        assert event["data"]["reference"] in text
        assert f"{world.service.settings.topic_prefix}status/{past.lane}/{past.offset}" in text
        assert all(id_ in text for reason in event["data"]["reasons"] for id_ in reason["evidence"])
    assert 'action="/accounts/A/requests"' in text
    assert 'action="/accounts/A/requests"' not in (await _page(world, "/support/A", "audit")).text


# Operations


async def test_operations_counts_without_naming_anybody(world: World) -> None:
    text = (await _page(world, "/operations", "operations")).text
    assert 'aria-label="Status, A (cash)"' in text
    assert "REP-01" in text
    assert "/support/A" not in text
    assert "/accounts/" not in text
    assert world.topic.of("access") == []
    assert "Nothing new has come in for" in text
    assert '<svg class="chart"' in text
    assert "style=" not in text


async def test_counts_over_time_end_in_what_holds_now(world: World) -> None:
    store = world.view.store
    moves = list(store.moves(0))
    now = {name: n for product, kind, name, n in store.counts() if (product, kind) == ("cash", "status")}
    for status in ("OPEN", "NOT_OPEN", "UNDER_REVIEW", "LIMITED"):
        mine = [each for each in moves if (each.product, each.kind, each.name) == ("cash", "status", status)]
        assert sum(each.came - each.left for each in mine) == now.get(status, 0)


def test_warnings_come_beyond_their_bounds_alone() -> None:
    limits = WebSettings(warn_closures_percent=5.0, warn_reason_times=3.0, warn_reason_least=20)
    counts = {"cash": {"status": {"OPEN": 900, "NOT_OPEN": 100}, "reason": {}}}

    def kinds(closed: int, came: int) -> list[tuple[str, dict[str, Any]]]:
        moves = [
            Moves(100, "cash", "status", "NOT_OPEN", closed, 0),
            Moves(100, "cash", "reason", "REP-01", came, 0),
            Moves(90, "cash", "reason", "REP-01", 240, 0),
            Moves(70, "cash", "reason", "REP-01", 9999, 0),
        ]
        return [(each.kind, each.values) for each in warnings.found(moves, counts, 100, limits)]

    assert kinds(50, 30) == []
    assert kinds(51, 0) == [("warn closures", {"product": "cash", "closed": 51, "share": "5.1", "bound": 5.0})]
    assert kinds(0, 31) == [("warn reason", {"product": "cash", "code": "REP-01", "came": 31, "usual": "10.0"})]


def test_a_chart_says_its_ends_and_carries_no_markup_of_others() -> None:
    chart = charts.lines([charts.Series("OPEN", '<b>"', [1, 5])], charts.Axis("", ""), "title")
    assert "&lt;b&gt;&#34;: 1 → 5" in chart
    assert "<b>" not in chart
    assert 'class="line OPEN"' in charts.lines([charts.Series("OPEN", "x", [0])], charts.Axis("", ""), "empty")
