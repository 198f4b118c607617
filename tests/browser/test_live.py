"""The page beside a real Kafka, worker and status service: it follows, and goes on after a lost connection."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, Request

from schemas.instants import instant_text
from streams.messages import now_ms, outgoing
from streams.publish import publisher
from streams.settings import Settings, WebSettings
from tests.support.core import policy, rule
from tests.support.pages import watched
from tests.support.processes import REAL, WorkerProcess, Workers, eligibility, workers

POLICY = policy(
    rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
    rule("identity", "identity.level", "LIMITED", "IDN-01", at_least=2, unknown="LIMITED", unknown_reason="IDN-01"),
)
SECONDS = 60_000


async def test_a_page_follows_events_and_misses_nothing_after_a_lost_connection(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    await _history(settings, tmp_path)
    web = WebSettings(address=f"127.0.0.1:{_free_port()}", open=True, directory=tmp_path / "web", heartbeat_s=1)
    with workers(tmp_path, settings.model_copy(update={"web": web})) as started:
        started.start(REAL)
        service, address = await _served(started)
        context = await browser.new_context(locale="en")
        context.set_default_timeout(SECONDS)
        page = await watched(context)
        await page.page.goto(f"{address}/accounts/A")
        await page.page.locator("body[data-link=open]").wait_for()
        await _says(page.page, "limited")
        await page.page.get_by_text("All rules, one by one").click()

        # An event, and the page says it by itself; what was open stays open, and it is told politely.
        await _send(settings, "identity.verified", {"level": 2})
        await _says(page.page, "open")
        told = page.page.get_by_role("status")
        assert await told.inner_text() == "Updated: A: open"
        assert await told.get_attribute("aria-live") == "polite"
        assert await page.page.get_by_role("table").is_visible()
        assert sum(url.endswith("/accounts/A") for url in page.asked) == 2, "fetched once, not loaded again"

        # The connection is lost, and meanwhile something happens.
        assert await asyncio.to_thread(service.terminate) == 0, service.log
        await page.page.locator("body[data-link=lost]").wait_for()
        assert "connection is interrupted" in await told.inner_text()
        await _send(settings, "identity.revoked", {"reason": "the document was lost"})
        last = await page.page.locator("body").get_attribute("data-place")
        asked: list[Request] = []
        page.page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - playwright marks what it is given
        await _served(started)
        await page.page.locator("body[data-link=open]").wait_for()
        await _says(page.page, "limited")
        streams = [each for each in asked if "/events" in each.url]
        assert streams, "the page listened again"
        assert last is not None
        places = [(await each.all_headers()).get("last-event-id") for each in streams[-1:]]
        assert places == [last] or f"after={last}" in streams[-1].url, (last, places, streams[-1].url)
        assert page.page.url == f"{address}/accounts/A", "and was never loaded anew"
        await context.close()


def _free_port() -> int:
    """The same address before and after the service was away."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


async def _history(settings: Settings, directory: Path) -> None:
    at = instant_text(now_ms() - 86_400_000)
    opened = {"specversion": "1.0", "id": "o", "source": "/test", "type": "account.opened", "subject": "A", "time": at}
    (directory / "events.ndjson").write_text(json.dumps({**opened, "data": {}}) + "\n", encoding="utf-8")
    (directory / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    done = await eligibility(settings, "send", "--history", "--policy", "policy.json", "events.ndjson", cwd=directory)
    assert done.returncode == 0, done.stderr


async def _served(started: Workers) -> tuple[WorkerProcess, str]:
    """A status service that answers, and knows the account."""
    process = started.start(("-m", "streams.cli", "web"))
    await asyncio.to_thread(process.until_logged, "status service at ", 60)
    address = process.log.split("status service at ")[1].split()[0]
    async with httpx.AsyncClient(base_url=address) as client, asyncio.timeout(60):
        while (await client.get("/api/accounts/A/status")).status_code != 200:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
    return process, address


async def _send(settings: Settings, kind: str, data: dict[str, Any]) -> None:
    async with publisher(settings, ("identity",)) as sink:
        await sink.send([outgoing(kind, f"{kind}-1", "/test", "A", now_ms(), data)])


async def _says(page: Page, word: str) -> None:
    """The product's status becomes this word; the page isn't loaded again."""
    await page.locator("[data-point=status]", has_text=word).filter(has_not_text=f"not {word}").wait_for()
