"""Lanes that withhold, skip or sleep, and seal that as if it were right: their ledgers are whole, yet it shows."""

import os

from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.audit.findings import Finding
from streams.codec import block
from streams.codec.records import SourceRecord
from tests.support.copies import taken_at, verified
from tests.support.injector import rechained
from tests.support.scribe import CLUSTER, Scribe, Topics, sources, system

LANES = 2
LONG = os.environ.get("ELIGIBILITY_LONG") == "1"


def written(given: Topics, dishonest: Scribe) -> Topics:
    """A system of which one lane's scribe is not honest."""
    found = dict(given)
    for lane in range(LANES):
        found |= (dishonest if lane == dishonest.lane else Scribe(lane, LANES)).write(given)
    return found


def first_of(topics: Topics, at: int | None = None) -> Finding:
    report = verified(topics, taken_at(topics) if at is None else at)
    assert report.first is not None
    return report.first


def test_honest_lanes_give_no_alarm_at_any_moment() -> None:
    for seed in range(40 if LONG else 2):
        topics = system(seed, LANES)
        for later in (0, 299_000):
            report = verified(topics, taken_at(topics) - 1_000 + later)
            assert report.equal, list(report.lines())
            assert report.proves
    assert {name for name, _ in topics} > {"ledger", "shadow", *SOURCE_ORDER}


def test_a_block_that_ended_inside_an_instant_is_what_its_records_and_its_clock_imply() -> None:
    """A record moved the clock and spent the block's evaluations: the block has what fired, not the record."""
    settings = CoreSettings(evaluations_per_block=1)
    for seed in range(3):
        topics = system(seed, LANES, core=settings, span_ms=1 << 50, sleeps=lambda due: True)
        assert verified(topics, taken_at(topics)).counts.keys() <= {"late_timer"}


def test_a_record_that_a_lane_passes_over_is_named() -> None:
    given = sources(3, LANES)
    name, rows = next((name, rows) for (name, number), rows in given.items() if number == 1 and len(rows) > 3)
    left_out = rows[1]
    assert name not in BROADCAST
    found = first_of(written(given, Scribe(1, LANES, skips=lambda record: record == left_out)))
    assert (found.kind, found.lane) == ("skipped_input", 1)
    assert (found.place.topic, found.place.first, found.place.last) == (name, left_out.offset, left_out.offset)
    assert found.account == (left_out.key or b"").decode()


def test_a_lane_that_never_takes_a_broadcast_is_named() -> None:
    given = sources(3, LANES)
    found = first_of(written(given, Scribe(0, LANES, skips=lambda record: record.topic == "operations")))
    first = given["operations", 0][0]
    assert (found.kind, found.lane) == ("withheld", 0)
    assert (found.place.topic, found.place.first) == ("operations", first.offset)


def test_a_source_whose_end_is_withheld_is_named_once_it_is_old() -> None:
    given = sources(3, LANES)
    name, rows = next((name, rows) for (name, number), rows in given.items() if number == 1 and len(rows) > 3)
    topics = written(given, Scribe(1, LANES, skips=lambda record: record in rows[-2:]))
    found = first_of(topics, taken_at(topics) + 300_001)
    assert (found.kind, found.lane, found.place.first) == ("withheld", 1, rows[-2].offset)
    assert (found.place.topic, found.account) == (name, (rows[-2].key or b"").decode())


def test_a_history_that_was_sent_just_now_to_a_lane_that_has_just_opened_is_no_alarm() -> None:
    topics = {at: rows[:1] if at[0] == "ledger" else rows for at, rows in system(3, LANES).items()}
    opened = {at: [] if at[0] in block.OUTPUTS else rows for at, rows in topics.items()}
    now = 1_900_000_000_000
    for lane in range(LANES):
        opened["ledger", lane] = [row._replace(timestamp=now - 1_000) for row in topics["ledger", lane]]
    assert verified(opened, now).equal
    assert set(verified(opened, now + 300_000).counts) == {"withheld"}


def test_a_tick_that_comes_late_is_named_and_so_is_one_that_never_comes() -> None:
    given = sources(3, LANES)
    asleep: list[int] = []

    def sleeps(due: int) -> bool:
        asleep.append(due)
        return True

    topics = written(given, Scribe(1, LANES, sleeps=sleeps))
    assert asleep
    late = first_of(topics)
    assert (late.kind, late.lane) == ("late_timer", 1)
    assert str(asleep[0]) in late.text
    honest = system(3, LANES)
    owed = first_of(honest, taken_at(honest) + 400 * 86_400_000)
    assert (owed.kind, owed.place.topic) == ("withheld", "ledger")
    assert verified(honest, taken_at(honest) + 400 * 86_400_000, live_clock=False).equal


def test_a_lane_of_a_ledger_without_its_beginning_is_not_judged() -> None:
    topics = system(3, LANES)
    report = verified({**topics, ("ledger", 1): topics["ledger", 1][5:]}, taken_at(topics))
    assert report.first is not None
    assert (report.first.kind, report.first.lane) == ("missing_input", 1)
    assert report.results[1].stopped is not None
    assert not report.proves


def test_sources_that_retention_has_taken_are_no_forgery() -> None:
    topics = system(3, LANES)
    name, rows = next((name, rows) for (name, number), rows in topics.items() if number == 1 and name in SOURCE_ORDER)
    assert rows
    begins = {(name, 1): rows[2].offset}
    report = verified({**topics, (name, 1): rows[2:]}, taken_at(topics), begins=begins)
    assert report.first is not None
    assert (report.first.kind, report.first.place.topic) == ("missing_input", name)
    assert "begins at offset" in report.first.text
    assert "deleted" in (report.results[1].stopped or "")


def test_a_ledger_of_another_cluster_or_of_copied_topics_is_named_unless_copies_are_meant() -> None:
    topics = system(3, LANES)
    elsewhere = {
        at: [_on_another_cluster(row) for row in rows] if at[0] == "ledger" else rows for at, rows in topics.items()
    }
    for lane in range(LANES):
        rechained(elsewhere["ledger", lane], 1)
    report = verified(elsewhere, taken_at(topics))
    assert report.counts == {"other_ground": LANES}
    assert report.first is not None
    assert [each.field for each in report.first.fields] == ["cluster"]
    assert verified(elsewhere, taken_at(topics), copied=True).equal


def _on_another_cluster(row: SourceRecord) -> SourceRecord:
    return row._replace(value=(row.value or b"").replace(CLUSTER.encode(), b"another"))
