"""A running `eligibility up` as a user starts it, read line by line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self


def on(bootstrap: str, topic_prefix: str) -> dict[str, str]:
    """What makes it run on given brokers, with topics of its own."""
    return {
        "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
        "ELIGIBILITY_TOPIC_PREFIX": topic_prefix,
        "ELIGIBILITY_APPLICATION_ID": f"{topic_prefix}app",
    }


class Up:
    """A running `eligibility up`, read line by line."""

    def __init__(self, directory: Path, *arguments: str, **environment: str) -> None:
        self._said = directory / "stderr"
        self._errors = self._said.open("wb")
        command = [sys.executable, "-m", "streams.cli", "up", "--json", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, "ELIGIBILITY_WEB__ADDRESS": "127.0.0.1:0", **environment},
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def lines(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def until(self, kind: str) -> dict[str, Any]:
        return next(line for line in self.lines() if line["kind"] == kind)

    @property
    def address(self) -> str:
        """Where its status service is, as it has told."""
        found = re.search(r"status service, .*(http://\S+?)/ ", self._said.read_text(encoding="utf-8"))
        assert found is not None, self._said
        return found[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.end()

    def end(self) -> int:
        """Waits for its end; returns the exit code."""
        assert self.process.stdout is not None
        code = self.process.wait(timeout=90)
        self.process.stdout.close()
        self._errors.close()
        return code
