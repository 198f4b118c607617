"""Laws of corrections, for random histories with late, corrected, suppressed and disputed facts."""

import os
from bisect import bisect_right
from typing import Any

import orjson
import pytest

from schemas.corrected import parse_correction
from schemas.policy import parse_policy
from schemas.settings import CoreSettings
from streams.corrections.finding import Made, corrections
from streams.corrections.timelines import by_product, played
from streams.hindsight import hindsight
from streams.reference.calendar import format_instant, parse_instant
from tests.support.worlds import Player, World, advanced, recorded, records, world

SEEDS = range(1, 401 if os.environ.get("ELIGIBILITY_LONG") == "1" else 13)
SETTINGS = CoreSettings()


def made(seed: int) -> tuple[Made, list[dict[str, Any]]]:
    """A lane that has applied a world, its policy among the records; and the status events that it told."""
    given = world(seed, accounts=3, events=60)
    rows = records([*_in_force(given), *given.events, advanced(given.end)])
    player = Player(None, settings=SETTINGS)
    player.play(rows, iter(lambda: 10**6, 0), iter(lambda: False, True))
    told = [orjson.loads(row.value or b"") for row in player.rows("status")]
    return Made(rows, 0, 1, SETTINGS, player.machine.clock), told


def _in_force(given: World) -> list[dict[str, Any]]:
    document = parse_policy(given.policy).document()
    digest, at = parse_policy(document).digest, format_instant(min(map(recorded, given.events)) - 120_000)
    steps = [
        ("policy.proposed", {"digest": digest, "by": "ann", "document": document}),
        ("policy.approved", {"digest": digest, "by": "bob"}),
        ("policy.activated", {"digest": digest, "by": "ann"}),
    ]
    return [
        {"specversion": "1.0", "id": f"p{n}", "source": "/p", "type": kind, "subject": document["policy"]}
        | {"time": at, "recordedtime": at, "data": data}
        for n, (kind, data) in enumerate(steps)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_corrections_say_what_hindsight_says_once_and_only_where_knowledge_was_wanting(seed: int) -> None:
    given, told = made(seed)
    better = hindsight(given.records, 1, SETTINGS.future_ms)
    now = by_product(played(better.records, 0, 1, SETTINGS, given.clock), given.clock)
    said = by_product(((parse_instant(each["time"]), each) for each in told), given.clock)
    found = corrections(given, told, [])
    for key, event in found:
        data = parse_correction(event).data
        assert better.facts.get(key[0]), "nothing is corrected of an account of which all was known in time"
        for steps, picture in ((now[key], event["data"]["should"]), (said[key], event["data"]["said"])):
            place = bisect_right(steps, data.since, key=lambda step: step[0])
            status = steps[place - 1][1]["data"]
            assert {name: status[name] for name in picture} == picture
        assert data.until is None or data.since < data.until <= given.clock
        assert data.should.status != data.said.status or data.should.reasons != data.said.reasons
    assert corrections(given, told, [each.event for each in found]) == [], "told once"


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_with_everything_known_in_time_there_is_nothing_to_correct(seed: int) -> None:
    given, _ = made(seed)
    better = hindsight(given.records, 1, SETTINGS.future_ms)
    numbered = [row._replace(offset=place) for place, row in enumerate(better.records)]
    player = Player(None, settings=SETTINGS)
    player.play(numbered, iter(lambda: 10**6, 0), iter(lambda: False, True))
    told = [orjson.loads(row.value or b"") for row in player.rows("status")]
    assert corrections(given._replace(records=numbered), told, []) == []
