"""Lanes over processes: each lane is a task of its own, so that memory is bounded by the lanes under way."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from ctypes import c_longlong
from multiprocessing import get_context
from typing import Any, Final, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
_TOLD_S: Final = 1.0


class Work(Protocol[T_co]):
    """What is done for each lane; it can be handed to another process."""

    async def lane(self, lane: int, tell: Callable[[int], None]) -> T_co:
        """One lane; `tell` gets the number of records done so far."""


class Progress:
    """Told now and then: records done of some total, their rate and the time that the rest takes."""

    def __init__(self, total: int, say: Callable[[str], object], every_s: float = 5.0) -> None:
        """`total` may count offsets that hold no record; it is an estimate."""
        self._total = total
        self._say = say
        self._every_s = every_s
        self._began = self._told = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._told < self._every_s:
            return
        self._told = now
        rate = done / (now - self._began)
        left = max(self._total - done, 0)
        remaining = f", about {left / rate:,.0f} s left" if rate else ""
        self._say(f"{done:,} of about {self._total:,} records, {rate:,.0f} a second{remaining}")


def run(work: Work[T], lanes: Sequence[int], processes: int, progress: Callable[[int], None]) -> list[T]:
    """The results of the lanes, in their order; with one process all is done in this one."""
    settle_collector()
    if processes == 1 or len(lanes) == 1:
        return asyncio.run(_here(work, lanes, progress))
    # A copy of this process begins at once; where other threads may hold locks, only a new one is safe.
    context = get_context("fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn")
    done = context.Array(c_longlong, len(lanes))
    workers = min(processes, len(lanes))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(done,)) as pool:
        futures = [pool.submit(_there, work, lane, place) for place, lane in enumerate(lanes)]
        left = set(futures)
        while left:
            _, left = wait(left, timeout=_TOLD_S, return_when=FIRST_COMPLETED)
            progress(sum(done[:]))
        return [future.result() for future in futures]


def settle_collector() -> None:
    """A batch makes no cycles: the collector would only look at millions of live objects again and again."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


async def _here(work: Work[T], lanes: Sequence[int], progress: Callable[[int], None]) -> list[T]:
    results, before, latest = [], 0, 0

    def tell(done: int) -> None:
        nonlocal latest
        latest = done
        progress(before + done)

    for lane in lanes:
        results.append(await work.lane(lane, tell))
        before, latest = before + latest, 0
    return results


_done: Any = None


def _begin(done: Any) -> None:
    global _done  # noqa: PLW0603 - what a pool's initializer leaves for its tasks
    _done = done
    settle_collector()


def _there(work: Work[T], lane: int, place: int) -> T:
    def tell(count: int) -> None:
        _done[place] = count

    return asyncio.run(work.lane(lane, tell))
