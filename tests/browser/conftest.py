"""A browser for each test, and the real Kafka of the integration tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.integration.conftest import bootstrap, kafka, settings, topic_prefix
from tests.support import pages

__all__ = ["bootstrap", "kafka", "settings", "topic_prefix"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here needs a browser, so none is run but by `make browser`."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with pages.browser() as started:
        yield started
