"""Workers under a supervisor, as in production, and a seeded schedule of what happens to them."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.support.processes import REAL, WorkerProcess, Workers

_LOOK_S = 0.05
_KILLED = -signal.SIGKILL


class End(NamedTuple):
    """A worker process that ended: under which failpoints, and with which exit code."""

    failpoints: str | None
    code: int


class Supervisor:
    """Keeps one worker for each name running. `plans` gives the failpoints of each start, None when it is spent.

    A worker may end by its plan (SIGKILL) or because it says so itself (exit code 1); anything else is a failed test.
    """

    def __init__(self, started: Workers, plans: Iterator[str] = iter(()), *, static: bool = True) -> None:
        self._started = started
        self._plans = plans
        self._static = static
        self._plan: dict[str, str | None] = {}
        self.running: dict[str, WorkerProcess] = {}
        self.ends: list[End] = []
        self.expected_codes = {_KILLED, 1}

    def start(self, name: str) -> WorkerProcess:
        """Starts, or starts again, the worker of this name."""
        plan = self._plan[name] = next(self._plans, None)
        variables = {"ELIGIBILITY_FAILPOINTS": plan} if plan else {}
        if self._static:
            variables["ELIGIBILITY_INSTANCE_ID"] = name
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
        assert code in self.expected_codes, f"{name} ended with {code}:\n{worker.log}"
        self.ends.append(End(self._plan[name], code))

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
