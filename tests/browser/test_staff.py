"""What staff do on their pages, without scripts: dead letters sent again, an account verified, a report downloaded."""

from pathlib import Path

import orjson
from playwright.async_api import Browser

from streams.deadletters.letters import Place
from tests.support.customers import NOW
from tests.support.served import clock, served, service_of
from tests.support.staff import Staffed
from tests.unit.web.test_api import Topic


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
