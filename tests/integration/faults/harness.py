"""Workers under a supervisor, as in production, and a seeded schedule of what happens to them."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeAlias

from tests.support.processes import REAL, WorkerProcess, Workers

Report: TypeAlias = Callable[[str], None]
LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
_LOOK_S = 0.05
_KILLED = -signal.SIGKILL
FAILED, NOT_READY = 1, 4


class Lateness:
    """By how much the machine was late to wake this process up, at the longest, s: what its load alone adds to a gap.

    It knows nothing of workers: one that stands still doesn't show here.
    """

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(_LOOK_S)
            self.longest = max(self.longest, time.monotonic() - began - _LOOK_S)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        """Looks meanwhile."""
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            task.cancel()


class End(NamedTuple):
    """A worker process that ended: at which failpoint, None for none, and with which exit code."""

    place: str | None
    code: int


class Supervisor:
    """Keeps one worker for each name, its static member's, running. `plans` gives the failpoints of each start.

    `environment` is for every start, also when the plans are spent. A worker may end by its plan (SIGKILL) or because
    it says so itself, while the brokers are away also at its start; anything else is a failed test.
    """

    def __init__(self, started: Workers, plans: Iterator[str] | None = None, **environment: str) -> None:
        self._started = started
        self._plans = plans or iter(())
        self._environment = environment
        self._plan: dict[str, str | None] = {}
        self.running: dict[str, WorkerProcess] = {}
        self.ends: list[End] = []

    def start(self, name: str) -> WorkerProcess:
        """Starts, or starts again, the worker of this name."""
        plan = self._plan[name] = next(self._plans, None)
        planned = {"ELIGIBILITY_FAILPOINTS": plan} if plan else {}
        variables = {**self._environment, **planned, "ELIGIBILITY_INSTANCE_ID": name}
        self.running[name] = self._started.start(REAL, **variables)
        return self.running[name]

    def stop(self, name: str) -> int:
        """SIGTERM; the worker of this name isn't started again. Returns the exit code."""
        return self.running.pop(name).terminate()

    async def run(self) -> None:
        """Supervises for ever."""
        while True:
            for name, worker in list(self.running.items()):
                if not worker.running:
                    self._ended(name, worker)
                    self.start(name)
            await asyncio.sleep(_LOOK_S)

    def _ended(self, name: str, worker: WorkerProcess) -> None:
        code = worker.wait()
        assert code in (_KILLED, FAILED, NOT_READY), f"{name} ended with {code}:\n{worker.log}"
        plan = self._plan[name]
        self.ends.append(End(plan.partition("=")[0] if plan and code == _KILLED else None, code))

    @asynccontextmanager
    async def supervising(self, *names: str) -> AsyncIterator[None]:
        """Workers of these names run meanwhile; afterwards each is told to end, and ends in order."""
        for name in names:
            self.start(name)
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for name, worker in self.running.items():
            code = await asyncio.to_thread(worker.terminate)
            assert code == 0, f"{name} ended with {code}:\n{worker.log}"
