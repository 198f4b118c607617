"""How records flow, by the minute: what the lanes' blocks say of the last hour, and how old status events were when
they came here.

Blocks are followed in the ledgers, from an hour back on, into memory alone. What can't be read is told, and tried
again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from streams.messages import now_ms
from streams.query.following import Places, StoreError, follow
from streams.reading import ReadError, offset_from, reader
from streams.settings import Settings

MINUTE_MS: Final = 60_000
MINUTES: Final = 60
RATE_MINUTES: Final = 5
"""The rate is told over so many whole minutes."""
AGES_MS: Final = 15 * MINUTE_MS
OLD_MS: Final = 60 * MINUTE_MS
"""A status event of a record older than this comes of history that is loaded: it says nothing of how fast lanes are."""
_AGES_MAX: Final = 20_000
_AGAIN_S: Final = 15.0
_BATCH: Final = 2_000
_LEDGER: Final = "ledger"


@dataclass(slots=True)
class Minute:
    """What the blocks written within one minute say: records applied, blocks, status events, dead letters.

    `behind`: ms between a block's clock and when it was written, the greatest; None without a block.
    """

    applied: int = 0
    blocks: int = 0
    told: int = 0
    rejected: int = 0
    behind: int | None = None


class Ages(NamedTuple):
    """How old status events were when they came here (ms), the median and the 99th of 100; of so many `changes`.

    `loaded`: those of history, which are not among them.
    """

    changes: int
    median: int
    p99: int
    loaded: int


class _Begin(NamedTuple):
    """Where ledgers are read from: looked up just now, so of no topics but these."""

    at: Places

    def places(self) -> Places:
        return self.at

    def belongs(self, ids: Mapping[str, str]) -> None:
        pass


class Flow:
    """The last hour, as far as it is in. `run` follows until it is cancelled."""

    def __init__(self, settings: Settings, now: Callable[[], int] = now_ms) -> None:
        """`now` is the wall clock, ms."""
        self._settings, self._now = settings, now
        self._minutes: dict[int, Minute] = {}
        self._ages: deque[tuple[int, int]] = deque(maxlen=_AGES_MAX)
        self.ready = asyncio.Event()
        self.error: str | None = None
        """Why the ledgers can't be followed; None while they are."""

    async def run(self) -> None:
        """Follow the ledgers, again and again where it fails: the pages go on without."""
        while True:
            try:
                await self._follow()
            except (ReadError, StoreError) as error:
                self.error = str(error)
            await asyncio.sleep(_AGAIN_S)

    async def _follow(self) -> None:
        since = self._now() - MINUTES * MINUTE_MS
        async with reader(self._settings, [_LEDGER]) as (consumer, partitions):
            consumer.assign(partitions[_LEDGER])
            places = {
                (each.topic, each.partition): await offset_from(consumer, each, since) for each in partitions[_LEDGER]
            }
        self._minutes.clear()
        self.error = None
        await follow(self._settings, list(places), _Begin(places), self.take, self.ready, _BATCH)

    def take(self, records: Sequence[Any], _: Places) -> None:
        """Take Kafka's records of the ledgers in."""
        for row in records:
            try:
                self._add(row.timestamp, orjson.loads(row.value))
            except (ValueError, TypeError, KeyError) as error:
                raise ReadError(f"{row.topic}/{row.partition}/{row.offset}: no block") from error
        oldest = self._now() // MINUTE_MS - MINUTES
        for gone in [each for each in self._minutes if each < oldest]:
            del self._minutes[gone]

    def _add(self, written_at: int, block: dict[str, Any]) -> None:
        if block["block"] == 0:  # nothing is applied yet, and there is no clock
            return
        minute = self._minutes.setdefault(written_at // MINUTE_MS, Minute())
        minute.blocks += 1
        minute.applied += sum(each["count"] for each in block["slices"])
        counts = {each["topic"]: each["count"] for each in block["outputs"]}
        minute.told += counts.get("status", 0)
        minute.rejected += counts.get("dead-letters", 0)
        minute.behind = max(minute.behind or 0, written_at - block["clock"])

    def heard(self, records: Sequence[Any]) -> None:
        """Kafka's records of status events that come just now."""
        now = self._now()
        self._ages.extend((now, max(now - row.timestamp, 0)) for row in records)

    def minutes(self) -> list[Minute]:
        """The last MINUTES whole minutes, the oldest first."""
        now = self._now() // MINUTE_MS
        return [self._minutes.get(each, Minute()) for each in range(now - MINUTES, now)]

    def ages(self) -> Ages:
        """Of what came within the last AGES_MS."""
        since = self._now() - AGES_MS
        came = [age for at, age in self._ages if at >= since]
        live = sorted(age for age in came if age < OLD_MS)
        if not live:
            return Ages(0, 0, 0, len(came))
        return Ages(len(live), _rank(live, 50), _rank(live, 99), len(came) - len(live))


def _rank(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that at least so many percent don't exceed."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]
