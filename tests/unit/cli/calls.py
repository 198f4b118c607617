"""The command line called in this process: exit code, what went to stdout and to stderr."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from streams.cli import main


class Called(NamedTuple):
    """What a call left behind."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object) -> Called:
    """`eligibility` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["eligibility", *map(str, arguments)])
    capsys.readouterr()
    with _collector_as_before(), pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    code = ended.value.code
    return Called(code if isinstance(code, int) else 0, told.out, told.err)


@contextmanager
def _collector_as_before() -> Iterator[None]:
    """A batch command settles the collector for its process, which here is the tests'."""
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
