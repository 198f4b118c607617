"""The book of one partition: what its ledger says of what customers know, what waits, and what is on its way. Pure.

planned ──▶ waiting ──due──▶ attempted: underway ──sent──▶ known
               ▲                              ├──refused──▶ waiting, for the next channel
               └────────────reopened── stuck ◀┴──uncertain, or no channel is left
"""

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.notices import (
    Channel,
    NoticeAttempted,
    NoticeAwaited,
    NoticeDropped,
    NoticeEvent,
    NoticePlanned,
    NoticeReopened,
    NoticeSettled,
)
from streams.client.notices import Picture, Told, picture

Key = tuple[str, str]
"""An account and a product."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A planned notice that no channel has taken. `stuck`: none will, unless a person reopens it."""

    account: str
    planned: NoticePlanned
    order: int
    round: int = 0
    refused: set[Channel] = field(default_factory=set)
    stuck: bool = False


class Underway(NamedTuple):
    """A message that was attempted at an instant (ms) and isn't settled."""

    account: str
    attempted: NoticeAttempted
    at: int


class Book:
    """A fold over the ledger's entries, in order. One message of an account is underway at a time."""

    def __init__(self) -> None:
        self._told: dict[Key, Told] = {}
        self._sequences: dict[Key, int] = {}
        self._clocks: dict[str, int] = {}
        self._planned: set[str] = set()
        self._waiting: dict[str, Waiting] = {}
        self._newest: dict[Key, str] = {}
        self._documents: dict[str, tuple[str, str]] = {}
        self._underway: dict[str, Underway] = {}
        self._account_of: dict[str, str] = {}
        self._queue: list[tuple[int, int, str]] = []
        self._order = 0

    # Taking in

    def take(self, event: NoticeEvent) -> None:
        """The next entry."""
        match event.data:
            case NoticeAwaited() as awaited:
                self._clocks[awaited.clock] = awaited.due_at
            case NoticePlanned() as planned:
                self._plan(event.subject, planned)
            case NoticeDropped(notice=notice):
                self._drop(notice)
            case NoticeAttempted() as attempted:
                assert event.subject not in self._underway, "one message of an account is underway at a time"
                self._underway[event.subject] = Underway(event.subject, attempted, event.time)
                self._account_of[attempted.message] = event.subject
            case NoticeSettled() as settled:
                self._settle(settled, event.time)
            case NoticeReopened(notice=notice):
                found = self._waiting.get(notice)
                if found is not None and found.stuck:
                    found.stuck, found.refused = False, set()
                    self.queue(found, event.time)

    def _plan(self, account: str, planned: NoticePlanned) -> None:
        self._order += 1
        found = self._waiting[planned.notice] = Waiting(account, planned, self._order)
        self._planned.add(planned.notice)
        if planned.status is not None:
            key = account, planned.status.data.product
            self._newest[key] = planned.notice
            self._sequences[key] = planned.status.data.sequence
        if planned.expiry is not None:
            self._documents[account] = planned.expiry.event_id, planned.notice
        self.queue(found, planned.send_at)

    def _drop(self, notice: str) -> None:
        found = self._waiting.pop(notice, None)
        if found is not None and found.planned.status is not None:
            self._newest.pop((found.account, found.planned.status.data.product), None)

    def _settle(self, settled: NoticeSettled, at: int) -> None:
        account = self._account_of.pop(settled.message)
        attempted = self._underway.pop(account).attempted
        for notice in attempted.notices:
            found = self._waiting[notice]
            if settled.outcome == "sent":
                if found.planned.status is not None:
                    data = found.planned.status.data
                    self._told.setdefault((account, data.product), Told()).tell(data, at)
                if self._newest.get((account, found.planned.product or "")) == notice:
                    del self._newest[account, found.planned.product or ""]
                del self._waiting[notice]
                continue
            found.round += 1
            found.refused.add(attempted.channel)
            found.stuck = settled.outcome == "uncertain"
            self.queue(found, at)

    def queue(self, found: Waiting, at: int) -> None:
        """It is due at an instant (ms)."""
        heapq.heappush(self._queue, (at, found.order, found.planned.notice))

    # What is known

    def sequence(self, key: Key) -> int:
        """The last sequence that something was planned for; 0 where there is none."""
        return self._sequences.get(key, 0)

    def known(self, key: Key) -> Picture | None:
        """What the customer knows of a product, or is being told right now."""
        going = self._underway.get(key[0])
        for notice in reversed(going.attempted.notices) if going else ():
            status = self._waiting[notice].planned.status
            if status is not None and status.data.product == key[1]:
                return picture(status.data)
        told = self._told.get(key)
        return None if told is None else told.picture

    def free_at(self, key: Key, at: int) -> int:
        """When, from `at` on, something may be told of a product again."""
        told = self._told.get(key)
        return at if told is None else told.free_at(at)

    def waiting(self, key: Key) -> Waiting | None:
        """What waits to be told of a product and isn't underway."""
        return self._idle(key[0], self._newest.get(key))

    def waiting_document(self, account: str) -> Waiting | None:
        """What waits to be told of an account's identity document and isn't underway."""
        return self._idle(account, self._documents[account][1]) if account in self._documents else None

    def document(self, account: str) -> str | None:
        """The event that told of the account's identity document."""
        return self._documents[account][0] if account in self._documents else None

    def clock_due(self, clock: str) -> int | None:
        """By when what was asked is to be answered."""
        return self._clocks.get(clock)

    def has_planned(self, notice: str) -> bool:
        """Whether a notice was planned, whatever became of it."""
        return notice in self._planned

    def underway(self) -> list[Underway]:
        """The messages that were attempted and aren't settled."""
        return list(self._underway.values())

    def stuck(self) -> list[Waiting]:
        """Those that no channel took, or of which nobody can tell."""
        return [each for each in self._waiting.values() if each.stuck]

    @property
    def size(self) -> int:
        """How many notices wait or are underway."""
        return len(self._waiting)

    def due(self, now: int) -> Iterator[list[Waiting]]:
        """By account: what is due and can go, in the order in which it was planned, so that what a channel refused goes
        before what came since. What isn't taken is to be queued again.

        Of an account with a message underway nothing goes.
        """
        by_account: dict[str, list[Waiting]] = {}
        held: list[tuple[int, int, str]] = []
        while self._queue and self._queue[0][0] <= now:
            entry = heapq.heappop(self._queue)
            found = self._waiting.get(entry[2])
            if found is None or found.stuck:
                continue
            if found.account in self._underway:
                held.append(entry)
            elif found not in by_account.setdefault(found.account, []):
                by_account[found.account].append(found)
        for entry in held:
            heapq.heappush(self._queue, entry)
        for group in by_account.values():
            yield sorted(group, key=lambda each: each.order)

    def _idle(self, account: str, notice: str | None) -> Waiting | None:
        going = self._underway.get(account)
        if notice is None or (going is not None and notice in going.attempted.notices):
            return None
        return self._waiting.get(notice)


def first_left(route: Collection[Channel], found: Waiting) -> Channel | None:
    """The first channel of a route that hasn't refused a notice."""
    return next((each for each in route if each not in found.refused), None)
