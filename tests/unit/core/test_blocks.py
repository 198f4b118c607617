"""Blocks, budgets and rejects of the lane's machine: semantics T17 and E16, and what a restart keeps."""

import struct
from collections.abc import Callable
from zlib import crc32

import orjson
import pytest
from msgspec import structs

from schemas.settings import CoreSettings
from streams.codec.broadcasts import LANE_KEY
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG
from streams.codec.state import StateError, front, pack, unpack
from streams.core import limits
from tests.support.core import EVER, Document, Lane, digest, policy, rule
from tests.support.events import (
    Event,
    activated,
    approved,
    clock_advanced,
    event,
    frozen,
    inquiry,
    missed,
    ms,
    note,
    proposed,
    unfrozen,
)

HARD = policy(rule("r", "inquiries.hard_count", window="30d", at_most=0))
ACCOUNTS = [f"A{n}" for n in range(7)]


def crowd(at: str = "2025-01-01") -> list[Event]:
    """One inquiry of each account at one instant: all their timers are due at one instant too."""
    return [inquiry(at).of(name) for name in ACCOUNTS]


def budget(evaluations: int) -> CoreSettings:
    return CoreSettings(evaluations_per_block=evaluations)


def whole() -> Lane:
    return Lane(HARD).feed(*crowd()).tick("2025-02-01")


# T17


@pytest.mark.parametrize("evaluations", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize("restarts", [False, True])
def test_t17_a_storm_of_timers_is_spread_over_blocks(evaluations: int, restarts: bool) -> None:
    lane = Lane(HARD, budget(evaluations)).feed(*crowd())
    first, done = len(lane.blocks), False
    while not done:
        if restarts:
            lane.restart()
        lane.machine.open_block(EVER)
        done = lane.machine.tick(ms("2025-02-01"))
        lane._close()
    sizes = [len(block.outputs["status"]) for block in lane.blocks[first:]]
    assert all(size == evaluations for size in sizes[:-1]), "full blocks but the last"
    assert sum(sizes) == len(ACCOUNTS)
    assert lane.outputs["status"] == whole().outputs["status"]


def test_t17_the_cursor_names_the_instant_and_how_far_it_is_and_no_account() -> None:
    lane = Lane(HARD, budget(3)).feed(*crowd()).tick("2025-02-01")
    due = ms("2025-01-31")
    assert [block.cursor for block in lane.blocks[-3:]] == [[due, 3], [due, 3], None]
    assert not lane.machine.pending


def test_t17_records_wait_until_the_storm_is_over() -> None:
    lane = Lane(HARD, budget(3)).feed(*crowd())
    before = len(lane.blocks)
    record = lane.record(inquiry("2025-02-01").of("A0"), 8)
    lane.machine.open_block(EVER)
    assert lane.machine.apply([record]) == 0, "not applied: the block's evaluations are spent"
    assert lane.machine.pending
    lane._close()
    lane.records([record])
    assert [block.cursor for block in lane.blocks[before:]] == [
        [ms("2025-01-31"), 3],
        [ms("2025-01-31"), 3],
        None,
    ]
    assert lane.outputs["status"][-1].timestamp == ms("2025-02-01")
    assert [row.key for row in lane.outputs["status"][7:14]] == [name.encode() for name in ACCOUNTS]


@pytest.mark.parametrize("restarts", [False, True])
def test_t17_a_sweep_is_spread_over_blocks_too(restarts: bool) -> None:
    lax = policy(rule("r", "inquiries.hard_count", window="30d", at_most=5), version=2)
    name = digest(lax)
    lane = Lane(HARD, budget(2)).feed(*crowd())
    lane.feed(proposed("2025-01-05", lax, name), approved("2025-01-05", name), activated("2025-01-05", name))
    first, done = len(lane.blocks), False
    while not done:
        if restarts:
            lane.restart()
        lane.machine.open_block(EVER)
        done = lane.machine.tick(ms("2025-01-06"))
        lane._close()
    assert [block.cursor and block.cursor[1] for block in lane.blocks[first:]] == [2, 2, 2, None]
    assert [row.key for row in lane.outputs["status"][7:]] == [name.encode() for name in ACCOUNTS]


def test_t17_a_broadcast_whose_storm_does_not_fit_is_applied_and_the_rest_waits() -> None:
    lane = Lane(HARD, budget(3)).feed(*crowd())
    records = [lane.record(clock_advanced("2025-02-01"), 8), lane.record(note("2025-02-01").of("A0"), 9)]
    lane.machine.open_block(EVER)
    assert lane.machine.apply(records) == 0
    lane._close()
    lane.records(records)
    assert lane.outputs["status"][7:] == whole().outputs["status"][7:]
    lane = Lane(HARD, budget(3)).feed(*crowd())
    record = lane.record(clock_advanced("2025-01-31"), 8)  # due only by the broadcast itself: no grace
    lane.machine.open_block(EVER)
    assert lane.machine.apply([record, lane.record(note("2025-01-31").of("A0"), 9)]) == 1
    lane._close()
    assert lane.blocks[-1].cursor == [ms("2025-01-31"), 3]
    assert lane.restart().machine.pending


def test_next_due_is_the_earliest_timer_or_sweep() -> None:
    lane = Lane(HARD)
    assert lane.machine.next_due == ms("2020-01-01"), "the policy's begin"
    lane.feed(inquiry("2025-01-05"), inquiry("2025-01-01").of("B"))
    assert lane.machine.next_due == ms("2025-01-31")
    lane.tick("2025-02-01").restart()
    assert lane.machine.next_due == ms("2025-02-04")
    lane.tick("2025-02-10")
    assert lane.machine.next_due is None


def test_the_clock_never_goes_back() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-05")).tick("2025-01-01")
    assert lane.machine.clock == ms("2025-01-05")
    assert [block.clock for block in lane.blocks] == [ms("2025-01-05")] * 2


# E16


def test_e16_every_lane_sees_a_bad_broadcast_and_lane_0_says_it() -> None:
    bad = [
        unfrozen("2025-01-01")._replace(data={}),
        event("2025-01-01", "policy.approved", digest="sha256:" + "0" * 64, by="x").of("p"),
    ]
    letters = []
    for number in range(3):
        lane = Lane(HARD, number=number, partitions=3).feed(*bad)
        letters.append(lane.rejected())
    assert letters == [["invalid_event data.by", "target_unknown data.digest"], [], []]


def test_e16_a_broadcast_too_early_likewise() -> None:
    for number, said in ((0, 1), (1, 0)):
        lane = Lane(HARD, number=number, partitions=2)
        lane.records([lane.record(clock_advanced("2025-01-01"), 1)], admit_until=0)
        assert len(lane.letters) == said


def test_an_accounts_own_rejects_are_said_by_its_lane() -> None:
    number = partition_of("A", 3)
    lane = Lane(HARD, number=number, partitions=3).feed(inquiry("2025-01-01")._replace(data={"kind": "odd"}))
    assert lane.rejected() == ["invalid_event data.kind"]
    (row,) = lane.outputs["dead-letters"]
    assert (row.key, row.timestamp, orjson.loads(row.value or b"")["id"]) == (b"A", ms("2025-01-01"), "e1")


def test_a_reject_moves_the_clock_but_no_account() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01"), inquiry("2025-02-10").of("B")._replace(data={"kind": "odd"}))
    assert [row.key for row in lane.outputs["status"]] == [b"A", b"A"]
    assert b"B" not in {row.key for row in lane.outputs[CHANGELOG]}


def test_a_rejected_first_event_makes_no_account() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01").happened("2025-01-02"))
    assert [row.key for row in lane.outputs[CHANGELOG] if not (row.key or b"").startswith(b"~")] == []


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (b"A", None, "tombstone value"),
        (None, b"{}", "invalid_event type"),
        (b"A", b"no json", "invalid_json value"),
        (b"A", b"[]", "invalid_event "),
        (b"A", b'{"type":"no.such"}', "unknown_type type"),
        (b"A", b'{"type":"missed.repayment"}', "unknown_type type"),
        (b"A", b'{"type":"repayment.missed"}', "wrong_topic type"),
        (b"A", b" " * ((1 << 20) + 1), "too_large value"),
    ],
)
def test_no_bytes_end_a_lane(key: bytes | None, value: bytes | None, code: str) -> None:
    lane = Lane(HARD)
    lane.records([lane.raw(ms("2025-01-01"), key, value)])
    assert lane.rejected() == [code]


def test_a_key_that_is_not_the_subject_or_of_another_partition_is_rejected() -> None:
    lane = Lane(HARD)
    record = lane.record(inquiry("2025-01-01"), 1)
    lane.records([record._replace(key=b"B"), record._replace(key=None)])
    assert lane.rejected() == ["key_mismatch key", "key_missing key"]
    lane = Lane(HARD, partitions=4)
    record = lane.record(inquiry("2025-01-01"), 1)
    lane.records([record._replace(partition=(record.partition + 1) % 4)])
    assert lane.rejected() == ["wrong_partition key"]


# What a restart keeps


def test_operations_are_kept_newest_first() -> None:
    def window(at: str, what: str, id: str) -> Event:
        return event(at, f"maintenance.{what}", window_id="w").of("a").named(id)

    lane = Lane(HARD).feed(window("2025-01-02", "started", "b"), window("2025-01-01", "planned", "a"))
    lane.feed(event("2025-01-03", "incident.started", incident_id="i").of("*"))
    lane.feed(event("2025-01-03", "provider.paused", provider="lender").of("*"))
    rows = {row.key: orjson.loads(row.value or b"") for row in lane.outputs[CHANGELOG] if row.key}
    kept = {key: value["started"] for key, value in rows.items() if key.startswith(b"~operation/")}
    assert kept == {
        b"~operation/maintenance/a/w": ms("2025-01-02"),
        b"~operation/incident/*/i": ms("2025-01-03"),
        b"~operation/provider/*/lender": ms("2025-01-03"),
    }
    lane.restart().feed(window("2025-01-01", "planned", "a"))
    rows = {row.key: orjson.loads(row.value or b"") for row in lane.outputs[CHANGELOG] if row.key}
    assert not rows[b"~operation/maintenance/a/w"]["planned"], "older news change nothing"


def test_of_ended_operations_the_oldest_are_forgotten_and_those_under_way_stay() -> None:
    def incident(number: int, what: str) -> Event:
        made = event("2025-01-02", f"incident.{what}", incident_id=f"i{number}").of("*")
        return made.named(f"{number:06d}-{'b' if what == 'ended' else 'a'}")

    def kept(lane: Lane) -> set[int]:
        rows = {row.key: row.value for row in lane.outputs[CHANGELOG] if row.key and row.key.startswith(b"~operation/")}
        return {int(key.rpartition(b"/i")[2]) for key, value in rows.items() if value is not None}

    last = limits.OPERATIONS_ENDED + 2
    lane = Lane(HARD).feed(incident(0, "started"))
    lane.feed(*[incident(number, what) for number in range(1, last + 1) for what in ("started", "ended")])
    assert kept(lane) == {0, *range(3, last + 1)}
    lane.restart().feed(incident(last + 1, "started"), incident(last + 1, "ended"))
    assert kept(lane) == {0, *range(4, last + 2)}, "what had gone has not come back by the restart"


def test_a_broadcast_sent_twice_is_taken_once() -> None:
    """Else a freeze that a producer sends again would freeze again what was unfrozen since (semantics M7)."""
    freeze = frozen("2025-01-02").named("f")
    lane = Lane(HARD).feed(note("2025-01-01"), freeze, unfrozen("2025-01-03").named("u"))
    lane.restart().feed(freeze.again("2025-01-04"), inquiry("2025-01-05"))
    assert lane.told() == ["2025-01-01 OPEN", "2025-01-05 LIMITED r=1/0"]
    lane.feed(freeze.again("2025-01-06").named("another"), inquiry("2025-01-07"))
    assert len(lane.statuses) == 2


def test_a_broadcast_that_was_rejected_may_be_sent_again() -> None:
    approval = approved("2025-01-02", digest(HARD)).named("x")
    lane = Lane().feed(note("2025-01-01"), approval, proposed("2025-01-03", HARD, digest(HARD)))
    lane.feed(approval.again("2025-01-04"), activated("2025-01-05", digest(HARD))).tick("2025-01-06")
    assert lane.rejected() == ["target_unknown data.digest"]
    assert lane.told() == ["2025-01-05 00:01 OPEN"]


def test_the_settled_clock_is_kept() -> None:
    lane = Lane(HARD).feed(*crowd(), clock_advanced("2025-01-31"))
    lane.restart().feed(inquiry("2025-01-01").of("B"))  # late, its timer is due at once
    assert lane.machine.pending
    assert orjson.loads([row.value for row in lane.outputs[CHANGELOG] if row.key == LANE_KEY][-1] or b"")["settled"]


def test_a_tombstone_in_the_changelog_takes_the_account_away() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01"))
    lane.outputs[CHANGELOG].append(structs.replace(lane.outputs[CHANGELOG][-1], key=b"A", value=None))
    lane.restart().tick("2025-06-01")
    assert len(lane.statuses) == 1


def test_of_many_changelog_records_the_newest_counts() -> None:
    """Not compacted yet, or compacted: the same lane."""
    lane = Lane(HARD).feed(inquiry("2025-01-01"), missed("2025-01-02"), clock_advanced("2025-01-03"))
    newest = {row.key: row for row in lane.outputs[CHANGELOG]}
    compacted = Lane(HARD)
    compacted.machine.clock = lane.machine.clock
    compacted.outputs[CHANGELOG] = list(newest.values())
    assert (
        compacted.restart().tick("2025-02-10").outputs["status"]
        == lane.restart().tick("2025-02-10").outputs["status"][1:]
    )


# Blobs


def test_a_blob_round_trips_byte_by_byte() -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01"), missed("2025-01-02"))
    blob = [row.value for row in lane.outputs[CHANGELOG] if row.key == b"A"][-1] or b""
    state, due = unpack(blob)
    assert pack(state, due) == blob
    assert front(blob) == (ms("2025-01-31"), state.era)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda blob: blob[:-1], "checksum"),
        (lambda blob: blob[:40] + bytes([blob[40] ^ 1]) + blob[41:], "checksum"),
        (lambda blob: b"\x02" + blob[1:], "version 2; this engine reads version 1"),
        (lambda blob: blob[:5], "5 bytes"),
        (lambda blob: b"", "0 bytes"),
    ],
)
def test_a_damaged_blob_is_told_and_never_repaired(damage: Callable[[bytes], bytes], words: str) -> None:
    lane = Lane(HARD).feed(inquiry("2025-01-01"))
    blob = [row.value for row in lane.outputs[CHANGELOG] if row.key == b"A"][-1] or b""
    with pytest.raises(StateError, match=words):
        unpack(damage(blob))


def test_a_blob_of_another_form_is_told() -> None:
    body = b"\x91\xa1x"
    with pytest.raises(StateError, match="form of version 1"):
        unpack(struct.pack(">BQII", 1, 0, 0, crc32(body)) + body)


def test_documents_are_kept_in_their_own_order() -> None:
    document: Document = policy(
        rule("z", "score.value", at_most=800, at_least=600), rule("a", "score.value", at_most=1)
    )
    lane = Lane(document)
    lane.tick("2025-01-01").restart().feed(event("2025-01-02", "score.updated", provider="x", value=900))
    assert "z=900/800" in lane.told()[0], "at_most stands first, though at_least comes first in the alphabet"
