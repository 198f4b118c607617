"""Replay and verify over W1 beside the bare core, in one process and in two; events/s.

    python -m tests.bench.auditing [--events 1000000] [--accounts 100000] [--rounds 1]

The bare core decodes, steps and encodes the same records from memory in one process. Replay and verify read them from
the brokers, with ledger and outputs; two processes share the lanes, their start is in the time.
"""

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.audit.asked import Asked
from streams.audit.brokers import Brokers
from streams.audit.lane import Audit
from streams.audit.parallel import run, settle_collector
from streams.audit.recorded import RecordedReplay
from streams.codec.records import SourceRecord
from streams.local.kafka import LocalKafka
from streams.settings import Settings
from tests.bench import w1_pure
from tests.bench.results import Figure, say
from tests.bench.w1.data import ACCOUNTS, EVENTS
from tests.bench.w1_kafka import PARTITIONS, new_system, through
from tests.support.processes import workers

_BLOCK: Final = 4_000
_BOUND_MS: Final = 300_000
_CORE: Final = "bare core"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        measured(Path(folder), broker.bootstrap, given.events, given.accounts, given.rounds)


def measured(folder: Path, bootstrap: str, count: int, accounts: int, rounds: int) -> list[Figure]:
    """One system's W1, audited in turns with the bare core."""
    settings = new_system(bootstrap)
    with workers(folder, settings) as started:
        through(settings, started, count, accounts)
    lanes = w1_pure.sources(count, accounts, PARTITIONS)
    gc.collect()
    settle_collector()
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, work in _works(settings, folder, lanes).items():
            began = time.monotonic()
            work()
            found.setdefault(name, []).append(count / (time.monotonic() - began))
            say(f"{name}: {found[name][-1]:,.0f} events/s")
    figures = [Figure(_CORE, "events/s", found[_CORE], True)]
    for what in ("replay", "verify"):
        one, two = f"{what}, one process", f"{what}, two processes"
        figures.append(Figure(one, "events/s", found[one], True, (_CORE,)))
        figures.append(Figure(two, "events/s", found[two], True, (one,)))
    return figures


def _works(settings: Settings, folder: Path, lanes: list[list[SourceRecord]]) -> dict[str, Callable[[], None]]:
    def core() -> None:
        for lane, records in enumerate(lanes):
            w1_pure.run(lane, PARTITIONS, records, _BLOCK, None)

    def verify(processes: int) -> None:
        origin = Brokers(settings)
        position = asyncio.run(origin.position())
        asked = Asked(settings.topic_prefix, _BOUND_MS, settings.live_clock)
        results = run(Audit(origin, position, asked), range(PARTITIONS), processes, lambda _: None)
        wrong = [finding.text for each in results for finding in each.findings]
        if wrong:
            sys.exit(f"verify found {wrong[0]}")

    def replay(processes: int) -> None:
        origin = Brokers(settings)
        position = asyncio.run(origin.position())
        with tempfile.TemporaryDirectory(dir=folder) as kept:
            work = RecordedReplay(origin, position, settings.topic_prefix, Path(kept))
            run(work, range(PARTITIONS), processes, lambda _: None)

    return {
        _CORE: core,
        "replay, one process": lambda: replay(1),
        "verify, one process": lambda: verify(1),
        "replay, two processes": lambda: replay(2),
        "verify, two processes": lambda: verify(2),
    }


if __name__ == "__main__":
    main()
