"""From what is due to messages, and from what channels answer to what becomes of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NamedTuple

from schemas.notices import Channel, NoticeAttempted, NoticeSettled, Outcome
from streams.notify.book import Book, Underway, Waiting, first_left
from streams.notify.breaking import Breaker, backoff_ms
from streams.notify.channels import Said, Way
from streams.notify.hours import after_quiet
from streams.notify.messages import TEMPLATE, content
from streams.notify.metrics import Metrics
from streams.notify.wishes import Wishes
from streams.settings import NotifierSettings

KEYED: Final[frozenset[Channel]] = frozenset({"mailbox", "webhook"})
"""Channels that know a message by its id, so that it can be sent again when nobody knows what became of it."""


@dataclass(slots=True)
class Outside:
    """What all partitions of a process share: the ways out, whether they are tried, and the figures."""

    ways: Mapping[Channel, Way]
    metrics: Metrics
    breakers: dict[Channel, Breaker] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.breakers.update({name: Breaker() for name in self.ways})


class _Tried(NamedTuple):
    attempts: int
    next_at: int


class Sender:
    """Makes and sends the messages of one book."""

    def __init__(
        self,
        book: Book,
        wishes_of: Callable[[str], Wishes],
        settings: NotifierSettings,
        outside: Outside,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._book, self._wishes_of, self._settings = book, wishes_of, settings
        self._outside, self._dice = outside, dice
        self._tried: dict[str, _Tried] = {}

    def messages(self, now: int) -> list[tuple[str, NoticeAttempted]]:
        """The messages, each with its account, that go out now; what may not go yet is queued again."""
        found: list[tuple[str, NoticeAttempted]] = []
        for group in self._book.due(now):
            if len(found) == self._settings.at_once:
                self._again(group, now)
                continue
            message = self._message(group, now)
            if message is not None:
                found.append((group[0].account, message))
        return found

    def lost(self) -> list[tuple[str, NoticeSettled]]:
        """What was underway when a former owner ended, on channels where it can't be sent again."""
        return [
            (each.account, NoticeSettled(message=each.attempted.message, outcome="uncertain", attempts=1))
            for each in self._book.underway()
            if each.attempted.channel not in KEYED or each.attempted.channel not in self._outside.ways
        ]

    async def send(self, now: int) -> list[tuple[str, NoticeSettled]]:
        """Send what is underway and may be tried; what became of those of which that is known."""
        going: list[Underway] = []
        for each in self._book.underway():
            tried = self._tried.get(each.attempted.message)
            is_time = tried is None or tried.next_at <= now
            if len(going) < self._settings.at_once and is_time and self._breaker(each).lets(now):
                going.append(each)
        answers = await asyncio.gather(*(self._try(each, now) for each in going))
        found = [self._judge(each, said, now) for each, said in zip(going, answers, strict=True)]
        for name, breaker in self._outside.breakers.items():
            self._outside.metrics.circuit(name, breaker.is_open)
        return [each for each in found if each is not None]

    def _breaker(self, each: Underway) -> Breaker:
        return self._outside.breakers[each.attempted.channel]

    async def _try(self, each: Underway, now: int) -> Said:
        message = each.attempted
        address = self._wishes_of(each.account).addresses.get(message.channel)
        try:
            return await self._outside.ways[message.channel].send(each.account, message, address, each.at)
        except BaseException:
            self._breaker(each).failed(now)
            raise

    def _judge(self, each: Underway, said: Said, now: int) -> tuple[str, NoticeSettled] | None:
        message, channel = each.attempted.message, each.attempted.channel
        attempts = self._tried.get(message, _Tried(0, 0)).attempts + 1
        if said.answer == "failed":
            self._breaker(each).failed(now)
            if attempts < self._settings.attempts:
                self._outside.metrics.retries.labels(channel).inc()
                self._tried[message] = _Tried(attempts, now + backoff_ms(attempts, self._dice))
                return None
        else:
            self._breaker(each).worked()
        self._tried.pop(message, None)
        outcome: Outcome = "sent" if said.answer == "sent" else "refused"
        settled = NoticeSettled(message=message, outcome=outcome, attempts=attempts, detail=said.detail)
        return each.account, settled

    def _message(self, group: Sequence[Waiting], now: int) -> NoticeAttempted | None:
        first, account = group[0], group[0].account
        wished = self._wishes_of(account)
        channel = self._channel(first, wished)
        if channel is None:
            first.stuck = True
            self._again(group[1:], now)
            return None
        held = now if channel == "mailbox" else after_quiet(now, wished.quiet, wished.zone)
        if held > now:
            self._again(group, held)
            return None
        together = [first]
        if first.planned.digest:
            together += [each for each in group[1:] if each.planned.digest and self._channel(each, wished) == channel]
        self._again([each for each in group if each not in together], now)
        planned = [each.planned for each in together]
        name = "\0".join([channel, *(f"{each.planned.notice}\0{each.round}" for each in together)])
        return NoticeAttempted(
            message=f"msg_{sha256(name.encode()).hexdigest()[:32]}",
            notices=[each.notice for each in planned],
            channel=channel,
            language=wished.language,
            zone=wished.zone,
            template=TEMPLATE,
            content=content(planned, wished.language, wished.zone),
        )

    def _channel(self, found: Waiting, wished: Wishes) -> Channel | None:
        route = wished.route(found.planned, self._outside.ways.keys(), self._settings.last_resort)
        return first_left(route, found)

    def _again(self, group: Sequence[Waiting], at: int) -> None:
        for each in group:
            self._book.queue(each, at)
