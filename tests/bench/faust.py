"""The peer: W1 in idiomatic Faust, as a process; exactly once as Faust does it, and its output in its transactions too.

Faust's own `exactly_once` leaves the output outside of its transactions (peers/faust_w1_transacted.py says why): after
a crash statuses would come twice, and a reader sees them before their commit.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from tests.bench.peer import Peer, fixed

SOURCE: Final = Path(__file__).parent / "peers" / "faust_w1.py"
DIGEST: Final = "0fa98017984aca57c1f428c29ccfca372c9228390eadaf5915ae6bd1313e0d07"


class Faust(Peer):
    """Its topics and its process; its table is in memory, which is its faster store."""

    kind = "faust"
    program: ClassVar[tuple[str, ...]] = (str(SOURCE),)

    def topics(self) -> tuple[str, ...]:
        return self.source, f"{self.name}-status", f"{self.name}-app-{self.name}-accounts-changelog"

    def command(self, events: int, commit_s: float) -> tuple[list[str], Mapping[str, str]]:
        fixed([SOURCE], DIGEST)  # the other takes all of W1 from it
        environment = {
            **os.environ,
            "W1_BROKER": self.bootstrap,
            "W1_TOPIC": self.source,
            "W1_EVENTS": str(events),
            "W1_GUARANTEE": "exactly_once",
            "W1_COMMIT_S": str(commit_s),
            "W1_FOLDER": str(self.folder),
        }
        return [sys.executable, *self.program], environment


class TransactedFaust(Faust):
    """The same with its statuses in its transactions."""

    kind = "faust-transacted"
    program = ("-m", "tests.bench.peers.faust_w1_transacted")
