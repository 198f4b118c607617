"""Deadlines: they end the process even when its event loop is stuck."""

import subprocess
import sys
import time

import pytest

from streams.lane.watchdog import Watchdog

STUCK = """
import logging, time
from streams.lane.watchdog import Watchdog
logging.basicConfig()
watchdog = Watchdog()
watchdog.start()
with watchdog.within({seconds}, "lane 3: block 7"):
    time.sleep({sleep})
print("over in time")
"""


def run(seconds: float, sleep: float) -> subprocess.CompletedProcess[str]:
    code = STUCK.format(seconds=seconds, sleep=sleep)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)


def test_what_takes_too_long_ends_the_process_with_a_reason() -> None:
    began = time.monotonic()
    done = run(0.2, 15)
    assert done.returncode == 1
    assert "the worker ends: lane 3: block 7 took longer than 0.2 s" in done.stderr
    assert time.monotonic() - began < 10


def test_what_is_over_in_time_does_not() -> None:
    done = run(5, 0.6)
    assert (done.returncode, done.stdout) == (0, "over in time\n")


def test_deadlines_run_side_by_side_and_end_with_their_block() -> None:
    watchdog = Watchdog()
    with watchdog.within(60, "a"):
        with watchdog.within(-1, "b"):
            assert watchdog.overdue() == "b took longer than -1 s"
        assert watchdog.overdue() is None
    with pytest.raises(RuntimeError), watchdog.within(-1, "c"):
        raise RuntimeError
    assert watchdog.overdue() is None
