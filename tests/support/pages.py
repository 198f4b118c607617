"""Pages in a real browser: Chromium, and what went wrong in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowserError(Exception):
    """There is no Chromium on this machine."""


def chromium() -> str:
    """The path of this machine's Chromium. Raises NoBrowserError."""
    found = next((path for name in NAMES if (path := shutil.which(name)) is not None), None)
    if found is None:
        raise NoBrowserError("no Chromium on this machine: deploy/scripts/chromium.sh installs Debian's, as root")
    return found


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window, in its sandbox wherever it may have one."""
    async with async_playwright() as playwright:
        # Root has no sandbox. What the browser itself would ask of its maker isn't to be mistaken for a page's request.
        started = await playwright.chromium.launch(
            executable_path=chromium(), chromium_sandbox=os.geteuid() != 0, args=["--disable-background-networking"]
        )
        try:
            yield started
        finally:
            await started.close()


class Watched:
    """A page, with every address that it asked and everything that the browser complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)


async def watched(context: BrowserContext) -> Watched:
    """A new page. Violations of the Content-Security-Policy are complaints of the console."""
    return Watched(await context.new_page())
