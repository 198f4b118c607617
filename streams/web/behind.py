"""What only the brokers know, asked when somebody opens a page of staff: lags, dead letters, notices, evidence, audits.

Pages ask a `Desk`, which keeps answers for some seconds and never waits long; it asks whatever is `Behind` it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from streams.codec.murmur2 import partition_of
from streams.deadletters.letters import Letter, Place, letters, topic_of
from streams.deadletters.resend import Decision
from streams.inspection.lag import LaneLag, lags
from streams.messages import now_ms
from streams.notify.asking import Standing
from streams.reading import ReadError
from streams.settings import Settings
from streams.web import elsewhere
from streams.web.elsewhere import Document, Evidence, Told
from streams.web.memory import Answer, Memory

T = TypeVar("T")
NEWEST: Final = 2_000
"""Offsets of dead letters that are looked at, of all partitions together."""
SHOWN: Final = 200
_PROCESSES: Final = 2


class Rejected(NamedTuple):
    """The newest dead letters, the newest first, at most SHOWN; how many of those looked at have which code."""

    newest: list[Letter]
    codes: Counter[str]


class Behind(Protocol):
    """What is asked. Every question raises ReadError."""

    async def lags(self) -> list[LaneLag]:
        """How far each lane is behind."""

    async def rejected(self) -> Rejected:
        """The newest dead letters."""

    async def standing(self, at: int) -> Standing:
        """How the clocks of law stand at an instant (ms)."""

    async def evidence(self, account: str, at: int, disclosed: bool) -> Evidence:
        """An account's records, and why its statuses hold at an instant (ms)."""

    async def told(self, account: str) -> Told:
        """An account's messages and clocks."""

    async def verified(self, lane: int) -> Document:
        """The report of the audit of a lane."""

    async def resent(self, places: list[Place], now: int, dry: bool) -> list[Decision]:
        """What became of dead letters that were chosen. Raises PublishError too."""

    async def letters(self, places: list[Place]) -> list[Letter]:
        """Dead letters, in the order of their places. Raises NoLetterError too."""


class Brokers:
    """The brokers of the settings; what takes long is done in a process beside this one, which the first question
    starts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """Ends what is underway."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()

    async def lags(self) -> list[LaneLag]:
        """How far each lane is behind, by its ledger."""
        return await lags(self._settings, now_ms())

    async def rejected(self) -> Rejected:
        """Looks at the newest offsets of each partition."""
        codes: Counter[str] = Counter()
        found: list[Letter] = []
        each = max(NEWEST // self._settings.partitions, 1)
        async for one in letters(self._settings, topic_of(self._settings, None), lambda _: True, newest=each):
            codes[one.origin.code or "other"] += 1
            found.append(one)
        # The broker's times of dead letters are those of the records that were rejected.
        found.sort(key=lambda one: (one.timestamp, one.place), reverse=True)
        return Rejected(found[:SHOWN], codes)

    async def standing(self, at: int) -> Standing:
        """Reads the whole ledger of notices."""
        return await self._ask(elsewhere.standing, at)

    async def evidence(self, account: str, at: int, disclosed: bool) -> Evidence:
        """Reads the account's partition of every source."""
        return await self._ask(elsewhere.evidence, account, at, disclosed)

    async def told(self, account: str) -> Told:
        """Reads the account's partition of the ledger of notices."""
        return await self._ask(elsewhere.told, account)

    async def verified(self, lane: int) -> Document:
        """Reads all of a lane, and computes it anew."""
        return await self._ask(elsewhere.verified, lane)

    async def resent(self, places: list[Place], now: int, dry: bool) -> list[Decision]:
        """Reads the sources that the letters came from."""
        return await self._ask(elsewhere.resent, places, now, dry)

    async def letters(self, places: list[Place]) -> list[Letter]:
        """Reads a record for each."""
        return await self._ask(elsewhere.letters, places)

    async def _ask(self, work: Callable[..., T], *given: Any) -> T:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(_PROCESSES, mp_context=context, initializer=elsewhere.begin)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, self._settings, *given)
        except BrokenProcessPool as error:
            self._pool = None
            raise ReadError("the process that was asked ended before it answered") from error


class Desk:
    """Answers for pages, each kept for as long as it costs."""

    def __init__(self, behind: Behind, partitions: int) -> None:
        """`partitions`: the number of lanes."""
        self.behind = behind
        self._partitions = partitions
        self._lags: Memory[list[LaneLag]] = Memory(10, 3)
        self._rejected: Memory[Rejected] = Memory(5, 3)
        self._standing: Memory[Standing] = Memory(60, 5)
        self._evidence: Memory[Evidence] = Memory(15, 5)
        self._told: Memory[Told] = Memory(15, 5)
        self._verified: Memory[Document] = Memory(0, 20)

    async def lags(self) -> Answer[list[LaneLag]]:
        """How far each lane is behind."""
        return await self._lags.get("", self.behind.lags)

    async def rejected(self) -> Answer[Rejected]:
        """The newest dead letters."""
        return await self._rejected.get("", self.behind.rejected)

    async def standing(self) -> Answer[Standing]:
        """How the clocks of law stand."""
        return await self._standing.get("", lambda: self.behind.standing(now_ms()))

    async def evidence(self, account: str, disclosed: bool) -> Answer[Evidence]:
        """The account's records and explanations; with all details where `disclosed`."""
        key = f"{account} {disclosed}"
        return await self._evidence.get(key, lambda: self.behind.evidence(account, now_ms(), disclosed))

    async def told(self, account: str) -> Answer[Told]:
        """The account's messages and clocks."""
        return await self._told.get(account, lambda: self.behind.told(account))

    async def verify(self, account: str) -> Answer[Document]:
        """Audits the account's lane; where that takes longer, it goes on, and `verified` has it later."""
        lane = self.lane_of(account)
        return await self._verified.get(str(lane), lambda: self.behind.verified(lane))

    def verified(self, account: str) -> Answer[Document]:
        """What the last audit of the account's lane found."""
        return self._verified.known(str(self.lane_of(account)))

    def lane_of(self, account: str) -> int:
        """The account's lane."""
        return partition_of(account, self._partitions)
