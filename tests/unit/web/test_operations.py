"""The pages of operations: how the system runs, and dead letters sent again, without naming anybody."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streams.deadletters.letters import Place
from streams.inspection.lag import LaneLag
from tests.support.core import Lane
from tests.support.events import due, ms
from tests.support.webworld import KEYS, POLICY, World

LETTERS = "/operations/dead-letters"
SECRET = b'{"secret":"only-the-owner-knows"'


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The account A, and three dead letters: no JSON, an event that came too early for its time, one without a key."""
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")).tick("2025-01-12")
    early = lane.record(due("2025-01-12", on="2025-02-10", number=2).happened("2025-03-01"), 9).value
    at = ms("2025-01-13")
    lane.records(
        [lane.raw(at, key, value, "repayments") for key, value in ((b"A", SECRET), (b"A", early), (None, early))]
    )
    made = World(tmp_path, lane).ready()
    yield made
    await made.close()


async def _page(world: World, path: str, who: str = "operations") -> httpx.Response:
    return await world.get(path, who, Accept="text/html", **{"Accept-Language": "en"})


async def _send(
    world: World, *places: str, do: str = "send", who: str = "operations", **headers: str
) -> httpx.Response:
    fields = {f"letter-{each}": "on" for each in places} | {"do": do, "lang": "en"}
    shown = {"Authorization": f"Bearer {KEYS[who][0]}", "Accept": "text/html"} | headers
    return await world.http.post(LETTERS, data=fields, headers=shown)


async def test_the_page_tells_lags_notices_and_dead_letters(world: World) -> None:
    world.behind.lag = [LaneLag(0, 17, 12_345, 400.0, {"repayments": 12_345})]
    text = (await _page(world, "/operations")).text
    assert "12,345 records, the oldest for 6.7 min" in text
    assert "A record has been waiting for 6.7 min" in text
    assert "Adverse action: told within 30 days" in text
    assert "invalid_json" in text
    assert LETTERS in text


async def test_products_are_called_by_their_names_with_the_id_beside(world: World) -> None:
    assert '<h2 id="h-cash">A (cash)</h2>' in (await _page(world, "/operations")).text
    assert '<h2 id="h-cash">甲（cash）</h2>' in (await _page(world, "/operations?lang=zh")).text
    world.replica.ready.clear()
    assert '<h2 id="h-cash">cash</h2>' in (await _page(world, "/operations")).text, "no policy is known yet"


async def test_a_warning_calls_a_product_by_its_name(world: World) -> None:
    # All that moved in the newest hour: the one account's closing.
    world.view.moved_at = ms("2025-01-11")
    text = (await _page(world, "/operations")).text
    assert "A (cash): 100.0 % of all accounts were closed within the last hour (1;" in text


async def test_what_the_brokers_refuse_is_said_and_the_rest_is_shown(world: World) -> None:
    world.behind.refused = "brokers b:9092: TopicAuthorizationFailedError"
    text = (await _page(world, "/operations")).text
    assert text.count("TopicAuthorizationFailedError") == 3
    assert 'aria-label="Status, A (cash)"' in text
    assert "TopicAuthorizationFailedError" in (await _page(world, LETTERS)).text
    assert (await _send(world, "0/1")).status_code == 503
    assert world.topic.records == []


async def test_dead_letters_are_listed_without_key_content_or_the_errors_text(world: World) -> None:
    answer = await _page(world, LETTERS)
    assert answer.text.count('type="checkbox"') == 3
    assert "It is no JSON." in answer.text
    assert "t.repayments/0/3" in answer.text
    assert "only-the-owner-knows" not in answer.text
    assert world.topic.records == []
    only = (await _page(world, f"{LETTERS}?code=time_in_future")).text
    assert 'name="letter-0/1"' in only
    assert only.count('type="checkbox"') == 1
    assert "0/0" not in only
    assert 'type="checkbox"' not in (await _page(world, LETTERS, "audit")).text, "who may only look has no form"


async def test_trying_sends_nothing_and_says_what_would_be_rejected_again(world: World) -> None:
    answer = await _send(world, "0/0", "0/1", do="try")
    assert answer.status_code == 200
    assert "would be rejected again" in answer.text
    assert "invalid_json value" in answer.text
    assert world.behind.sent == []
    assert world.topic.records == []


async def test_what_is_sent_again_is_recorded_before_letter_by_letter(world: World) -> None:
    answer = await _send(world, "0/1", "0/2")
    assert "sent again" in answer.text
    assert world.behind.sent == [Place(0, 1)]
    first, second = world.topic.of("access")
    assert (first["subject"], first["data"]["what"]) == ("A", f"POST {LETTERS} 0/1")
    assert (first["data"]["by"], first["data"]["outcome"]) == ("operations", "given")
    assert second["subject"] == "dead-letters", "a letter without an account's key is of no account"
    assert "was sent again before" in (await _send(world, "0/1")).text


async def test_what_cannot_be_recorded_is_not_sent(world: World) -> None:
    world.topic.broken = True
    assert (await _send(world, "0/1")).status_code == 503
    assert world.behind.asked["resent"] == 0


async def test_only_operations_sends_and_only_from_our_own_pages(world: World) -> None:
    for who in ("own", "support", "audit"):
        assert (await _send(world, "0/1", who=who)).status_code == 403
    assert (await _send(world, "0/1", **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert world.behind.asked["resent"] == 0


@pytest.mark.parametrize("place", ["0", "x/1", "0/1/2", "0/-1", "0/" + "9" * 19])
async def test_what_is_no_place_is_refused(world: World, place: str) -> None:
    assert (await _send(world, place)).status_code == 422


async def test_nothing_chosen_is_said_and_a_letter_that_is_not_there_too(world: World) -> None:
    assert (await _send(world)).status_code == 422
    assert (await _send(world, "0/99")).status_code == 404
