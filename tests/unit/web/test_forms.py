"""The forms of the customer's page, as a browser without scripts sends them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.feedback import parse_feedback
from streams.web.forms import BYTES_MAX
from tests.support.core import Lane
from tests.support.events import due, inquiry
from tests.support.webworld import KEYS, POLICY, World, problem_of

REQUESTS, WHAT_IF, FEEDBACK = (f"/accounts/A/{name}" for name in ("requests", "what-if", "feedback"))
OURS = {"Origin": "http://localhost"}
REVIEW = {"kind": "review", "product": "cash", "key": "k1", "lang": "en"}
CLEAR = {"product": "cash", "reference": "4T7Q2M9KXC", "clear": "no", "unclear": "dates", "key": "k2", "lang": "en"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"), inquiry("2025-01-04").of("B")).tick("2025-01-12")
    made = World(tmp_path, lane).ready()
    yield made
    await made.close()


async def _send(world: World, path: str, fields: dict[str, str], who: str = "own", **headers: str) -> httpx.Response:
    shown = {"Authorization": f"Bearer {KEYS[who][0]}"} if who in KEYS else {}
    return await world.http.post(path, data=fields, headers=shown | OURS | headers)


@pytest.mark.parametrize(
    ("fields", "topic", "type", "data"),
    [
        (REVIEW, "reviews", "review.requested", {"product": "cash"}),
        ({**REVIEW, "kind": "explanation"}, "reviews", "explanation.requested", {"product": "cash"}),
        ({**REVIEW, "kind": "dispute", "about": "REP-01"}, "reviews", "dispute.opened", {"about": "REP-01"}),
        (
            {**REVIEW, "kind": "choice", "choice": "pause", "until": "2027-01-31"},
            "accounts",
            "choice.made",
            {"choice": "pause", "product": "cash", "until": "2027-01-31"},
        ),
        (
            {**REVIEW, "kind": "choice", "choice": "close", "until": "2027-01-31"},
            "accounts",
            "choice.made",
            {"choice": "close", "product": "cash"},
        ),
    ],
)
async def test_a_request_becomes_one_event_however_often_it_is_sent(
    world: World, fields: dict[str, str], topic: str, type: str, data: dict[str, Any]
) -> None:
    for _ in range(2):
        answer = await _send(world, REQUESTS, fields)
        assert answer.status_code == 200, answer.text
        assert "We have your request" in answer.text
        assert 'href="/accounts/A?lang=en"' in answer.text
    (event,) = world.topic.of(topic)
    assert event["type"] == type
    assert {name: event["data"][name] for name in data} == data
    assert "until" not in event["data"] or "until" in data


async def test_what_if_is_answered_in_words_and_changes_nothing(world: World) -> None:
    fields = {"what": "pay", "amount": "100.00", "ahead": "0", "product": "cash", "lang": "en"}
    paid = await _send(world, WHAT_IF, fields)
    assert "These would change" in paid.text
    assert ">open</span>" in paid.text
    for what in ("wait", "apply", "verify"):
        shown = await _send(world, WHAT_IF, {**fields, "what": what})
        assert shown.status_code == 200, shown.text
    assert "Nothing would change by that" in (await _send(world, WHAT_IF, {**fields, "what": "wait"})).text
    assert {each.topic for each in world.topic.records} == {"access"}


async def test_feedback_is_chosen_from_lists_and_recorded_once(world: World) -> None:
    for _ in range(2):
        assert "Thank you" in (await _send(world, FEEDBACK, CLEAR)).text
    (event,) = world.topic.of("feedback")
    told = parse_feedback(event).data
    assert (told.product, told.clear, told.unclear, told.lang) == ("cash", "no", "dates", "en")
    assert [each.key for each in world.topic.records if each.topic == "feedback"] == [b"A"]


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        (REQUESTS, {**REVIEW, "kind": "mercy"}, "kind"),
        (REQUESTS, {**REVIEW, "product": "Not One"}, "review.product"),
        (REQUESTS, {"kind": "review", "product": "cash"}, "key"),
        (REQUESTS, {**REVIEW, "key": "k" * 129}, "key"),
        (WHAT_IF, {"what": "pay", "amount": "much", "ahead": "0"}, "events[0].data.amount"),
        (WHAT_IF, {"what": "pay", "ahead": "0"}, "amount"),
        (WHAT_IF, {"what": "wait", "ahead": "9999"}, "ahead"),
        (FEEDBACK, {**CLEAR, "clear": "perhaps"}, "clear"),
        (FEEDBACK, {**CLEAR, "reference": "<script>"}, "reference"),
    ],
)
async def test_a_field_that_is_wrong_is_named(world: World, path: str, fields: dict[str, str], field: str) -> None:
    problem_of(await _send(world, path, fields), 422, "invalid", field)
    assert {each.topic for each in world.topic.records} <= {"access"}


async def test_what_is_no_form_or_too_large_is_refused(world: World) -> None:
    shown = {"Authorization": f"Bearer {KEYS['own'][0]}"}
    problem_of(await world.http.post(REQUESTS, json=REVIEW, headers=shown), 422, "invalid", "content-type")
    problem_of(await _send(world, REQUESTS, {**REVIEW, "more": "x" * BYTES_MAX}), 422, "invalid")
    problem_of(await _send(world, REQUESTS, {str(number): "x" for number in range(60)}), 422, "invalid")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind-a-proxy.example"}, 200),
        ({"Origin": "http://localhost"}, 200),
    ],
)
async def test_another_sites_page_sends_nothing(world: World, headers: dict[str, str], code: int) -> None:
    for path, fields in ((REQUESTS, REVIEW), (FEEDBACK, CLEAR)):
        assert (await _send(world, path, fields, **headers)).status_code == code
    body, shown = {"kind": "review", "product": "cash"}, {"Idempotency-Key": "1"}
    api = await world.post("/api/accounts/A/requests", body, "own", **headers, **shown)
    assert api.status_code == (403 if code == 403 else 202)
    assert bool(world.topic.of("reviews")) is (code == 200)


@pytest.mark.parametrize("path", [REQUESTS, WHAT_IF, FEEDBACK])
async def test_forms_are_for_those_who_may_send_them(world: World, path: str) -> None:
    fields = {**REVIEW, **CLEAR, "what": "wait", "ahead": "0"}
    problem_of(await _send(world, path, fields, "nobody"), 401, "unauthenticated")
    problem_of(await _send(world, path, fields, "operations"), 403, "forbidden")
    problem_of(await _send(world, path.replace("/A/", "/B/"), fields, "own"), 403, "forbidden")
    if path != WHAT_IF:
        problem_of(await _send(world, path, fields, "audit"), 403, "forbidden")


async def test_support_that_asks_for_a_customer_goes_back_to_its_own_page(world: World) -> None:
    page = (await world.get("/support/A?lang=en", "support", Accept="text/html")).text
    assert '<input type="hidden" name="desk" value="support">' in page
    answer = (await _send(world, REQUESTS, {**REVIEW, "desk": "support"}, "support")).text
    assert 'href="/support/A?lang=en"' in answer
    assert "For the customer, to be read out:" in answer
    own = (await _send(world, REQUESTS, {**REVIEW, "desk": "support"})).text
    assert "/support" not in own, "a customer is no support, whatever the form says"
    assert 'href="/accounts/A?lang=en"' in own
