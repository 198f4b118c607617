"""A worker's log: one line an event on stderr, no flood from clients that reconnect, and nothing personal."""

import copy
import logging
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal

import orjson
from aiokafka.errors import KafkaError

from streams.codec.state import StateError
from streams.lane.errors import LaneError
from streams.settings import SettingsError

_PERIOD_S: Final = 10.0
_PER_PERIOD: Final = 20
_KINDS_MAX: Final = 1_000
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
# Exceptions whose messages hold numbers, places and addresses, nothing out of a record.
_OPEN: Final = (KafkaError, LaneError, SettingsError, StateError, OSError)

log = logging.getLogger(__name__)


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


class Discreet(logging.Formatter):
    """A line of text for each record, without what may be personal.

    Our own messages hold numbers, places and codes, as Kafka's do. What an arbitrary exception says may be a key or a
    value of somebody's record: of such a one only its class and its frames are told.
    """

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, a traceback on further lines."""
        plain = _discreet(record)
        if record.exc_info and record.exc_info[1] is not None:
            plain.exc_text = "\n".join(told(record.exc_info[1]))
        return super().format(plain)


class JsonLines(logging.Formatter):
    """A JSON object on one line for each record: time (UTC), level, logger, message, and error, a list of lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _discreet(record).getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = list(told(record.exc_info[1]))
        return orjson.dumps(line, default=repr).decode()


def told(error: BaseException) -> Iterator[str]:
    """An exception for a log: class, message where that can't be personal, frames; then what it came from."""
    yield summary(error)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from told(each)
    former = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if former is not None:
        yield "from:"
        yield from told(former)


def summary(error: BaseException) -> str:
    """The class of an exception, and its message where that can't be personal."""
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    return f"{name}: {error}" if isinstance(error, _OPEN) and str(error) else name


def set_up(level: str, form: Literal["text", "json"] = "text") -> None:
    """Logs to stderr from `level` on; clients and Faust from warnings on, rate limited. Uncaught exceptions too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Discreet())
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    logging.getLogger("streams").setLevel(level.upper())
    logging.getLogger("aiokafka").handlers.clear()
    sys.excepthook = _uncaught
    threading.excepthook = lambda arguments: _uncaught(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def _uncaught(_: type[BaseException], error: BaseException | None, __: TracebackType | None) -> None:
    log.critical("uncaught", exc_info=error)


def _discreet(record: logging.LogRecord) -> logging.LogRecord:
    """A copy whose message shows exceptions by `summary` alone, without a traceback."""
    plain = copy.copy(record)
    plain.exc_info = plain.exc_text = None
    if isinstance(plain.args, tuple):
        plain.args = tuple(summary(each) if isinstance(each, BaseException) else each for each in plain.args)
    if plain.name == "asyncio":  # its further lines show tasks with the exceptions in them
        plain.msg, plain.args = plain.getMessage().partition("\n")[0], ()
    return plain
