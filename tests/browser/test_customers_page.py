"""The customer's page in a browser: its points by role in both languages, without scripts, and by keyboard alone."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.points import missing
from tests.support.customers import NOW, STATES, view_of
from tests.support.pages import focused, tab_to, watched
from tests.support.served import clock, served, service_of
from tests.support.web import Topic


@pytest.mark.parametrize("name", STATES)
async def test_a_state_shows_its_points_in_both_languages(name: str, browser: Browser, tmp_path: Path) -> None:
    view, replica = view_of(STATES[name], tmp_path)
    with clock(NOW):
        async with served(service_of(view, replica, Topic())) as address:
            for lang, width in (("zh", 360), ("en", 1280)):
                context = await browser.new_context(viewport={"width": width, "height": 800}, locale=lang)
                context.set_default_timeout(10_000)
                page = await context.new_page()
                # The browser's language is what is asked for.
                await page.goto(f"{address}/accounts/A")
                assert await page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
                assert await missing(page.locator("section.card"), STATES[name], lang) == []
                await context.close()


async def test_one_link_leads_to_the_other_language_and_back(browser: Browser, tmp_path: Path) -> None:
    view, replica = view_of(STATES["open"], tmp_path)
    with clock(NOW):
        async with served(service_of(view, replica, Topic())) as address:
            page = await browser.new_page()
            await page.goto(f"{address}/accounts/A?lang=en&offers=hide")
            await page.get_by_role("link", name="中文").click()
            assert await page.get_by_role("heading", name="您的信贷服务").is_visible()
            assert "offers=hide" in page.url
            await page.get_by_role("link", name="English").click()
            assert await page.get_by_role("heading", name="Your credit services").is_visible()


async def test_without_scripts_the_page_says_and_does_the_same(browser: Browser, tmp_path: Path) -> None:
    view, replica = view_of(STATES["several-reasons"], tmp_path)
    topic = Topic()
    with clock(NOW):
        async with served(service_of(view, replica, topic)) as address:
            context = await browser.new_context(java_script_enabled=False, locale="en")
            page = await context.new_page()
            await page.goto(f"{address}/accounts/A")
            assert await missing(page.locator("section.card"), STATES["several-reasons"], "en") == []
            await page.get_by_text("Ask for a person to look at it", exact=True).click()
            await page.get_by_role("button", name="Send Ask for a person").click()
            assert await page.get_by_role("heading", name="We have your request").is_visible()
            number = await page.locator("b.code").inner_text()
            await page.reload()  # the form once more, with the same key
            assert await page.locator("b.code").inner_text() == number
    (event,) = topic.of("reviews")
    assert (event["type"], event["data"]["review_id"]) == ("review.requested", number)


async def test_everything_is_reached_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    view, replica = view_of(STATES["several-reasons"], tmp_path)
    topic = Topic()
    with clock(NOW):
        async with served(service_of(view, replica, topic)) as address:
            page = (await watched(await browser.new_context(locale="en"))).page
            await page.goto(f"{address}/accounts/A")
            await page.keyboard.press("Tab")
            assert await focused(page) == "Skip to the content"
            assert await page.get_by_role("link", name="Skip to the content").is_visible()
            await page.keyboard.press("Enter")
            passed = await tab_to(page, "Dispute something that is wrong")
            for each in (
                "How this works",
                "All rules, one by one",
                "Try: what would",
                "Ask for an explanation",
            ):
                assert any(each in name for name in passed), (each, passed)
            await page.keyboard.press("Enter")
            await tab_to(page, "What is wrong")
            await page.keyboard.press("ArrowDown")
            await tab_to(page, "Send")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="We have your request").wait_for()
    (event,) = topic.of("reviews")
    assert event["data"]["about"] == "IDN-02"
