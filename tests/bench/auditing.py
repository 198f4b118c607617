"""Replay and verify over W1 beside the bare core, in one process and in two; events/s.

    python -m tests.bench.auditing [--events 1000000] [--accounts 100000] [--rounds 3]

The bare core decodes, steps and encodes the same records from memory in one process. Replay and verify read them from
the brokers, with ledger and outputs; two processes share the lanes, their start is in the time. Each is measured in a
process of its own.
"""

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeVar

from streams.audit.asked import Asked
from streams.audit.brokers import Brokers
from streams.audit.lane import Audit
from streams.audit.logs import Origin, Position
from streams.audit.parallel import run, settle_collector
from streams.audit.recorded import RecordedReplay
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
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        measured(Path(folder), broker.bootstrap, given.events, given.accounts, given.rounds)


def measured(folder: Path, bootstrap: str, count: int, accounts: int, rounds: int) -> list[Figure]:
    """One system's W1, audited in turns with the bare core."""
    settings = new_system(bootstrap)
    _apart(partial(_fill, folder, settings, count, accounts))
    works: dict[str, Callable[[], float]] = {_CORE: partial(_core, count, accounts)}
    for name, audit in (("replay", _replay), ("verify", _verify)):
        # One process and two right after each other: a machine may be quicker now than it was a minute ago.
        works[f"{name}, one process"] = partial(audit, settings, 1)
        works[f"{name}, two processes"] = partial(audit, settings, 2)
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(count / _apart(work))
            say(f"{name}: {found[name][-1]:,.0f} events/s")
    figures = [Figure(_CORE, "events/s", found[_CORE], True)]
    for what in ("replay", "verify"):
        one, two = f"{what}, one process", f"{what}, two processes"
        figures.append(Figure(one, "events/s", found[one], True, (_CORE,)))
        figures.append(Figure(two, "events/s", found[two], True, (one,)))
    return figures


def _apart(work: Callable[[], T]) -> T:
    """The work's result from a process of its own: none finds memory as a former one has left it."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(work).result()


def _fill(folder: Path, settings: Settings, count: int, accounts: int) -> None:
    with workers(folder, settings) as started:
        through(settings, started, count, accounts)


def _core(count: int, accounts: int) -> float:
    lanes = w1_pure.sources(count, accounts, PARTITIONS)
    gc.collect()
    settle_collector()
    began = time.monotonic()
    for lane, records in enumerate(lanes):
        w1_pure.run(lane, PARTITIONS, records, _BLOCK, None)
    return time.monotonic() - began


def _replay(settings: Settings, processes: int) -> float:
    began = time.monotonic()
    origin = Brokers(settings)
    position = asyncio.run(origin.position())
    with tempfile.TemporaryDirectory() as kept:
        work = RecordedReplay(origin, position, settings.topic_prefix, Path(kept))
        run(work, range(PARTITIONS), processes, lambda _: None)
    return time.monotonic() - began


def _verify(settings: Settings, processes: int) -> float:
    began = time.monotonic()
    origin = Brokers(settings)
    position = asyncio.run(origin.position())
    verified(origin, position, settings, processes)
    return time.monotonic() - began


def verified(origin: Origin, position: Position, settings: Settings, processes: int) -> int:
    """The records of an audit of W1's lanes; exits where it finds anything."""
    audit = Audit(origin, position, Asked(settings.topic_prefix, _BOUND_MS, settings.live_clock))
    results = run(audit, range(PARTITIONS), processes, lambda _: None)
    wrong = [finding.text for each in results for finding in each.findings]
    if wrong:
        sys.exit(f"verify found {wrong[0]}")
    return sum(each.records for each in results)


if __name__ == "__main__":
    main()
