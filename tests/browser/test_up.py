"""`eligibility up` in a browser: at the address that it prints, everything on the real data, as it happens."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.everybody import check
from tests.support.pages import watched
from tests.support.serving import until_ready
from tests.support.up import Up, on

SECONDS = 60_000


async def test_up_shows_all_of_it_at_its_address(
    browser: Browser, bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    environment = on(bootstrap, topic_prefix)
    with ThreadPoolExecutor(1) as beside, Up(tmp_path, "--workers", "1", "--rate", "20", **environment) as up:
        await asyncio.to_thread(up.until, "event")
        # What it goes on to say is read, or it would wait for its reader.
        beside.submit(lambda: sum(1 for _ in up.lines()))
        address = up.address
        await until_ready(address, 60)
        context = await browser.new_context(locale="en")
        context.set_default_timeout(SECONDS)
        page = await watched(context)

        await check(page, await page.page.goto(address), address)
        account = await _first_message(page.page, address)
        await check(page, await page.page.goto(f"{address}/mailbox/{account}"), address)
        assert await page.page.get_by_role("article").count() >= 1
        await page.page.get_by_role("link", name="The account's page").click()
        await page.page.locator("body[data-link=open]").wait_for()
        assert await page.page.get_by_role("heading", name="Your credit services").is_visible()

        for path in (f"/accounts/{account}", f"/support/{account}", f"/audit/{account}", "/operations"):
            await check(page, await page.page.goto(f"{address}{path}?lang=en"), address)
        # Products by the names that the policy gives them, and the flow of what is being fed.
        for name in await page.page.locator("section[aria-labelledby^=h-] > h2").all_inner_texts():
            assert name.endswith(")"), name
        assert await page.page.locator("#section-flow").is_visible()
        await page.page.get_by_role("link", name="Audit").click()
        await page.page.get_by_label("Account or reference number").fill(account)
        await page.page.get_by_role("button", name="Find").click()
        await page.page.get_by_role("button", name="Verify now").click()
        await expect(page.page.get_by_text("Equal: what was emitted")).to_be_visible(timeout=SECONDS)
        await context.close()


async def _first_message(page: Page, address: str) -> str:
    """The account of the newest message, once there is one."""
    async with asyncio.timeout(60):
        while True:
            await page.goto(f"{address}/mailbox?lang=en")
            if await page.get_by_role("article").count():
                return await page.get_by_role("article").first.get_by_role("link").inner_text()
            await asyncio.sleep(0.2)
