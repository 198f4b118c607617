"""Laws of the pure machine, for random histories under random and delivered policies.

The quick form takes about half a minute and the same examples each time; ELIGIBILITY_LONG=1 takes new ones, and many.
"""

import os
from itertools import cycle, repeat
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from schemas.deadletter import parse_dead_letter
from schemas.settings import CoreSettings
from schemas.status import parse_current, parse_status
from streams.audit.replay import replay_events
from streams.codec.partition import CHANGELOG, WARM_ACCOUNTS
from streams.codec.state import pack, unpack
from streams.core.evaluate import judged
from streams.reference.calendar import format_instant, parse_instant
from tests.support.worlds import (
    Document,
    Event,
    Player,
    World,
    advanced,
    by_product,
    in_one,
    merged,
    recorded,
    records,
    world,
)

LONG = os.environ.get("ELIGIBILITY_LONG") == "1"


def law(examples: int) -> settings:
    return settings(
        max_examples=examples * 40 if LONG else examples,
        derandomize=not LONG,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


SEEDS = st.integers(0, 1_000_000)
SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=8)
RESTARTS = st.lists(st.booleans(), min_size=1, max_size=8)
BUDGETS = st.sampled_from([1, 2, 5, 5_000])
WARM = st.sampled_from([0, 2, WARM_ACCOUNTS])
"""A lane of more accounts than that packs them as it goes; of fewer, at each block's end."""


def settled(given_world: World) -> list[Event]:
    return [*given_world.events, advanced(given_world.end)]


@law(20)
@given(SEEDS, SIZES, RESTARTS, BUDGETS, WARM)
def test_blocks_may_be_cut_anywhere_and_lanes_restart_anywhere(
    seed: int, sizes: list[int], restarts: list[bool], budget: int, warm: int
) -> None:
    """Whatever the blocks, the budget of each and the restarts between them, a pending cursor too: the same bytes."""
    history = world(seed, lives=True)
    (expected,) = in_one(history)
    player = Player(history.policy, settings=CoreSettings(evaluations_per_block=budget), warm=warm)
    player.play(records(settled(history)), cycle(sizes), cycle(restarts))
    assert player.values == expected.values
    assert player.blobs == expected.blobs
    assert by_product(player.rows("current")) == by_product(expected.rows("current"))
    assert sorted(player.rows("dead-letters"), key=astuple) == sorted(expected.rows("dead-letters"), key=astuple)


@law(12)
@given(SEEDS, SIZES, RESTARTS, WARM, st.randoms(use_true_random=False))
def test_so_they_may_where_records_come_out_of_order(
    seed: int, sizes: list[int], restarts: list[bool], warm: int, dice: Any
) -> None:
    history = world(seed, lives=True)
    shuffled = [event for _, event in sorted(enumerate(history.events), key=lambda each: each[0] + dice.randrange(30))]
    rows = records([*shuffled, advanced(history.end)])
    whole, cut = Player(history.policy), Player(history.policy, warm=warm)
    whole.play(rows, repeat(10**6), repeat(False))
    cut.play(rows, cycle(sizes), cycle(restarts))
    assert cut.values == whole.values
    assert cut.blobs == whole.blobs


@law(12)
@given(SEEDS, st.integers(2, 8))
def test_the_number_of_partitions_changes_nothing(seed: int, partitions: int) -> None:
    history = world(seed, accounts=6, lives=True)
    assert merged(in_one(history, partitions)) == merged(in_one(history))


@law(10)
@given(SEEDS)
def test_replay_of_the_file_gives_what_lanes_give(seed: int) -> None:
    history = world(seed)
    lines = replay_events(history.events, history.policy, history.end)
    found: dict[tuple[str, str], list[Any]] = {}
    for value in lines:
        found.setdefault((value["data"]["account_id"], value["data"]["product"]), []).append(value)
    lanes = {key: [orjson.loads(value) for _, value in rows] for key, rows in merged(in_one(history, 3)).items()}
    assert lanes == found


@law(10)
@given(SEEDS)
def test_an_accounts_history_does_not_depend_on_others(seed: int) -> None:
    history = world(seed, accounts=5, events=120, lives=True)
    (together,) = in_one(history)
    name = sorted({account for account, _ in together.values} or {"A000"})[seed % 5 % max(1, len(together.values))]
    alone = World([e for e in history.events if e["subject"] == name or e["source"] == "/broadcast"], history.policy)
    player = Player(history.policy)
    player.play(records([*alone.events, advanced(history.end)]), repeat(10**6), repeat(False))
    assert player.values == {key: rows for key, rows in together.values.items() if key[0] == name}


@law(15)
@given(SEEDS, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30))
def test_duplicates_change_nothing(seed: int, copies: list[tuple[int, int]]) -> None:
    """The same source and id once more, anywhere later; of events that were admitted (semantics T8)."""
    history = world(seed, lives=True)
    admitted = [e for e in history.events if parse_instant(e["time"]) <= recorded(e) + 300_000]
    again = []
    for which, where in copies:
        event = admitted[which % len(admitted)]
        at = recorded(event) + where % max(1, history.end - recorded(event) + 1)
        again.append(event | {"recordedtime": format_instant(at), "data": event["data"] | {"remark": "again"}})
    events = sorted([*history.events, *again], key=recorded)  # stable: each copy comes after its original
    (expected,) = in_one(history)
    (player,) = in_one(World(events, history.policy))
    assert player.values == expected.values
    assert player.blobs == expected.blobs


@law(10)
@given(SEEDS, st.lists(st.integers(0, 10**6), min_size=1, max_size=20), st.integers(0, 60_000))
def test_ticks_and_grace_change_no_value(seed: int, places: list[int], grace: int) -> None:
    """The clock may move between records, never past the next one; the grace says only when, not what."""
    history = world(seed, lives=True)
    (expected,) = in_one(history)
    player = Player(history.policy, settings=CoreSettings(grace_ms=grace, evaluations_per_block=7))
    rows = records(settled(history))
    stops = sorted({place % len(rows) for place in places})
    for first, last in zip([0, *stops], [*stops, len(rows)], strict=True):
        player.play(rows[first:last], repeat(10**6), repeat(False))
        if last < len(rows):
            while not player.tick(rows[last].timestamp):
                pass
    assert player.values == expected.values


# What a status says of the time to come


def future(history: World, status: Event, until: int) -> list[Event]:
    """What is told of its account and product after a status until an instant, when no further event comes."""
    data, cause = status["data"], status["data"]["cause"]
    own = [event for event in history.events if event["subject"] == data["account_id"]]
    if cause["event_id"] is not None:
        last = next(place for place, event in enumerate(own) if event["id"] == cause["event_id"])
        own = own[: last + 1]
    else:
        own = [event for event in own if recorded(event) < parse_instant(status["time"])]
    told = [each for each in replay_events(own, history.policy, until) if each["data"]["product"] == data["product"]]
    place = next(n for n, each in enumerate(told) if each["id"] == status["id"])
    assert told[place]["data"] == data
    return told[place + 1 :]


def expects_payment(document: Document | None, product: str) -> bool:
    """Whether unpaid installments may move the product."""
    assert document is not None
    moving = ("days_past_due", "amount_overdue", "late_count")
    text = orjson.dumps([document["products"][product], document.get("segments")]).decode()
    return any(f"repayment.{name}" in text or f"worst_{name}" in text for name in moving)


def statuses(seed: int) -> tuple[World, list[Event]]:
    history = world(seed, accounts=2, events=60)
    return history, replay_events(history.events, history.policy, history.end)


@law(60)
@given(SEEDS, st.integers(0, 10**6))
def test_the_next_change_comes_as_announced_and_nothing_before(seed: int, pick: int) -> None:
    history, told = statuses(seed)
    ahead = [
        each
        for each in told
        if each["data"]["next_change"]
        and (each["data"]["status"] != "OPEN" or not expects_payment(history.policy, each["data"]["product"]))
    ]
    if not ahead:
        return
    status = ahead[pick % len(ahead)]
    change = status["data"]["next_change"]
    at = parse_instant(change["at"])
    before = future(history, status, at - 1)
    assert {each["data"]["status"] for each in before} <= {status["data"]["status"]}
    then = future(history, status, at)[len(before) :]
    assert [each["data"]["status"] for each in then] == [change["status"]]
    assert then[0]["time"] == change["at"]


@law(25)
@given(SEEDS, st.integers(0, 10**6))
def test_without_a_next_change_time_alone_changes_no_status(seed: int, pick: int) -> None:
    history, told = statuses(seed)
    still = [
        each
        for each in told
        if not each["data"]["next_change"]
        and (each["data"]["status"] != "OPEN" or not expects_payment(history.policy, each["data"]["product"]))
    ]
    if not still:
        return
    status = still[pick % len(still)]
    after = future(history, status, parse_instant(status["time"]) + 5 * 365 * 86_400_000)
    assert {each["data"]["status"] for each in after} <= {status["data"]["status"]}


@law(40)
@given(SEEDS, st.integers(0, 10**6))
def test_a_reason_clears_when_it_says(seed: int, pick: int) -> None:
    history, told = statuses(seed)
    clearing = [
        (each, reason)
        for each in told
        for reason in each["data"]["reasons"]
        if reason["clears_at"] and not _silenced(history.policy, each["data"]["product"], reason["rule"])
    ]
    if not clearing:
        return
    status, reason = clearing[pick % len(clearing)]
    at, name = parse_instant(reason["clears_at"]), (reason["rule"], reason["code"])
    before = future(history, status, at - 1)
    assert all(name in _names(each) for each in before)
    then = future(history, status, at)[len(before) :]
    assert [name in _names(each) for each in then] == [False]


def _names(status: Event) -> set[tuple[str, str]]:
    """Rules and codes of a status; a limited reason's rule isn't told, so any of its code may be meant."""
    return {(each["rule"], each["code"]) for each in status["data"]["reasons"]}


def _silenced(document: Document | None, product: str, rule: str) -> bool:
    assert document is not None
    rules = document["products"][product]["rules"]
    return any(each["id"] == rule and (each.get("superseded_by") or each["reason"] == "SEC-01") for each in rules)


# Forms


@law(25)
@given(SEEDS)
def test_what_comes_out_is_canonical_and_keeps_the_contracts(seed: int) -> None:
    history = world(seed, lives=True)
    (player,) = in_one(history)
    sequences: dict[tuple[str, str], int] = {}
    for row in player.rows("status"):
        status = parse_status(orjson.loads(row.value or b"")).data
        key = (status.account_id, status.product)
        sequences[key] = sequences.get(key, 0) + 1
        assert status.sequence == sequences[key], "sequences count from 1 without holes"
        assert row.key == status.account_id.encode()
    for row in player.rows("current"):
        current = parse_current(orjson.loads(row.value or b"")).data
        assert row.key == f"{current.account_id}/{current.product}".encode()
    newest = {(row.key, *orjson.loads(row.value or b"")["id"].rpartition("/")[2:]) for row in player.rows("current")}
    assert {(f"{account}/{product}".encode(), str(last)) for (account, product), last in sequences.items()} <= newest
    for topic in ("status", "current"):
        for row in player.rows(topic):
            assert rfc8785.dumps(orjson.loads(row.value or b"")) == row.value
    for row in player.rows("dead-letters"):
        assert parse_dead_letter(row.headers).code
    for row in player.rows(CHANGELOG):
        if not (row.key or b"").startswith(b"~"):
            assert pack(*unpack(row.value or b"")) == row.value


@law(15)
@given(SEEDS, st.randoms(use_true_random=False))
def test_hostile_values_end_no_lane(seed: int, dice: Any) -> None:
    """Values of a valid event replaced at random: a status or a dead letter, never anything else."""
    history = world(seed, accounts=2, events=40)
    hostile = [_spoilt(event, dice) for event in history.events]
    player = Player(history.policy)
    rows = [
        row._replace(timestamp=recorded(event), value=orjson.dumps(spoilt))
        for row, event, spoilt in zip(records(history.events), history.events, hostile, strict=True)
    ]
    player.play(rows, repeat(7), repeat(True))
    player.tick(history.end + 400 * 86_400_000)
    for row in player.rows("dead-letters"):
        parse_dead_letter(row.headers)
    assert all(parse_status(orjson.loads(row.value or b"")) for row in player.rows("status"))


NASTY: list[Any] = [
    None, True, 0, -1, 10**9, 10**18, 2**63, 0.5, "", "x" * 300, "9999-12-31", "9999-12-30", "1900-01-01", "0001-01-01",
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "99999999999999.99", "-0.01", "0", "\u0000", "💣", [], {},
    ["a"], "CLF", "REP-01", "2025-02-30",
]  # fmt: skip


def _spoilt(event: Event, dice: Any) -> Event:
    data = dict(event["data"])
    for name in list(data):
        if dice.random() < 0.3:
            data[name] = dice.choice(NASTY)
    spoilt = event | {"data": data}
    if dice.random() < 0.1:
        spoilt |= {dice.choice(["id", "time", "source", "subject", "specversion", "data"]): dice.choice(NASTY)}
    return spoilt


@pytest.mark.parametrize("partitions", [1, 4, 8])
def test_the_worlds_are_not_empty(partitions: int) -> None:
    """Else the laws would hold for want of anything to break them."""
    players = in_one(world(1, accounts=8, lives=True), partitions)
    assert len(players) == partitions
    assert sum(len(player.rows("status")) for player in players) > 20


@law(20)
@given(SEEDS, SIZES)
def test_what_is_kept_of_a_judgement_is_what_judging_anew_gives(seed: int, sizes: list[int]) -> None:
    history = world(seed, lives=True)
    player = Player(history.policy)
    player.play(records(settled(history)), cycle(sizes), repeat(False))
    compared = 0
    for key, blob in player.blobs.items():
        state, _ = unpack(blob)
        in_force = player.machine._policies.in_force(key.decode(), state.era)
        kept = state.judged
        if kept is None or kept.era != state.era or in_force is None:
            continue
        anew = judged(in_force.program, state, state.as_of)
        assert (kept.results, kept.crossings) == (anew.results, anew.crossings), key
        compared += 1
    assert compared or not player.rows("status")
