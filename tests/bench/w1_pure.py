"""W1 through the pure machine alone: CPU microseconds an event, and a digest of all that came out.

    python -m tests.bench.w1_pure [--events 100000] [--accounts 10000] [--partitions 4] [--block 4000] [--rounds 1]

No Kafka, no threads: records as a lane's merge would hand them over, in blocks and portions of the lane's sizes. The
digest (changelog included) is the same for every version that puts out the same bytes.
"""

import argparse
import gc
import hashlib
import time
from pathlib import Path

import orjson

from schemas.events import EVENT_TYPES
from schemas.policy import load_policy
from schemas.settings import CoreSettings
from streams import local
from streams.codec.murmur2 import partition_of
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord
from streams.reference.calendar import parse_instant
from tests.bench.results import say
from tests.bench.w1.data import cloud_event, events

POLICY = Path(local.__file__).parent / "policies/w1.yaml"
PORTION = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--block", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    measured(sources(given.events, given.accounts, given.partitions), given.block, given.rounds)


def measured(lanes: list[list[SourceRecord]], block: int, rounds: int) -> list[float]:
    """Microseconds of CPU an event of each round, told and returned."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    count, found = sum(map(len, lanes)), []
    for _ in range(rounds):
        began = time.process_time()
        digest = hashlib.sha256()
        statuses = 0
        for lane, records in enumerate(lanes):
            statuses += run(lane, len(lanes), records, block, digest)
        found.append((time.process_time() - began) / count * 1e6)
        say(f"{found[-1]:.1f} us an event, {statuses} statuses, {digest.hexdigest()[:16]}")
    return found


def sources(count: int, accounts: int, partitions: int) -> list[list[SourceRecord]]:
    """W1's records by lane, in order."""
    lanes: list[list[SourceRecord]] = [[] for _ in range(partitions)]
    for offset, event in enumerate(events(count, accounts)):
        document = cloud_event(event)
        lane = partition_of(document["subject"], partitions)
        topic = EVENT_TYPES[document["type"]].topic
        timestamp = parse_instant(document["time"])
        key = document["subject"].encode()
        lanes[lane].append(SourceRecord(topic, lane, offset, timestamp, key, orjson.dumps(document), ()))
    return lanes


def run(lane: int, partitions: int, records: list[SourceRecord], block: int, digest: "hashlib._Hash | None") -> int:
    """One lane's blocks; the number of its statuses. `digest` takes in all that comes out, None: nothing does."""
    partition = Partition(lane, partitions, CoreSettings(), "w1.")
    partition.install(load_policy(POLICY.read_bytes()))
    statuses = 0
    for begin in range(0, len(records), block):
        partition.open_block(1 << 53)
        for at in range(begin, min(begin + block, len(records)), PORTION):
            portion = records[at : min(at + PORTION, begin + block)]
            assert partition.apply(portion) == len(portion), "a block has evaluations enough"
        outputs = partition.close_block().outputs
        statuses += len(outputs["status"])
        if digest is not None:
            for rows in outputs.values():
                for row in rows:
                    digest.update(row.value or b"")
    return statuses


if __name__ == "__main__":
    main()
