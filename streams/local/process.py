"""A background process that is known by a lock, not by a number: a reused process id is never mistaken for it."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

POLL_SECONDS = 0.02
_LOOKS_MAX = 10


class LockedProcess:
    """One process that holds a lock on a file for as long as it lives; the file's text is its process id.

    The lock is taken here and inherited by the process, so the kernel gives it back at the process's death, however
    it died. Any other program may look at the same file and learn whether the process runs.
    """

    def __init__(self, pid_file: Path) -> None:
        self.pid_file = pid_file
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> int:
        """Starts the command in a session of its own, its output appended to `log`; returns its process id.

        `environment` replaces this process's. Raises BlockingIOError when the process runs already.
        """
        lock = os.open(self.pid_file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(lock)
            self._collect()
            os.ftruncate(lock, 0)
            with log.open("ab") as output:
                self._child = subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
            os.pwrite(lock, f"{self._child.pid}\n".encode(), 0)
        finally:
            os.close(lock)
        return self._child.pid

    @property
    def pid(self) -> int | None:
        """The process id while the process runs, else None."""
        try:
            lock = os.open(self.pid_file, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _number(lock)
        else:
            self._collect()
            return None
        finally:
            os.close(lock)

    def _collect(self) -> None:
        """Takes the exit of a child of ours, which has given the lock back and thus is at its end."""
        if self._child is not None:
            self._child.wait()
            self._child = None

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process, if it runs."""
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait(self, seconds: float) -> bool:
        """Waits until the process has ended; False when it still runs after `seconds`."""
        end = time.monotonic() + seconds
        while self.pid is not None:
            if time.monotonic() >= end:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def stop(self, seconds: float, number: signal.Signals = signal.SIGTERM) -> bool:
        """Asks the process to end and kills it after `seconds`; True when it ended by itself."""
        self.send_signal(number)
        ended = self.wait(seconds)
        if not ended:
            self.send_signal(signal.SIGKILL)
            self.wait(seconds)
        return ended


@contextlib.contextmanager
def held(pid_file: Path) -> Iterator[None]:
    """This process itself as the one that holds the lock on the file, until the block ends.

    Raises BlockingIOError when another process holds it.
    """
    lock = os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(lock)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    """Takes the lock; one that only looks at the file holds it for a moment, so a refusal is tried again."""
    for _ in range(_LOOKS_MAX):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_SECONDS)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _number(lock: int) -> int | None:
    """The process id in a locked file; between lock and number lies the moment of the start."""
    for _ in range(_LOOKS_MAX):
        if text := os.pread(lock, 32, 0).strip():
            return int(text)
        time.sleep(POLL_SECONDS)
    return None
