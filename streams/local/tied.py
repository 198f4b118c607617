"""Processes that end when this one has ended, in whatever way: by SIGKILL, say, when it can't end them itself.

A helper holds each by a pidfd, so that a number used again is never mistaken for it, and kills them when its standard
input ends, whose other end nobody but this process has. Where there are no pidfds (not Linux) nothing is tied.
"""

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from functools import cache

_lock = threading.Lock()


def tie(pid: int) -> None:
    """From now on this process of this user ends with ours. From any thread."""
    if not hasattr(os, "pidfd_open"):
        return
    with _lock:
        stdin = _helper().stdin
        assert stdin is not None, "it was started with one"
        stdin.write(b"%d\n" % pid)
        stdin.flush()


@cache
def _helper() -> subprocess.Popen[bytes]:
    # a session of its own: what ends a group of processes, Ctrl-C for one, mustn't end it before the others
    command = [sys.executable, "-I", "-S", __file__]
    helper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    atexit.register(_end, helper)
    return helper


def _end(helper: subprocess.Popen[bytes]) -> None:
    assert helper.stdin is not None, "it was started with one"
    helper.stdin.close()
    helper.wait()


def _watch(lines: Iterable[bytes]) -> None:
    """The helper's whole life: a line for each process, and at their end the end of all."""
    tied: list[int] = []
    for line in lines:
        with contextlib.suppress(ProcessLookupError):
            tied.append(os.pidfd_open(int(line)))
        for ended in select.select(tied, [], [], 0)[0]:
            tied.remove(ended)
            os.close(ended)
    for process in tied:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)


if __name__ == "__main__":
    _watch(sys.stdin.buffer)
