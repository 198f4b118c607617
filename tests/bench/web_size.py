"""A status service with a million accounts and a thousand open streams, read at a fixed rate: memory and latency.

    python -m tests.bench.web_size [--accounts 1000000] [--streams 1000] [--rate 500] [--seconds 10]

What a lane puts out for so many accounts is taken into the service's files as if Kafka had brought it; then the service
runs on them in a process of its own, over sockets. What is left out is the brokers' acknowledgement of each read's
record (web_load has it). Memory is the process's greatest resident size, from its start to the last read.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from streams.codec.partition import CHANGELOG
from streams.query.replica import Replica
from streams.settings import Settings, WebSettings
from streams.web.app import build_app
from streams.web.behind import Desk
from streams.web.flow import Flow
from streams.web.keys import Keys, new_key
from streams.web.metrics import Metrics
from streams.web.rates import Rates
from streams.web.serve import listen
from streams.web.service import Service
from streams.web.view import View
from tests.bench.results import Figure, say
from tests.bench.web_load import Reads
from tests.bench.web_reads import Acknowledged
from tests.support.behind import Known
from tests.support.core import Lane, policy, rule
from tests.support.events import due
from tests.support.processes import ROOT
from tests.support.web import SETTINGS, rows

POLICY = policy(rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0))
_CHUNK = 1_000
GIB = 1 << 30


async def measured(given: argparse.Namespace) -> list[Figure]:
    """Told and returned."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        ids = [f"A{number:07d}" for number in range(given.accounts)]
        _fill(directory, ids)
        token, key = new_key("bench", ["support"], [])
        (directory / "keys.yaml").write_text(f"keys: [{key.model_dump_json()}]", encoding="utf-8")
        with _service(directory, given.streams) as (process, port):
            streams = [await _opened(port, token, ids[n * 7919 % len(ids)]) for n in range(given.streams)]
            # Opened last: the service ends connections that ask nothing for 5 s.
            reads = Reads(port, token, ids, "status")
            await reads.ready()
            await reads.at(given.rate, 1.0)
            found = sorted(await reads.at(given.rate, given.seconds))
            lost = sum(reader.at_eof() for reader, _ in streams)
            assert lost == 0, f"{lost} streams were ended"
            memory = _greatest(process.pid)
            for _, writer in streams:
                writer.close()
    p50, p99 = (found[int(len(found) * share)] * 1e3 for share in (0.5, 0.99))
    what = f"status service, {given.accounts:,} accounts and {given.streams:,} streams"
    say(f"{what}: {memory / GIB:.2f} GiB at most; {given.rate} reads/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    assert memory < 2 * GIB, "more than 2 GiB"
    return [
        Figure(f"{what}: memory", "MiB", [memory / 2**20], False),
        Figure(f"{what}: reads at {given.rate}/s, p99", "ms", [p99], False),
    ]


def _fill(directory: Path, ids: list[str]) -> None:
    """What a lane puts out of each account, in the service's two files."""
    began = time.process_time()
    view, replica = View(SETTINGS, directory / "view"), Replica(SETTINGS, directory / "states")
    lane = Lane(POLICY)
    topics = {name: f"{SETTINGS.topic_prefix}{name}" for name in ("status", "current")} | {CHANGELOG: replica.topic}
    places = dict.fromkeys(topics, 0)
    for first in range(0, len(ids), _CHUNK):
        lane.together(*(due("2025-01-03", on="2025-01-10").of(each) for each in ids[first : first + _CHUNK]))
        for name, topic in topics.items():
            out = lane.outputs[name]
            taken, begin = list(rows(topic, out, places[name])), places[name]
            places[name] = begin + len(out)
            if taken:
                (replica if name == CHANGELOG else view).take(taken, {(topic, 0): places[name]})
        for out in lane.outputs.values():
            out.clear()
        lane.blocks.clear()
    view.store.close()
    replica.store.close()
    size = sum(each.stat().st_size for each in directory.iterdir())
    spent = time.process_time() - began
    say(f"{len(ids):,} accounts: {size / len(ids):,.0f} bytes of files each; filled in {spent:,.0f} s of CPU")


@contextmanager
def _service(directory: Path, streams: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "tests.bench.web_size", "--serve", str(directory), "--streams", str(streams)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


async def serve(directory: Path, streams: int) -> None:
    """The service on files that are there already; its port is the first line that it says."""
    web = WebSettings(keys_file=directory / "keys.yaml", streams_max=streams)
    settings = Settings(partitions=1, web=web)
    view, replica = View(SETTINGS, directory / "view"), Replica(SETTINGS, directory / "states")
    view.ready.set()
    replica.ready.set()
    rates = Rates(1e9, 1e9, time.monotonic)
    desk, flow, keys = Desk(Known(), settings.partitions), Flow(settings), Keys(directory / "keys.yaml")
    service = Service(settings, view, replica, Acknowledged(), keys, rates, Metrics(), desk, flow)
    listening = listen("127.0.0.1:0")
    say(str(listening.getsockname()[1]))
    await uvicorn.Server(uvicorn.Config(build_app(service), log_config=None, access_log=False)).serve([listening])


async def _opened(port: int, token: str, account: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /api/accounts/{account}/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(head.encode())
    assert b" 200 " in await reader.readline()
    return reader, writer


def _greatest(pid: int) -> int:
    """The process's greatest resident size, bytes (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def sizes(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is measured, by a command line."""
    parser = argparse.ArgumentParser()
    for name, default in (("accounts", 1_000_000), ("streams", 1_000), ("rate", 500)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asked = sizes()
    asyncio.run(measured(asked) if asked.serve is None else serve(asked.serve, asked.streams))
