"""The customer's page, in both languages, held to the list of what a customer's message must hold."""

from html.parser import HTMLParser
from pathlib import Path

import orjson
import pytest

from schemas.reasons import LANGUAGES
from streams.web.store import Received
from streams.web.wording.customer import PAGE
from tests.support.core import Lane
from tests.support.events import due, flagged, inquiry
from tests.unit.web.test_api import POLICY, World, _problem


@pytest.fixture
async def world(tmp_path: Path) -> World:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10"), inquiry("2025-01-04").named("<b>look</b>"))
    return World(tmp_path, lane.feed(flagged("2025-01-05").of("B")).tick("2025-01-12")).ready()


class _Outline(HTMLParser):
    """Headings, links and the tags that are open, to see that the page is whole."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page_holds_what_a_customer_must_be_told(world: World) -> None:
    answer = await world.get("/accounts/A?lang=en", "own")
    assert answer.status_code == 200
    text = answer.text
    cash = next(each for each in world.lane.currents[::-1] if each["data"]["product"] == "cash")["data"]
    for told in (
        "not open", "provided by lender", "It is your turn",
        "100.00 CNY is overdue; the oldest payment is 1 day late", "REP-01",
        "Your value: 1 days (limit 0 days)", "Pay what is overdue", "No new draws. Repayment stays possible",
        "What opens it", "(UTC) pay 100.00", "All rules, one by one", "fail: overdue", "pass: inquiries",
        "What we told you before", "ask that a person", "dispute it", cash["reference"], "11 Jan 2025 00:00 (UTC)",
    ):  # fmt: skip
        assert told in text, told


async def test_chinese_is_what_a_browser_gets_that_asks_for_it_or_for_nothing(world: World) -> None:
    for accepted in ("zh-CN,zh;q=0.9", "", "fr"):
        text = (await world.get("/accounts/A", "own", **{"Accept-Language": accepted})).text
        assert '<html lang="zh-CN">' in text
        assert "暂不可用" in text
        assert "2025年1月11日" in text
    assert '<html lang="en">' in (await world.get("/accounts/A", "own", **{"Accept-Language": "en-GB"})).text


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_is_whole_and_asks_nobody_else(world: World, lang: str) -> None:
    answer = await world.get(f"/accounts/A?lang={lang}", "own")
    outline = _Outline()
    outline.feed(answer.text)
    assert outline.open == []
    assert "script" not in outline.tags
    assert all(each.startswith(("/", "?", "#")) for each in outline.links)
    assert "<b>look</b>" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (await world.get("/assets/page.css", "nobody")).headers["content-type"].startswith("text/css")


async def test_details_of_limited_disclosure_are_on_no_page(world: World) -> None:
    text = (await world.get("/accounts/B?lang=en", "support")).text
    assert "SEC-01" in text
    assert "security.flags" not in text
    assert "SEC-01" not in (await world.get("/accounts/A?lang=en", "support")).text


async def test_an_outage_everywhere_is_told_beside_the_status(world: World) -> None:
    said = "not up at the moment"
    assert said not in (await world.get("/accounts/A?lang=en")).text
    for region, told in (("CN-31", False), (None, True)):
        data = {"product": "cash", "up": False, "outages": [{"region": region, "channel": None}]}
        record = Received("availability", 0, 0, b"cash", orjson.dumps({"data": data}))
        world.view.store.write([record], {})
        assert (said in (await world.get("/accounts/A?lang=en")).text) is told
        overview = (await world.get("/api/overview", "operations")).json()["products"]
        assert {each["product"]: each["availability"] for each in overview} == {"card": None, "cash": data}


async def test_a_page_is_for_those_who_may_read_the_account(world: World) -> None:
    _problem(await world.get("/accounts/A", "nobody"), 401, "unauthenticated")
    _problem(await world.get("/accounts/A", "operations"), 403, "forbidden")
    _problem(await world.get("/accounts/B", "own"), 403, "forbidden")
    assert {each["data"]["what"] for each in world.topic.of("access")} == {"GET /accounts/{id}"}


def test_both_languages_say_the_same_things() -> None:
    assert set(PAGE["zh"]) == set(PAGE["en"])
