"""What staff do on their pages, without scripts: dead letters sent again, an account verified, a report downloaded; and
all of it by keyboard alone, from signing in to signing out.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from playwright.async_api import Browser, Page

from streams.deadletters.letters import Place
from streams.web.keys import Keys, new_key
from tests.support.customers import NOW
from tests.support.pages import enter, focused, follow, tab_to
from tests.support.served import clock, served, service_of
from tests.support.staff import Staffed
from tests.support.web import Topic


async def test_from_the_first_page_dead_letters_are_tried_and_sent_again(browser: Browser, tmp_path: Path) -> None:
    topic = Topic()
    with clock(NOW):
        staffed = Staffed(tmp_path)
        async with served(service_of(staffed.view, staffed.replica, topic, staffed.desk, staffed.flow)) as address:
            context = await browser.new_context(java_script_enabled=False, locale="en")
            context.set_default_timeout(20_000)
            page = await context.new_page()
            await page.goto(address)
            await page.get_by_role("link", name="To operations").click()
            await page.get_by_role("link", name="Look at them and send them again").click()
            await page.get_by_role("checkbox", name="Place 0/5").check()
            await page.get_by_role("checkbox", name="Place 0/0").check()
            await page.get_by_role("button", name="Try: what would happen").click()
            assert await page.get_by_role("heading", name="What would happen").is_visible()
            assert await page.get_by_text("would be rejected again").count() == 2
            assert (staffed.behind.sent, topic.records) == ([], [])
            await page.get_by_role("link", name="Back to the dead letters").click()
            await page.get_by_role("checkbox", name="Place 0/7").check()
            await page.get_by_role("button", name="Send again").click()
            assert await page.get_by_role("heading", name="What became of them").is_visible()
            assert staffed.behind.sent == [Place(0, 7)]
            await page.reload()  # the form once more
            assert await page.get_by_text("was sent again before").is_visible()
            await context.close()
        staffed.close()
    assert {each["data"]["what"] for each in topic.of("access")} == {"POST /operations/dead-letters 0/7"}


async def test_an_account_is_verified_and_its_report_downloaded(browser: Browser, tmp_path: Path) -> None:
    with clock(NOW):
        staffed = Staffed(tmp_path)
        async with served(service_of(staffed.view, staffed.replica, Topic(), staffed.desk, staffed.flow)) as address:
            context = await browser.new_context(java_script_enabled=False, locale="en")
            context.set_default_timeout(20_000)
            page = await context.new_page()
            await page.goto(f"{address}/audit")
            await page.get_by_label("Account or reference number").fill("A")
            await page.get_by_role("button", name="Find").click()
            assert await page.get_by_text("Not verified since").is_visible()
            await page.get_by_role("button", name="Verify now").click()
            assert await page.get_by_text("Equal: what was emitted for this account").is_visible()
            assert page.url.endswith("/audit/A?lang=en#verification")
            async with page.expect_download() as download:
                await page.get_by_role("link", name="as JSON").click()
            document = orjson.loads((await (await download.value).path()).read_bytes())
            assert (document["account_id"], document["verification"]["outcome"]) == ("A", "equal")
            await context.close()
        staffed.close()


@asynccontextmanager
async def _signed_in(staffed: Staffed, topic: Topic, scope: str, browser: Browser, path: Path) -> AsyncIterator[Page]:
    """A page in a browser whose user has signed in by keyboard, with a key of one scope; at the end they sign out."""
    token, key = new_key("anna", [scope], [])
    (path / "keys.yaml").write_text(f"keys: [{key.model_dump_json()}]", encoding="utf-8")
    service = service_of(staffed.view, staffed.replica, topic, staffed.desk, staffed.flow)
    service.keys = Keys(path / "keys.yaml")
    async with served(service) as address:
        context = await browser.new_context(locale="en")
        context.set_default_timeout(20_000)
        page = await context.new_page()
        await page.goto(f"{address}/{scope}")
        await tab_to(page, "Skip to the content")
        await page.keyboard.press("Enter")
        await follow(page, "Sign in")
        await enter(page, "Access token", token)
        assert page.url == f"{address}/{scope}", "back to where they wanted to go"
        yield page
        await follow(page, "Sign out")
        assert page.url == f"{address}/sign-in"
        assert await context.cookies() == []
        await context.close()


async def test_support_works_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    topic = Topic()
    with clock(NOW):
        staffed = Staffed(tmp_path)
        async with _signed_in(staffed, topic, "support", browser, tmp_path) as page:
            told = next(each for each in staffed.lane.statuses[::-1] if each["subject"] == "A")
            await enter(page, "Account or reference number", told["data"]["reference"].lower())
            assert await page.get_by_role("heading", name="Account A").is_visible()
            await tab_to(page, "Records (")
            records = page.locator("details[open]")
            assert await records.count() == 0
            await page.keyboard.press("Enter")
            assert await records.get_by_text("stands at").first.is_visible()
            await tab_to(page, "Ask for a person to look at it")
            await page.keyboard.press("Enter")
            await follow(page, "Send")
            assert await page.get_by_role("heading", name="We have your request").is_visible()
            await follow(page, "Back to the account")
            assert "/support/A?" in page.url
        staffed.close()
    (event,) = topic.of("reviews")
    assert (event["type"], event["subject"]) == ("review.requested", "A")
    assert {each["data"]["by"] for each in topic.of("access")} == {"anna"}


async def test_operations_works_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    topic = Topic()
    with clock(NOW):
        staffed = Staffed(tmp_path)
        async with _signed_in(staffed, topic, "operations", browser, tmp_path) as page:
            passed = await tab_to(page, "Look at them and send them again")
            # What may be wider than the page can be reached, and so moved by the arrow keys.
            assert "Lanes, the furthest behind first" in passed
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            await tab_to(page, "Place 0/7")
            await page.keyboard.press("Space")
            assert await page.get_by_role("checkbox", name="Place 0/7").is_checked()
            await follow(page, "Try: what would happen")
            assert staffed.behind.sent == []
            await follow(page, "Send 1 again")
            assert staffed.behind.sent == [Place(0, 7)]
            assert await page.get_by_role("heading", name="What became of them").is_visible()
        staffed.close()


async def test_audit_works_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    with clock(NOW):
        staffed = Staffed(tmp_path)
        async with _signed_in(staffed, Topic(), "audit", browser, tmp_path) as page:
            await enter(page, "Account or reference number", "A")
            await follow(page, "Verify now")
            assert await page.get_by_text("Equal: what was emitted for this account").is_visible()
            await tab_to(page, "What this shows")
            await page.keyboard.press("Enter")
            assert "What this shows" in await focused(page)
            await tab_to(page, "as JSON")
            async with page.expect_download() as download:
                await page.keyboard.press("Enter")
            document = orjson.loads((await (await download.value).path()).read_bytes())
            assert (document["account_id"], document["verification"]["outcome"]) == ("A", "equal")
            await tab_to(page, "content ")
            await page.keyboard.press("Enter")
            assert await page.locator("details[open] pre").last.is_visible()
        staffed.close()
