"""The view: what was told, followed into its store, and who waits for an account's news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from streams.query.following import Places, follow
from streams.reading import partitions_of
from streams.settings import Settings
from streams.web.store import Received, ViewStore

TOPICS: Final = ("status", "current", "availability", "corrections")
# A write of so many takes some 10 ms, for which a question waits at most.
_BATCH: Final = 500


class View:
    """What holds, as far as it is in. `run` follows until it is cancelled; `ready` when it has caught up."""

    def __init__(self, settings: Settings, path: Path, heard: Callable[[Sequence[Any]], None] = lambda _: None) -> None:
        """Keeps what it knows in the file `path`, made where there is none; `heard` gets Kafka's records of status
        events as they come, once it has caught up. Raises StoreError.
        """
        self._settings = settings
        self._heard = heard
        self.store = ViewStore(path, f"{settings.topic_prefix}status")
        self.ready = asyncio.Event()
        self.moved_at = 0
        """The newest record timestamp that is in, ms; 0 before any."""
        self._waiting: dict[str, set[asyncio.Event]] = {}

    async def run(self) -> None:
        """Follow the topics from where the store stands. Raises ReadError and StoreError."""
        found = await partitions_of(self._settings, TOPICS)
        places = [(each.topic, each.partition) for partitions in found.values() for each in partitions]
        await follow(self._settings, places, self.store, self.take, self.ready, _BATCH)

    def take(self, records: Sequence[Any], places: Places) -> None:
        """Take Kafka's records of these topics in, with the places after them; wakes who waits for one of them."""
        prefix = self._settings.topic_prefix
        rows = [
            Received(row.topic.removeprefix(prefix), row.partition, row.offset, row.key, row.value) for row in records
        ]
        news = self.store.write(rows, places)
        self.moved_at = max(self.moved_at, *(row.timestamp for row in records))
        if self.ready.is_set():
            self._heard([row for row in records if row.topic == f"{prefix}status"])
        for account in news:
            for waiting in self._waiting.get(account, ()):
                waiting.set()

    def place(self, account: str) -> str | None:
        """The account's last status event, as streams name it (`lane-offset`); None before any."""
        last = self.store.past(account, None, 1)
        return f"{last[0].lane}-{last[0].offset}" if last else None

    @contextmanager
    def waiting(self, account: str) -> Iterator[asyncio.Event]:
        """An event that is set when the account has new status events, for as long as the block lasts."""
        mine = asyncio.Event()
        self._waiting.setdefault(account, set()).add(mine)
        try:
            yield mine
        finally:
            others = self._waiting[account]
            others.discard(mine)
            if not others:
                del self._waiting[account]

    @property
    def streams(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))
