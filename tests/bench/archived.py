"""One account's records from an archive of W1: read whole, the first question, later ones; seconds and bytes.

    python -m tests.bench.archived [--events 400000] [--accounts 40000] [--partitions 4] [--segment-kib 4096]

No Kafka. Archives under keys and without; of the account's lane alone. `whole` opens every record, as an audit does.
"""

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.archive import GROUND, Folder, Keys
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.murmur2 import partition_of
from streams.codec.records import SourceRecord
from streams.query.log import log_of_archive
from tests.bench.results import say
from tests.bench.w1_pure import sources


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--accounts", type=int, default=40_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--segment-kib", type=int, default=4_096)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    lane = sources(given.events, given.accounts, given.partitions)[0]
    account, count = next(
        (key.decode(), count) for key, count in Counter(row.key or b"" for row in lane).most_common() if count <= 10
    )
    for kind in ("under keys", "without keys"):
        with tempfile.TemporaryDirectory() as directory:
            place = Path(directory)
            keys = Keys(place / "keys", make=True) if kind == "under keys" else None
            _archive(Folder(place / "archive", keys), lane, given.partitions, given.segment_kib << 10)
            say(f"{kind}: an account with {count} of {len(lane):,} records; {_size(place / 'archive') >> 10:,} KiB")
            folder = _Counted(place / "archive", keys)
            for _ in range(given.rounds):
                folder.told("whole", _whole, account, folder, given.partitions)
            for number in range(given.rounds):
                index = place / f"index-{number}"
                folder.told("first question", log_of_archive, account, folder, index)
                folder.told("later question", log_of_archive, account, folder, index)
            say(f"{kind}: index {_size(index) >> 10:,} KiB")


def _archive(folder: Folder, lane: list[SourceRecord], partitions: int, segment_bytes: int) -> None:
    by_topic: dict[str, list[SourceRecord]] = defaultdict(list)
    for row in lane:
        pile = by_topic[row.topic]
        pile.append(row._replace(offset=len(pile)))
    ids = {name: name for name in (*SOURCE_ORDER, *block.OUTPUTS, "ledger")}
    begun = block.genesis(0, block.Ground("bench", ids, partitions, CoreSettings()), engine())
    by_topic["ledger"].append(SourceRecord("ledger", 0, 0, 0, b"0", begun, ()))
    for topic, rows in by_topic.items():
        first, size = 0, 0
        for number, row in enumerate(rows, 1):
            size += len(row.value or b"")
            if size >= segment_bytes or number == len(rows):
                folder.append(topic, 0, first, number, rows[first:number])
                first, size = number, 0
    ranges = [[name, 0, 0, len(by_topic[name]), len(by_topic[name])] for name in (*SOURCE_ORDER, "ledger")]
    folder.write(GROUND, {"lanes": partitions, "prefix": ""})
    folder.write("position", {"ranges": ranges})


def _whole(account: str, folder: Folder, partitions: int) -> list[SourceRecord]:
    number, key = partition_of(account, partitions), account.encode()
    sources = [name for name in SOURCE_ORDER if name not in BROADCAST]
    return [row for name in sources for row in folder.rows(name, number) if row.key == key]


class _Counted(Folder):
    """Counts the bytes that it reads."""

    def __init__(self, place: Path, keys: Keys | None) -> None:
        super().__init__(place, keys)
        self._bytes = 0
        read = self.store.read

        def counted(path: str) -> bytes:
            data = read(path)
            self._bytes += len(data)
            return data

        self.store.read = counted  # type: ignore[method-assign]

    def told(self, what: str, work: Callable[..., object], *asked: object) -> None:
        self._bytes, began, cpu = 0, time.perf_counter(), time.process_time()
        work(*asked)
        took, spent = time.perf_counter() - began, time.process_time() - cpu
        say(f"  {what}: {took:.3f} s ({spent:.3f} s of CPU), {self._bytes >> 10:,} KiB read")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
