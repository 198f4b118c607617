"""`make screenshots`: each state of a customer's page at two widths, held to the list of points, and the pages of
staff, as small pictures.

python -m tests.browser.screenshots [--only NAME] [--to DIRECTORY]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page

from tests.browser.points import missing
from tests.support.customers import NOW, STATES, State, view_of
from tests.support.pages import browser
from tests.support.served import clock, served, service_of
from tests.support.staff import Staffed
from tests.support.web import Topic

HERE = Path(__file__).parents[2] / "deploy" / "docs" / "screenshots"
WIDTHS = (360, 1280)
ENGLISH = frozenset({"open", "several-reasons", "maintenance", "mixed"})
DARK = frozenset({"observation", "override", "operations"})
STAFF = {"home": "/", "support": "/support/A", "operations": "/operations", "dead-letters": "/operations/dead-letters",
         "audit": "/audit/A"}  # fmt: skip
"""Pages of one system with its staff (`tests.support.staff`), by the names of their pictures."""
SAID = {
    "home": ("Is my credit service open", "Support", "Operations", "Audit"),
    "support": ("Messages that went out", "CALL-20481", "stands at eligibility."),
    "operations": ("Early warnings", "99 of 100 within", "Adverse action", "invalid_json", "newest hour"),
    "dead-letters": ("It is no JSON.", "Send again"),
    "audit": ("Equal: what was emitted", "Download the report", "All records of the account"),
}
"""By name: words that must be on the page, in English."""
COLOURS = 96
HEIGHT_MAX = 4000
TIMEOUT_MS = 5_000


def pictures(name: str) -> Iterator[tuple[str, int, str]]:
    """Language, width and colour scheme of each picture of a state."""
    for lang in ("zh", "en") if name in ENGLISH else ("zh",):
        for width in WIDTHS:
            yield lang, width, "dark" if name in DARK else "light"


async def take(started: Browser, name: str, state: State, to: Path) -> list[str]:
    """All pictures of a state; what its pages lack."""
    lacking = []
    with tempfile.TemporaryDirectory() as directory, clock(NOW):
        view, replica = view_of(state, Path(directory))
        async with served(service_of(view, replica, Topic())) as address:
            for lang, width, scheme in pictures(name):
                context = await started.new_context(
                    viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
                )
                context.set_default_timeout(TIMEOUT_MS)
                page = await context.new_page()
                await page.goto(f"{address}/accounts/A?lang={lang}")
                found = await missing(page.locator("section.card"), state, lang)
                lacking += [f"{name}, {lang}, {width}: no {each}" for each in found]
                lacking += await _unsaid(page, name, state) if lang == "en" else []
                await page.mouse.move(0, 0)
                (to / f"{name}-{lang}-{width}.png").write_bytes(_small(await page.screenshot(full_page=True)))
                await context.close()
        view.store.close()
        replica.store.close()
    return lacking


async def take_staff(started: Browser, names: Collection[str], to: Path) -> list[str]:
    """The pictures of pages beside the customer's; what they lack."""
    lacking = []
    with tempfile.TemporaryDirectory() as directory, clock(NOW):
        staffed = Staffed(Path(directory))
        service = service_of(staffed.view, staffed.replica, Topic(), staffed.desk, staffed.flow)
        await staffed.desk.verify("A")
        async with served(service) as address:
            for name in names:
                for lang, scheme in (("zh", "dark" if name in DARK else "light"), ("en", "light")):
                    for width in WIDTHS:
                        context = await started.new_context(
                            viewport={"width": width, "height": 800},
                            color_scheme="dark" if scheme == "dark" else "light",
                        )
                        page = await context.new_page()
                        await page.goto(f"{address}{STAFF[name]}?lang={lang}")
                        if lang == "en":
                            text = await page.locator("main").inner_text()
                            await _open(page)
                            text += await page.locator("main").inner_text()
                            lacking += [f"{name}: {each!r} is not said" for each in SAID[name] if each not in text]
                            await page.reload()
                        await page.mouse.move(0, 0)
                        (to / f"{name}-{lang}-{width}.png").write_bytes(_small(await page.screenshot(full_page=True)))
                        await context.close()
        staffed.close()
    return lacking


async def _open(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")


async def _unsaid(page: Page, name: str, state: State) -> list[str]:
    text = await page.locator("main").inner_text()
    return [f"{name}: {each!r} is not said" for each in state.said if each not in text]


def _small(png: bytes) -> bytes:
    """The picture with few colours: text on plain ground needs no more."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, HEIGHT_MAX)))
    out = io.BytesIO()
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


async def main(only: str | None, to: Path) -> int:
    lacking = []
    async with browser() as started:
        for name, state in STATES.items():
            if only in (None, name):
                lacking += await take(started, name, state, to)
        lacking += await take_staff(started, [name for name in STAFF if only in (None, name)], to)
    for line in lacking:
        print(line, file=sys.stderr)  # noqa: T201 - a command
    return 1 if lacking else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=sorted([*STATES, *STAFF]))
    parser.add_argument("--to", type=Path, default=HERE)
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main(asked.only, asked.to)))
