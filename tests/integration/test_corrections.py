"""`eligibility corrections` on the real broker: each correction once, also after a crash in the middle."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.corrected import CorrectionData, parse_correction
from streams.codec.murmur2 import partition_of
from streams.corrections.publishing import correct
from streams.current import read_current
from streams.local import admin
from streams.settings import KafkaSettings, Settings
from tests.integration.faults import oracle
from tests.support.broker import committed, put, read
from tests.support.core import policy, rule
from tests.support.events import Event, due, inquiry, paid, suppressed
from tests.support.processes import REAL, eligibility, workers

POLICY = policy(
    rule("o", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
    rule("h", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=0),
)
ACCOUNTS = ("A", "B", "C")
DAY_MS = 86_400_000
HISTORY: list[Event] = [
    due("2025-01-01", on="2025-01-10").named("a1"),
    inquiry("2025-01-02").of("B").named("b1"),
    inquiry("2025-01-03").of("C").named("c1"),
    suppressed("2025-01-15", "b1", "2025-01-08").of("B").named("b2"),
    paid("2025-01-20", "100.00", "L", 1).happened("2025-01-09").named("a2"),
    inquiry("2025-01-25").of("C").named("c2"),
]
FRAMED = suppressed("2025-01-26", "c1", "2025-01-10").of("C").named("c3")
"""With a key in Confluent's frame."""
EXPECTED = [
    ("A/a/corrected/1", "A/a/2", "NOT_OPEN", "OPEN", [("a2", "late")]),
    ("B/a/corrected/1", "B/a/1", "LIMITED", "OPEN", [("b1", "suppressed")]),
    ("C/a/corrected/1", "C/a/1", "LIMITED", "OPEN", [("c1", "suppressed")]),
]


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str, tmp_path: Path) -> Settings:
    """A system of three lanes that has applied the history."""
    made = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap),
        topic_prefix=topic_prefix,
        application_id=f"{topic_prefix}app",
        partitions=3,
        instance_id="w",
    )
    await admin.apply(made)
    _write(tmp_path / "events.ndjson", HISTORY)
    (tmp_path / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    await _call(made, tmp_path, "send", "--history", "--policy", "policy.json", "events.ndjson")
    value = json.dumps(FRAMED.document(len(HISTORY) + 1)).encode()
    row = (b"\0\0\0\0\7C", value, FRAMED.recorded)
    await put(bootstrap, f"{topic_prefix}reviews", [row], partition_of("C", 3))
    return made


async def test_each_correction_is_told_once_and_a_run_that_is_killed_leaves_nothing_half(
    settings: Settings, tmp_path: Path
) -> None:
    with workers(tmp_path, settings) as group:
        worker = group.start(REAL)
        async with asyncio.timeout(60):
            for account in ACCOUNTS:
                while True:
                    if await read_current(settings, account):
                        break
                    await asyncio.sleep(0.1)
        dry = await correct(settings, [], dry=True)
        assert sorted(each.event["id"] for each in dry) == [row[0] for row in EXPECTED]
        assert await _told(settings) == []
        elsewhere = settings.model_copy(update={"future_ms": 100 * DAY_MS})
        again = await correct(elsewhere, [], dry=True)
        assert [each.event["id"] for each in again] == [each.event["id"] for each in dry], "the ledgers' settings count"

        torn = settings.model_copy(update={"failpoints": "sent=kill"})
        assert (await eligibility(torn, "corrections", "A", cwd=tmp_path)).returncode == -9
        assert await _told(settings) == [], "sent, not committed"
        late = settings.model_copy(update={"failpoints": "committed=kill"})
        assert (await eligibility(late, "corrections", "A", cwd=tmp_path)).returncode == -9
        assert [each.account_id for each in await _told(settings)] == ["A"], "committed, though it was killed"

        said = await _call(settings, tmp_path, "corrections")
        assert "B a: limited [INQ-01], should have been open, 2025-01-08T00:00:00Z to 2025-01-15T00:00:00Z" in said
        assert "2 corrections published" in said
        assert await correct(settings, [], dry=False) == []
        assert worker.terminate() == 0
    told = sorted(await _told(settings), key=lambda each: each.account_id)
    came = [
        (
            f"{each.account_id}/{each.product}/corrected/{each.sequence}",
            each.corrects,
            each.said.status,
            each.should.status,
            [(fact.event_id, fact.why) for fact in each.facts],
        )
        for each in told
    ]
    assert came == EXPECTED
    topic, bootstrap = f"{settings.topic_prefix}corrections", settings.kafka.bootstrap_servers or ""
    everything = await read(bootstrap, topic, range(3), "read_uncommitted")
    assert len(everything) == len(EXPECTED) + 1, "the torn one was aborted"
    assert {row.partition for row in await committed(bootstrap, topic, [partition_of("B", 3)])} == {
        partition_of("B", 3)
    }
    await oracle.check(settings)


async def _told(settings: Settings) -> list[CorrectionData]:
    rows = await committed(
        settings.kafka.bootstrap_servers or "", f"{settings.topic_prefix}corrections", range(settings.partitions)
    )
    return [parse_correction(json.loads(row.value or b"")).data for row in rows]


async def _call(settings: Settings, directory: Path, *arguments: str) -> str:
    done = await eligibility(settings, *arguments, cwd=directory)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _write(path: Path, events: list[Event]) -> None:
    documents: list[Any] = [each.document(place) for place, each in enumerate(events, 1)]
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")
