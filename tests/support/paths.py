"""Accounts at an instant for the path to clear, and brute force over what could be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import orjson

from schemas.events import EVENT_TYPES
from schemas.instants import instant_text, parse_instant
from schemas.policy import PolicyDocument, parse_policy
from schemas.settings import CoreSettings
from schemas.topics import SOURCE_ORDER
from streams.audit.replay import replay_events
from streams.codec import state as blobs
from streams.codec.partition import CHANGELOG, Partition
from streams.codec.records import SourceRecord
from streams.core.money import exponent, minor_text
from streams.core.path.actions import document_of
from streams.core.path.scene import Scene
from streams.core.path.search import Search
from streams.core.policies import Policies
from streams.core.step import Account

Document = dict[str, Any]
DAY = 86_400_000
AHEAD = 3_660 * DAY


class World(NamedTuple):
    """A history as a lane holds it at its end."""

    policy: PolicyDocument
    policies: Policies
    blobs: dict[str, bytes]
    events: list[Document]
    end: int

    def account(self, name: str) -> Account:
        state, due = blobs.unpack(self.blobs[name])
        return Account(name, state, due)

    def of(self, name: str) -> list[Document]:
        return [each for each in self.events if each["subject"] in (name, "*")]

    def pairs(self) -> Iterator[tuple[str, str]]:
        for name in sorted(self.blobs):
            for product_id in self.policy.products:
                yield name, product_id


def world(events: list[Document], policy: Document) -> World:
    """The states at the last record, or when the policy takes effect where that is later."""
    document = parse_policy(policy)
    order = {name: place for place, name in enumerate(SOURCE_ORDER)}
    records = [_record(event, place) for place, event in enumerate(events, 1)]
    records.sort(key=lambda record: (record.timestamp, order[record.topic]))
    machine = Partition(0, 1, CoreSettings(grace_ms=0))
    machine.install(document)
    end = max(document.effective_from, *(record.timestamp for record in records))
    found: dict[str, bytes] = {}
    settled = False
    while not settled:
        machine.open_block(1 << 52)
        records = records[machine.apply(records) :]
        settled = not records and machine.settle(end)
        for row in machine.close_block().outputs[CHANGELOG]:
            assert row.key is not None
            if row.value is not None and not row.key.startswith(b"~"):
                found[row.key.decode()] = row.value
    return World(document, machine.policies, found, events, end)


def _record(event: Document, place: int) -> SourceRecord:
    topic = EVENT_TYPES[event["type"]].topic
    timestamp = parse_instant(event.get("recordedtime") or event["time"])
    return SourceRecord(topic, 0, place, timestamp, event["subject"].encode(), orjson.dumps(event), ())


def brute_force(scene: Scene, search: Search) -> tuple[int, Fraction, int] | None:
    """The best of all combinations of a search's own candidates, each tried; None where none opens."""
    found = []
    for chosen in product(*((None, *group) for group in search.candidates)):
        trial = scene.trial([action for action in chosen if action is not None])
        if trial.opens_at is not None:
            found.append(trial.order)
    return min(found, default=None)


def said_of(world_: World, name: str, product_id: str, extra: Sequence[Document], until: int) -> list[tuple[int, str]]:
    """The product's statuses (instant, status) by a replay of the whole history, with events appended to it."""
    statuses = replay_events([*world_.of(name), *extra], world_.policy, until)
    rows = [each for each in statuses if each["subject"] == name and each["data"]["product"] == product_id]
    return [(parse_instant(each["time"]), each["data"]["status"]) for each in rows]


def goodwill(scene: Scene) -> list[list[Document]]:
    """Six things that anybody might do about anything, made without looking at rules: each a list of events."""
    state, at = scene.state, scene.at
    standing = state.standing
    acts: list[list[tuple[str, Document]]] = [
        [
            ("repayment.received", {"loan_id": each.loan, "installment": each.number, **_open(each)})
            for each in state.open
        ],
        [("identity.verified", {"level": 3, "document_expires_on": "2049-01-01"})],
        [
            *(("account.unrestricted", {"state": name}) for name in standing.restrictions),
            *(("consent.changed", {"scope": scope, "granted": True}) for scope in ("credit-data", "marketing")),
            ("choice.made", {"choice": "reopen", "product": scene.product}),
        ],
        [
            *(("score.updated", {"provider": name, "value": 605}) for name in ("zhima", "fico")),
            ("income.updated", {"monthly": "90000", "verified": True}),
            ("obligations.updated", {"monthly_payment": "0", "lenders": 1, "balance": "0", "total_limit": "5000"}),
        ],
        [
            ("delinquency.reported", {"months_past_due": 0, "written_off": False}),
            *(
                ("court_record.changed", {"record_id": name, "state": "satisfied"})
                for name in state.finances.court_records
            ),
        ],
        [("spending.recorded", {"amount": "1000"})],
    ]
    return [
        [
            {
                "specversion": "1.0",
                "id": f"act-{number}-{place}",
                "source": "/anybody",
                "type": kind,
                "subject": scene.id,
                "time": instant_text(at),
                "data": data,
            }
            for place, (kind, data) in enumerate(act)
        ]
        for number, act in enumerate(acts)
        if act
    ]


def _open(installment: Any) -> Document:
    amount = minor_text(installment.amount - installment.paid, exponent(installment.currency))
    return {"amount": amount} | ({"currency": installment.currency} if installment.currency else {})


def plan_events(account: str, steps: Sequence[Any]) -> list[Document]:
    """A plan's steps as the events that a producer would send."""
    return [document_of(account, step, f"plan-{place}") for place, step in enumerate(steps)]
