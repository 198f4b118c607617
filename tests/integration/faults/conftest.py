"""Figures that tests of faults measure are shown at the end of the run, also from parallel processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

FIGURE = "figure"


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes one line with a figure."""
    return lambda line: record_property(FIGURE, line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test of this folder first, so that what runs beside it ends with it."""
    items.sort(key=lambda item: not (item.path.parent == Path(__file__).parent and item.path.stem == "test_watchdog"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows the figures of all tests, passed or not."""
    reports = [one for found in terminalreporter.stats.values() for one in found if hasattr(one, "user_properties")]
    figures = [value for one in reports for name, value in one.user_properties if name == FIGURE and one.when == "call"]
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.write_line(str(figure))
