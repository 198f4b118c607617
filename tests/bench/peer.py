"""A system beside ours in a bench: its topics, its process, and its output compared with W1's."""

import asyncio
import hashlib
import json
import subprocess
import sys
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.bench.filling import by_account, fill
from tests.bench.latency import Route
from tests.bench.w1.data import Event
from tests.bench.w1.expected import changes
from tests.support.broker import committed
from tests.support.processes import ROOT

COMMIT_S: Final = 0.1
PATIENCE_S: Final = 600
NEVER: Final = 1 << 40


class Peer(ABC):
    """One system of the peer's: topics named after `name`, and its process while `running`."""

    kind: ClassVar[str]

    def __init__(self, bootstrap: str, folder: Path, partitions: int) -> None:
        self.name = f"w1-{self.kind}-{uuid.uuid4().hex[:8]}"
        self.partitions = partitions
        self.folder = folder
        self.bootstrap = bootstrap
        self._starts = 0
        asyncio.run(create(bootstrap, partitions, self.topics()))

    @property
    def source(self) -> str:
        """The topic of its events."""
        return self.name

    @abstractmethod
    def topics(self) -> tuple[str, ...]:
        """What has to be there before it starts."""

    @abstractmethod
    def command(self, events: int, commit_s: float) -> tuple[list[str], Mapping[str, str]]:
        """Its command line and environment; it prints its figures after so many events."""

    @property
    def route(self) -> Route:
        """For a load at a rate."""
        return Route(self.bootstrap, self.partitions, f"{self.name}-status", self._record, _cause)

    def fill(self, events: Iterable[Event]) -> None:
        """Puts events into its source topic."""
        fill_source(self.bootstrap, self.source, self.partitions, events)

    @contextmanager
    def running(self, events: int = NEVER, commit_s: float = COMMIT_S) -> Iterator["Run"]:
        """Its worker runs meanwhile, and commits at this interval; it tells its figures after so many events."""
        self._starts += 1
        log = self.folder / f"{self.kind}-{self._starts}.log"
        command, environment = self.command(events, commit_s)
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=out, stderr=out)
        try:
            yield Run(self.kind, process, log)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:  # seen of Faust after a long backlog
                process.kill()
                process.wait()

    def check(self, events: Iterable[Event]) -> None:
        """Ends the bench where its output is not W1's for these events."""
        topic = f"{self.name}-status"
        read = asyncio.run(committed(self.bootstrap, topic, range(self.partitions)))
        wrong = difference(events, [row.value or b"" for row in read])
        if wrong is not None:
            sys.exit(f"the output of {self.kind} is not W1's: {wrong}")

    def _record(self, event: Event) -> tuple[str, bytes]:
        return self.source, orjson.dumps(event)


class Run:
    """A peer's process."""

    def __init__(self, kind: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._kind = kind
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def told(self, seconds: float = PATIENCE_S) -> dict[str, float] | None:
        """`events`, `seconds`, `cpu` (s), the same of the second half as `warm_...`; None when it takes longer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, found, rest = self._text().partition('{"events"')  # behind what Faust's log puts before
            if found and "}" in rest:
                time.sleep(3)  # its last commit
                return dict(json.loads(found + rest.partition("}")[0] + "}"))
            if self._process.poll() is not None:
                sys.exit(f"{self._kind} ended:\n{self._text()[-3000:]}")
            time.sleep(0.5)
        return None

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


async def create(bootstrap: str, partitions: int, names: Iterable[str]) -> None:
    made = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await made.start()
    try:
        await made.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await made.close()


def fill_source(bootstrap: str, topic: str, partitions: int, events: Iterable[Event]) -> None:
    """Puts events into a topic, keyed by account, with the present time."""
    now = int(time.time() * 1000)
    rows = ((topic, event["account_id"], orjson.dumps(event), now) for event in events)
    asyncio.run(fill(bootstrap, by_account(rows, partitions)))


def difference(events: Iterable[Event], statuses: Iterable[bytes]) -> str | None:
    """How a peer's output differs from W1's, None when it doesn't."""
    rows = [orjson.loads(value) for value in statuses]
    came = sorted(json.dumps(row, sort_keys=True) for row in rows if not row["event_id"].startswith("WAKE"))
    expected = sorted(json.dumps(change, sort_keys=True) for change in changes(events))
    return None if came == expected else f"{len(came)} rows, expected {len(expected)}"


def fixed(files: Iterable[Path], digest: str) -> None:
    """Ends the bench where a peer's sources are not those that were measured before: peers are not tuned against."""
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    if found.hexdigest() != digest:
        names = ", ".join(file.name for file in sorted(files))
        sys.exit(f"{names}: not the peer that was measured before: put its new hash ({found.hexdigest()}), and say why")


def _cause(value: bytes) -> str | None:
    event: str = orjson.loads(value)["event_id"]
    return event
