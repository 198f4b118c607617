"""Questions over W1's states: the path to clear, what-if, and a store of a million accounts.

    python -m tests.bench.questions [--accounts 2000] [--stored 1000000]

Times are CPU times of one process on one core; a request is one state read from the store, a what-if of one payment
and the path to clear of the product. Memory is the process's own resident set, the page cache of the file left out.
"""

import argparse
import gc
import resource
import tempfile
import time
from pathlib import Path

from schemas.events import parse_event
from schemas.instants import instant_text
from schemas.policy import load_policy
from schemas.settings import CoreSettings
from streams.codec import state as blobs
from streams.codec.partition import CHANGELOG, Partition
from streams.core.path.search import path
from streams.core.policies import Policies
from streams.core.step import Account
from streams.query.store import Store
from streams.query.what_if import what_if
from tests.bench.results import Figure, say
from tests.bench.sums import quantile
from tests.bench.w1_pure import POLICY, sources

BATCH = 5_000
REQUESTS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--stored", type=int, default=1_000_000)
    given = parser.parse_args()
    measured(given.accounts, given.stored)


def measured(accounts: int, stored: int) -> list[Figure]:
    """Told and returned."""
    states, policies, product, end = w1_states(accounts)
    gc.freeze()
    spent, verdicts = [], dict[str, int]()
    for name, blob in states.items():
        account, began = _account(name, blob), time.process_time()
        found = path(account, product, end, policies)
        spent.append((time.process_time() - began) * 1e3)
        verdict = "none" if found is None else found.verdict
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
    p50, p99 = quantile(spent, 0.5), quantile(spent, 0.99)
    say(f"path: p50 {p50:.2f} ms, p99 {p99:.2f} ms, {verdicts}")
    with tempfile.TemporaryDirectory() as directory, Store(Path(directory) / "states", "bench") as store:
        names = list(states)
        began = time.perf_counter()
        for first in range(0, stored, BATCH):
            rows = [(0, b"%d" % n, states[names[n % len(names)]]) for n in range(first, min(first + BATCH, stored))]
            store.write(rows, {("bench", 0): first + BATCH})
        rate = stored / (time.perf_counter() - began)
        size = (Path(directory) / "states").stat().st_size / 2**20
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"store: {store.count():,} accounts at {rate:,.0f}/s, file {size:,.0f} MiB, RSS {memory:.0f} MiB")
        asked = []
        for number in range(REQUESTS):
            began = time.process_time()
            request(store, (number * 7_919) % stored, product, end, policies)
            asked.append(time.process_time() - began)
        answers, worst = REQUESTS / sum(asked), sorted(asked)[REQUESTS * 99 // 100] * 1e3
        say(f"requests: {answers:,.0f} what-if and path together, per second of CPU; p99 {worst:.2f} ms")
        store.close()
        began = time.perf_counter()
        with Store(Path(directory) / "states", "bench") as again:
            assert again.places()[("bench", 0)] >= stored
            request(again, 1, product, end, policies)
            again.count()
            reopened = time.perf_counter() - began
        say(f"restart: one request and a count of all accounts {reopened:.2f} s after the file was opened")
    return [
        Figure("path to clear, p50", "ms of CPU", [p50], False),
        Figure("path to clear, p99", "ms of CPU", [p99], False),
        Figure("what-if and path together", "a second of CPU", [answers], True),
        Figure("what-if and path together, p99", "ms of CPU", [worst], False),
        Figure("replica's store filled", "accounts/s", [rate], True),
        Figure("replica's store opened again", "s", [reopened], False),
    ]


def request(store: Store, number: int, product: str, end: int, policies: Policies) -> None:
    blob = store.get(0, b"%d" % number)
    assert blob is not None
    document = {
        "specversion": "1.0",
        "id": "paid",
        "source": "/bench",
        "type": "repayment.received",
        "subject": str(number),
        "time": instant_text(end + 1),
        "data": {"amount": "100.00"},
    }
    what_if(_account(str(number), blob), [parse_event(document)], end + 1, policies, CoreSettings())
    path(_account(str(number), blob), product, end, policies)


def w1_states(accounts: int) -> tuple[dict[str, bytes], Policies, str, int]:
    """The states of W1's accounts at its end, ten events each."""
    (records,) = sources(accounts * 10, accounts, 1)
    policy = load_policy(POLICY.read_bytes())
    machine = Partition(0, 1, CoreSettings())
    machine.install(policy)
    states: dict[str, bytes] = {}
    while records:
        machine.open_block(1 << 52)
        records = records[machine.apply(records[:500]) :]
        for row in machine.close_block().outputs[CHANGELOG]:
            if row.key is not None and row.value is not None and not row.key.startswith(b"~"):
                states[row.key.decode()] = row.value
    return states, machine.policies, next(iter(policy.products)), machine.clock


def _account(name: str, blob: bytes) -> Account:
    state, due = blobs.unpack(blob)
    return Account(name, state, due)


if __name__ == "__main__":
    main()
