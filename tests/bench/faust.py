"""The peer: W1 in idiomatic Faust, exactly once, as a process; its topics, and its output compared with W1's."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.codec.murmur2 import partition_of
from tests.bench.latency import Route
from tests.bench.w1.data import Event
from tests.bench.w1.expected import changes
from tests.support.broker import committed, put
from tests.support.processes import ROOT

PEER = Path(__file__).parent / "peers" / "faust_w1.py"
PEER_HASH = "7140d98df8723c71ae310394d6198f62d07bfeb8238d30e5de38dcc13038c311"
COMMIT_S = 0.1
"""The peer's commit interval at a rate that leaves it time."""
PATIENCE_S = 600
NEVER = 1 << 40


class Peer:
    """One system of the peer's: its topics under `topic`, and its process while `running`."""

    def __init__(self, bootstrap: str, folder: Path, partitions: int) -> None:
        if hashlib.sha256(PEER.read_bytes()).hexdigest() != PEER_HASH:
            sys.exit(f"{PEER.name} is not the peer that was measured before: put its new hash here, and say why")
        self.topic = f"w1-faust-{uuid.uuid4().hex[:8]}"
        self.partitions = partitions
        self._bootstrap = bootstrap
        self._folder = folder
        self._starts = 0
        asyncio.run(self._create())

    @property
    def route(self) -> Route:
        """For a load at a rate."""
        return Route(self._bootstrap, self.partitions, f"{self.topic}-status", self._record, _cause)

    def fill(self, events: Iterable[Event]) -> None:
        """Puts events into its source topic."""
        rows: list[list[tuple[bytes, bytes, int]]] = [[] for _ in range(self.partitions)]
        now = int(time.time() * 1000)
        for event in events:
            account = event["account_id"]
            rows[partition_of(account, self.partitions)].append((account.encode(), orjson.dumps(event), now))
        for number, each in enumerate(rows):
            asyncio.run(put(self._bootstrap, self.topic, each, number))

    @contextmanager
    def running(self, events: int = NEVER, commit_s: float = COMMIT_S) -> Iterator["Run"]:
        """Its worker runs meanwhile, and commits at this interval; it tells its figures after so many events."""
        self._starts += 1
        log = self._folder / f"faust-{self._starts}.log"
        environment = {
            **os.environ,
            "W1_BROKER": self._bootstrap,
            "W1_TOPIC": self.topic,
            "W1_EVENTS": str(events),
            "W1_GUARANTEE": "exactly_once",
            "W1_COMMIT_S": str(commit_s),
            "W1_FOLDER": str(self._folder),
        }
        with log.open("wb") as out:
            process = subprocess.Popen([sys.executable, str(PEER)], cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield Run(process, log)
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:  # seen after a long backlog
                process.kill()
                process.wait()

    def statuses(self) -> list[bytes]:
        """All that it has put out."""
        topic = f"{self.topic}-status"
        return [row.value or b"" for row in asyncio.run(committed(self._bootstrap, topic, range(self.partitions)))]

    def _record(self, event: Event) -> tuple[str, bytes]:
        return self.topic, orjson.dumps(event)

    async def _create(self) -> None:
        names = (self.topic, f"{self.topic}-status", f"{self.topic}-app-{self.topic}-accounts-changelog")
        made = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await made.start()
        try:
            await made.create_topics([NewTopic(name, self.partitions, 1) for name in names])
        finally:
            await made.close()


class Run:
    """The peer's process."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def told(self, seconds: float = PATIENCE_S) -> dict[str, float] | None:
        """`events`, `seconds` and `cpu` (s), once all its events are processed; None when that takes longer."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, found, rest = self._text().partition('{"events"')  # behind what Faust's log puts before
            if found and "}" in rest:
                time.sleep(3)  # its last commit
                return dict(json.loads(found + rest.partition("}")[0] + "}"))
            if self._process.poll() is not None:
                sys.exit(f"Faust ended:\n{self._text()[-3000:]}")
            time.sleep(0.5)
        return None

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8")


def difference(events: Iterable[Event], statuses: Iterable[bytes]) -> str | None:
    """How the peer's output differs from W1's, None when it doesn't."""
    rows = [orjson.loads(value) for value in statuses]
    came = sorted(json.dumps(row, sort_keys=True) for row in rows if not row["event_id"].startswith("WAKE"))
    expected = sorted(json.dumps(change, sort_keys=True) for change in changes(events))
    return None if came == expected else f"{len(came)} rows, expected {len(expected)}"


def _cause(value: bytes) -> str | None:
    event: str = orjson.loads(value)["event_id"]
    return event
