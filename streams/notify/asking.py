"""What the ledger of notices says when somebody asks: an account's messages, the clocks of law, what is stuck."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple

import orjson

from schemas.errors import ContractError
from schemas.notices import (
    Law,
    NoticeAttempted,
    NoticeDropped,
    NoticeEvent,
    NoticePlanned,
    NoticeReopened,
    NoticeSettled,
    Outcome,
    entry,
    parse_notice,
)
from schemas.preferences import PreferencesEvent, parse_preferences
from streams.codec.canonical import canonical
from streams.codec.murmur2 import partition_of
from streams.notify.laws import Clock, Clocks, Counts, merged
from streams.notify.messages import content
from streams.notify.owner import LEDGER, PREFERENCES
from streams.publish import Outgoing
from streams.reading import ReadError, read_to_end, reader
from streams.settings import Settings


class Sent(NamedTuple):
    """One message of an account: its words, what they were made of, when it went, and what became of it (None: it is on
    its way).
    """

    at: int
    attempted: NoticeAttempted
    planned: list[NoticePlanned]
    outcome: Outcome | None
    detail: str | None


class Standing(NamedTuple):
    """How the clocks of law stand at an instant (ms)."""

    at: int
    counts: dict[Law, Counts]
    overdue: list[Clock]


class Stuck(NamedTuple):
    """A notice that nobody sends unless a person decides, and what the channels said."""

    account: str
    planned: NoticePlanned
    said: list[str]


def messages(entries: Iterable[NoticeEvent]) -> list[Sent]:
    """The messages in an account's entries, the oldest first. Pure."""
    planned: dict[str, NoticePlanned] = {}
    found: dict[str, Sent] = {}
    for each in entries:
        match each.data:
            case NoticePlanned() as one:
                planned[one.notice] = one
            case NoticeAttempted() as one:
                about = [planned[name] for name in one.notices]
                found[one.message] = Sent(each.time, one, about, None, None)
            case NoticeSettled() as one:
                found[one.message] = found[one.message]._replace(outcome=one.outcome, detail=one.detail)
    return list(found.values())


def is_made_again(sent: Sent) -> bool:
    """Whether the same words come out of the same notices in the version that was used. Pure."""
    attempted = sent.attempted
    made = content(sent.planned, attempted.language, attempted.zone, attempted.template)
    return canonical(made.document()) == canonical(attempted.content.document())


def stuck(entries: Iterable[NoticeEvent]) -> list[Stuck]:
    """What was refused or is uncertain, was not told since, and isn't on its way. Pure."""
    found: dict[str, Stuck] = {}
    going: dict[str, NoticeAttempted] = {}
    failed: set[str] = set()
    for each in entries:
        match each.data:
            case NoticePlanned() as one:
                found[one.notice] = Stuck(each.subject, one, [])
            case NoticeDropped(notice=name):
                found.pop(name, None)
            case NoticeReopened(notice=name):
                failed.discard(name)
            case NoticeAttempted() as one:
                going[one.message] = one
                failed.difference_update(one.notices)
            case NoticeSettled() as one:
                attempted = going.pop(one.message)
                for name in attempted.notices:
                    if one.outcome == "sent":
                        found.pop(name, None)
                    elif name in found:
                        found[name].said.append(f"{attempted.channel}: {one.detail or one.outcome}")
                        failed.add(name)
    return [each for name, each in found.items() if name in failed]


async def read_entries(settings: Settings, account: str | None = None) -> list[NoticeEvent]:
    """The ledger's entries of an account, or all, in order within a partition. Raises ReadError."""
    return [each async for each in _entries(settings, account)]


async def read_standing(settings: Settings, at: int) -> Standing:
    """How the clocks of law stand. Reads the whole ledger. Raises ReadError."""
    clocks = Clocks()
    async for each in _entries(settings, None):
        clocks.take(each)
    counts, overdue = merged([clocks], at)
    return Standing(at, counts, overdue)


async def read_preferences(settings: Settings, account: str) -> PreferencesEvent | None:
    """What an account's holder has said of being told. Raises ReadError."""
    found = None
    async for key, value in _values(settings, PREFERENCES, account):
        if key == account.encode():
            found = value
    try:
        return None if found is None else parse_preferences(orjson.loads(found))
    except (orjson.JSONDecodeError, ContractError) as error:
        raise ReadError(f"preferences of {account}: {error}") from error


def reopened(account: str, notice: str, by: str, at: int) -> Outgoing:
    """The record that has a stuck notice sent once more."""
    told = entry(account, f"{notice}/{at}", at, NoticeReopened(notice=notice, by=by))
    return Outgoing(LEDGER, account.encode(), canonical(told.document()), at)


async def _entries(settings: Settings, account: str | None) -> AsyncIterator[NoticeEvent]:
    async for key, value in _values(settings, LEDGER, account):
        if value is not None and account in (None, (key or b"").decode(errors="replace")):
            try:
                yield parse_notice(orjson.loads(value))
            except (orjson.JSONDecodeError, ContractError) as error:
                raise ReadError(f"{LEDGER}: {error}") from error


async def _values(
    settings: Settings, topic: str, account: str | None
) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
    async with reader(settings, [topic]) as (consumer, partitions):
        places = partitions[topic]
        if account is not None:
            places = [places[partition_of(account, len(places))]]
        for place in places:
            async for row in read_to_end(consumer, place):
                yield row.key, row.value
