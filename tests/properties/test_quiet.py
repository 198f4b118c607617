"""Under a policy that keeps quiet nobody is told more than it says, whatever comes in; and nothing is lost (0095).

ELIGIBILITY_LONG=1 searches longer for sequences that make more noise.
"""

import os
from bisect import bisect_left
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from schemas.policy import parse_policy
from schemas.status import parse_status
from streams import messages
from streams.audit.replay import replay_events
from streams.client import Notices
from streams.reference.calendar import DAY, MINUTE, format_instant, parse_instant
from streams.reference.catalogue import STRENGTH
from tests.properties.differential import by_product, differ, report
from tests.reference import generate
from tests.support.quiet import BEGIN, DEFAULT, LOUD, NOISE, SOUND

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"
STATUSES_A_DAY = 12
NOTICES_A_DAY = 3
CROWDED = [1, 4, 8, 19, 21, 46, 51]
"""Seeds whose histories, crowded into hours, are held back a lot."""
Event = dict[str, Any]


def crowded(events: list[Event], times: int) -> list[Event]:
    """The history in so many times less time."""
    begin = min(parse_instant(event["time"]) for event in events)

    def sooner(text: str) -> str:
        return format_instant(begin + (parse_instant(text) - begin) // times)

    return [
        event | {"time": sooner(event["time"]), "recordedtime": sooner(event.get("recordedtime") or event["time"])}
        for event in events
        if event["type"] != "clock.advanced"
    ]


def test_core_and_reference_keep_equally_quiet() -> None:
    for seed in range(600) if LONG else CROWDED:
        loud = generate.policy(seed)
        policy = loud | {"quiet": {"per_day": 4 + seed % 3, "dwell_minutes": (0, 45)[seed % 2]}}
        history = crowded(generate.history(seed, 2, 90), 400)
        until = max(parse_instant(event["recordedtime"]) for event in history) + 40 * DAY
        assert not differ(history, policy, until), f"seed {seed}: {report(history, policy, until)}"
        if seed in CROWDED:
            assert len(by_product(history, policy, until)) < len(by_product(history, loud, until)), seed


BURSTS = st.lists(
    st.tuples(
        st.lists(st.integers(0, len(NOISE) - 1), min_size=1, max_size=4),
        st.integers(1, 12),
        st.sampled_from([1, 1_000, 60_000, 600_000, 3_600_000]),
    ),
    min_size=1,
    max_size=6,
)
"""Some kinds of events, how often they come again one after another, and the ms between them."""


def history(bursts: list[tuple[list[int], int, int]]) -> list[Event]:
    steps, at = [(kind, BEGIN - 60 * DAY + place, data) for place, (kind, data) in enumerate(SOUND)], BEGIN
    for kinds, times, gap in bursts:
        for which in kinds * times:
            at += gap
            steps.append((NOISE[which][0], at, NOISE[which][1]))
    envelope = {"specversion": "1.0", "source": "/noise", "subject": "A"}
    return [
        envelope | {"id": f"e{place}", "type": kind, "time": format_instant(at), "data": data}
        for place, (kind, at, data) in enumerate(steps)
    ]


def most_within_a_day(instants: list[int]) -> int:
    ordered = sorted(instants)
    return max((place + 1 - bisect_left(ordered, at - DAY + 1) for place, at in enumerate(ordered)), default=0)


def noise(statuses: list[Event]) -> tuple[int, int]:
    """The most status events, and the most of them to be told to a person, of one product within 24 hours."""
    events, told = dict[str, list[int]](), dict[str, list[int]]()
    notices = Notices()
    for each in statuses:
        event, at = parse_status(each), parse_instant(each["time"])
        while (due := notices.next_due()) is not None and due <= at:
            for late in notices.due(due):
                told.setdefault(late.data.product, []).append(due)
        events.setdefault(event.data.product, []).append(at)
        if notices.take(event, at):
            told.setdefault(event.data.product, []).append(at)
    return max(map(most_within_a_day, events.values())), max(map(most_within_a_day, told.values()))


@settings(
    max_examples=5_000 if LONG else 50,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(BURSTS)
def test_the_worst_sequence_makes_no_more_noise_than_promised(bursts: list[tuple[list[int], int, int]]) -> None:
    events = history(bursts)
    statuses = replay_events(events, DEFAULT, None)
    most, told = noise(statuses)
    target(float(most), label="status events a day")
    target(float(told), label="notices a day")
    assert most <= STATUSES_A_DAY
    assert told <= NOTICES_A_DAY


@settings(
    max_examples=1_000 if LONG else 20,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(BURSTS)
def test_what_is_worse_never_waits_and_what_waits_is_said_in_the_end(bursts: list[tuple[list[int], int, int]]) -> None:
    events = history(bursts)
    end = parse_instant(events[-1]["time"])
    loud, quiet = (replay_events(events, policy, end + 3 * DAY) for policy in (LOUD, DEFAULT))
    for name in DEFAULT.products:
        every, few = ([each for each in found if each["data"]["product"] == name] for found in (loud, quiet))
        for each in every:
            assert STRENGTH[said_at(few, each["time"])] >= STRENGTH[said_at(every, each["time"])]
        assert gist(few[-1]) == gist(every[-1])


def said_at(statuses: list[Event], time: str) -> str:
    """The status in force right after an instant."""
    at = parse_instant(time)
    return str([each for each in statuses if parse_instant(each["time"]) <= at][-1]["data"]["status"])


def gist(status: Event) -> Any:
    data = status["data"]
    reasons = [(each["rule"], each["code"], each["limit"], each["observed"]) for each in data["reasons"]]
    return data["status"], data["side"], data["terms"], sorted(map(repr, reasons))


RESTLESS = {
    "policy": "restless",
    "version": 1,
    "motive": "test",
    "effective_from": "2020-01-01T00:00:00Z",
    "zone": "UTC",
    "products": {
        "cash": {
            "name": {"zh": "甲", "en": "A"},
            "provider": "lender",
            "rules": [
                {"id": "asked", "fact": "inquiries.hard_count", "window": "1d", "at_most": 0, "else": "LIMITED",
                 "reason": "INQ-01"},
                {"id": "often", "fact": "inquiries.hard_count", "window": "1d", "at_most": 2, "else": "NOT_OPEN",
                 "reason": "INQ-01"},
                {"id": "looked", "fact": "inquiries.soft_count", "window": "1d", "at_most": 0, "else": "UNDER_REVIEW",
                 "reason": "INQ-02"},
                {"id": "wish", "fact": "choice.paused", "is": False, "else": "NOT_OPEN", "reason": "CHO-01",
                 "observe": {"days": 1, "else": "LIMITED", "reason": "REP-04"}},
                {"id": "document", "fact": "identity.document_days_left", "at_least": 0, "else": "UNDER_REVIEW",
                 "reason": "IDN-02"},
                {"id": "low", "fact": "inquiries.refused_count", "window": "1d", "at_most": 1, "else": "LIMITED",
                 "reason": "INQ-02", "from": "2026-03-11"},
            ],
        }
    },
}  # fmt: skip
"""A policy of which time moves every rule within a day or two."""
RESTLESS_EVENTS: list[tuple[str, Event]] = [
    ("inquiry.recorded", {"kind": "hard"}),
    ("inquiry.recorded", {"kind": "hard", "outcome": "refused"}),
    ("inquiry.recorded", {"kind": "soft"}),
    ("choice.made", {"choice": "pause", "until": "2026-03-11T01:00:00Z"}),
    ("choice.made", {"choice": "pause", "until": "2026-03-11T12:00:00Z"}),
    ("choice.made", {"choice": "reopen"}),
    ("identity.verified", {"level": 2, "document_expires_on": "2026-03-10"}),
    ("identity.verified", {"level": 2, "document_expires_on": "2026-03-11"}),
    ("identity.verified", {"level": 2, "document_expires_on": "2026-03-12"}),
]


@settings(
    max_examples=5_000 if LONG else 150,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(RESTLESS_EVENTS) - 1), st.sampled_from([60_000, 1_800_000, 3_600_000, 4 * 3_600_000])
        ),
        min_size=3,
        max_size=25,
    ),
    st.sampled_from([4, 5, 6]),
    st.sampled_from([0, 0, 300]),
)
def test_the_next_change_is_the_next_that_is_said(steps: list[tuple[int, int]], per_day: int, dwell: int) -> None:
    """Whatever waits, and whatever comes while it waits: at that instant, that status, and no other before."""
    events, at = [], BEGIN
    envelope = {"specversion": "1.0", "source": "/restless", "subject": "A"}
    for place, (which, gap) in enumerate(steps):
        at += gap
        kind, data = RESTLESS_EVENTS[which]
        events.append(envelope | {"id": f"e{place}", "type": kind, "time": format_instant(at), "data": data})
    policy = RESTLESS | {"quiet": {"per_day": per_day, "dwell_minutes": dwell}}
    until = at + 10 * DAY
    assert not differ(events, policy, until), report(events, policy, until)
    told = [each for each in replay_events(events, policy, until) if parse_instant(each["time"]) >= at]
    for place, each in enumerate(told):
        status = each["data"]["status"]
        then = next((later for later in told[place + 1 :] if later["data"]["status"] != status), None)
        said = each["data"]["next_change"]
        assert (None if said is None else (said["at"], said["status"])) == (
            None if then is None else (then["time"], then["data"]["status"])
        )


def flapping(times: int) -> list[Event]:
    return history([([0, 2], times, MINUTE)])


def test_a_flag_that_comes_and_goes_is_not_told_each_time() -> None:
    events = flapping(50)
    assert noise(replay_events(events, LOUD, None))[0] == 100
    assert noise(replay_events(events, DEFAULT, None)) == (STATUSES_A_DAY, NOTICES_A_DAY)


def test_what_was_held_back_is_said_when_the_first_of_the_day_is_a_day_old() -> None:
    events = flapping(50)
    end = parse_instant(events[-1]["time"])
    of_cash = [each for each in replay_events(events, DEFAULT, end + 2 * DAY) if each["data"]["product"] == "cash"]
    last, before = of_cash[-1], of_cash[-2]
    assert (before["data"]["status"], last["data"]["status"]) == ("NOT_OPEN", "OPEN")
    assert last["data"]["cause"] == {"kind": "time", "event_id": None}
    at = parse_instant(last["time"])
    of_that_day = [parse_instant(each["time"]) for each in of_cash[:-1] if at - DAY <= parse_instant(each["time"])]
    assert at == min(of_that_day) + DAY


@pytest.mark.parametrize(("minutes", "opens"), [(0, "2026-03-10T00:02:00Z"), (30, "2026-03-10T00:31:00Z")])
def test_a_status_stands_for_a_while_before_a_better_one_follows(minutes: int, opens: str) -> None:
    document = DEFAULT.document() | {"quiet": {"per_day": 12, "dwell_minutes": minutes}}
    of_cash = [
        each
        for each in replay_events(flapping(1), document, BEGIN + DAY)
        if each["data"]["product"] == "cash" and each["time"] >= "2026-03-10"
    ]
    assert [(each["time"], each["data"]["status"]) for each in of_cash] == [
        ("2026-03-10T00:01:00Z", "NOT_OPEN"),
        (opens, "OPEN"),
    ]


def test_what_is_held_back_is_said_when_a_policy_without_a_quota_takes_over() -> None:
    quiet = DEFAULT.document() | {"policy": "line", "version": 1}
    loud = LOUD.document() | {"policy": "line", "version": 2}
    begin, later = BEGIN - 61 * DAY, BEGIN + DAY // 8
    events = [*put_in_force(quiet, begin), *flapping(20), *put_in_force(loud, later)]
    of_cash = [
        (each["data"]["policy"]["version"], each["data"]["status"])
        for each in replay_events(events, None, BEGIN + DAY // 2)
        if each["data"]["product"] == "cash"
    ]
    assert of_cash[-2:] == [(1, "NOT_OPEN"), (2, "OPEN")]


def put_in_force(document: Event, at: int) -> list[Event]:
    records = messages.policy_in_force(parse_policy(document), at)
    return [orjson.loads(record.value) | {"recordedtime": format_instant(record.timestamp or at)} for record in records]
