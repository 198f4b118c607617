"""The customer's page, in both languages, held to the list of what a customer's message must hold."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from schemas.reasons import LANGUAGES, REASONS, page
from streams.core.facts.domains import DOMAINS
from streams.query.replica import Replica
from streams.web.app import build_app
from streams.web.store import Received
from streams.web.typography import typeset
from streams.web.view import View
from streams.web.wording.common import COMMON
from streams.web.wording.customer import PAGE
from streams.web.wording.facts import FACTS, SOURCES
from streams.web.wording.reasons import REASONS_PAGE
from tests.support.core import Lane
from tests.support.customers import ALWAYS, NOW, STATES, view_of
from tests.support.events import due, flagged, inquiry
from tests.support.served import clock, service_of
from tests.support.web import Topic
from tests.support.webworld import POLICY, World, problem_of


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
        if tag not in ("meta", "link", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page_holds_what_a_customer_must_be_told(world: World) -> None:
    answer = await world.get("/accounts/A?lang=en", "own")
    assert answer.status_code == 200
    text = answer.text
    cash = next(each for each in world.lane.currents[::-1] if each["data"]["product"] == "cash")["data"]
    for told in (
        "not open", "Provided by lender", "It is your turn", "Running normally",
        "100.00 CNY is overdue; the oldest payment is 1 day late", "REP-01",
        "<b>1 day</b>", "This product&#39;s limit: 0 days", "your repayments with us", "Pay what is overdue",
        "after this the service opens", "No new draws for now. Repayment stays possible", "What opens it", "pay 100.00",
        "it then opens at once", "All rules, one by one", "Lender inquiries in the last 30 days",
        "What we told you before", "Ask for a person to look at it", "Dispute something that is wrong",
        cash["reference"], "11 Jan 2025 00:00", "(UTC)", "Was this clear?",
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
    assert "/assets/live.js" in outline.links
    assert all(each.startswith(("/", "?", "#")) for each in outline.links)
    assert "<b>look</b>" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
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
        outage: dict[str, Any] = {
            "region": region,
            "channel": None,
            "state": "INCIDENT",
            "since": "2025-01-12T00:00:00Z",
        }
        outage |= {"until": None, "expected_until": None, "reasons": []}
        data: dict[str, Any] = {"product": "cash", "provider": "lender", "sequence": 1, "up": False, "frozen": False}
        data |= {"outages": [outage], "announced": [], "next_change": None}
        data |= {"cause": {"kind": "operations", "event_id": "i"}}
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": "availability/cash/1",
            "source": "/eligibility",
            "subject": "cash",
        }
        event |= {"type": "eligibility.availability.changed", "time": "2025-01-12T00:00:00Z", "data": data}
        world.view.store.write([Received("availability", 0, 0, b"cash", orjson.dumps(event))], {})
        assert (said in (await world.get("/accounts/A?lang=en")).text) is told
        overview = (await world.get("/api/overview", "operations")).json()["products"]
        assert {each["product"]: each["availability"] for each in overview} == {"card": None, "cash": data}


async def test_a_page_is_for_those_who_may_read_the_account(world: World) -> None:
    problem_of(await world.get("/accounts/A", "nobody"), 401, "unauthenticated")
    problem_of(await world.get("/accounts/A", "operations"), 403, "forbidden")
    problem_of(await world.get("/accounts/B", "own"), 403, "forbidden")
    assert {each["data"]["what"] for each in world.topic.of("access")} == {"GET /accounts/{id}"}


@pytest.mark.parametrize("name", STATES)
async def test_a_state_is_told_as_its_list_says(name: str, tmp_path: Path) -> None:
    view, replica = view_of(STATES[name], tmp_path)
    owed = ALWAYS | STATES[name].points
    with clock(NOW):
        for lang in LANGUAGES:
            text = (await _asked(view, replica, f"/accounts/A?lang={lang}")).text
            outline = _Outline()
            outline.feed(text)
            assert outline.open == []
            assert owed - set(re.findall(r'data-point="([a-z-]+)"', text)) == set()
            plain = html.unescape(re.sub(r"<[^>]*>", "", text))
            if lang == "en":
                assert [each for each in STATES[name].said if each not in " ".join(plain.split())] == []
            else:
                assert re.findall(r"[\u4e00-\u9fff][,:;(]", plain) == []
    view.store.close()
    replica.store.close()


async def _asked(view: View, replica: Replica, path: str) -> httpx.Response:
    app = build_app(service_of(view, replica, Topic()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        return await client.get(path)


async def test_offers_can_be_hidden(tmp_path: Path) -> None:
    view, replica = view_of(STATES["not-changeable"], tmp_path)
    with clock(NOW):
        shown = (await _asked(view, replica, "/accounts/A?lang=en")).text
        hidden = (await _asked(view, replica, "/accounts/A?lang=en&offers=hide")).text
    assert "<b>Instalment Purchases</b> (north-consumer-finance)" in shown
    assert "<b>Instalment Purchases</b> (" not in hidden
    assert "Offers are hidden" in hidden
    view.store.close()
    replica.store.close()


async def test_people_get_a_page_and_programs_problem_details_when_something_is_wrong(world: World) -> None:
    for path, said in (("/accounts/C", "We know nothing of this account"), ("/nothing", "There is no such page")):
        shown = await world.get(path, **{"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"})
        assert shown.status_code == 404
        assert said in shown.text
        assert shown.headers["content-type"].startswith("text/html")
    shown = await world.get("/accounts/C?lang=zh", **{"Accept": "text/html", "Accept-Language": "en"})
    assert "我们还没有这个账户的信息" in shown.text
    away = await world.get("//elsewhere.example/", Accept="text/html")
    assert 'href="//' not in away.text
    problem_of(await world.get("/accounts/C"), 404, "account-unknown")
    problem_of(await world.get("/api/nothing", Accept="text/html"), 404, "not-found")


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_each_reason_has_a_page_and_the_list_leads_to_it(world: World, lang: str) -> None:
    outline = _Outline()
    outline.feed((await world.get(f"/reasons?lang={lang}", "nobody")).text)
    linked = [each for each in outline.links if each.startswith("/reasons/")]
    assert sorted(linked) == sorted(f"/reasons/{code}?lang={lang}" for code in REASONS)
    for code in REASONS:
        text = html.unescape((await world.get(f"/reasons/{code}?lang={lang}", "nobody")).text)
        assert "{" not in text, "nobody's values are in it"
        for part in page(code, lang):
            assert (typeset(f">{part}<")[1:-1] if lang == "zh" else part) in text, code
    problem_of(await world.get("/reasons/XXX-99", "nobody"), 404, "not-found")


def test_every_fact_has_a_name_and_nearly_each_a_source() -> None:
    assert set(FACTS) == set(DOMAINS)
    without = {"policy", "next_review_on", "security"}
    assert {name.partition(".")[0] for name in DOMAINS} - without == set(SOURCES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("还有100.00 CNY逾期待还,最早一笔", "还有100.00 CNY逾期待还，最早一笔"),
        ("产品的界限: 3", "产品的界限：3"),
        ("限额(5 days)", "限额（5 days）"),
        ("10:30 a, b (c)", "10:30 a, b (c)"),
        ("&lt;b&gt;甲&amp;乙,丙", "&lt;b&gt;甲&amp;乙\uff0c丙"),
    ],
)
def test_chinese_punctuation_is_set_in_full_width(text: str, told: str) -> None:
    assert typeset(f'<p title="甲,乙">{text}</p>') == f'<p title="甲,乙">{told}</p>'


@pytest.mark.parametrize("words", [PAGE, COMMON, REASONS_PAGE])
def test_both_languages_say_the_same_things(words: dict[str, dict[str, str]]) -> None:
    assert set(words["zh"]) == set(words["en"])
