"""The status service in one process, without sockets or brokers: CPU and file per account, per read, per open stream.

    python -m tests.bench.web_reads [--accounts 5000] [--reads 2000] [--streams 1000]

Reads go through the whole application (routing, keys, rates, the record of the read, entity tags); what is left out is
the server's parsing of HTTP and the brokers' acknowledgement. Times are CPU of this process.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from streams.publish import Outgoing
from streams.settings import Settings, WebSettings
from streams.web.app import build_app
from streams.web.behind import Desk
from streams.web.flow import Flow
from streams.web.keys import Keys, new_key
from streams.web.metrics import Metrics
from streams.web.rates import Rates
from streams.web.service import Service
from streams.web.view import View
from tests.bench.results import Figure, say
from tests.support.behind import Known
from tests.support.core import Lane, policy, product, rule
from tests.support.events import due, inquiry, paid
from tests.support.web import fill, filled

POLICY = policy(
    products={
        name: product(
            rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
            rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=1),
        )
        for name in ("cash", "card", "loan")
    }
)


class Acknowledged:
    """Takes records at once."""

    async def send(self, records: Iterable[Outgoing]) -> int:
        return len(list(records))


async def measured(given: argparse.Namespace) -> list[Figure]:
    """Told and returned."""
    figures = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        lane = Lane(POLICY)
        ids = [f"A{number:07d}" for number in range(given.accounts)]
        for first in range(0, len(ids), 500):
            lane.together(*(due("2025-01-03", on="2025-01-10").of(each) for each in ids[first : first + 500]))
        lane.tick("2025-01-12")
        rows = len(lane.outputs["status"]) + len(lane.outputs["current"])
        began = time.process_time()
        view, replica = filled(directory, lane)
        spent = time.process_time() - began
        view.store.close()  # what is beside the file goes into it
        size = (directory / "view").stat().st_size / given.accounts
        view = View(replica.settings, directory / "view")
        view.ready.set()
        replica.ready.set()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(
            f"taken: {rows:,} records, {rows / spent:,.0f}/s of CPU, {size:,.0f} bytes an account, RSS {memory:.0f} MiB"
        )
        token, key = new_key("bench", ["support"], [])
        (directory / "keys.yaml").write_text(f"keys: [{key.model_dump_json()}]", encoding="utf-8")
        web = WebSettings(keys_file=directory / "keys.yaml", streams_max=given.streams)
        settings = Settings(partitions=1, web=web)
        rates = Rates(1e9, 1e9, time.monotonic)
        keys = Keys(directory / "keys.yaml")
        desk, flow = Desk(Known(), settings.partitions), Flow(settings)
        service = Service(settings, view, replica, Acknowledged(), keys, rates, Metrics(), desk, flow)
        app = build_app(service)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
            for path in ("status", "status?lang=zh", "status?checks=all", "history"):
                rate = await _reads(http, ids, path, given.reads, headers)
                figures.append(Figure(f"status service: {path}", "reads a second of CPU", [rate], True))
        await _streams(service, app, ids[0], lane, given.streams, token)
    return figures


async def _reads(http: httpx.AsyncClient, ids: list[str], path: str, count: int, headers: dict[str, str]) -> float:
    spent = []
    for number in range(count):
        account = ids[number * 7919 % len(ids)]
        began = time.process_time()
        answer = await http.get(f"/api/accounts/{account}/{path}", headers=headers)
        spent.append((time.process_time() - began) * 1e3)
        assert answer.status_code == 200, answer.text
    spent.sort()
    middle, late = spent[count // 2], spent[count * 99 // 100]
    rate = count / sum(spent) * 1e3
    say(f"{path}: CPU p50 {middle:.2f} ms, p99 {late:.2f} ms, {rate:,.0f} a second of CPU")
    return rate


async def _streams(service: Service, app: Any, account: str, lane: Lane, count: int, token: str) -> None:
    """Streams of one account, all told of the same change."""
    told = 0
    done = asyncio.Event()
    scope = {
        "type": "http", "method": "GET", "path": f"/api/accounts/{account}/events", "raw_path": b"", "scheme": "http",
        "query_string": b"", "http_version": "1.1", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal told
        told += message.get("body", b"").count(b"event: status")

    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    tasks = [asyncio.create_task(app(dict(scope), receive, send)) for _ in range(count)]
    while service.view.streams < count:  # noqa: ASYNC110 - streams tell nobody that they wait
        await asyncio.sleep(0.01)
    opened, begin = time.process_time() - began, len(lane.outputs["status"])
    began = time.process_time()
    fill(service.view, lane.feed(paid("2025-01-13").of(account), inquiry("2025-01-13").of(account)), begin)
    news = len(lane.outputs["status"]) - begin
    while told < news * count:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)
    spent = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / count
    done.set()
    await asyncio.gather(*tasks)
    say(
        f"{count:,} streams: opened in {opened:.2f} s of CPU, {grown:.0f} KiB each, {news} events to each in "
        f"{spent:.2f} s of CPU"
    )


def sizes(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is measured, by a command line."""
    parser = argparse.ArgumentParser()
    for name, default in (("accounts", 5_000), ("reads", 2_000), ("streams", 1_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(measured(sizes()))
