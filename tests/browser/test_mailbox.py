"""The mailbox of `eligibility up` in a browser, its ledger of notices in the real Kafka."""

from pathlib import Path

from playwright.async_api import Browser

from streams.codec.canonical import canonical
from streams.notify.asking import messages, read_entries
from streams.notify.owner import LEDGER
from streams.publish import Outgoing, publisher
from streams.settings import Settings, WebSettings
from tests.browser.everybody import SCHEMES, check
from tests.support.customers import NOW
from tests.support.pages import watched
from tests.support.served import clock, served, service_of
from tests.support.staff import Staffed
from tests.support.web import Topic


async def test_the_mailbox_is_for_everybody_and_leads_to_the_accounts_page_and_back(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    with clock(NOW):
        staffed = Staffed(tmp_path)
        service = service_of(staffed.view, staffed.replica, Topic())
        service.settings = settings.model_copy(update={"web": WebSettings(open=True)})
        async with served(service) as address:
            context = await browser.new_context(locale="en")
            page = await watched(context)
            await check(page, await page.page.goto(f"{address}/mailbox"), address)
            assert await page.page.get_by_text("Nothing has been told yet.").is_visible()
            await context.close()

            async with publisher(settings, [LEDGER]) as sink:
                entries = staffed.behind.entries
                await sink.send(Outgoing(LEDGER, e.subject.encode(), canonical(e.document()), None) for e in entries)
            sent = messages(await read_entries(settings, "A"))
            assert sent, "otherwise there is nothing to look for"

            for scheme in SCHEMES:
                for lang, width in (("zh", 320), ("en", 320), ("en", 1280)):
                    context = await browser.new_context(
                        viewport={"width": width, "height": 800},
                        color_scheme="dark" if scheme == "dark" else "light",
                        locale="en-GB" if lang == "en" else "zh-CN",
                    )
                    page = await watched(context)
                    for path in ("/mailbox", "/mailbox/A"):
                        await check(page, await page.page.goto(address + path), address)
                    await context.close()

            # Without scripts: from the first page to the account's, to its messages, and back.
            context = await browser.new_context(java_script_enabled=False, locale="en")
            plain = await context.new_page()
            await plain.goto(f"{address}/?lang=en")
            await plain.get_by_label("Account").fill("A")
            await plain.get_by_role("button", name="Show").click()
            await plain.get_by_role("link", name="Mailbox").click()
            assert await plain.get_by_role("article").count() == len(sent)
            newest = plain.get_by_role("article").first
            words = sent[-1].attempted.content
            heading = newest.get_by_role("heading", level=2)
            assert await heading.inner_text() == words.title
            assert await heading.get_attribute("lang") == sent[-1].attempted.language
            shown = await newest.inner_text()
            assert all(line in shown for line in words.body.splitlines() if line), "in the words that were sent"
            await plain.get_by_role("link", name="中文").click()
            assert await plain.get_by_role("heading", level=1).inner_text() == "消息箱"
            assert await heading.inner_text() == words.title, "a message stays in the language in which it was sent"
            await plain.get_by_role("link", name="所有账户").click()
            assert await plain.get_by_role("article").count() > len(sent)
            await context.close()
        staffed.close()
