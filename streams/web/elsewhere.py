"""What takes a processor for long, done in a process beside the service, whose event loop goes on answering.

Each function takes what can be handed to another process, and raises ReadError for whatever the brokers don't give.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from multiprocessing import connection
from threading import Thread
from typing import Any, Final, NamedTuple

from schemas.policy import PolicyDocument
from schemas.topics import BROADCAST
from streams.audit.asked import Asked
from streams.audit.brokers import Brokers
from streams.audit.lane import Audit
from streams.audit.logs import AuditError
from streams.audit.parallel import run
from streams.audit.report import Report
from streams.codec.framing import read_document
from streams.deadletters import resend as resending
from streams.deadletters.letters import Letter, Place, letters_at, topic_of
from streams.notify.asking import Sent, Standing, messages, read_entries, read_standing
from streams.notify.laws import Clock, Clocks
from streams.query.explain import explanation
from streams.query.following import StoreError
from streams.query.known import known, place_of
from streams.query.log import Log, read_log
from streams.reading import ReadError
from streams.settings import Settings

WAIT_MS: Final = 300_000
"""How long a record may wait, and a timer be late, without a word: as `eligibility verify` has it."""
RECORDS_MAX: Final = 500

Document = dict[str, Any]


class Evidence(NamedTuple):
    """What the log says of an account.

    `explained`: streams.query's explanations by product; `records`: of the account's `total` the newest RECORDS_MAX,
    the newest first, each {event_id, type, time, topic, partition, offset, recorded_at, event}.
    """

    explained: list[Document]
    records: list[Document]
    total: int


class Told(NamedTuple):
    """An account's messages, the oldest first, and its clocks of law."""

    messages: list[Sent]
    clocks: list[Clock]


def begin() -> None:
    """The process's own begin: it ends with the service, also a killed one, and not by the terminal's Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    service = multiprocessing.parent_process()
    assert service is not None, "this is a process beside another one"

    def outlived() -> None:
        connection.wait([service.sentinel])
        os._exit(1)

    Thread(target=outlived, daemon=True).start()


def evidence(settings: Settings, account: str, at: int, disclosed: bool) -> Evidence:
    """The account's records, and why its statuses hold at an instant (ms); with all details where `disclosed`."""
    try:
        log = asyncio.run(read_log(settings, account))
    except StoreError as error:
        raise ReadError(str(error)) from error
    return evidence_of(log, at, settings.topic_prefix, disclosed)


def evidence_of(log: Log, at: int, prefix: str, disclosed: bool, policy: PolicyDocument | None = None) -> Evidence:
    """The same of a log, under a policy that is not among its records where one is given. Pure."""
    found = known(log, at, policy=policy)
    explained = [] if found is None else explanation(log, found, "then", None, prefix, disclosed)
    mine = [each for each in log.records if each.topic not in BROADCAST]
    records = []
    for record in reversed(mine[-RECORDS_MAX:]):
        try:
            event = read_document(record.value or b"", record.headers)
        except ValueError:  # it was rejected, and stands in the dead letters
            continue
        if not isinstance(event, dict):
            continue
        told = {"event_id": event.get("id"), "type": event.get("type"), "time": event.get("time")}
        records.append({**told, **place_of(record, log, prefix)})
    return Evidence(explained, records, len(mine))


def told(settings: Settings, account: str) -> Told:
    """What the ledger of notices says of an account."""
    entries = asyncio.run(read_entries(settings, account))
    clocks = Clocks()
    for each in entries:
        clocks.take(each)
    return Told(messages(entries), clocks.all())


def standing(settings: Settings, at: int) -> Standing:
    """How the clocks of law stand at an instant (ms)."""
    return asyncio.run(read_standing(settings, at))


def verified(settings: Settings, lane: int) -> Document:
    """The report of the audit of one lane, from its beginning to where it stands, as `eligibility verify` makes it."""
    origin = Brokers(settings)
    try:
        position = asyncio.run(origin.position())
        asked = Asked(settings.topic_prefix, WAIT_MS, settings.live_clock)
        return Report(position, run(Audit(origin, position, asked), [lane], 1, lambda _: None)).document()
    except AuditError as error:
        raise ReadError(str(error)) from error


def letters(settings: Settings, places: list[Place]) -> list[Letter]:
    """Dead letters, in the order of their places. Raises NoLetterError too."""
    return asyncio.run(letters_at(settings, topic_of(settings, None), places))


def resent(settings: Settings, places: list[Place], now: int, dry: bool) -> list[resending.Decision]:
    """What became, or where `dry` would become, of dead letters. Raises NoLetterError and PublishError too."""

    async def both() -> list[resending.Decision]:
        chosen = await letters_at(settings, topic_of(settings, None), places)
        return await resending.resend(settings, chosen, resending.Wishes(now), dry=dry)

    return asyncio.run(both())
