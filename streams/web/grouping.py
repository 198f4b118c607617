"""Records sent in groups: what is asked for while one group is on its way goes out together as the next.

Each who asks waits for the acknowledgement of its own records; the producer is asked once a group, not once a record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from streams.publish import Outgoing, PublishError
from streams.web.access import Sink


class Grouped:
    """A sink before another one, on one event loop."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting: list[tuple[list[Outgoing], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def send(self, records: Iterable[Outgoing]) -> int:
        """Sends all and waits until every one is acknowledged; returns how many. Raises PublishError.

        A group fails as one: those of it that were taken are there twice when they are sent again.
        """
        mine = list(records)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((mine, done))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        await done
        return len(mine)

    async def _run(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._send(group)
        finally:
            self._task = None

    async def _send(self, group: list[tuple[list[Outgoing], asyncio.Future[None]]]) -> None:
        failed: PublishError | None = None
        try:
            await self._sink.send([record for records, _ in group for record in records])
        except PublishError as error:
            failed = error
        for _, done in group:
            if done.done():  # who asked waits no longer
                continue
            if failed is None:
                done.set_result(None)
            else:
                done.set_exception(failed)
