"""One account out of all records: from archives by an index, and by replaying the ledger; framed keys are keys too."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.archive import ArchiveError, Folder
from streams.audit.findings import Kind
from streams.audit.recorded import RecordedReplay
from streams.audit.runs import merged
from streams.codec.murmur2 import partition_of
from streams.codec.records import SourceRecord
from streams.query.log import log_of_archive
from tests.support.archives import Archived
from tests.support.copies import BOUND_MS, taken_at, verified
from tests.support.scribe import PREFIX, Scribe, Topics, sources

LANES = 2
ACCOUNTS = ("A000", "A001", "A002", "A003")
FRAMED = "A002"
UNKNOWN = "nobody"
FRAME = b"\0\0\0\0\7"


def system(seed: int) -> Topics:
    """A system in which every second key of one account has Confluent's frame."""
    given = {
        at: [
            row._replace(key=FRAME + row.key) if row.key == FRAMED.encode() and number % 2 else row
            for number, row in enumerate(rows)
        ]
        for at, rows in sources(seed, LANES).items()
    }
    found = dict(given)
    for lane in range(LANES):
        found |= Scribe(lane, LANES, seed).write(given)
    return found


@pytest.fixture(scope="module")
def whole() -> Topics:
    return system(3)


@pytest.fixture(params=[True, False], ids=["under keys", "without keys"])
def archived(request: pytest.FixtureRequest, whole: Topics, tmp_path: Path) -> Archived:
    return Archived(tmp_path, whole, sealed=request.param, segment_bytes=600)


def expected(topics: Topics, account: str) -> list[SourceRecord]:
    """Read from all there is: in the order of the latest timestamp so far in each partition, then of topics."""
    found = []
    for order, name in enumerate(SOURCE_ORDER):
        latest = 0
        for row in topics[name, 0 if name in BROADCAST else partition_of(account, LANES)]:
            latest = max(latest, row.timestamp)
            if name in BROADCAST or row.key in (account.encode(), FRAME + account.encode()):
                found.append((latest, order, row))
    return [row for _, _, row in sorted(found, key=lambda each: each[:2])]


def first_half(topics: Topics) -> Topics:
    """What came first of each source; of the rest all, which is beside the point here."""
    return {
        (name, lane): rows[: len(rows) // 2] if name in SOURCE_ORDER else rows for (name, lane), rows in topics.items()
    }


def segments_of(account: str, folder: Folder) -> list[str]:
    """The files that have its records."""
    standing = folder.standing(account.encode())
    assert standing is not None
    return [
        segment.file
        for name in SOURCE_ORDER
        if name not in BROADCAST
        for segment in folder.segments(name, partition_of(account, LANES))
        if list(folder.rows_of(segment, standing))
    ]


class Reads:
    """The segments that a folder reads."""

    def __init__(self, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self._read = folder.store.read
        monkeypatch.setattr(folder.store, "read", self.read)

    def read(self, path: str) -> bytes:
        if path.endswith(".zst") and path.partition("/")[0] not in {*BROADCAST, "ledger"}:
            self.names.append(path)
        return self._read(path)


def test_an_archive_gives_an_accounts_records_as_reading_all_of_it_does(
    whole: Topics, archived: Archived, tmp_path: Path
) -> None:
    for _ in range(2):  # without what is known of segments, and with it
        for account in (*ACCOUNTS, UNKNOWN):
            log = log_of_archive(account, archived.folder, tmp_path)
            assert list(log.records) == expected(whole, account)
            assert (log.lane, log.partitions) == (partition_of(account, LANES), LANES)
    framed = [row for row in expected(whole, FRAMED) if (row.key or b"").startswith(FRAME)]
    assert len(framed) > 5


def test_what_comes_later_is_found_too(whole: Topics, tmp_path: Path) -> None:
    archived = Archived(tmp_path, first_half(whole))
    for account in ACCOUNTS:
        assert list(log_of_archive(account, archived.folder, tmp_path).records) == expected(first_half(whole), account)
    archived.add(whole)
    for account in ACCOUNTS:
        assert list(log_of_archive(account, archived.folder, tmp_path).records) == expected(whole, account)


def test_segments_without_the_account_are_read_once(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = Reads(archived.folder, monkeypatch)
    log_of_archive("A000", archived.folder, tmp_path)
    first, reads.names = reads.names, []
    log_of_archive("A000", archived.folder, tmp_path)
    again, reads.names = reads.names, []
    assert set(again) < set(first)
    assert sorted(again) == sorted(segments_of("A000", archived.folder))


def test_of_a_segment_that_was_replaced_nothing_is_taken_for_known(whole: Topics, tmp_path: Path) -> None:
    """Another archive in the place of the one that was asked: names and offsets are alike, contents are not."""
    archived, other = Archived(tmp_path / "one", whole), system(4)
    log_of_archive("A000", archived.folder, tmp_path)
    replaced = Archived(tmp_path / "two", other)
    for account in ACCOUNTS:
        assert list(log_of_archive(account, replaced.folder, tmp_path).records) == expected(other, account)


def test_an_altered_segment_is_told_and_not_noted(archived: Archived, tmp_path: Path) -> None:
    file = segments_of("A000", archived.folder)[0]
    kept = archived.folder.store.read(file)
    for _ in range(2):
        archived.folder.store.write(file, kept[:-1] + bytes([kept[-1] ^ 1]))
        with pytest.raises(ArchiveError, match="it is not the file that its manifest names"):
            log_of_archive("A000", archived.folder, tmp_path)
        archived.folder.store.write(file, kept)
        log_of_archive("A000", archived.folder, tmp_path)


def test_the_index_names_nobody(archived: Archived, tmp_path: Path) -> None:
    for account in ACCOUNTS:
        log_of_archive(account, archived.folder, tmp_path)
    index = b"".join(path.read_bytes() for path in (tmp_path / "questions").iterdir())
    assert index
    assert not [account for account in ACCOUNTS if account.encode() in index]


@pytest.mark.parametrize("account", [*ACCOUNTS, UNKNOWN])
def test_a_replay_of_one_account_says_what_it_was_told_and_counts_its_records(
    whole: Topics, tmp_path: Path, account: str
) -> None:
    archived = Archived(tmp_path, whole)
    lane = partition_of(account, LANES)
    work = RecordedReplay(archived.origin, archived.position, PREFIX, tmp_path, account)
    found = asyncio.run(work.lane(lane, lambda _: None))
    told = [row.value for row in whole["status", lane] if row.key == account.encode()]
    assert _by_sequence(merged(found.runs)) == _by_sequence(told)
    assert (found.records, found.statuses) == (_own(whole, account), len(told))


def _own(topics: Topics, account: str) -> int:
    return sum(row.topic not in BROADCAST for row in expected(topics, account))


def _by_sequence(values: Iterable[bytes | None]) -> list[bytes | None]:
    def place(value: bytes | None) -> tuple[str, int]:
        data = orjson.loads(value or b"")["data"]
        return data["product"], data["sequence"]

    return sorted(values, key=place)


def test_a_finding_names_the_account_of_a_framed_key_without_its_frame(whole: Topics) -> None:
    lane = partition_of(FRAMED, LANES)
    name, rows = next((name, rows) for (name, number), rows in whole.items() if number == lane and _has_framed(rows))
    last = next(row for row in reversed(rows) if row.key == FRAME + FRAMED.encode())
    late = last._replace(offset=rows[-1].offset + 1, timestamp=taken_at(whole))
    report = verified({**whole, (name, lane): [*rows, late]}, taken_at(whole) + 10 * BOUND_MS)
    assert [(each.kind, each.account) for result in report.results for each in result.findings] == [
        (Kind.WITHHELD, FRAMED)
    ]


def _has_framed(rows: list[SourceRecord]) -> bool:
    return any(row.key == FRAME + FRAMED.encode() for row in rows)
