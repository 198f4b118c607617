"""Processes of a test: workers, watched through their log and ended in several ways; commands as a user calls them."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.local.tied import tie
from streams.settings import NESTED, PREFIX, Settings

COUNTING = ("-m", "tests.support.counting_worker")
REAL = ("-m", "streams.cli", "worker")
ROOT = Path(__file__).parents[2]
_LANES = re.compile(r"lane (\d+): (open after|closed)")


class WorkerProcess:
    """One running worker."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def open_lanes(self) -> set[int]:
        """The lanes that it has open, by its log."""
        lanes: set[int] = set()
        for number, what in _LANES.findall(self.log):
            change = lanes.add if what == "open after" else lanes.discard
            change(int(number))
        return lanes

    @property
    def moves(self) -> int:
        """How often lanes were opened or closed, by its log."""
        return len(_LANES.findall(self.log))

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def until_logged(self, text: str, seconds: float = 300.0) -> None:
        end = time.monotonic() + seconds
        while text not in self.log:
            assert self.running, f"the worker ended with {self._process.returncode}:\n{self.log}"
            assert time.monotonic() < end, f"{text!r} was never logged:\n{self.log}"
            time.sleep(0.05)

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def wait(self, seconds: float = 300.0) -> int:
        """Longer than a worker's own bounds for draining and leaving, so that these are what ends it."""
        return self._process.wait(seconds)


class Workers:
    """Starts the workers of a test; what still runs at its end, or when the test is killed, is killed."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings
        self._started: list[WorkerProcess] = []

    def start(self, command: tuple[str, ...] = COUNTING, **environment: str) -> WorkerProcess:
        log = self._directory / f"worker-{len(self._started)}.log"
        whole = {**_inherited(), **variables(self._settings), **environment}
        with log.open("wb") as out:
            process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=whole, stdout=out, stderr=out)
        tie(process.pid)
        worker = WorkerProcess(process, log)
        self._started.append(worker)
        return worker

    @property
    def logs(self) -> list[str]:
        return [worker.log for worker in self._started]

    def end(self) -> None:
        for worker in self._started:
            if worker.running:
                worker.kill()


@contextmanager
def workers(directory: Path, settings: Settings) -> Iterator[Workers]:
    made = Workers(directory, settings)
    try:
        yield made
    finally:
        made.end()


async def eligibility(settings: Settings, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command line of this tree called with settings; what it printed and its exit code."""
    command = [sys.executable, "-m", "streams.cli", *arguments]
    environment = {"PYTHONPATH": str(ROOT), **_inherited(), **variables(settings)}
    return await asyncio.to_thread(
        subprocess.run, command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "TEST_"))}


def variables(settings: Settings) -> dict[str, str]:
    """The settings that were set, as the environment variables that set them."""
    found = {}
    for name, value in settings.model_dump(mode="json", exclude_unset=True).items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for part, content in inner:
            if content is not None:
                found[PREFIX + name.upper() + (NESTED + part.upper() if part else "")] = str(content)
    return found
