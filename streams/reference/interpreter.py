"""The reference interpreter: events and a policy in, status events out, as ``eligibility replay`` does on files."""

from collections.abc import Iterable
from typing import Any

from streams.reference.account import Status
from streams.reference.calendar import parse_instant
from streams.reference.catalogue import BROADCAST, TOPIC_OF
from streams.reference.history import in_order
from streams.reference.lane import Lane, value_size


def interpret(
    events: Iterable[dict[str, Any]], policy: dict[str, Any] | None, until_ms: int | None = None
) -> list[Status]:
    """Status events of a history under a policy, ordered by (instant, account id, product order).

    ``events`` are CloudEvents (``recordedtime`` = record timestamp, default ``time``), ``policy`` the parsed document.
    """
    ordered = in_order(events)
    if policy is None or not ordered:
        return []
    until = ordered[-1][0] if until_ms is None else until_ms
    ahead = [parse_instant(event["data"]["to"]) for _, _, event in ordered if event["type"] == "clock.advanced"]
    clock = max([until, *(ahead if until_ms is None else [])])
    lane = Lane(grace=0)
    lane.eras.install(policy)
    lane.ends(clock)
    for recorded, topic, event in ordered:
        if recorded > until:
            break
        lane.tick(recorded)
        if event["type"] not in TOPIC_OF:
            continue
        if topic in BROADCAST:
            lane.broadcast(event, recorded)
        else:
            lane.account(event, recorded, topic, value_size(event))
    lane.settle(clock)
    places = {name: place for place, name in enumerate(policy["products"])}
    out = [status for run in lane.runs.values() for status in run.out]
    return sorted(out, key=lambda s: (s["time"], s["account"].encode(), places[s["product"]]))
