"""Answers that take a while, such as those that the brokers give: asked for once at a time, kept for some seconds.

Who asks waits a bounded time. Where it is over, the work goes on, and the next who asks has its answer.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from streams.publish import PublishError
from streams.reading import ReadError

T = TypeVar("T")
KEYS_MAX: Final = 256


class Answer(NamedTuple, Generic[T]):
    """What is known. `value` is None where nothing is; `asked_at` (s, monotonic) is of the value.

    `error` says why the last attempt failed; `underway`: another one has not ended yet.
    """

    value: T | None
    asked_at: float | None = None
    error: str | None = None
    underway: bool = False


@dataclass(slots=True)
class _Kept(Generic[T]):
    value: T | None = None
    asked_at: float | None = None
    error: str | None = None
    task: asyncio.Task[None] | None = None


class Memory(Generic[T]):
    """Answers by key, the newest KEYS_MAX, on one event loop."""

    def __init__(self, keep_s: float, wait_s: float, now: Callable[[], float] = time.monotonic) -> None:
        """An answer is asked for anew once it is `keep_s` old; who asks waits `wait_s` at most."""
        self._keep, self._wait, self._now = keep_s, wait_s, now
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()

    async def get(self, key: str, ask: Callable[[], Awaitable[T]]) -> Answer[T]:
        """The answer: one that is kept, or a new one within the time; else what is known so far.

        Raises what `ask` raises, but for the errors of the brokers, which are told.
        """
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        old = kept.asked_at is None or self._now() - kept.asked_at >= self._keep
        if old and kept.task is None:
            kept.task = asyncio.create_task(self._ask(kept, ask))
        if kept.task is not None:
            done, _ = await asyncio.wait([kept.task], timeout=self._wait)
            for task in done:
                task.result()
        self._shrink()
        return self.known(key)

    def known(self, key: str) -> Answer[T]:
        """What is known without asking."""
        kept = self._kept.get(key)
        if kept is None:
            return Answer(None)
        return Answer(kept.value, kept.asked_at, kept.error, kept.task is not None)

    def forget(self, key: str) -> None:
        """The next who asks gets a new answer, unless one is underway."""
        kept = self._kept.get(key)
        if kept is not None:
            kept.asked_at = None

    async def _ask(self, kept: _Kept[T], ask: Callable[[], Awaitable[T]]) -> None:
        asked_at = self._now()
        try:
            kept.value, kept.asked_at, kept.error = await ask(), asked_at, None
        except (ReadError, PublishError) as error:
            kept.error = str(error)
        finally:
            kept.task = None

    def _shrink(self) -> None:
        idle = [key for key, kept in self._kept.items() if kept.task is None]
        for key in idle[: max(len(self._kept) - KEYS_MAX, 0)]:
            del self._kept[key]
