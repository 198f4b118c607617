"""What a seed does: how much of a run there is, and the events that it is fed."""

from __future__ import annotations

import random
from typing import Any, Final, NamedTuple

from schemas.events import EVENT_TYPES
from schemas.topics import BROADCAST, SOURCE_ORDER
from tests.contracts.golden import golden
from tests.support.worlds import World, recorded, world

EVENTS: Final = 60
RARE: Final = (
    "explanation.given",
    "incident.ended",
    "incident.started",
    "maintenance.cancelled",
    "maintenance.ended",
    "maintenance.extended",
    "maintenance.planned",
    "maintenance.started",
    "policy.frozen",
    "policy.retired",
    "policy.unfrozen",
    "provider.paused",
    "provider.resumed",
    "repayment.resumed",
    "trust.listed",
)
"""Event types of which worlds have few or none."""


class Plan(NamedTuple):
    """What a seed does, as far as it may be cut down: so many events, and so many of the scheduler's steps."""

    seed: int
    events: int = EVENTS
    steps: int = 300


def history(plan: Plan, policies_change: bool, dice: random.Random) -> World:
    """A world with some events of kinds that worlds lack, at times of others."""
    given = world(plan.seed, accounts=5, events=EVENTS, lives=policies_change)
    events = list(given.events)
    of_accounts = [event for event in events if not EVENT_TYPES[event["type"]].broadcast]
    rare = [name for name in RARE if policies_change or EVENT_TYPES[name].topic != "policies"]
    for number, name in enumerate(dice.sample(rare, 10)):
        at, document = dice.choice(of_accounts), golden(name)
        when = at.get("recordedtime", at["time"])
        subject = document["subject"] if EVENT_TYPES[name].broadcast else at["subject"]
        events.append(document | {"id": f"rare-{number}", "subject": subject, "time": when, "recordedtime": when})
    events.sort(key=lambda event: (recorded(event), SOURCE_ORDER.index(EVENT_TYPES[event["type"]].topic)))
    return World(events[: plan.events], given.policy)


def repeated(events: list[dict[str, Any]], dice: random.Random) -> list[dict[str, Any]]:
    """Some events come again: a producer that had no answer sends once more, a moment later."""
    found = []
    for event in events:
        found.append(event)
        if EVENT_TYPES[event["type"]].topic not in BROADCAST and not dice.randrange(12):
            found.append(event)
    return found
