"""What the account state costs in each encoding at W1's load: bytes and microseconds.

    python -m tests.bench.state_encoding [--events 200000] [--accounts 20000]

Ten events an account, as in W1 (1,000,000 over 100,000). The states are those of the lane's own machine.
"""

import argparse
import pickle
import statistics
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import orjson

from schemas.policy import load_policy
from schemas.settings import CoreSettings
from streams.codec import state as blobs
from streams.codec.partition import Partition
from streams.core.calendar import NEVER
from streams.core.state import AccountState
from tests.bench.w1_pure import POLICY, sources

BLOCK = 2_000
SAMPLE = 2_000


class Encoding(NamedTuple):
    """A way to write a state and to read it back."""

    name: str
    write: Callable[[AccountState], bytes]
    read: Callable[[bytes], Any]


def encodings() -> list[Encoding]:
    """The candidates; the first one is the one in use."""
    packed = msgspec.msgpack.Decoder(AccountState)
    text = msgspec.json.Decoder(AccountState)
    pack, write = msgspec.msgpack.Encoder().encode, msgspec.json.Encoder().encode
    return [
        Encoding("MessagePack arrays, typed (in use)", pack, packed.decode),
        Encoding("JSON arrays, typed", write, text.decode),
        Encoding("JSON by orjson, plain lists", lambda s: orjson.dumps(msgspec.to_builtins(s)), orjson.loads),
        Encoding("pickle 5", lambda s: pickle.dumps(s, 5), pickle.loads),
        Encoding(
            "MessagePack and zlib 1", lambda s: zlib.compress(pack(s), 1), lambda b: packed.decode(zlib.decompress(b))
        ),
    ]


def states(count: int, accounts: int) -> list[AccountState]:
    """The states of all accounts after so many of W1's events."""
    partition = Partition(0, 1, CoreSettings())
    partition.install(load_policy(POLICY.read_bytes()))
    blobs_by_key: dict[bytes, bytes] = {}
    (records,) = sources(count, accounts, 1)
    while records:
        partition.open_block(NEVER)
        del records[: partition.apply(records[:BLOCK])]
        for row in partition.close_block().outputs["accounts-changelog"]:
            assert row.key is not None
            assert row.value is not None
            blobs_by_key[row.key] = row.value
    return [blobs.unpack(blob)[0] for key, blob in blobs_by_key.items() if not key.startswith(b"~")]


def main() -> None:
    """Print one line per encoding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--accounts", type=int, default=20_000)
    given = parser.parse_args()
    all_states = states(given.events, given.accounts)
    sample = all_states[:SAMPLE]
    sys.stdout.write(f"{len(all_states)} accounts, {given.events / len(all_states):.1f} events each\n")
    for encoding in encodings():
        written = [encoding.write(state) for state in sample]
        sizes = sorted(len(encoding.write(state)) for state in all_states)
        sys.stdout.write(
            f"{encoding.name:36} bytes: mean {statistics.mean(sizes):6.0f}, p99 {sizes[len(sizes) * 99 // 100]:6}, "
            f"max {sizes[-1]:6}; "
            f"write {_best(encoding.write, sample):5.1f} us, read {_best(encoding.read, written):5.1f} us\n"
        )


def _best(work: Callable[[Any], Any], values: list[Any]) -> float:
    """The best of five rounds, us a value."""
    rounds = []
    for _ in range(5):
        began = time.perf_counter()
        for value in values:
            work(value)
        rounds.append((time.perf_counter() - began) / len(values) * 1e6)
    return min(rounds)


if __name__ == "__main__":
    main()
