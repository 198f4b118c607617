"""The real Apache Kafka on this machine: one KRaft node on the loopback interface."""

import base64
import json
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from streams.local import jars, probe
from streams.local.errors import LocalKafkaError
from streams.local.process import LockedProcess
from streams.local.properties import HOST, server_properties
from streams.local.tied import tie

START_SECONDS = 240.0  # 3 s on an idle machine; one with a load of 100 has taken more than 60 s
STOP_SECONDS = 20.0
_LOG_TAIL_LINES = 15
# The broker shares the machine with workers and tests: a small heap, and a collector without threads of its own.
_JVM = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "--sun-misc-unsafe-memory-access=allow",  # Kafka's own call, which Java 25 would warn of at each start
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ssZ",
)


class Status(NamedTuple):
    """What is known of the broker from its directory."""

    running: bool
    ready: bool
    pid: int | None
    bootstrap: str | None
    cluster_id: str | None
    data_dir: str
    version: str


class _State(NamedTuple):
    """What is remembered from one start to the next."""

    cluster_id: str
    port: int

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"


class LocalKafka:
    """A broker whose whole state lies in one directory; starting it again there finds its topics again.

    `port` 0 takes the port it had before when that is free, else any free one. `overrides` are Kafka's own server
    settings; `format_arguments` go to its StorageTool when the directory is new (`--add-scram`, for instance). All
    methods are synchronous: inside an event loop call them through asyncio.to_thread.

    As a context manager it is this process's own: stopped at the end, and killed when this process is.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        overrides: Mapping[str, str] | None = None,
        format_arguments: Sequence[str] = (),
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.format_arguments = tuple(format_arguments)
        self.port = port
        self.overrides = dict(overrides or {})
        self.log = self.data_dir / "kafka.log"
        self._process = LockedProcess(self.data_dir / "kafka.pid")
        self._state_file = self.data_dir / "kafka.json"
        self._own = False

    def __enter__(self) -> Self:
        self._own = True
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """`host:port` of the broker that was last started in this directory."""
        return self._known_state().bootstrap

    @property
    def pid(self) -> int | None:
        """Process id of the running broker, else None."""
        return self._process.pid

    def start(self) -> None:
        """Starts the broker and returns when it answers requests. Does nothing when it runs already.

        Raises LocalKafkaError with the end of the broker's log when it does not come up; then it doesn't run either.
        """
        if self._process.pid is not None:
            self._await_ready()
            return
        distribution = jars.distribution()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        state, properties = self._write_properties()
        self._format(distribution, state, properties)
        try:
            pid = self._process.start(distribution.command("kafka.Kafka", str(properties), jvm=_JVM), self.log)
        except BlockingIOError:  # another program starts it in this very moment
            self._await_ready()
            return
        try:
            if self._own:
                tie(pid)
            self._await_ready()
        except BaseException:  # also an interruption: who waits no longer won't stop it
            self.kill()
            raise

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stops the broker and waits for its end; kills it when it does not end within 20 s."""
        self._process.stop(STOP_SECONDS, number)

    def kill(self) -> None:
        """Ends the broker as a crash does (SIGKILL) and waits for its end."""
        self.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stops the broker and starts it again on the same port with the same data."""
        self.stop()
        self.start()

    def status(self) -> Status:
        """Looks at the process and asks the broker; changes nothing."""
        state, pid = self._state(), self._process.pid
        if state is None:
            return Status(False, False, None, None, None, str(self.data_dir), jars.KAFKA_VERSION)
        ready = pid is not None and probe.cluster_id_now(state.bootstrap) == state.cluster_id
        return Status(
            pid is not None, ready, pid, state.bootstrap, state.cluster_id, str(self.data_dir), jars.KAFKA_VERSION
        )

    def _known_state(self) -> _State:
        state = self._state()
        if state is None:
            raise LocalKafkaError(f"no Kafka was ever started in {self.data_dir}: eligibility kafka start")
        return state

    def _state(self) -> _State | None:
        try:
            return _State(**json.loads(self._state_file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def _write_properties(self) -> tuple[_State, Path]:
        former = self._state()
        port = self.port or _port_like(former.port if former else 0)
        if not probe.port_is_free(HOST, port):
            raise LocalKafkaError(f"port {port} of {HOST} is in use by another program: choose another with --port")
        state = _State(former.cluster_id if former else _new_cluster_id(), port)
        self._state_file.write_text(json.dumps(state._asdict()) + "\n", encoding="utf-8")
        properties = self.data_dir / "server.properties"
        text = server_properties(self.data_dir / "logs", port, probe.free_port(HOST), self.overrides)
        properties.write_text(text, encoding="utf-8")
        return state, properties

    def _format(self, distribution: jars.Distribution, state: _State, properties: Path) -> None:
        if (self.data_dir / "logs" / "meta.properties").exists():
            return
        arguments = ("format", "--cluster-id", state.cluster_id, "--config", str(properties), *self.format_arguments)
        done = subprocess.run(
            distribution.command("kafka.tools.StorageTool", *arguments, jvm=_JVM),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LocalKafkaError(
                f"Kafka cannot format {self.data_dir / 'logs'}: {(done.stderr or done.stdout).strip()}"
            )

    def _await_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        state = self._known_state()
        while probe.cluster_id_now(state.bootstrap) != state.cluster_id:
            if self._process.pid is None:
                raise LocalKafkaError(f"Kafka ended while starting; the end of {self.log}:\n{self._log_tail()}")
            if time.monotonic() >= end:
                raise LocalKafkaError(
                    f"Kafka does not answer at {state.bootstrap} within {START_SECONDS:.0f} s; "
                    f"the end of {self.log}:\n{self._log_tail()}"
                )
            time.sleep(0.1)

    def _log_tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def _new_cluster_id() -> str:
    """A cluster id in Kafka's form: 16 random bytes, base 64; a leading dash would look like an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()).startswith("-"):
        pass
    return text


def _port_like(former: int) -> int:
    return former if former and probe.port_is_free(HOST, former) else probe.free_port(HOST)
