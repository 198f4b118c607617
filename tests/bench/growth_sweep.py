"""Re-evaluation of all accounts after a policy's activation, while events flow into the same lanes.

Accounts are primed with documents that are valid for long; the new version of W1's policy refuses those of one in five.
What is measured lasts from the new version's being in force to the arrival of the last changed status; an event that is
sent meanwhile has its latency.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import psutil
import yaml

from schemas.instants import instant_text
from schemas.policy import PolicyDocument, parse_policy
from streams.messages import now_ms, policy_in_force
from streams.publish import publisher
from streams.settings import Settings
from tests.bench import latency
from tests.bench.contenders import route
from tests.bench.growth_lanes import PARTITIONS, prime
from tests.bench.results import Figure, say
from tests.bench.sums import quantile
from tests.bench.w1_kafka import POLICY, new_system
from tests.support.processes import REAL, workers

FLIPPED: Final = 0.2
RATE: Final = 1_000
_WARM_S: Final = 5.0
_DELAY_MS: Final = 1_000
_DAY_MS: Final = 86_400_000
_LIMIT: Final = 50_000
"""Days that a document may be valid under the new version: more than until 2099, less than until 2199."""


class Swept(NamedTuple):
    """Seconds until the last changed status, CPU seconds of the worker meanwhile, and latencies in s meanwhile."""

    seconds: float
    cpu: float
    latencies: list[float]


def sweep(folder: Path, bootstrap: str, count: int, seconds: float) -> list[Figure]:
    """A flow of so many seconds, in which the new version comes into force after the first ones."""
    settings = new_system(bootstrap, PARTITIONS, live=True).model_copy(update={"activation_delay_ms": _DELAY_MS})
    (folder / "sweep").mkdir(parents=True)
    with workers(folder / "sweep", settings) as started:
        prime(settings.model_copy(update={"live_clock": False}), started, count, FLIPPED, now_ms() - _DAY_MS)
        worker = started.start(REAL)
        swept = asyncio.run(_swept(settings, psutil.Process(worker.pid), round(count * FLIPPED), seconds))
        if worker.terminate() != 0:
            sys.exit(worker.log)
    p50, p99 = (quantile(swept.latencies, share) * 1000 for share in (0.5, 0.99))
    say(
        f"{count:,} accounts re-evaluated in {swept.seconds:.1f} s ({swept.cpu:.1f} s of CPU, the flow included), "
        f"meanwhile {RATE:,} events/s with p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    )
    return [
        Figure(f"re-evaluation of {count:,} accounts", "s", [swept.seconds], False),
        Figure("re-evaluation, accounts a second", "accounts/s", [count / swept.seconds], True),
        Figure(f"p50 at {RATE:,}/s during re-evaluation", "ms", [p50], False),
        Figure(f"p99 at {RATE:,}/s during re-evaluation", "ms", [p99], False),
    ]


async def _swept(settings: Settings, worker: psutil.Process, flips: int, seconds: float) -> Swept:
    arrived: list[float] = []
    plain = route(settings)

    def cause(value: bytes) -> str | None:
        if b'"account_id":"P' in value:
            arrived.append(time.time())
            return None
        return plain.cause(value)

    load = latency.Load(RATE, _WARM_S + seconds, _WARM_S, RATE * 4)
    flow = asyncio.create_task(latency.measured(plain._replace(cause=cause), load))
    while not flow.done() and not _flows(worker):  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.2)
    await asyncio.sleep(2 * _WARM_S)
    spent = sum(worker.cpu_times()[:2])
    at = now_ms()
    async with publisher(settings, {"policies"}) as sender:
        await sender.send(policy_in_force(_next_version(at), at))
    begin = at / 1000 + _DELAY_MS / 1000
    while len(arrived) < flips and not flow.done():  # noqa: ASYNC110 - grows with each arrival, thousands a second
        await asyncio.sleep(0.05)
    spent = sum(worker.cpu_times()[:2]) - spent
    came = await flow
    if len(arrived) != flips:
        sys.exit(f"{len(arrived):,} statuses changed by the new version, expected {flips:,}: try more --sweep-seconds")
    end = max(arrived)
    if end > max(came.moments.values()):
        sys.exit("the flow ended before the re-evaluation: try more --sweep-seconds")
    meanwhile = [each for name, each in came.latencies.items() if begin <= came.moments[name] <= end]
    return Swept(end - begin, spent, meanwhile)


def _flows(worker: psutil.Process) -> bool:
    """Has it started?"""
    return sum(worker.cpu_times()[:2]) > 2.0


def _next_version(at: int) -> PolicyDocument:
    document: dict[str, Any] = yaml.safe_load(POLICY.read_bytes())
    document |= {"version": 2, "effective_from": instant_text(at)}
    document["products"]["w1"]["rules"].append(
        {
            "id": "TOO_LONG",
            "fact": "identity.document_days_left",
            "at_most": _LIMIT,
            "else": "NOT_OPEN",
            "reason": "POL-03",
        }
    )
    return parse_policy(orjson.loads(orjson.dumps(document, default=str)))
