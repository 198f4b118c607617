"""A system as its staff meets it: a crowd of accounts under the demo policy, with dead letters, notices and an hour's
flow, all as of NOW of the customers' states.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import orjson

from schemas.notices import NoticeEvent
from schemas.status import parse_status
from streams.inspection.lag import LaneLag
from streams.query.replica import Replica
from streams.settings import Settings, WebSettings
from streams.web.behind import Desk
from streams.web.flow import MINUTE_MS, MINUTES, Flow
from streams.web.view import View
from tests.support import events as e
from tests.support.behind import Known
from tests.support.core import Lane
from tests.support.customers import AT, HISTORY, NOW, STATES, policy
from tests.support.events import ACCOUNT, Event
from tests.support.web import Row, filled
from tests.unit.notify.world import HOUR
from tests.unit.notify.world import World as Notices

PRODUCTS = ("instalments", "cash")
ACCOUNTS = 60
OTHERS = (
    "open",
    "several-reasons",
    "open",
    "limited",
    "open",
    "only-time",
    "under-review",
    "open",
    "observation",
    "open",
)


class Staffed:
    """What a status service of this system knows, and what is behind its desk."""

    def __init__(self, directory: Path) -> None:
        self.lane = Lane(policy(PRODUCTS)).records([])
        events = sorted((*_mine(), *_crowd()), key=lambda each: each.recorded)
        self.lane.together(*events)
        self._reject()
        self.lane.tick(AT)
        self.view, self.replica = _ready(directory, self.lane)
        self.view.moved_at = NOW - 90
        self.behind = Known(self.lane)
        self.behind.lag = [LaneLag(0, 48_211, 0, 0.0, {}), LaneLag(1, 47_902, 37, 1.8, {"repayments": 37})]
        self.behind.entries = notices_of(self.lane, (ACCOUNT, "A0000002", "A0000004"), "2026-10-01", NOW)
        self.desk = Desk(self.behind, 1)
        self.flow = _flow()

    def close(self) -> None:
        self.view.store.close()
        self.replica.store.close()

    def _reject(self) -> None:
        at, key = e.ms("2026-11-20 01:00"), b"A0000007"
        good = e.inquiry("2026-11-20", "q").of("A0000007").document(1)
        for minute, (topic, value) in enumerate(
            (
                ("inquiries", b'{"specversion":"1.0",'),
                ("inquiries", orjson.dumps({**good, "type": "inquiry.asked"})),
                ("repayments", orjson.dumps(good)),
                ("inquiries", orjson.dumps({**good, "data": {"kind": 7}})),
                ("inquiries", orjson.dumps({**good, "subject": "A0000008"})),
                ("inquiries", orjson.dumps({**good, "time": "2027-01-01T00:00:00Z"})),
                ("inquiries", None),
                ("inquiries", orjson.dumps({**good, "time": "2026-11-20T01:20:00Z"})),
            )
        ):
            self.lane.records([self.lane.raw(at + minute * MINUTE_MS, key, value, topic)])


def _mine() -> Iterator[Event]:
    """The account whose pages are looked at: overdue, paid, observed, refused again; support was called twice."""
    yield from HISTORY
    yield from STATES["several-reasons"].events
    yield e.note("2026-11-18 03:12", "CALL-20481")
    yield e.note("2026-11-19 07:40", "CALL-20533")
    yield e.review_requested("2026-11-19 07:45", "cash", "review-1")


def _crowd() -> Iterator[Event]:
    for number, name in enumerate(islice(cycle(OTHERS), ACCOUNTS), 1):
        account = f"A{number:07d}"
        yield from (each.of(account) for each in (*HISTORY, *STATES[name].events))
        if number % 7 == 0:
            hour = number % 24
            yield e.score(f"2026-11-19 {hour:02d}:10", 540 + number % 9).of(account)


def _ready(directory: Path, lane: Lane) -> tuple[View, Replica]:
    view, replica = filled(directory, lane)
    view.ready.set()
    replica.ready.set()
    return view, replica


def notices_of(lane: Lane, accounts: Collection[str], since: str, until: int) -> list[NoticeEvent]:
    """The ledger of a notifier that told these accounts' statuses as they came, up to an instant (ms)."""
    statuses = [parse_status(each) for each in lane.statuses]
    chosen = [each for each in statuses if each.subject in accounts and each.data.recorded_at > e.ms(since)]

    def tell() -> list[NoticeEvent]:
        world = Notices()
        world.now = e.ms(since)
        for each in sorted(chosen, key=lambda one: one.data.recorded_at):
            world.until(max(world.now, each.data.recorded_at), step=6 * HOUR)
            world.change(each)
        world.until(until, step=6 * HOUR)
        return world.entries

    # The notifier's world has an event loop of its own, which doesn't go into a running one.
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(tell).result()


def _flow() -> Flow:
    flow = Flow(Settings(partitions=1, web=WebSettings(open=True)), lambda: NOW)
    rows: list[Row] = []
    for minute in range(MINUTES):
        at = NOW - (MINUTES - minute) * MINUTE_MS
        applied = round(5400 + 1500 * math.sin(minute / 7) + 700 * math.sin(minute * 1.7))
        behind = round(140 + 60 * math.sin(minute / 3) + (900 if minute in (22, 23) else 0))
        for part in range(4):
            block = {
                "block": 1 + minute * 4 + part,
                "clock": at - behind,
                "slices": [{"count": applied // 4}],
                "outputs": [{"topic": "status", "count": applied // 60}],
            }
            rows.append(Row("ledger", 0, len(rows), at, b"0", orjson.dumps(block)))
    flow.take(rows, {})
    flow.heard([Row("status", 0, n, NOW - 60 - n * 7 % 200, b"A", b"") for n in range(400)])
    flow.ready.set()
    return flow
