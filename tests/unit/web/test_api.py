"""The HTTP interface over a view and a replica that a real projection has filled."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.access import SCOPES, parse_access
from schemas.events import parse_event
from schemas.references import reference
from streams.web.models import Accepted, AccountStatus, History, Overview, Reasons, Referred, Supposed
from tests.support.core import Lane
from tests.support.events import due, event, paid
from tests.support.web import fill
from tests.support.webworld import KEYS, POLICY, STATUS, WHO, World, _entry, _shown, problem_of, read_as


async def test_the_status_is_the_present_picture_of_every_product(world: World) -> None:
    answer = await world.get(f"{STATUS}?lang=en")
    read_as(AccountStatus, answer)
    card, cash = answer.json()["products"]
    last = {each["data"]["product"]: each for each in world.lane.currents if each["subject"] == "A"}
    assert {name: cash[name] for name in last["cash"]["data"]} == last["cash"]["data"]
    assert cash["since"] == last["cash"]["time"]
    assert cash["texts"]["status"] == "not open"
    assert cash["texts"]["reasons"][0]["text"] == "100.00 CNY is overdue; the oldest payment is 1 day late"
    assert card["status"] == "LIMITED"
    only = (await world.get(f"{STATUS}?product=card&lang=zh")).json()["products"]
    assert [each["texts"]["status"] for each in only] == ["部分可用"]


async def test_checks_show_every_rule_and_details_of_limited_ones_to_auditors_alone(world: World) -> None:
    path = "/api/accounts/B/status?checks=all&product=cash"
    shown = {}
    for who in ("support", "audit"):
        answer = await world.get(path, who)
        read_as(AccountStatus, answer)
        shown[who] = {each["code"]: each for each in answer.json()["products"][0]["checks"]}
    assert shown["support"]["SEC-01"] == {"rule": None, "code": "SEC-01", "result": "fail"}
    assert shown["audit"]["SEC-01"]["fact"] == "security.flags"
    assert shown["audit"]["SEC-01"]["rule"] == "flags"
    assert shown["support"]["REP-01"] == shown["audit"]["REP-01"]
    assert "security.flags" not in (await world.get(path)).text


async def test_what_is_disputed_is_marked_until_it_is_answered(tmp_path: Path) -> None:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10").named("bill"))
    lane.feed(event("2025-01-12", "dispute.opened", dispute_id="D", about="bill"))
    told = [{"dispute_id": "D", "about": "bill", "answer_by": "2025-02-01T00:00:00Z"}]
    marked = "You disputed this; an answer is due by"
    for name, disputes in (("open", told), ("answered", [])):
        (tmp_path / name).mkdir()
        world = World(tmp_path / name, lane).ready()
        try:
            products = read_as(AccountStatus, await world.get(f"{STATUS}?checks=all"))["products"]
            assert [each["disputes"] for each in products] == [disputes, disputes]
            assert all("bill" in reason["evidence"] for each in products for reason in each["reasons"])
            assert (marked in (await world.get("/accounts/A?lang=en")).text) == bool(disputes)
        finally:
            await world.close()
        lane.feed(event("2025-01-13", "dispute.closed", dispute_id="D", about="bill"))


async def test_history_comes_in_pages_without_holes(world: World) -> None:
    whole = [each for each in world.lane.statuses if each["subject"] == "A"][::-1]
    path: str | None = "/api/accounts/A/history?limit=1"
    found = []
    while path is not None:
        page = read_as(History, await world.get(path))
        found += page["items"]
        path = page["next"]
    assert [(each["time"], each["product"], each["sequence"]) for each in found] == [
        (each["time"], each["data"]["product"], each["data"]["sequence"]) for each in whole
    ]
    one = read_as(History, await world.get("/api/accounts/A/history?limit=1&product=cash"))
    assert "product=cash" in one["next"]


async def test_a_reference_is_found_as_somebody_reads_it_out(world: World) -> None:
    code = reference("A/cash/1")
    found = read_as(Referred, await world.get(f"/api/reference/{code[:5].lower()}-{code[5:]}"))
    assert [(each["account_id"], each["sequence"]) for each in found["items"]] == [("A", 1)]
    problem_of(await world.get(f"/api/reference/{reference('A/cash/9')}"), 404, "reference-unknown")
    problem_of(await world.get("/api/reference/4T7Q2M9KXX"), 422, "invalid", "code")
    assert [each["subject"] for each in world.topic.of("access")] == ["A"]


async def test_an_answer_that_is_known_is_not_sent_again(world: World) -> None:
    for path in (STATUS, "/api/accounts/A/history", "/api/reasons"):
        answer = await world.get(path)
        again = await world.get(path, **{"If-None-Match": f'"x", W/{answer.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
    before = (await world.get(STATUS)).headers["etag"]
    begin = len(world.lane.statuses)
    fill(world.view, world.lane.feed(paid("2025-01-13")), begin)
    assert (await world.get(STATUS, **{"If-None-Match": before})).status_code == 200


async def test_reasons_and_the_overview_name_no_account(world: World) -> None:
    found = read_as(Reasons, await world.get("/api/reasons", "nobody"))
    assert {each["code"]: each["who"] for each in found["items"]}["REP-01"] == "customer"
    answer = await world.get("/api/overview", "operations")
    read_as(Overview, answer)
    cash = next(each for each in answer.json()["products"] if each["product"] == "cash")
    assert cash["statuses"] == {"NOT_OPEN": 1, "UNDER_REVIEW": 1}
    assert cash["reasons"] == {"REP-01": 1, "SEC-01": 1}


async def test_what_if_tells_what_would_come_and_changes_nothing(world: World) -> None:
    body = {"events": [{"type": "repayment.received", "data": {"amount": "100.00"}}], "product": "cash"}
    answer = await world.post("/api/accounts/A/what-if", body)
    read_as(Supposed, answer)
    assert [each["status"] for each in answer.json()["items"]] == ["OPEN"]
    assert (await world.get(f"{STATUS}?product=cash")).json()["products"][0]["status"] == "NOT_OPEN"
    assert {each.topic for each in world.topic.records} == {"access"}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"type": "repayment.received", "data": {"amount": 5}}, "events[0].data.amount"),
        ({"type": "repayment.recieved", "data": {}}, "events[0].type"),
        ({"type": "policy.frozen", "data": {"by": "me", "reason": "x"}}, "events[0].type"),
        ({"type": "repayment.received", "time": "2020-01-01T00:00:00Z", "data": {"amount": "1"}}, "events[0].time"),
        ({"type": "repayment.received"}, "events[0].data"),
    ],
)
async def test_a_supposed_event_that_is_wrong_is_told_by_its_field(world: World, event: object, field: str) -> None:
    problem_of(await world.post("/api/accounts/A/what-if", {"events": [event]}), 422, "invalid", field)


@pytest.mark.parametrize(
    ("body", "kind", "data"),
    [
        ({"kind": "review", "product": "cash"}, "review.requested", {"product": "cash"}),
        ({"kind": "dispute", "about": "REP-01"}, "dispute.opened", {"about": "REP-01"}),
        ({"kind": "explanation", "product": "card"}, "explanation.requested", {"product": "card"}),
        ({"kind": "choice", "choice": "pause", "until": "2099-01-01"}, "choice.made",
         {"choice": "pause", "until": "2099-01-01"}),
    ],
)  # fmt: skip
async def test_a_request_is_one_event_however_often_it_is_sent(
    world: World, body: dict[str, Any], kind: str, data: dict[str, Any]
) -> None:
    path, once = "/api/accounts/A/requests", {"Idempotency-Key": "k-1"}
    first = read_as(Accepted, await world.post(path, body, "own", **once), 202)
    assert read_as(Accepted, await world.post(path, body, "own", **once), 202) == first
    (event,) = [*world.topic.of("reviews"), *world.topic.of("accounts")]
    assert parse_event(event).id == first["event_id"]
    assert event["type"] == first["type"] == kind
    assert data.items() <= event["data"].items()
    assert (first["request_id"] in event["data"].values()) is (kind != "choice.made")
    other = {**body, "kind": "dispute", "about": "INQ-01"} if "about" in body else {"kind": "dispute", "about": "e9"}
    problem_of(await world.post(path, other, "own", **once), 409, "key-reused")
    second = await world.post(path, body, "own", **{"Idempotency-Key": "k-2"})
    assert second.json()["event_id"] != first["event_id"]


async def test_a_request_that_was_not_taken_may_be_sent_again(world: World) -> None:
    body, once = {"kind": "review", "product": "cash"}, {"Idempotency-Key": "k"}
    world.topic.broken = True
    problem_of(await world.post("/api/accounts/A/requests", body, **once), 503, "not-recorded")
    world.topic.broken = False
    assert (await world.post("/api/accounts/A/requests", body, **once)).status_code == 202
    assert len(world.topic.of("reviews")) == 1


@pytest.mark.parametrize(
    ("body", "code", "kind", "field"),
    [
        ({"kind": "review", "product": "Cash"}, 422, "invalid", "review.product"),
        ({"kind": "review", "product": "cash", "x": 1}, 422, "invalid", "review.x"),
        ({"kind": "other"}, 422, "invalid", "body"),
        ({"kind": "review", "product": "boat"}, 404, "product-unknown", None),
    ],
)
async def test_a_request_that_is_wrong_is_told_by_its_field(
    world: World, body: object, code: int, kind: str, field: str | None
) -> None:
    problem_of(await world.post("/api/accounts/A/requests", body, **{"Idempotency-Key": "k"}), code, kind, field)
    problem_of(await world.post("/api/accounts/A/requests", {"kind": "review", "product": "cash"}), 422, "invalid",
             "idempotency-key")  # fmt: skip


async def test_what_is_not_there_is_told_apart(world: World) -> None:
    problem_of(await world.get("/api/accounts/Z/status"), 404, "account-unknown")
    problem_of(await world.get(f"{STATUS}?product=boat"), 404, "product-unknown")
    problem_of(await world.get("/api/accounts/A%20B/status"), 422, "invalid", "id")
    problem_of(await world.get(f"{STATUS}?lang=fr"), 422, "invalid", "lang")
    problem_of(await world.get("/api/nothing"), 404, "not-found")
    problem_of(await world.post(STATUS, {}), 405, "method-not-allowed")


# Who may read what

ALLOWED = {
    "/api/accounts/{id}/status": {"own", "support", "audit"},
    "/api/accounts/{id}/history": {"own", "support", "audit"},
    "/api/accounts/{id}/events": {"own", "support", "audit"},
    "/api/accounts/{id}/what-if": {"own", "support", "audit"},
    "/api/accounts/{id}/requests": {"own", "support"},
    "/api/reference/{code}": {"support", "audit"},
    "/api/overview": {"operations", "audit"},
    "/metrics": {"operations", "audit"},
    "/api/reasons": set(WHO),
    "/healthz": set(WHO),
    "/readyz": set(WHO),
}
BODIES: dict[str, object] = {
    "/api/accounts/{id}/what-if": {},
    "/api/accounts/{id}/requests": {"kind": "review", "product": "cash"},
}


def test_every_route_has_its_row_in_the_table_of_scopes(world: World) -> None:
    assert set(world.app.openapi()["paths"]) == set(ALLOWED)
    assert {each for allowed in ALLOWED.values() for each in allowed} == {*SCOPES, "nobody"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("route", [each for each in ALLOWED if not each.endswith("/events")])
async def test_each_route_is_open_to_its_scopes_alone(world: World, route: str, who: str) -> None:
    path = route.format(id="A", code=reference("A/cash/1"))
    if route in BODIES:
        answer = await world.post(path, BODIES[route], who, **{"Idempotency-Key": "k"})
    else:
        answer = await world.get(path, who)
    if who in ALLOWED[route]:
        assert answer.status_code in (200, 202), answer.text
    elif who == "nobody":
        problem_of(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
    else:
        problem_of(answer, 403, "forbidden")


@pytest.mark.parametrize("who", ["operations", "nobody"])
async def test_a_stream_is_closed_to_other_scopes(world: World, who: str) -> None:
    assert (await world.get("/api/accounts/A/events", who)).status_code in (401, 403)


@pytest.mark.parametrize("route", [each for each in ALLOWED if "{id}" in each])
async def test_an_owner_reaches_no_other_account_and_the_attempt_is_recorded(world: World, route: str) -> None:
    path = route.format(id="B")
    if route in BODIES:
        answer = await world.post(path, BODIES[route], "own", **{"Idempotency-Key": "k"})
    else:
        answer = await world.get(path, "own")
    problem_of(answer, 403, "forbidden")
    (record,) = world.topic.of("access")
    event = parse_access(record)
    assert (event.subject, event.data.by, event.data.outcome) == ("B", "own", "refused")
    assert event.data.what.endswith(f" {route}")


async def test_every_read_is_recorded_and_one_that_cannot_be_is_not_answered(world: World) -> None:
    await world.get(STATUS)
    (record,) = world.topic.records
    assert (record.topic, record.key) == ("access", b"A")
    event = parse_access(orjson.loads(record.value))
    assert (event.data.by, event.data.scopes, event.data.outcome) == ("support", ["support"], "given")
    world.topic.broken = True
    answer = await world.get(STATUS)
    problem_of(answer, 503, "not-recorded")
    assert "NOT_OPEN" not in answer.text


async def test_a_key_that_is_taken_away_is_refused_from_then_on(world: World) -> None:
    assert (await world.get(STATUS)).status_code == 200
    assert world.service.settings.web.keys_file is not None
    world.service.settings.web.keys_file.write_bytes(orjson.dumps({"keys": [_entry(KEYS["own"][1])]}))
    problem_of(await world.get(STATUS), 401, "unauthenticated")
    assert (await world.get(STATUS, "own")).status_code == 200
    world.service.settings.web.keys_file.write_text("keys: 3", encoding="utf-8")
    problem_of(await world.get(STATUS, "own"), 503, "not-ready")


async def test_without_keys_everything_is_open_but_to_names_from_elsewhere(tmp_path: Path) -> None:
    world = World(tmp_path, Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")), open=True).ready()
    assert (await world.get(STATUS, "nobody")).status_code == 200
    assert (await world.get(STATUS, "nobody", Host="evil.example")).status_code == 400
    assert world.topic.of("access")[0]["data"]["by"] == "open"


async def test_a_caller_that_asks_too_much_waits_and_others_do_not(tmp_path: Path) -> None:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"))
    world = World(tmp_path, lane, requests_per_second=1.0, burst=11.0).ready()
    assert (await world.get(f"{STATUS}?checks=all")).status_code == 200
    assert (await world.get(STATUS)).status_code == 200
    answer = await world.get(STATUS)
    problem_of(answer, 429, "too-many-requests")
    assert answer.headers["retry-after"] == "2"
    assert (await world.get(STATUS, "own")).status_code == 200
    world.now += 2.0
    assert (await world.get(STATUS)).status_code == 200


async def test_nothing_is_told_before_everything_is_in(tmp_path: Path) -> None:
    world = World(tmp_path, Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")))
    for path in (STATUS, "/readyz"):
        problem_of(await world.get(path), 503, "not-ready")
    assert (await world.get("/healthz")).status_code == 200


# Streams


async def _events(world: World, count: int, headers: dict[str, str], query: str = "") -> list[tuple[str, str]]:
    """The first events of a stream: id and data."""
    scope = {
        "type": "http", "method": "GET", "path": "/api/accounts/A/events", "raw_path": b"/api/accounts/A/events",
        "query_string": query.encode(), "http_version": "1.1", "scheme": "http", "root_path": "",
        "headers": [(b"host", b"localhost"),
                    *((k.lower().encode(), v.encode()) for k, v in (_shown("own") | headers).items())],
    }  # fmt: skip
    body, enough = bytearray(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        body.extend(message.get("body", b""))
        if body.count(b"event: status") >= count:
            enough.set()

    async with asyncio.timeout(10):
        await world.app(scope, receive, send)
    found = []
    for block in bytes(body).decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines.get("event") == "status":
            found.append((lines["id"], lines["data"]))
    return found


async def test_a_stream_goes_on_exactly_where_it_was_lost(world: World) -> None:
    rows = enumerate(world.lane.outputs["status"])
    told = [(f"0-{offset}", (each.value or b"").decode()) for offset, each in rows if each.key == b"A"]
    assert len(told) == 4
    for place in range(3):
        after = told[place][0]
        assert await _events(world, 3 - place, {"Last-Event-ID": after}) == told[place + 1 :]
        assert await _events(world, 3 - place, {}, f"after={after}") == told[place + 1 :]


async def test_a_stream_tells_news_as_they_come(world: World) -> None:
    position = (await world.get(STATUS, "own")).json()["events_after"]
    waiting = asyncio.create_task(_events(world, 2, {}, f"after={position}"))
    while not world.view.streams:  # noqa: ASYNC110 - the stream itself tells nobody that it waits
        await asyncio.sleep(0.01)
    begin = len(world.lane.statuses)
    fill(world.view, world.lane.feed(paid("2025-01-13")), begin)
    news = [each.value or b"" for each in world.lane.outputs["status"][begin:]]
    assert [data.encode() for _, data in await waiting] == news
    assert world.view.streams == 0


async def test_a_place_that_is_none_is_refused(world: World) -> None:
    for place in ("x", "1-0", "0-999"):
        answer = await world.get("/api/accounts/A/events", **{"Last-Event-ID": place})
        problem_of(answer, 422, "invalid", "last-event-id")


async def test_a_client_that_takes_nothing_is_dropped(tmp_path: Path) -> None:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")).tick("2025-01-12")
    world = World(tmp_path, lane, heartbeat_s=0.05, drop_s=0.1).ready()
    stuck = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            stuck.set()
            await asyncio.Event().wait()

    scope = {
        "type": "http", "method": "GET", "path": "/api/accounts/A/events", "raw_path": b"", "query_string": b"",
        "http_version": "1.1", "scheme": "http", "root_path": "",
        "headers": [(b"host", b"localhost"), *((k.lower().encode(), v.encode()) for k, v in _shown("own").items())],
    }  # fmt: skip
    async with asyncio.timeout(10):
        await world.app(scope, receive, send)
    assert stuck.is_set()
    assert world.view.streams == 0
    assert b"eligibility_web_streams_dropped_total 1.0" in (await world.get("/metrics", "operations")).content


async def test_streams_are_bounded(tmp_path: Path) -> None:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"))
    world = World(tmp_path, lane, streams_max=1).ready()
    with world.view.waiting("A"):
        problem_of(await world.get("/api/accounts/A/events"), 429, "too-many-requests")


# What is told of itself


async def test_openapi_describes_every_route_and_its_problems(world: World) -> None:
    document = (await world.get("/openapi.json", "nobody")).json()
    assert document["openapi"].startswith("3.1")
    for route, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"], route
            if "{id}" in route:
                assert {"401", "403", "404", "422", "429", "503"} <= set(operation["responses"]), route


async def test_figures_name_routes_and_no_accounts(world: World) -> None:
    await world.get(STATUS)
    text = (await world.get("/metrics", "operations")).text
    assert 'eligibility_web_requests_total{code="200",method="GET",route="/api/accounts/{id}/status"} 1.0' in text
    assert "/accounts/A" not in text
    assert "eligibility_web_ready 1.0" in text


async def test_every_answer_has_its_security_headers(world: World) -> None:
    for answer in (await world.get(STATUS), await world.get("/api/nothing")):
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await world.get(STATUS)).headers["cache-control"] == "private, no-cache"
