"""The reference's lane agrees with the core's while policies change, and under policies that excuse outages."""

import os
import random
from typing import Any

import orjson
import pytest

from schemas.errors import ContractError
from schemas.events import parse_event
from schemas.instants import instant_text
from streams.audit.second import compared
from streams.reference.catalogue import BROADCAST, TOPIC_OF
from streams.reference.lane import Lane, value_size
from tests.support.worlds import World, advanced, in_one, recorded, world

Event = dict[str, Any]
LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
SEEDS = range(400 if LONG else 12)
AHEAD = "next_change"


def by_reference(given: World) -> dict[tuple[str, str], list[Event]]:
    lane = Lane()
    if given.policy is not None:
        lane.eras.install(given.policy)
    for event in [*filter(keeps_the_contract, given.events), advanced(given.end)]:
        lane.tick(recorded(event))
        lane.ends(lane.clock)
        if TOPIC_OF[event["type"]] in BROADCAST:
            lane.broadcast(event, recorded(event))
        else:
            lane.account(event, recorded(event), TOPIC_OF[event["type"]], value_size(event))
    lane.settle()
    found: dict[tuple[str, str], list[Event]] = {}
    for run in lane.runs.values():
        for status in run.out:
            told = {"subject": status["account"], "time": status["time"], "data": status["data"]}
            found.setdefault((status["account"], status["product"]), []).append(
                told | {"ahead": status["others_to_come"]}
            )
    return found


def keeps_the_contract(event: Event) -> bool:
    """Whether a lane takes it in at all: the reference is only given what does."""
    try:
        parse_event(event)
    except ContractError:
        return False
    return True


def differences(given: World) -> list[str]:
    expected = by_reference(given)
    came = {
        place: [compared(orjson.loads(value)) for _, value in rows]
        for player in in_one(given)
        for place, rows in player.values.items()
    }
    found = []
    for place in sorted({*expected, *came}):
        theirs, ours = expected.get(place, []), came.get(place, [])
        for left, right in zip(theirs, ours, strict=False):
            if left.pop("ahead"):
                for each in (left, right):
                    each["data"] = each["data"] | {AHEAD: None}
                    each["data"]["reasons"] = [reason | {"clears_at": None} for reason in each["data"]["reasons"]]
            if left != right:
                fields = [name for name in left["data"] if left["data"][name] != right["data"].get(name)]
                found.append(f"{place}: {fields}\nreference {left}\ncore      {right}")
                break
        else:
            if len(theirs) != len(ours):
                found.append(f"{place}: {len(theirs)} by the reference, {len(ours)} by the core")
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_while_policies_change(seed: int) -> None:
    assert not differences(world(seed, lives=True))


def with_outages(seed: int) -> World:
    """A world under a policy that excuses, in which everything was down some times, told before or as it happened."""
    given = world(seed)
    dice = random.Random(f"outages {seed}")
    assert given.policy is not None
    policy = given.policy | {"outages": {"repayments": "excused"}}
    stamps = sorted(recorded(event) for event in given.events)
    events = list(given.events)
    for number in range(dice.randint(1, 4)):
        begin = dice.randint(stamps[0], stamps[-1])
        told = begin - dice.choice([0, 1, 86_400_000])
        end = begin + dice.choice([3_600_000, 20 * 3_600_000, 60 * 3_600_000])
        place = dice.choice([{}, {}, {"region": "CN-31"}, {"channel": "app"}])
        data = {"window_id": f"W{number}", "from": instant_text(begin), "until": instant_text(end), **place}
        events.append(_of_all("maintenance.planned", told, f"down-{number}", data))
        if dice.random() < 0.3:
            events.append(_of_all("maintenance.ended", begin + 60_000, f"up-{number}", {"window_id": f"W{number}"}))
    return World(sorted(events, key=recorded), policy)


def _of_all(kind: str, at: int, id: str, data: Event) -> Event:
    when = {"time": instant_text(at), "recordedtime": instant_text(at)}
    return {"specversion": "1.0", "id": id, "source": "/ops", "type": kind, "subject": "*", **when, "data": data}


MOVED = 30
"""In which an account moves into a region's outage, which changes its days past due: a value that an event changed."""


@pytest.mark.parametrize("seed", sorted({*SEEDS, MOVED}))
def test_under_policies_that_excuse_outages(seed: int) -> None:
    assert not differences(with_outages(seed))
