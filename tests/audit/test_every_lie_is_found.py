"""The test of the test, where lanes or those who keep the logs lie and seal it: each lie is found, and named rightly.

Copies whose bytes were changed are in test_every_fault_is_found; here the ledgers are whole. What cuts logs off, or
makes them anew, shows by an anchor alone. What can be lied about is known before, so that no lie is told in vain.
"""

import os
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import orjson
import pytest

from schemas.topics import SOURCE_ORDER
from streams.audit.findings import Finding
from tests.support.anchors import hashes, signed
from tests.support.copies import BOUND_MS, taken_at, verified
from tests.support.injector import BROADCAST, truncated
from tests.support.scribe import GRACE_MS, Scribe, Topics, sources

LANES = 2
FAULTS = 40 if os.environ.get("ELIGIBILITY_LONG") == "1" else 1
SYSTEMS = range(3, 13)


class Lie(NamedTuple):
    """Copies in which one lane lies. `named`: whether a finding, the first of the audit, is what must be said.

    `anchor`: hashes by lane and block, taken when all was as it was; `at`: when it is audited, None: just now (ms).
    """

    topics: Topics
    lane: int
    named: Callable[[Finding], bool]
    anchor: dict[int, dict[int, str]] | None = None
    at: int | None = None


class Kind(NamedTuple):
    """A kind of lies: what there is to lie about in a topic of a system, by its seed; and the lie about one of it."""

    about: Callable[[str, int], list[Any]]
    told: Callable[[str, int, Any], Lie]


@cache
def given(seed: int) -> Topics:
    return sources(seed, LANES)


@cache
def honest(seed: int) -> Topics:
    return {**given(seed), **Scribe(0, LANES).write(given(seed)), **Scribe(1, LANES).write(given(seed))}


def lane_wrote(seed: int, dishonest: Scribe, base: Topics | None = None) -> Topics:
    """The system with one lane as that scribe writes it, from what there was or from another base."""
    return {**honest(seed), **(base or {}), **dishonest.write(base or given(seed))}


# A lane passes over one record, and goes on.


def any_record(topic: str, seed: int) -> list[Any]:
    return [(lane, row) for lane in range(LANES) for row in given(seed)[topic, 0 if topic in BROADCAST else lane]]


def passed_over(topic: str, seed: int, about: Any) -> Lie:
    lane, left_out = about
    last = given(seed)[topic, left_out.partition][-1] is left_out
    topics = lane_wrote(seed, Scribe(lane, LANES, skips=lambda record: record == left_out))
    wanted = ("withheld" if last else "skipped_input", topic, left_out.offset)
    named = lambda found: (found.kind, found.place.topic, found.place.first) == wanted  # noqa: E731
    return Lie(topics, lane, named, at=max(taken_at(topics), left_out.timestamp) + BOUND_MS + 1)


# A lane lets a timer wait, though it lives in the present, and nothing makes good for it within the bound.


def long_ticks(_: str, seed: int) -> list[Any]:
    return [
        (lane, due) for lane in range(LANES) for due, then in _ticks(seed, lane) if then - due - GRACE_MS > BOUND_MS
    ]


@cache
def _ticks(seed: int, lane: int) -> list[tuple[int, int]]:
    """When a lane made blocks because a timer was due, and what instant comes next (ms)."""
    dues: list[int] = []

    def wakes(due: int) -> bool:
        dues.append(due)
        return False

    Scribe(lane, LANES, sleeps=wakes).write(given(seed))
    own = [row.timestamp for (name, at), rows in given(seed).items() if at == lane or name in BROADCAST for row in rows]
    return [(due, min((at for at in [*own, *dues] if at > due + GRACE_MS), default=due)) for due in dues]


def slept(_: str, seed: int, about: Any) -> Lie:
    lane, due = about
    topics = lane_wrote(seed, Scribe(lane, LANES, sleeps=lambda each: each == due))
    return Lie(topics, lane, lambda found: found.kind == "late_timer" and f"due at {due} ms" in found.text)


# A policy with another limit stands where the one was that lanes took.


def any_limit(topic: str, seed: int) -> list[Any]:
    rows = given(seed)[topic, 0]
    place = next(place for place, row in enumerate(rows) if b"policy.proposed" in (row.value or b""))
    products = orjson.loads(rows[place].value or b"")["data"]["document"]["products"]
    rules = [(product, number) for product, each in products.items() for number in range(len(each["rules"]))]
    return [(place, product, number, more) for product, number in rules for more in range(1, 50)]


def another_policy(topic: str, seed: int, about: Any) -> Lie:
    place, product, number, more = about
    rows = list(given(seed)[topic, 0])
    document = orjson.loads(rows[place].value or b"")
    document["data"]["document"]["products"][product]["rules"][number]["at_most"] += more
    rows[place] = rows[place]._replace(value=orjson.dumps(document))
    offset = rows[place].offset

    def named(found: Finding) -> bool:
        inside = (found.place.first or 0) <= offset <= (found.place.last or 0)
        return found.kind == "altered_input" and found.place.topic == topic and inside

    return Lie({**honest(seed), (topic, 0): rows}, 0, named)


# A lane's ledger ends earlier, and all that came of it too.


def any_end(_: str, seed: int) -> list[Any]:
    return [(lane, block) for lane in range(LANES) for block in _ends(honest(seed), lane)]


def _ends(topics: Topics, lane: int) -> range:
    """What all lanes read can't be cut off for one."""
    made = [orjson.loads(row or b"") for row in _ledger(topics, lane)]
    last = max(each["block"] for each in made for piece in each["slices"] if piece["topic"] in BROADCAST)
    return range(last + 1, len(made))


def cut_off(_: str, seed: int, about: Any) -> Lie:
    (lane, blocks), topics = about, honest(seed)
    wanted = ("truncated", blocks)
    cut = truncated(topics, lane, blocks)
    return Lie(cut, lane, lambda found: (found.kind, found.block) == wanted, hashes(signed(topics)))


# One record was never there, by a ledger and outputs that were all made anew without it.


def made_anew(topic: str, seed: int, about: Any) -> Lie:
    (lane, gone), topics = about, honest(seed)
    base = {**given(seed), (topic, lane): [row for row in given(seed)[topic, lane] if row is not gone]}
    lie = lane_wrote(seed, Scribe(lane, LANES), base)
    old, new = _ledger(topics, lane), _ledger(lie, lane)
    early = random.Random(gone.offset).randrange(1, len(old))
    begun = {at: rows[:early] if at == ("ledger", lane) else rows for at, rows in topics.items()}
    anchor = hashes(signed(begun), signed(topics))
    parted = next((number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(new))
    first = min(block for block in anchor[lane] if block >= parted)
    wanted = ("rewritten", first) if first < len(new) else ("truncated", len(new))
    return Lie(lie, lane, lambda found: (found.kind, found.block) == wanted, anchor)


def _ledger(topics: Topics, lane: int) -> list[bytes | None]:
    return [row.value for row in topics["ledger", lane]]


KINDS = {
    "passed over": Kind(any_record, passed_over),
    "slept": Kind(long_ticks, slept),
    "another policy": Kind(any_limit, another_policy),
    "cut off": Kind(any_end, cut_off),
    "made anew": Kind(any_record, made_anew),
}
CELLS = [
    *(("passed over", topic) for topic in SOURCE_ORDER),
    ("slept", "ledger"),
    ("another policy", "policies"),
    ("cut off", "ledger"),
    *(("made anew", topic) for topic in SOURCE_ORDER if topic not in BROADCAST),
]


@pytest.mark.parametrize(("kind", "topic"), CELLS)
def test_a_lie_is_found_and_named(kind: str, topic: str) -> None:
    count = 0
    for made in lies(kind, topic):
        at = taken_at(made.topics) if made.at is None else made.at
        first = verified(made.topics, at, [made.lane], anchored=made.anchor or {}).first
        assert first is not None, f"{kind} in {topic}: nothing was found"
        assert made.named(first), (first.kind, first.block, first.place, first.text)
        if made.anchor is not None:
            alone = verified(made.topics, taken_at(made.topics), [made.lane], live_clock=False)
            assert alone.equal, "the logs agree with each other"
        count += 1
    assert count == FAULTS


def lies(kind: str, topic: str) -> Iterator[Lie]:
    """As many as a cell shall have, in the systems in turn that have something to lie about."""
    about, told = KINDS[kind]
    having = [seed for seed in SYSTEMS if about(topic, seed)]
    dice = random.Random(f"{kind} {topic}")
    for number in range(FAULTS):
        seed = having[number % len(having)]
        yield told(topic, seed, dice.choice(about(topic, seed)))
