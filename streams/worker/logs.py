"""A worker's log: one line an event on stderr, and no flood from clients that reconnect."""

import logging
import sys
import time
from typing import Final

_PERIOD_S: Final = 10.0
_PER_PERIOD: Final = 20
_KINDS_MAX: Final = 1_000
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class RateLimit(logging.Filter):
    """Lets `count` records of each message template through in `period_s` seconds, then says how many it kept back.

    aiokafka reconnects without a pause: 20,000 lines in half a minute were seen while a broker was away.
    """

    def __init__(self, count: int = _PER_PERIOD, period_s: float = _PERIOD_S) -> None:
        super().__init__()
        self._count = count
        self._period_s = period_s
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Is this record to be shown?"""
        now = time.monotonic()
        kind = (record.name, str(record.msg))
        if len(self._seen) >= _KINDS_MAX:
            self._seen.clear()  # texts with values in them would fill the memory otherwise
        began, count = self._seen.get(kind, (now, 0))
        if now - began >= self._period_s:
            if count > self._count:
                record.msg = f"{record.msg} [{count - self._count} more of these were not shown]"
            began, count = now, 0
        self._seen[kind] = (began, count + 1)
        return count < self._count


def set_up(level: str) -> None:
    """Logs to stderr from `level` on; clients and Faust from warnings on, rate limited."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("streams").setLevel(level.upper())
    logging.getLogger("aiokafka").handlers.clear()
