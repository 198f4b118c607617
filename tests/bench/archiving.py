"""Archives under keys of accounts beside plain ones, of the same topics of W1: bytes, and records/s written and read.

    python -m tests.bench.archiving [--events 100000] [--accounts 10000] [--rounds 3]

A plain one is what archives were before there were keys (0151). Writing reads from the brokers and reads back what was
written; reading is of every topic, and `verify` is the whole audit of it, in one process and in two.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from streams.archive import Folder, Keys
from streams.audit.archives import Archive, archive
from streams.audit.brokers import Brokers
from streams.audit.parallel import settle_collector
from streams.local.kafka import LocalKafka
from streams.settings import Settings
from tests.bench.auditing import verified
from tests.bench.results import say
from tests.bench.w1_kafka import new_system, through
from tests.support.processes import workers


class Figures(NamedTuple):
    """Of one archive: bytes of its files and of its keys' file, records, and seconds of each work."""

    size: int
    keys: int
    records: int
    write: float
    read: float
    verify: float
    verify_two: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder) / "kafka") as broker:
        settings = new_system(broker.bootstrap)
        with workers(Path(folder), settings) as started:
            through(settings, started, given.events, given.accounts)
        settle_collector()
        found: dict[str, list[Figures]] = {"plain": [], "under keys": []}
        for number in range(given.rounds):
            for name, rows in found.items():
                own = Path(folder) / f"{name}-{number}"
                own.mkdir()
                keys = Keys(own / "keys", make=True) if name == "under keys" else None
                rows.append(_figures(settings, own, keys))
                say(f"{name}: {rows[-1]}")
    for name, rows in found.items():
        say(_line(name, rows, given.events))


def _figures(settings: Settings, own: Path, keys: Keys | None) -> Figures:
    origin = Brokers(settings)
    position = asyncio.run(origin.position())
    folder = Folder(own / "archive", keys)
    write = _timed(
        lambda: asyncio.run(archive(origin, position, settings.topic_prefix, folder, lambda _: None)).records
    )
    read = _timed(lambda: sum(1 for at in position.ranges for _ in folder.rows(*at)))
    assert read.result == write.result, "all that was written is read"
    verify, verify_two = (
        _timed(partial(verified, Archive(folder), position, settings, processes)).seconds for processes in (1, 2)
    )
    size = sum(path.stat().st_size for path in (own / "archive").rglob("*") if path.is_file())
    of_keys = 0 if keys is None else keys.path.stat().st_size
    return Figures(size, of_keys, write.result, write.seconds, read.seconds, verify, verify_two)


class _Timed(NamedTuple):
    result: int
    seconds: float


def _timed(work: Callable[[], int]) -> _Timed:
    began = time.monotonic()
    return _Timed(work(), time.monotonic() - began)


def _line(name: str, rows: list[Figures], events: int) -> str:
    last = rows[-1]
    written, read = (last.records / median(column) for column in ([r.write for r in rows], [r.read for r in rows]))
    return (
        f"{name}: {last.size / 1e6:.1f} MB, {last.size / last.records:.0f} bytes a record, "
        f"keys {last.keys / 1e6:.1f} MB; "
        f"written {written:,.0f} records/s, read {read:,.0f} records/s, "
        f"verify {events / median(r.verify for r in rows):,.0f} events/s, "
        f"in two processes {events / median(r.verify_two for r in rows):,.0f}; median of {len(rows)}"
    )


if __name__ == "__main__":
    main()
