"""A status service as a process, over what lanes told in the topics of a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from schemas.topics import changelog_name
from streams.codec.partition import CHANGELOG
from streams.settings import Settings, WebSettings
from streams.web.keys import new_key
from tests.support.broker import put
from tests.support.core import Lane
from tests.support.processes import WorkerProcess, workers


class Serving(NamedTuple):
    """Where it answers, a token of its one key, and the process."""

    address: str
    token: str
    process: WorkerProcess

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def tell(settings: Settings, lane: Lane, number: int) -> None:
    """What a lane told of its accounts, and their states, into its partition."""
    assert settings.kafka.bootstrap_servers is not None
    for topic in ("status", "current", CHANGELOG):
        full = changelog_name(settings.application_id) if topic == CHANGELOG else settings.topic_prefix + topic
        rows = [(each.key, each.value, each.timestamp) for each in lane.outputs[topic]]
        await put(settings.kafka.bootstrap_servers, full, rows, number)


async def until_ready(address: str, seconds: float) -> None:
    """Until the service at an address has read what there is."""
    async with asyncio.timeout(seconds), httpx.AsyncClient(base_url=address) as client:
        while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)


@asynccontextmanager
async def serving(
    directory: Path, settings: Settings, scopes: Collection[str], accounts: Collection[str] = (), **web: Any
) -> AsyncIterator[Serving]:
    """A service that is ready, for as long as the block lasts; it has to end well. `web` are more of its settings."""
    token, key = new_key("test", scopes, accounts)
    keys = directory / "keys.yaml"
    keys.write_text(f"keys: [{key.model_dump_json()}]", encoding="utf-8")
    own = WebSettings(address="127.0.0.1:0", keys_file=keys, directory=directory / "web", **web)
    with workers(directory, settings.model_copy(update={"web": own})) as started:
        process = started.start(("-m", "streams.cli", "web"))
        await asyncio.to_thread(process.until_logged, "status service at ", 60)
        address = process.log.split("status service at ")[1].split()[0]
        await until_ready(address, 600)
        yield Serving(address, token, process)
        assert await asyncio.to_thread(process.terminate) == 0, process.log
