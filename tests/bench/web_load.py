"""Reads of the status service at a fixed rate, over sockets and with the real Kafka: latency from when each was due.

    python -m tests.bench.web_load [--rate 500] [--seconds 10] [--rounds 3] [--warm 30] [--accounts 2000]
        [--path status]

One `eligibility web`, every read recorded in `access` and acknowledged before its answer. The same load goes before for
--warm seconds: a broker that has just started still compiles itself, on the same cores. The client is in this process
and keeps its connections; its garbage collector rests meanwhile, since its pauses are none of the service's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from pathlib import Path

import psutil

from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings
from tests.bench.results import Figure, say
from tests.bench.web_reads import POLICY
from tests.support.core import Lane
from tests.support.events import due
from tests.support.serving import serving, tell

CONNECTIONS = 32
PARTITIONS = 3


async def measured(directory: Path, bootstrap: str, given: argparse.Namespace) -> list[Figure]:
    """Told and returned."""
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix="web-load.",
        application_id="web-load",
        partitions=PARTITIONS,
    )
    await admin.apply(settings)
    ids = [f"A{number:07d}" for number in range(given.accounts)]
    for number in range(PARTITIONS):
        await _load(settings, number, [each for each in ids if partition_of(each, PARTITIONS) == number])
    halves, lates = [], []
    async with serving(directory, settings, ["support"], requests_per_second=1e6, burst=1e6) as service:
        reads = Reads(int(service.address.rpartition(":")[2]), service.token, ids, given.path)
        await reads.ready()
        await reads.at(given.rate, given.warm)
        process = psutil.Process(service.process.pid)
        for _ in range(given.rounds):
            gc.collect()
            gc.disable()
            spent = sum(process.cpu_times()[:2])
            found = sorted(await reads.at(given.rate, given.seconds))
            spent = sum(process.cpu_times()[:2]) - spent
            gc.enable()
            p50, p99 = (found[int(len(found) * share)] * 1e3 for share in (0.5, 0.99))
            say(
                f"{given.path} at {given.rate}/s for {given.seconds:.0f} s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max "
                f"{found[-1] * 1e3:.1f} ms; {spent / given.seconds * 100:.0f} % of a core, "
                f"{process.memory_info().rss / 2**20:.0f} MiB"
            )
            halves.append(p50)
            lates.append(p99)
    what = f"status service, {given.path} at {given.rate}/s, recorded in Kafka"
    return [Figure(f"{what}: p50", "ms", halves, False), Figure(f"{what}: p99", "ms", lates, False)]


async def _load(settings: Settings, number: int, ids: list[str]) -> None:
    """What a lane tells of its accounts, in its topics."""
    lane = Lane(POLICY, number=number, partitions=PARTITIONS)
    lane.together(*(due("2025-01-03", on="2025-01-10").of(each) for each in ids)).tick("2025-01-12")
    await tell(settings, lane, number)


class Reads:
    """Reads over connections that stay open."""

    def __init__(self, port: int, token: str, ids: list[str], path: str) -> None:
        self._port, self._ids, self._path = port, ids, path
        self._head = f" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def ready(self) -> None:
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))
        while await self._get("/readyz") != 200:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)

    async def at(self, rate: int, seconds: float) -> list[float]:
        """Latencies in seconds, each from when the read was due."""
        began = time.perf_counter()
        return await asyncio.gather(*(self._due(began + n / rate, n) for n in range(int(rate * seconds))))

    async def _due(self, due_at: float, number: int) -> float:
        await asyncio.sleep(due_at - time.perf_counter())
        account = self._ids[number * 7919 % len(self._ids)]
        assert await self._get(f"/api/accounts/{account}/{self._path}") == 200
        return time.perf_counter() - due_at

    async def _get(self, path: str) -> int:
        reader, writer = await self._free.get()
        writer.write(f"GET {path}{self._head}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        self._free.put_nowait((reader, writer))
        return int(head.split(" ", 2)[1])


def sizes(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is measured, by a command line."""
    parser = argparse.ArgumentParser()
    for name, default in (("rate", 500), ("rounds", 3), ("accounts", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--warm", type=float, default=30.0)
    parser.add_argument("--path", default="status")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, LocalKafka(Path(name) / "kafka") as broker:
        asyncio.run(measured(Path(name), broker.bootstrap, sizes()))
