"""What is too old goes by its class, the ledger never, and audits go on from a signed checkpoint."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.instants import parse_instant
from schemas.topics import TOPICS
from streams.archive import ArchiveError, Folder
from streams.archive.retention import expired, months_before, read_table
from streams.audit.checkpoints import Beginning, read_checkpoint, write_checkpoint
from streams.codec.partition import CHANGELOG
from tests.support.archives import Archived
from tests.support.copies import at_moment
from tests.support.scribe import Topics, system

MONTH_MS = 31 * 86_400_000


class Kept:
    """An archive, and a checkpoint in the middle of it."""

    def __init__(self, folder: Path) -> None:
        self.whole: Topics = system(3)
        self.archived = Archived(folder, self.whole)
        states, half = Folder(folder / "states", self.archived.keys), folder / "half"
        half.mkdir()
        stamps = sorted(row.timestamp for lane in range(2) for row in self.whole["ledger", lane])
        middle = Archived(half, at_moment(self.whole, stamps[len(stamps) // 2]))
        made = middle.verified(states_to=states)
        lanes = [each.checkpoint for each in made.results if each.checkpoint]
        write_checkpoint(states, middle.position, lanes, Ed25519PrivateKey.generate())
        self.beginning = Beginning(states, read_checkpoint(states))

    def take_out(self, now: int, *, begun: bool) -> dict[tuple[str, int], int]:
        """By partition how many segments went; `begun`: the checkpoint stands for what was before."""
        folder, position = self.archived.folder, self.archived.position
        before = {at: each.start for at, each in self.beginning.checkpoint.begun(position).ranges.items()}
        found = list(expired(folder, read_table(), position.ranges, before if begun else {}, now))
        for each in found:
            if each.segments:
                folder.take_out(each.segments)
        return {(each.topic, each.partition): len(each.segments) for each in found}

    def records(self) -> dict[tuple[str, int], int]:
        return {at: sum(1 for _ in self.archived.folder.rows(*at)) for at in self.archived.position.ranges}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_every_topic_has_a_class_with_its_reason() -> None:
    table = read_table()
    named = [topic for each in table.classes for topic in each.topics]
    assert sorted(named) == sorted([*TOPICS, CHANGELOG])
    assert {each.name for each in table.classes if each.months is None} == {"ledger", "rules"}


def test_nothing_goes_before_its_time(kept: Kept) -> None:
    latest = max(row.timestamp for rows in kept.whole.values() for row in rows)
    assert kept.take_out(latest, begun=True) == {}


def test_without_a_checkpoint_replays_keep_what_they_need(kept: Kept) -> None:
    latest, before = max(row.timestamp for rows in kept.whole.values() for row in rows), kept.records()
    gone = kept.take_out(latest + 200 * MONTH_MS, begun=False)
    assert gone
    assert set(gone.values()) == {0}
    assert kept.records() == before
    assert kept.archived.verified().equal


def test_behind_a_checkpoint_all_goes_on(kept: Kept, tmp_path: Path) -> None:
    latest, before = max(row.timestamp for rows in kept.whole.values() for row in rows), kept.records()
    gone = kept.take_out(latest + 200 * MONTH_MS, begun=True)
    assert sum(gone.values()) > 4
    left = kept.records()
    assert {at for at in before if left[at] < before[at]} == {at for at, count in gone.items() if count}
    assert all(left[at] == before[at] for at in before if at[0] in ("ledger", "policies", "operations"))
    assert {at[0] for at in gone} & {"repayments", "status", CHANGELOG}
    fresh = Folder(kept.archived.folder.name, kept.archived.keys)
    assert fresh.begins.keys() == {f"{topic}/{partition}" for (topic, partition), count in gone.items() if count}
    report = kept.archived.verified(beginning=kept.beginning)
    assert report.equal, list(report.lines())
    assert report.document()["checkpoint"]["made_at"] == kept.beginning.checkpoint.made_at
    assert not kept.archived.verified().equal, "without the checkpoint the beginning is missing"
    assert kept.take_out(latest + 200 * MONTH_MS, begun=True).keys() <= gone.keys()


def test_months_and_the_age_of_a_segment(kept: Kept) -> None:
    assert months_before(parse_instant("2028-02-29T10:00:00Z"), 36) == parse_instant("2025-02-28T10:00:00Z")
    assert months_before(parse_instant("2026-03-31T00:00:00Z"), 1) == parse_instant("2026-02-28T00:00:00Z")
    assert months_before(parse_instant("2026-01-15T00:00:00Z"), 1) == parse_instant("2025-12-15T00:00:00Z")
    folder = kept.archived.folder
    first = folder.segments("status", 0)[0]
    assert first.latest is not None
    at = next(
        now
        for now in range(first.latest, first.latest + 200 * MONTH_MS, MONTH_MS)
        if months_before(now, 36) > first.latest
    )
    found = {(each.topic, each.partition) for each in expired(folder, read_table(), [("status", 0)], {}, at)}
    assert found == {("status", 0)}
    folder.store.write(first.manifest, first.model_copy(update={"latest": None}).model_dump_json().encode())
    assert not list(expired(folder, read_table(), [("status", 0)], {}, at)), "of unknown age"


def test_taking_out_that_was_not_finished_is_as_if_it_were(kept: Kept) -> None:
    folder = kept.archived.folder
    segments = folder.segments("status", 0)
    assert len(segments) > 2
    files = {path: folder.store.read(path) for each in segments[:2] for path in (each.manifest, each.file)}
    folder.take_out(segments[:2])
    for path, data in files.items():
        folder.store.write(path, data)
    assert folder.segments("status", 0) == segments[2:]
    folder.store.remove(segments[2].manifest)
    with pytest.raises(ArchiveError, match="a segment before it is missing"):
        folder.segments("status", 0)


def test_an_emptied_partition_goes_on_where_it_was(kept: Kept) -> None:
    folder, rows = kept.archived.folder, kept.whole["status", 0]
    folder.take_out(folder.segments("status", 0))
    assert list(folder.rows("status", 0)) == []
    kept.archived.add(kept.whole)
    assert list(folder.rows("status", 0)) == []
    more = rows[-1]._replace(offset=rows[-1].offset + 1)
    kept.archived.add({**kept.whole, ("status", 0): [*rows, more]})
    assert list(folder.rows("status", 0)) == [more]


def test_a_table_that_can_not_be_meant_is_told(tmp_path: Path) -> None:
    path = tmp_path / "table.yaml"
    for text, wrong in (
        ("classes: [{name: a, topics: [ledger], months: 5, basis: b}]", "the ledger is kept for ever"),
        ("classes: [{name: a, topics: [status], months: 0, basis: b}]", "classes.0.months"),
        ("classes: [{name: a, topics: [status], months: 5}]", "classes.0.basis"),
        ("classes: [", "table.yaml"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ArchiveError, match=wrong):
            read_table(path)
