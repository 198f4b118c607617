"""Every page in a browser: axe finds nothing, the Content-Security-Policy holds, nobody else is asked, it fits a phone.

A page that is added belongs into PAGES.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.everybody import SCHEMES, check
from tests.support.customers import NOW, STATES, view_of
from tests.support.pages import watched
from tests.support.served import clock, served, service_of
from tests.support.staff import Staffed
from tests.support.web import Topic

PAGES = {
    "customer, closed": ("several-reasons", "/accounts/A"),
    "customer, mixed": ("mixed", "/accounts/A"),
    "customer, maintenance": ("maintenance", "/accounts/A"),
    "customer, a dispute": ("dispute", "/accounts/A"),
    "reasons": ("open", "/reasons"),
    "reason": ("open", "/reasons/REP-01"),
    "no such account": ("open", "/accounts/NOBODY"),
}
"""By name: the state that its world is in, and its path."""
STAFF = {
    "first page": "/",
    "support, search": "/support?q=NOBODY",
    "support": "/support/A",
    "operations": "/operations",
    "dead letters": "/operations/dead-letters",
    "audit, search": "/audit",
    "audit": "/audit/A",
    "audit, sign in": "/sign-in",
}
"""Pages of a system with its staff: their paths."""
FORMS = ("requests", "what-if", "feedback")
"""Pages that answer a form of the customer's page: the end of its address."""


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_for_everybody(name: str, scheme: str, browser: Browser, tmp_path: Path) -> None:
    state, path = PAGES[name]
    view, replica = view_of(STATES[state], tmp_path)
    with clock(NOW):
        async with served(service_of(view, replica, Topic())) as address:
            for lang, width in (("zh", 320), ("en", 320), ("en", 1280)):
                context = await browser.new_context(
                    viewport={"width": width, "height": 800},
                    color_scheme="dark" if scheme == "dark" else "light",
                    reduced_motion="reduce",
                    locale="en-GB" if lang == "en" else "zh-CN",
                )
                page = await watched(context)
                answer = await page.page.goto(f"{address}{path}?lang={lang}")
                await check(page, answer, address, (200, 404))
                await context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_pages_of_staff_are_for_everybody(scheme: str, browser: Browser, tmp_path: Path) -> None:
    with clock(NOW):
        staffed = Staffed(tmp_path)
        async with served(
            service_of(staffed.view, staffed.replica, Topic(), staffed.desk, staffed.flow, requests_per_second=1e6)
        ) as address:
            await staffed.desk.verify("A")
            for path in STAFF.values():
                for lang, width in (("zh", 320), ("en", 320), ("en", 1280)):
                    context = await browser.new_context(
                        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
                    )
                    page = await watched(context)
                    answer = await page.page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
                    await check(page, answer, address, (200, 404))
                    await context.close()
        staffed.close()


@pytest.mark.parametrize("form", FORMS)
async def test_what_answers_a_form_is_for_everybody_and_works_without_scripts(
    form: str, browser: Browser, tmp_path: Path
) -> None:
    view, replica = view_of(STATES["several-reasons"], tmp_path)
    topic = Topic()
    with clock(NOW):
        async with served(service_of(view, replica, topic)) as address:
            for scheme in SCHEMES:
                context = await browser.new_context(
                    java_script_enabled=True, color_scheme="dark" if scheme == "dark" else "light"
                )
                # The page's own script is kept away: axe needs the engine, the page must not.
                await context.route("**/assets/live.js", lambda route: route.abort())
                page = await watched(context)
                await page.page.goto(f"{address}/accounts/A?lang=en")
                async with page.page.expect_navigation() as navigation:
                    await _fill(page.page, form)
                assert await page.page.get_by_role("heading", level=1).count() == 1
                await check(page, await navigation.value, address)
                await page.page.get_by_role("link", name="Back to your services").click()
                assert await page.page.get_by_role("heading", name="Your credit services").is_visible()
                await context.close()
    published = {"requests": {"reviews"}, "what-if": set(), "feedback": {"feedback"}}[form]
    assert {each.topic for each in topic.records} == {"access"} | published


async def _fill(page: Page, form: str) -> None:
    match form:
        case "requests":
            await page.get_by_text("Dispute something that is wrong", exact=True).click()
            await page.get_by_label("What is wrong").select_option("INQ-01")
            await page.get_by_role("button", name="Send Dispute").click()
        case "what-if":
            await page.get_by_text("Try: what would happen if …", exact=True).first.click()
            await page.get_by_label("Amount").fill("1280.00")
            await page.get_by_role("button", name="Try it").click()
        case _:
            await page.get_by_text("Was this clear?", exact=True).first.click()
            await page.get_by_label("Partly").check()
            await page.get_by_role("button", name="Send Was this clear?").click()
