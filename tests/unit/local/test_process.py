"""A background process known by its lock."""

import os
import signal
import sys
from pathlib import Path

import pytest

from streams.local.process import LockedProcess

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


def _await_output(log: Path) -> None:
    while not log.exists() or b"up" not in log.read_bytes():
        pass


def test_a_process_is_seen_by_others_until_it_ends(tmp_path: Path) -> None:
    process, other = LockedProcess(tmp_path / "pid"), LockedProcess(tmp_path / "pid")
    assert process.pid is None
    pid = process.start(SLEEPER, tmp_path / "log")
    assert process.pid == other.pid == pid
    with pytest.raises(BlockingIOError):
        other.start(SLEEPER, tmp_path / "log")
    assert other.stop(10)
    assert process.pid is None


def test_a_killed_process_is_gone_though_its_file_is_there(tmp_path: Path) -> None:
    process = LockedProcess(tmp_path / "pid")
    os.kill(process.start(SLEEPER, tmp_path / "log"), signal.SIGKILL)
    assert process.wait(10)
    assert (tmp_path / "pid").read_text().strip().isdigit()


def test_a_process_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    process = LockedProcess(tmp_path / "pid")
    process.start(STUBBORN, tmp_path / "log")
    _await_output(tmp_path / "log")
    assert not process.stop(0.3)
    assert process.pid is None


def test_an_old_file_whose_number_belongs_to_another_process_is_no_sign_of_life(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(f"{os.getpid()}\n")
    assert LockedProcess(tmp_path / "pid").pid is None
