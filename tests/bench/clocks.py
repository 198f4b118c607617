"""When a process spent its CPU, and which part of a run was its second half."""

import contextlib
import threading
import time
from bisect import bisect_left
from typing import NamedTuple, Self

import psutil


class CpuClock:
    """Looks at a process's CPU time 20 times a second, so that it can be asked afterwards what it was at a moment."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._seen: list[tuple[float, float]] = []  # ms since the epoch, CPU in s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def now(self) -> float:
        return sum(self._process.cpu_times()[:2])

    @property
    def rests(self) -> bool:
        """Has it done little for a second?"""
        seen = self._seen[-20:]
        return len(seen) == 20 and seen[-1][1] - seen[0][1] < 0.3

    def at(self, moment: float) -> float:
        """CPU in s at a moment, ms since the epoch, between two looks in proportion."""
        place = bisect_left(self._seen, (moment, 0.0))
        if place in (0, len(self._seen)):
            return self._seen[0 if place == 0 else -1][1]
        (before, low), (after, high) = self._seen[place - 1 : place + 1]
        return low + (high - low) * (moment - before) / (after - before)

    def _look(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while not self._end.wait(0.05):
                self._seen.append((time.time() * 1000, self.now))


class Half(NamedTuple):
    """The second half of a run: from one moment to another (ms), so many records."""

    begin: float
    end: float
    records: int


def second_half(blocks: list[tuple[int, int]]) -> Half:
    """What is behind the block, by time, that ends the first half of all; `blocks` are (ms, records)."""
    blocks = sorted(blocks)
    half, done = sum(records for _, records in blocks) / 2, 0
    for place, (stamp, records) in enumerate(blocks):
        done += records
        if done >= half:
            return Half(stamp, blocks[-1][0], sum(records for _, records in blocks[place + 1 :]))
    raise ValueError("no block")
