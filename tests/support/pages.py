"""Pages in a real browser: Chromium, what went wrong in it, and its use by keyboard alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

TABS_MAX = 120
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


# By keyboard alone


async def tab_to(page: Page, name: str) -> list[str]:
    """Tab until something of a name has the focus, seen by a visible mark; what was passed."""
    passed: list[str] = []
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        passed.append(await focused(page))
        # Behind the last one nothing has the focus, then the first one.
        marked = "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle"
        assert await page.evaluate(marked) != "none", f"the focus on {passed[-1]!r} can be seen"
        if name in passed[-1]:
            return passed
    raise AssertionError(f"{name!r} is not among {passed}")


async def follow(page: Page, name: str) -> None:
    """Tab to a link or button of a name and press Enter; the page that it leads to is there."""
    await tab_to(page, name)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def enter(page: Page, field: str, text: str) -> None:
    """Tab to a field by its label, write into it, and press Enter; the page that it leads to is there."""
    await tab_to(page, field)
    await page.keyboard.type(text)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def focused(page: Page) -> str:
    """The name of what has the focus: its label, else its text; nothing where nothing has it."""
    text: str = await page.evaluate(
        "(each => each === document.body ? '' : each.ariaLabel || each.labels?.[0]?.innerText || each.innerText || '')"
        "(document.activeElement)"
    )
    return " ".join(text.split())
