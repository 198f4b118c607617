"""What holds of every page: axe finds nothing, the Content-Security-Policy holds, nobody else is asked, it fits."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Response

from tests.support.pages import Watched

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
SCHEMES = ("light", "dark")


async def check(page: Watched, answer: Response | None, address: str, codes: tuple[int, ...] = (200,)) -> None:
    """All that holds of every page."""
    assert answer is not None
    assert answer.status in codes
    await page.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    found = await Axe().run(page.page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert all(each.startswith(address) for each in page.asked), page.asked
    policy = (await answer.all_headers())["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    # What the console says of a page that isn't there is its status only.
    assert [each for each in page.complaints if "Failed to load resource" not in each] == []
    assert await page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing stands out sideways"
