"""`make screenshots`: each state of a customer's page at two widths, held to the list of points, as small pictures.

python -m tests.browser.screenshots [--only NAME] [--to DIRECTORY]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page

from tests.browser.points import missing
from tests.support.customers import NOW, STATES, State, view_of
from tests.support.pages import browser
from tests.support.served import clock, served, service_of
from tests.unit.web.test_api import Topic

HERE = Path(__file__).parents[2] / "deploy" / "docs" / "screenshots"
WIDTHS = (360, 1280)
ENGLISH = frozenset({"open", "several-reasons", "maintenance", "mixed"})
DARK = frozenset({"observation", "override"})
COLOURS = 64
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
    for line in lacking:
        print(line, file=sys.stderr)  # noqa: T201 - a command
    return 1 if lacking else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=sorted(STATES))
    parser.add_argument("--to", type=Path, default=HERE)
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main(asked.only, asked.to)))
