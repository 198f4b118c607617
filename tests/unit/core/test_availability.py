"""Maintenance, incidents and pauses of providers in tables: what is told of whether a service is up."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.availability import availability_text, parse_availability
from schemas.instants import parse_instant
from schemas.settings import CoreSettings
from schemas.topics import TOPICS
from streams.availability import outage_texts
from streams.codec.partition import CHANGELOG
from streams.core import limits
from tests.support.core import Lane, policy, product, rule, told
from tests.support.events import Event, event, inquiry, missed, ms, rfc, short

POLICY = policy(
    rule("missed", "repayment.missed_count", "NOT_OPEN", "REP-03", at_most=0),
    zone="Asia/Shanghai",
)
TWO = policy(products={"cash": product(provider="river"), "loan": product(provider="hill")})


def op(at: str, type: str, subject: str = "*", **data: Any) -> Event:
    return event(at, type, **data).of(subject)


def planned(at: str, begin: str, end: str | None = None, name: str = "W", subject: str = "*", **data: Any) -> Event:
    return op(at, "maintenance.planned", subject, window_id=name, from_=begin, until=end, **data)


def line(value: bytes) -> str:
    """One record in a line: time, product, each outage with its place, hoped end and names, and what is to come."""
    document = parse_availability(orjson.loads(value))
    data = document.data
    words = [short(document.time), data.product, "up" if data.up else ""]
    for each in data.outages:
        place = "/".join(name for name in (each.region, each.channel) if name) or "all"
        back = "?" if each.expected_until is None else short(each.expected_until)
        end = "" if each.until is not None else "~"
        words.append(f"{place}:{each.state}<{end}{back}:{'+'.join(reason.name for reason in each.reasons)}")
    words += [f"coming:{each.name}@{short(each.from_)}" for each in data.announced]
    words.append("frozen" if data.frozen else "")
    return " ".join(word for word in words if word)


def lines(lane: Lane, product_id: str = "a") -> list[str]:
    rows = [row for row in lane.outputs["availability"] if row.key == product_id.encode()]
    assert [orjson.loads(row.value or b"")["data"]["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.timestamp == parse_instant(orjson.loads(row.value or b"")["time"]) for row in rows)
    return [line(row.value or b"") for row in rows][1:]


FIRST = ["2020-01-01 a up"]

CASES: dict[str, tuple[list[Event], list[str]]] = {
    "a plan begins and ends by time alone": (
        [planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z")],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-02 a all:MAINTENANCE<2025-01-02 04:00:W",
            "2025-01-02 04:00 a up",
        ],
    ),
    "dates are whole days where the policy is": (
        [planned("2025-01-01", "2025-01-03", "2025-01-03")],
        [
            "2025-01-01 a up coming:W@2025-01-02 16:00",
            "2025-01-02 16:00 a all:MAINTENANCE<2025-01-03 16:00:W",
            "2025-01-03 16:00 a up",
        ],
    ),
    "extended while it lasts, then ended early": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            op("2025-01-02 03:00", "maintenance.extended", window_id="W", until="2025-01-02T09:00:00Z"),
            op("2025-01-02 05:00", "maintenance.ended", window_id="W"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-02 a all:MAINTENANCE<2025-01-02 04:00:W",
            "2025-01-02 03:00 a all:MAINTENANCE<2025-01-02 09:00:W",
            "2025-01-02 05:00 a up",
        ],
    ),
    "extended after its end it is live again, without an end nobody knows until when": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            op("2025-01-02 05:00", "maintenance.extended", window_id="W"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-02 a all:MAINTENANCE<2025-01-02 04:00:W",
            "2025-01-02 04:00 a up",
            "2025-01-02 05:00 a all:MAINTENANCE<~?:W",
        ],
    ),
    "cancelled before it begins": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            op("2025-01-01 12:00", "maintenance.cancelled", window_id="W"),
        ],
        ["2025-01-01 a up coming:W@2025-01-02", "2025-01-01 12:00 a up"],
    ),
    "put off to another night": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            planned("2025-01-01 12:00", "2025-01-03T00:00:00Z", "2025-01-03T04:00:00Z"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-01 12:00 a up coming:W@2025-01-03",
            "2025-01-03 a all:MAINTENANCE<2025-01-03 04:00:W",
            "2025-01-03 04:00 a up",
        ],
    ),
    "begun before its hour": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            op("2025-01-01 23:00", "maintenance.started", window_id="W"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-01 23:00 a all:MAINTENANCE<2025-01-02 04:00:W",
            "2025-01-02 04:00 a up",
        ],
    ),
    "two overlap: the union lasts until the later end": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            planned("2025-01-01", "2025-01-02T03:00:00Z", "2025-01-02T06:00:00Z", "V"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-01 a up coming:W@2025-01-02 coming:V@2025-01-02 03:00",
            "2025-01-02 a all:MAINTENANCE<2025-01-02 06:00:W coming:V@2025-01-02 03:00",
            "2025-01-02 03:00 a all:MAINTENANCE<2025-01-02 06:00:W+V",
            "2025-01-02 04:00 a all:MAINTENANCE<2025-01-02 06:00:V",
            "2025-01-02 06:00 a up",
        ],
    ),
    "started without a plan it is an incident": (
        [op("2025-01-02", "maintenance.started", window_id="W", until="2025-01-02T02:00:00Z")],
        ["2025-01-02 a all:INCIDENT<2025-01-02 02:00:W", "2025-01-02 02:00 a up"],
    ),
    "started anew after its end it is one, too": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            op("2025-01-02 01:00", "maintenance.ended", window_id="W"),
            op("2025-01-02 02:00", "maintenance.started", window_id="W"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-02 a all:MAINTENANCE<2025-01-02 04:00:W",
            "2025-01-02 01:00 a up",
            "2025-01-02 02:00 a all:INCIDENT<~?:W",
        ],
    ),
    "a hope for an incident's end is no end, and is told no longer once its hour has passed": (
        [
            op("2025-01-02", "incident.started", incident_id="I", expected_until="2025-01-02T02:00:00Z"),
            op("2025-01-02 03:00", "incident.ended", incident_id="I"),
        ],
        [
            "2025-01-02 a all:INCIDENT<~2025-01-02 02:00:I",
            "2025-01-02 02:00 a all:INCIDENT<~?:I",
            "2025-01-02 03:00 a up",
        ],
    ),
    "an incident during maintenance goes first": (
        [
            planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
            op("2025-01-02 01:00", "incident.started", incident_id="I"),
        ],
        [
            "2025-01-01 a up coming:W@2025-01-02",
            "2025-01-02 a all:MAINTENANCE<2025-01-02 04:00:W",
            "2025-01-02 01:00 a all:INCIDENT<~?:I+W",
            "2025-01-02 04:00 a all:INCIDENT<~?:I",
        ],
    ),
    "a region and a channel, each with its own and both with both": (
        [
            op("2025-01-02", "maintenance.started", window_id="N", region="CN-31"),
            op("2025-01-02 01:00", "incident.started", incident_id="I", channel="app"),
        ],
        [
            "2025-01-02 a CN-31:INCIDENT<~?:N",
            "2025-01-02 01:00 a app:INCIDENT<~?:I CN-31:INCIDENT<~?:N CN-31/app:INCIDENT<~?:N+I",
        ],
    ),
    "a provider pauses and is back": (
        [
            op("2025-01-02", "provider.paused", provider="lender", reason="audit"),
            op("2025-01-03", "provider.resumed", provider="lender"),
        ],
        ["2025-01-02 a all:PAUSED<~?:lender", "2025-01-03 a up"],
    ),
    "another provider's pause is none of it": ([op("2025-01-02", "provider.paused", provider="other")], []),
    "late news of what is known better changes nothing": (
        [
            op("2025-01-02", "incident.started", incident_id="I"),
            op("2025-01-02 02:00", "incident.ended", incident_id="I"),
            op("2025-01-02 03:00", "incident.started", incident_id="I").happened("2025-01-02 01:00"),
        ],
        ["2025-01-02 a all:INCIDENT<~?:I", "2025-01-02 02:00 a up"],
    ),
    "an end of nothing known, and a plan without a begin, hold nothing up": (
        [
            op("2025-01-02", "maintenance.ended", window_id="X"),
            op("2025-01-02", "maintenance.planned", window_id="W", until="2025-01-09T00:00:00Z"),
        ],
        [],
    ),
    "frozen statuses are told": (
        [
            event("2025-01-02", "policy.frozen", by="ann", reason="an audit").of("p"),
            event("2025-01-03", "policy.unfrozen", by="ann", reason="it is over").of("p"),
        ],
        ["2025-01-02 a up frozen", "2025-01-03 a up"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_told(name: str) -> None:
    events, expected = CASES[name]
    lane = Lane(POLICY).tick("2024-01-01").feed(*events).tick("2025-02-01")
    assert lines(lane) == expected
    again = Lane(POLICY).tick("2024-01-01")
    for each in events:
        again.restart().feed(each)
    assert lines(again.restart().tick("2025-02-01")) == expected, "restarted after each record"
    assert told(lane.statuses) == []


def test_lane_0_alone_tells_it_and_the_topic_has_one_partition() -> None:
    assert TOPICS["availability"].partitions == "1"
    other = Lane(POLICY, number=1, partitions=2).feed(op("2025-01-02", "incident.started", incident_id="I"))
    assert other.outputs["availability"] == []
    assert other.machine.next_due is None


def test_each_product_is_told_apart_and_what_no_policy_knows_too() -> None:
    lane = Lane(TWO).feed(
        op("2025-01-02", "provider.paused", provider="hill"),
        op("2025-01-03", "incident.started", "cash", incident_id="I"),
        op("2025-01-04", "incident.started", "gold", incident_id="I"),
    )
    assert lines(lane, "cash") == ["2025-01-03 cash all:INCIDENT<~?:I"]
    assert lines(lane, "loan") == ["2025-01-02 loan all:PAUSED<~?:hill"]
    rows = [row for row in lane.outputs["availability"] if row.key == b"gold"]
    assert [line(row.value or b"") for row in rows] == ["2025-01-04 gold all:INCIDENT<~?:I"]
    alone = Lane().feed(op("2025-01-04", "incident.started", "gold", incident_id="I"))
    assert [row.key for row in alone.outputs["availability"]] == [b"gold"], "without any policy"


def test_a_status_is_never_changed_by_it() -> None:
    calm, busy = Lane(POLICY), Lane(POLICY)
    events = [inquiry("2025-01-01"), missed("2025-01-03"), inquiry("2025-01-05")]
    calm.feed(*events)
    busy.feed(
        events[0],
        op("2025-01-02", "incident.started", incident_id="I"),
        events[1],
        op("2025-01-04", "provider.paused", provider="lender"),
        events[2],
    )
    places = [(each["time"], each["data"]["status"], each["data"]["changed"]) for each in calm.statuses]
    came = [(each["time"], each["data"]["status"], each["data"]["changed"]) for each in busy.statuses]
    assert came == places


def test_an_operation_dated_ahead_of_its_record_is_rejected() -> None:
    lane = Lane(POLICY).feed(op("2025-01-02", "incident.started", incident_id="I").happened("2025-01-02 00:06"))
    assert lane.rejected() == ["time_in_future time"]
    assert lines(lane) == []


def test_what_is_due_is_known_to_the_clock() -> None:
    lane = Lane(POLICY, CoreSettings(grace_ms=2000)).tick("2024-01-01")
    lane.feed(planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"))
    assert lane.machine.next_due == ms("2025-01-02")
    lane.tick("2025-01-02 00:00:01.999")
    assert lines(lane) == ["2025-01-01 a up coming:W@2025-01-02"], "not before its grace"
    lane.restart()
    assert lane.machine.next_due == ms("2025-01-02")
    lane.tick("2025-01-02 00:00:02")
    assert lines(lane)[1:] == ["2025-01-02 a all:MAINTENANCE<2025-01-02 04:00:W"]
    keys = {row.key for row in lane.outputs[CHANGELOG]}
    assert {b"~availability", b"~availability/a", b"~operation/maintenance/*/W"} <= keys


def test_texts_name_the_hour_where_the_policy_is_or_say_that_nobody_knows() -> None:
    lane = Lane(POLICY).feed(
        planned("2025-01-01", "2025-01-02T00:00:00Z", "2025-01-02T04:00:00Z"),
        op("2025-01-02 01:00", "incident.started", incident_id="I"),
        op("2025-01-02 02:00", "provider.paused", provider="lender"),
    )
    lane.tick("2025-01-03")
    rows = [parse_availability(orjson.loads(row.value or b"")).data for row in lane.outputs["availability"]]
    said = [[availability_text(reason, "en") for reason in each.outages[0].reasons] for each in rows if each.outages]
    assert said[:3] == [
        ["Maintenance is going on; the service should be back about 2025-01-02 12:00"],
        ["There is an outage; when it ends is not known yet", "Maintenance is going on; when it ends is not known yet"],
        [
            "There is an outage; when it ends is not known yet",
            "The partner lender has paused this service",
            "Maintenance is going on; when it ends is not known yet",
        ],
    ]
    first = next(each for each in rows if each.outages)
    assert outage_texts(first.outages[0], "en") == [
        "Maintenance is going on; the service should be back about 2025-01-02 12:00 (UTC+08:00)"
    ]
    zh = [availability_text(reason, "zh") for reason in rows[-1].outages[0].reasons]
    assert zh == ["系统出现故障,正在处理,恢复时间待定", "合作机构暂停了这项服务"]


def test_plans_whose_end_has_passed_are_forgotten_like_what_somebody_ended() -> None:
    begin = ms("2025-01-01")
    plans = [
        op("2025-01-01", "maintenance.planned", window_id=f"{n:04d}", from_=rfc(begin), until=rfc(begin + 1 + n))
        for n in range(limits.OPERATIONS_ENDED + 1)
    ]
    lane = Lane().together(*plans, planned("2025-02-01", "2025-03-01", name="last"))
    gone = [row.key for row in lane.outputs[CHANGELOG] if row.value is None]
    assert gone == [b"~operation/maintenance/*/0000"]


def test_a_record_stays_within_what_a_lane_writes() -> None:
    wide = "\N{KANGXI RADICAL ONE}"
    events = [
        op("2025-01-02", "incident.started", incident_id=f"{n:03d}" + wide * 120, region=f"{n:03d}" + wide * 50)
        for n in range(limits.PLACES_TOLD + 5)
    ]
    events += [op("2025-01-02", "incident.started", incident_id=f"all {n}" + wide * 120) for n in range(6)]
    lane = Lane(POLICY).together(*events)
    last = lane.outputs["availability"][-1].value or b""
    data = parse_availability(orjson.loads(last)).data
    assert (len(data.outages), data.outages_more) == (limits.PLACES_TOLD, 6)
    assert (len(data.outages[0].reasons), data.outages[0].reasons_more) == (limits.CAUSES_TOLD, 2)
    assert len(last) < 1_000_000
