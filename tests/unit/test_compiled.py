"""The core compiled to native modules: that it is, where that is meant, and that blocks don't tell the difference."""

import os
import subprocess
import sys
from pathlib import Path

from streams.codec.engine import engine
from tests.support.compiled import is_compiled

TOP = Path(__file__).parents[2]
TELL = (
    "from streams.codec.engine import engine; from tests.support.compiled import is_compiled; "
    "print(is_compiled(), engine()['digest'])"
)


def test_with_safe_path_the_process_runs_compiled() -> None:
    """`make test-compiled` sets it, and would otherwise test the sources a second time."""
    assert is_compiled() is bool(os.environ.get("PYTHONSAFEPATH"))


def test_the_engine_of_a_block_is_the_same_compiled_or_not() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONSAFEPATH", "PYTHONPATH")}
    command = (sys.executable, "-c", TELL)
    told = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False", engine()["digest"]]
