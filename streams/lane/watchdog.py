"""Deadlines that hold even when the event loop does not turn: a thread of its own looks at them."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

EXIT_FAILED: Final = 1
_LOOK_S: Final = 0.25

log = logging.getLogger(__name__)

Ender = Callable[[str, BaseException | None], NoReturn]


def end_process(reason: str, error: BaseException | None = None) -> NoReturn:
    """Ends the process now, with the reason as its last log line.

    After a failed, cancelled or late block nobody knows whether its transaction was committed. Only a new process,
    which fences, restores and reads the ledger, finds out: so nothing is unwound here, no exit handler runs.
    """
    log.critical("the worker ends: %s", reason, exc_info=error)
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(EXIT_FAILED)


class Watchdog:
    """Ends the process when something takes longer than it may. One per worker; `start` begins the thread."""

    def __init__(self, end: Ender = end_process) -> None:
        self._end = end
        self._lock = threading.Lock()
        self._deadlines: dict[int, tuple[float, str]] = {}
        self._next = 0
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    @contextmanager
    def within(self, seconds: float, what: str) -> Iterator[None]:
        """What happens inside must be over within `seconds`."""
        with self._lock:
            self._next += 1
            number = self._next
            self._deadlines[number] = (time.monotonic() + seconds, f"{what} took longer than {seconds:g} s")
        try:
            yield
        finally:
            with self._lock:
                del self._deadlines[number]

    def overdue(self) -> str | None:
        """What is late, None when nothing is."""
        now = time.monotonic()
        with self._lock:
            return next((what for deadline, what in self._deadlines.values() if now > deadline), None)

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOK_S)
            late = self.overdue()
            if late is not None:
                self._end(late, None)
