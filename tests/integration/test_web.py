"""The status service on the real broker: its view follows and resumes, requests become events, reads are recorded."""

import asyncio
from pathlib import Path

import pytest

from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.query.following import StoreError
from streams.settings import KafkaSettings, Settings
from streams.web.view import View
from tests.support.broker import aborted, put
from tests.support.core import Lane, policy, rule
from tests.support.events import due, inquiry, paid

POLICY = policy(
    rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
    rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=0),
)
LANE = partition_of("A", 3)


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str) -> Settings:
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, application_id=f"{topic_prefix}app", partitions=3)
    await admin.apply(settings)
    return settings


async def test_a_view_takes_committed_records_only_and_goes_on_where_it_stopped(
    settings: Settings, bootstrap: str, tmp_path: Path
) -> None:
    lane = Lane(POLICY).feed(due("2025-01-03", on="2025-01-10")).tick("2025-01-12")
    told = await _put(settings, bootstrap, lane, 0)
    status = f"{settings.topic_prefix}status"
    await aborted(bootstrap, status, [(b"A", told[-1], 3)], LANE)
    assert await _history(settings, tmp_path) == told

    lane.feed(paid("2025-01-13"), inquiry("2025-01-14"))
    more = await _put(settings, bootstrap, lane, len(told))
    assert await _history(settings, tmp_path) == told + more

    other = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}b."})
    await admin.apply(other)
    view = View(other, tmp_path / "other")
    view.store.write([], {(f"{other.topic_prefix}status", 0): 7})
    with pytest.raises(StoreError, match="may be deleted"):
        await asyncio.wait_for(view.run(), 20)
    view.store.close()


async def _put(settings: Settings, bootstrap: str, lane: Lane, begin: int) -> list[bytes]:
    """What a lane told from a status event on, into `status` and `current`; the status events."""
    for topic, first in (("status", begin), ("current", 0)):
        records = [(each.key, each.value, each.timestamp) for each in lane.outputs[topic][first:]]
        await put(bootstrap, settings.topic_prefix + topic, records, LANE)
    return [each.value or b"" for each in lane.outputs["status"][begin:]]


async def _history(settings: Settings, directory: Path) -> list[bytes]:
    view = View(settings, directory / "view")
    task = asyncio.create_task(view.run())
    try:
        await asyncio.wait_for(view.ready.wait(), 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    found = [each.value for each in view.store.since("A", -1, 100)]
    view.store.close()
    return found
