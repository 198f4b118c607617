"""Semantics E8 to E10, E14 and E15: policies over time, and the steps of a policy's life."""

from hashlib import sha256
from typing import Any

import pytest

from streams.core.policies import bucket
from tests.support.core import Document, Lane, Row, check, digest, names, policy, product, rule, run, told
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
    retired,
    rollout,
    unfrozen,
)

EARLY = "2020-01-01T00:00:00Z"


def version(number: int, at_most: int, effective_from: str = EARLY, **more: Any) -> Document:
    """A version that allows so many missed repayments in 30 days."""
    return policy(
        rule("m", "repayment.missed_count", window="30d", at_most=at_most),
        version=number,
        effective_from=effective_from,
        **more,
    )


def life(document: Document, at: str) -> list[Event]:
    """Proposed, approved by another person and activated at an instant."""
    name = digest(document)
    return [proposed(at, document, name), approved(at, name), activated(at, name)]


STRICT, LAX = version(1, 0), version(2, 5)

FROM_FILES = [
    Row(
        "E10 replay: everything before effective_from is folded without a word, everybody is evaluated at it",
        version(1, 0, "2025-02-01T00:00:00Z"),
        [missed("2025-01-10"), note("2025-01-11").of("B"), missed("2025-02-05").of("C")],
        [
            "2025-02-01 LIMITED m=1/0 cause:policy account_id:A recorded_at:2025-02-01",
            "2025-02-01 OPEN cause:policy account_id:B recorded_at:2025-02-01",
            "2025-02-05 LIMITED m=1/0 cause:event,e3 account_id:C recorded_at:2025-02-05",
            "2025-02-09 OPEN cause:time account_id:A recorded_at:2025-02-09",
        ],
        until="2025-02-20",
        show=("cause", "account_id", "recorded_at"),
    ),
    Row(
        "E10 a history that ends before it says nothing",
        version(1, 0, "2025-02-01T00:00:00Z"),
        [missed("2025-01-10")],
        [],
        until="2025-01-31 23:59:59.999",
    ),
    Row(
        "E10 an event at that very instant comes after it",
        version(1, 0, "2025-02-01T00:00:00Z"),
        [note("2025-01-10"), missed("2025-02-01")],
        ["2025-02-01 OPEN cause:policy", "2025-02-01 LIMITED m=1/0 cause:event,e2"],
        show=("cause",),
    ),
]


@pytest.mark.parametrize("row", FROM_FILES, ids=names(FROM_FILES))
def test_replay(row: Row) -> None:
    check(row)


def test_e10_no_policy_is_implied() -> None:
    lane = Lane().feed(missed("2025-01-01"), missed("2025-01-02")).tick("2025-06-01")
    assert lane.statuses == [] == lane.currents
    lane.restart().feed(*life(STRICT, "2025-06-01")).tick("2025-06-02")
    assert lane.told("cause") == ["2025-06-01 00:01 OPEN cause:policy"]


def test_e9_takes_effect_a_minute_after_its_record() -> None:
    lane = Lane().feed(missed("2025-01-01"), note("2025-01-01").of("B"), *life(STRICT, "2025-01-05"))
    assert lane.blocks[-1].activations == [{"at": ms("2025-01-05 00:01"), "what": "activate", "digest": digest(STRICT)}]
    lane.feed(note("2025-01-05 00:00:59.999").of("B"))
    assert lane.statuses == []
    lane.feed(missed("2025-01-05 00:01").of("B"))
    assert lane.told("cause", "account_id") == [
        "2025-01-05 00:01 OPEN cause:policy account_id:B",  # touched: evaluated before its record
        "2025-01-05 00:01 LIMITED m=1/0 cause:event,e7 account_id:B",
    ]
    lane.restart().tick("2025-01-05 00:01:02")
    assert lane.told("cause", "account_id")[2:] == ["2025-01-05 00:01 LIMITED m=1/0 cause:policy account_id:A"]


def test_e9_or_at_its_effective_from_where_that_is_later() -> None:
    lane = Lane().feed(missed("2025-01-01"), *life(version(1, 0, "2025-01-10T08:00:00Z"), "2025-01-05"))
    lane.restart().tick("2025-01-20")
    assert lane.told("cause") == ["2025-01-10 08:00 LIMITED m=1/0 cause:policy"]


def test_e9_a_lane_already_past_it_uses_its_clock_and_says_so() -> None:
    lane = Lane().feed(missed("2025-01-01")).tick("2025-01-20")
    lane.feed(*life(STRICT, "2025-01-05"))
    assert lane.blocks[-1].activations[0]["at"] == ms("2025-01-20")
    lane.tick("2025-01-21")
    assert lane.told("cause") == ["2025-01-20 LIMITED m=1/0 cause:policy"]


def test_e9_a_lane_whose_clock_was_advanced_ahead_of_records_is_past_it_too() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), clock_advanced("2025-01-30 23:57", to="2025-01-31"))
    lane.feed(*life(LAX, "2025-01-30 23:58")).tick("2025-02-01")
    assert lane.told("policy") == ["2025-01-01 LIMITED m=1/0 policy:1", "2025-01-31 OPEN policy:1"]
    assert [each.activations for each in lane.blocks if each.activations][-1][0]["at"] == ms("2025-01-31")
    assert lane.state()[0].as_of == ms("2025-01-31")


def test_e9_each_account_is_evaluated_once_at_exactly_that_instant() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), note("2025-01-01").of("B"), note("2025-01-01").of("C"))
    lane.feed(*life(LAX, "2025-01-10")).feed(note("2025-01-12").of("B")).restart().tick("2025-01-20")
    changes = lane.told("cause", "account_id", "policy")[3:]
    assert changes == ["2025-01-10 00:01 OPEN cause:policy account_id:A policy:2"]
    assert {lane.state(name)[0].as_of for name in "AC"} == {ms("2025-01-10 00:01")}


def test_33_scheduled_policies_are_the_next_change() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), *life(version(2, 5, "2025-01-20T00:00:00Z"), "2025-01-02"))
    lane.feed(missed("2025-01-03"))
    assert lane.told("next")[-1] == "2025-01-03 LIMITED m=2/0 next:2025-01-20,OPEN,policy"


def test_e8_a_product_that_a_policy_adds_begins_at_its_activation() -> None:
    two = policy(products={"a": product(rule("m", "repayment.missed_count", at_most=0)), "b": product()}, version=2)
    lane = Lane(version(1, 0)).feed(note("2025-01-01"), *life(two, "2025-01-10")).tick("2025-01-20")
    assert lane.told("cause", "previous", "sequence") == [
        "2025-01-01 a OPEN cause:review,e1 previous:- sequence:1",
        "2025-01-10 00:01 b OPEN cause:policy previous:- sequence:1",
    ]


def test_e8_a_withdrawn_product_goes_on_counting_when_it_returns() -> None:
    both = {"a": product(), "b": product()}
    lane = Lane(policy(products=both)).feed(note("2025-01-01"))
    gone = policy(products={"a": product(withdrawn=True), "b": product()}, version=2)
    lane.feed(*life(gone, "2025-01-10")).tick("2025-01-11").restart()
    lane.feed(*life(policy(products={"b": product()}, version=3), "2025-01-20")).tick("2025-01-21").restart()
    lane.feed(note("2025-02-01").of("B"))
    lane.feed(*life(policy(products=both, version=4), "2025-02-10")).tick("2025-02-20")
    assert lane.told("code", "sequence", "account_id") == [
        "2025-01-01 a OPEN sequence:1 account_id:A",
        "2025-01-01 b OPEN sequence:1 account_id:A",
        "2025-01-10 00:01 a NOT_OPEN withdrawn=-/-[POL-04] sequence:2 account_id:A",
        "2025-02-01 b OPEN sequence:1 account_id:B",
        "2025-02-01 a NOT_OPEN withdrawn=-/-[POL-04] sequence:1 account_id:B",
        "2025-02-10 00:01 a OPEN sequence:3 account_id:A",
        "2025-02-10 00:01 a OPEN sequence:2 account_id:B",
    ]


def test_e13_since_is_kept_across_versions_with_the_same_rule_id() -> None:
    lane = Lane(version(1, 0)).feed(missed("2025-01-01"), missed("2025-01-02"), *life(version(2, 1), "2025-01-10"))
    lane.tick("2025-01-20")
    assert lane.told("since", "policy")[-1] == "2025-01-10 00:01 LIMITED m=2/1[2025-01-01] policy:2"


def test_e5_a_new_version_that_changes_nothing_is_not_told() -> None:
    lane = Lane(version(1, 0)).feed(missed("2025-01-01"), *life(version(2, 0), "2025-01-10")).tick("2025-01-20")
    assert lane.told("policy") == ["2025-01-01 LIMITED m=1/0 policy:1"]


# E14


def accounts(reached: int, count: int, salt: str = "salt") -> list[str]:
    """Names of accounts that a rollout of so many percent reaches."""
    return [name for name in (f"A{n}" for n in range(1000)) if bucket(salt, name) < reached * 100][:count]


def beyond(reached: int, count: int, salt: str = "salt") -> list[str]:
    return [name for name in (f"A{n}" for n in range(1000)) if bucket(salt, name) >= reached * 100][:count]


def test_e14_the_share_is_by_the_first_eight_bytes_of_a_hash() -> None:
    for name in ("A", "B1", "x:y"):
        number = int(sha256(b"salt\x00" + name.encode()).hexdigest()[:16], 16)
        assert bucket("salt", name) == number % 10_000


def rolled_out(percent: int | str, names_: list[str], former: Document | None = STRICT) -> Lane:
    """Accounts that missed a repayment, then LAX rolled out to so many percent."""
    lane = Lane(former)
    lane.feed(*(missed("2025-01-01").of(name) for name in names_))
    name = digest(LAX)
    lane.feed(proposed("2025-01-02", LAX, name), approved("2025-01-02", name), rollout("2025-01-03", name, percent))
    return lane.feed(activated("2025-01-04", name)).restart().tick("2025-01-10")


def test_e14_others_keep_the_former_policy() -> None:
    inside, outside = accounts(20, 3), beyond(20, 3)
    lane = rolled_out(20, inside + outside)
    changed = lane.told("policy", "account_id")[6:]
    assert changed == [f"2025-01-04 00:01 OPEN policy:2 account_id:{name}" for name in sorted(inside)]
    lane.feed(missed("2025-01-11").of(outside[0]))
    assert lane.told("policy")[-1] == "2025-01-11 LIMITED m=2/0 policy:1"


def test_e14_hundredths_of_a_percent_count() -> None:
    name = "A"
    place = bucket("salt", name)
    for share, reached in ((place + 1, True), (place, False)):
        percent = f"{share // 100}.{share % 100:02d}"
        lane = rolled_out(percent, [name])
        assert (len(lane.statuses) == 2) is reached


def test_e14_pol_02_only_where_there_was_no_policy() -> None:
    (inside,), (outside,) = accounts(20, 1), beyond(20, 1)
    lane = rolled_out(20, [inside, outside], former=None)
    assert sorted(lane.told("code", "account_id")) == sorted(
        [
            f"2025-01-04 00:01 OPEN account_id:{inside}",
            f"2025-01-04 00:01 NOT_OPEN rollout=-/-[POL-02] account_id:{outside}",
        ]
    )


def test_e14_a_rollout_grows_a_minute_after_its_record() -> None:
    inside, outside = accounts(20, 1), beyond(20, 1)
    lane = rolled_out(20, inside + outside)
    lane.feed(rollout("2025-01-11", digest(LAX), 100)).restart().tick("2025-01-12")
    assert lane.told("cause", "policy", "account_id")[-1] == (
        f"2025-01-11 00:01 OPEN cause:policy policy:2 account_id:{outside[0]}"
    )


def test_e14_a_rollout_shrinks_again() -> None:
    inside = accounts(20, 1)
    lane = rolled_out(20, inside)
    lane.feed(rollout("2025-01-11", digest(LAX), 0)).tick("2025-01-12")
    assert lane.told("policy") == [
        "2025-01-01 LIMITED m=1/0 policy:1",
        "2025-01-04 00:01 OPEN policy:2",
        "2025-01-11 00:01 LIMITED m=1/0 policy:1",
    ]


def test_e14_a_rollout_over_a_rollout_keeps_what_lies_below_both() -> None:
    (outside,) = beyond(50, 1)
    lane = rolled_out(50, [outside])
    third = version(3, 4)
    name = digest(third)
    lane.feed(proposed("2025-01-11", third, name), approved("2025-01-11", name), rollout("2025-01-11", name, 10))
    lane.feed(activated("2025-01-11", name), missed("2025-01-12").of(outside))
    assert lane.told("policy") == ["2025-01-01 LIMITED m=1/0 policy:1", "2025-01-12 LIMITED m=2/0 policy:1"]


def test_e14_a_rollout_set_before_the_activation_waits_for_it() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"))
    name = digest(LAX)
    lane.feed(proposed("2025-01-02", LAX, name), approved("2025-01-02", name), rollout("2025-01-03", name, 100))
    assert [each for block in lane.blocks for each in block.activations if each["what"] == "rollout"] == []
    assert lane.told("policy") == ["2025-01-01 LIMITED m=1/0 policy:1"]


def test_e14_a_rollout_of_an_activation_to_come_takes_effect_with_it() -> None:
    later = version(2, 5, "2025-03-01T00:00:00Z")
    lane = Lane(STRICT).feed(missed("2025-02-20").of(*beyond(20, 1)), *life(later, "2025-02-21"))
    lane.feed(rollout("2025-02-22", digest(later), 20)).restart().tick("2025-03-10")
    assert lane.told("policy") == ["2025-02-20 LIMITED m=1/0 policy:1"]
    assert lane.blocks[-1].activations == []


# E15


def test_e15_frozen_nothing_is_emitted_then_everybody_is_evaluated() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), note("2025-01-01").of("B"), frozen("2025-01-05"))
    lane.feed(missed("2025-01-06").of("B"), missed("2025-01-07")).restart().tick("2025-02-20")
    assert len(lane.statuses) == len(lane.currents) == 2
    lane.feed(unfrozen("2025-02-21")).tick("2025-02-22")
    assert lane.told("cause", "account_id")[2:] == ["2025-02-21 OPEN cause:policy account_id:A"]


def test_e15_the_unfreezing_holds_at_its_own_instant() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), frozen("2025-01-05"), missed("2025-01-06"), unfrozen("2025-01-07"))
    lane.tick("2025-01-08")
    assert lane.told("since", "recorded_at") == [
        "2025-01-01 LIMITED m=1/0[2025-01-01] recorded_at:2025-01-01",
    ], "a value that no event changed at that instant is not told"
    lane.feed(missed("2025-01-09"))
    assert lane.told()[-1] == "2025-01-09 LIMITED m=3/0"


def test_e15_a_policy_activated_meanwhile_is_the_one_that_holds_after() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), frozen("2025-01-05"), *life(LAX, "2025-01-06"))
    lane.restart().tick("2025-01-07")
    assert len(lane.statuses) == 1
    lane.feed(unfrozen("2025-01-08")).restart().tick("2025-01-09")
    assert lane.told("policy", "cause")[1:] == ["2025-01-08 OPEN policy:2 cause:policy"]


def test_e15_a_new_account_has_no_status_before_the_end() -> None:
    lane = Lane(STRICT).feed(note("2025-01-01"), frozen("2025-01-05"), missed("2025-01-06").of("B"))
    lane.feed(unfrozen("2025-01-07")).tick("2025-01-08")
    assert lane.told("account_id", "previous")[1:] == ["2025-01-07 LIMITED m=1/0 account_id:B previous:-"]


def test_e15_what_waits_goes_to_the_dead_letters_all_the_same() -> None:
    correction = event("2025-01-06", "fact.corrected", corrects="missing", data={"kind": "soft"})
    lane = Lane(STRICT).feed(note("2025-01-01"), frozen("2025-01-05"), correction)
    assert lane.restart().tick("2025-03-01").rejected() == ["target_unknown data.corrects"]


def test_e15_a_freeze_is_never_before_what_was_evaluated() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01")).tick("2025-01-20").feed(frozen("2025-01-05"))
    assert lane.blocks[-1].activations == [{"at": ms("2025-01-20"), "what": "freeze", "digest": None}]


# Steps of a life


def test_nobody_approves_what_they_proposed() -> None:
    name = digest(STRICT)
    lane = Lane().feed(proposed("2025-01-01", STRICT, name), approved("2025-01-01", name, by="ann"))
    assert lane.rejected() == ["invalid_event data.by"]
    lane.feed(activated("2025-01-01", name))
    assert lane.rejected()[1:] == ["invalid_event data.digest"], "not approved"


def test_steps_of_an_unknown_version_are_about_nothing() -> None:
    name = digest(STRICT)
    steps = [approved("2025-01-01", name), activated("2025-01-01", name), retired("2025-01-01", name)]
    lane = Lane().feed(*steps, rollout("2025-01-01", name, 5))
    assert lane.rejected() == ["target_unknown data.digest"] * 4


def test_a_version_is_proposed_once() -> None:
    name = digest(STRICT)
    lane = Lane().feed(proposed("2025-01-01", STRICT, name), proposed("2025-01-02", STRICT, name, by="bob"))
    lane.feed(approved("2025-01-03", name, by="ann"))
    assert lane.rejected() == ["invalid_event data.by"], "the first proposer stands"


def test_what_the_core_cannot_mean_is_refused_at_once() -> None:
    wrong = policy(rule("r", "no.such_fact", at_most=0))
    lane = Lane().feed(proposed("2025-01-01", wrong, digest(wrong)))
    (line,) = lane.rejected()
    assert line.startswith("invalid_event data.document.products.a.rules[0]")


def test_the_version_in_force_is_not_activated_again() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), *life(LAX, "2025-01-05"), activated("2025-01-06", digest(LAX)))
    assert [len(block.activations) for block in lane.blocks] == [1, 0, 0, 1, 0]
    lane.feed(*life(STRICT, "2025-01-07")).tick("2025-01-08")
    assert lane.told("policy") == [
        "2025-01-01 LIMITED m=1/0 policy:1",
        "2025-01-05 00:01 OPEN policy:2",
        "2025-01-07 00:01 LIMITED m=1/0 policy:1",
    ]


def test_a_retired_version_does_not_begin_and_cannot_be_activated() -> None:
    later = version(2, 5, "2025-03-01T00:00:00Z")
    lane = Lane(STRICT).feed(missed("2025-02-20"), *life(later, "2025-02-21"), retired("2025-02-22", digest(later)))
    lane.feed(activated("2025-02-23", digest(later))).restart().tick("2025-03-10")
    assert lane.told("policy") == ["2025-02-20 LIMITED m=1/0 policy:1"]
    assert lane.rejected() == ["invalid_event data.digest"]


def test_a_version_in_force_stays_in_force_when_it_is_retired() -> None:
    lane = Lane(STRICT).feed(missed("2025-01-01"), *life(LAX, "2025-01-05")).tick("2025-01-06")
    lane.feed(retired("2025-01-07", digest(LAX)), missed("2025-01-08").of("B")).tick("2025-01-09")
    assert lane.told("policy")[1:] == ["2025-01-05 00:01 OPEN policy:2", "2025-01-08 OPEN policy:2"]


def test_replay_reads_the_life_of_policies_from_files_too() -> None:
    events = [missed("2025-01-01"), *life(STRICT, "2025-01-05"), inquiry("2025-01-06")]
    assert told(run(None, events, "2025-02-20"), "cause") == [
        "2025-01-05 00:01 LIMITED m=1/0 cause:policy",
        "2025-01-31 OPEN cause:time",
    ]


def test_products_are_in_the_order_of_the_newest_policy_that_has_them() -> None:
    lane = Lane(policy(products={"b": product(), "a": product(), "c": product()})).feed(note("2025-01-01"))
    assert [each["data"]["product"] for each in lane.statuses] == ["b", "a", "c"]
    assert [lane.machine.product_order(name) for name in ("b", "a", "c", "none")] == [0, 1, 2, 0]
