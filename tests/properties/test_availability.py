"""What is told of availability is what a naive reference finds at any instant, however the records are cut."""

import os
import random
from itertools import product as pairs
from typing import Any

import orjson
import pytest

from schemas.availability import parse_availability
from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from streams.audit.replay import Line, Replay
from streams.reference import availability as reference
from streams.reference.calendar import DAY, format_instant, parse_instant
from tests.support.core import policy, product
from tests.support.worlds import Player, advanced, records

SEEDS = range(1, 1501 if os.environ.get("ELIGIBILITY_LONG") == "1" else 31)
BEGIN = parse_instant("2025-03-01T00:00:00Z")
HOUR = 3_600_000
REGIONS = ("north", "south", "west")
CHANNELS = ("app", "web", "desk")
PROVIDERS = {"cash": "river", "loan": "hill"}
POLICY = policy(products={name: product(provider=lender) for name, lender in PROVIDERS.items()})
STEPS = {
    "maintenance": ("planned", "planned", "started", "extended", "ended", "cancelled"),
    "incident": ("started", "started", "ended"),
    "provider": ("paused", "resumed"),
}


def history(seed: int) -> list[dict[str, Any]]:
    """Operations of two products over three days, many of them about the same few windows, some told late."""
    dice = random.Random(f"availability {seed}")
    found = []
    at = BEGIN
    for number in range(dice.randint(4, 30)):
        at += dice.choice((0, 1, HOUR, dice.randrange(6 * HOUR)))
        kind = dice.choice(("maintenance", "maintenance", "incident", "provider"))
        step = dice.choice(STEPS[kind])
        time = at - dice.choice((0, 0, 0, HOUR, DAY))
        event = {
            "specversion": "1.0",
            "id": f"op-{dice.randrange(100)}-{number}",
            "source": "/operations",
            "type": f"{kind}.{step}",
            "subject": dice.choice(("*", "cash", "loan")),
            "time": format_instant(time),
            "recordedtime": format_instant(at),
            "data": _data(dice, kind, at),
        }
        found.append(event)
    return found


def _data(dice: random.Random, kind: str, at: int) -> dict[str, Any]:
    if kind == "provider":
        return {"provider": dice.choice(("river", "hill", "lake"))}
    data: dict[str, Any] = {f"{'window' if kind == 'maintenance' else kind}_id": dice.choice("ABCD")}
    if dice.random() < 0.4:
        data["region"] = dice.choice(REGIONS[:2])
    if dice.random() < 0.3:
        data["channel"] = dice.choice(CHANNELS[:2])
    if kind == "incident":
        return data
    begin = at + dice.choice((-2, 0, 1, 3, 5)) * HOUR
    if dice.random() < 0.7:
        data["from"] = format_instant(begin) if dice.random() < 0.8 else format_instant(begin)[:10]
    if dice.random() < 0.8:
        data["until"] = format_instant(begin + (24 if len(data.get("from", "")) == 10 else dice.randint(1, 6)) * HOUR)
    return data


def played(events: list[dict[str, Any]], dice: random.Random | None = None) -> list[bytes]:
    """What a lane tells; with dice in blocks of any size, restarted at any time."""
    player = Player(POLICY, settings=CoreSettings(grace_ms=2_000))
    given = records([*events, advanced(parse_instant(events[-1]["recordedtime"]) + 2 * DAY)])
    if dice is None:
        player.play(given, iter(lambda: 10**6, 0), iter(lambda: False, True))
    else:
        player.play(given, iter(lambda: dice.randint(1, 4), 0), iter(lambda: dice.random() < 0.5, None))
    return [row.value or b"" for row in player.rows("availability")]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_told_is_what_holds(seed: int) -> None:
    events = history(seed)
    told = [parse_availability(orjson.loads(value)) for value in played(events)]
    end = parse_instant(events[-1]["recordedtime"]) + 2 * DAY
    instants = sorted({event.time for event in told} | {parse_instant(each["recordedtime"]) for each in events})
    for at in {near for each in instants for near in (each - 1, each) if BEGIN <= near <= end}:
        known = reference.windows(events, at)
        for name, lender in PROVIDERS.items():
            now = [event.data for event in told if event.data.product == name and event.time <= at][-1]
            for region, channel in pairs(REGIONS, CHANNELS):
                mine = [each for each in known if reference.concerns(each, name, lender, region, channel)]
                bounds = sorted({reference.begin_of(each) for each in mine} | {reference.end_of(each) for each in mine})
                expected = reference.picture(mine, at, bounds)
                outage = now.for_customer(region, channel)
                if outage is None or expected is None:
                    assert (outage is None) is (expected is None), (name, region, channel, format_instant(at))
                    continue
                names = expected.pop("names")
                came = {
                    "state": outage.state,
                    "since": outage.since,
                    "until": reference.FOREVER if outage.until is None else outage.until,
                }
                shown = {reason.name for reason in outage.reasons}
                assert (shown <= set(names), len(outage.reasons) + outage.reasons_more) == (True, len(names))
                assert came == expected, (name, region, channel, format_instant(at))


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_the_same_is_told_in_any_blocks_with_any_restarts_and_from_files(seed: int) -> None:
    events = history(seed)
    whole = played(events)
    assert played(events, random.Random(seed)) == whole
    replay = Replay()
    lines = [Line("f", number, orjson.dumps(event)) for number, event in enumerate(events, 1)]
    end = parse_instant(events[-1]["recordedtime"]) + 2 * DAY
    assert list(replay.run(lines, parse_policy(POLICY), end)) == [], "operations never change a status"
    assert replay.availability == whole
