"""Workers and what stands beside them on this machine: started, watched, started again when dead, stopped together."""

import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from streams.local.process import LockedProcess

COMMAND = (sys.executable, "-m", "streams.cli")
_WORKER = "worker"
_BESIDE = ("web", "notifier")
_NONE: Final[Mapping[str, Mapping[str, str]]] = {}
# A worker hands its lanes over within seconds; past this it is killed, and its lanes restore elsewhere.
STOP_SECONDS = 30.0
# A worker that dies this often within this time will not get better by itself.
_DEATHS_MAX = 3
_DEATHS_SECONDS = 60.0
_LOG_TAIL_LINES = 15


class WorkersError(Exception):
    """A worker keeps dying; the text holds the end of its log."""


@dataclass(slots=True)
class _Worker:
    name: str
    process: LockedProcess
    log: Path
    command: Sequence[str]
    own: Mapping[str, str]
    deaths: list[float] = field(default_factory=list)

    def tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])


class Workers:
    """`count` workers `worker-1`, `worker-2`, ... whose pid files and logs lie in `directory`.

    Their settings are this process's environment with `environment` on top, and an instance id each. Beside them stands
    one process of each command of `eligibility` that `beside` names, with its own part of the environment.
    """

    def __init__(
        self,
        directory: Path,
        count: int,
        environment: Mapping[str, str],
        beside: Mapping[str, Mapping[str, str]] = _NONE,
    ) -> None:
        self._directory = directory.absolute()
        self._environment = environment
        names = [f"worker-{number}" for number in range(1, count + 1)]
        self._workers = [self._worker(name, _WORKER, {"ELIGIBILITY_INSTANCE_ID": name}) for name in names]
        self._workers += [self._worker(name, name, own) for name, own in beside.items()]

    @property
    def logs(self) -> list[Path]:
        """Where they write what they do."""
        return [worker.log for worker in self._workers]

    @property
    def pids(self) -> dict[str, int | None]:
        """Process ids by name; None for one that does not run."""
        return {worker.name: worker.process.pid for worker in self._workers}

    def start(self) -> None:
        """Starts all of them."""
        for worker in self._workers:
            self._start(worker)

    def mend(self) -> list[str]:
        """Starts again what has died; returns the names. Raises WorkersError when that does not help."""
        dead = [worker for worker in self._workers if worker.process.pid is None]
        now = time.monotonic()
        for worker in dead:
            worker.deaths = [at for at in worker.deaths if now - at < _DEATHS_SECONDS] + [now]
            if len(worker.deaths) >= _DEATHS_MAX:
                raise WorkersError(f"{worker.name} died {_DEATHS_MAX} times; the end of {worker.log}:\n{worker.tail()}")
            self._start(worker)
        return [worker.name for worker in dead]

    def stop(self) -> None:
        """Asks all to drain and end, waits, and kills what does not."""
        stop_all([worker.process for worker in self._workers])

    def _worker(self, name: str, command: str, own: Mapping[str, str]) -> _Worker:
        process = LockedProcess(self._directory / f"{name}.pid")
        return _Worker(name, process, self._directory / f"{name}.log", (*COMMAND, command), own)

    def _start(self, worker: _Worker) -> None:
        worker.process.start(worker.command, worker.log, {**os.environ, **self._environment, **worker.own})


def leftovers(directory: Path) -> list[LockedProcess]:
    """What still runs in `directory`, whoever started it."""
    directory = directory.absolute()
    paths = [*sorted(directory.glob("worker-*.pid")), *(directory / f"{name}.pid" for name in _BESIDE)]
    found = [LockedProcess(path) for path in paths]
    return [process for process in found if process.pid is not None]


def stop_all(processes: Sequence[LockedProcess]) -> None:
    """Ends processes together: all are asked at once, so that the waiting is not added up."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.stop(max(end - time.monotonic(), 0.0))
