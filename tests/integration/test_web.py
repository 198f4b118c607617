"""The status service on the real broker: its view follows and resumes, requests become events, reads are recorded."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streams.codec.murmur2 import partition_of
from streams.local import admin
from streams.query.following import StoreError
from streams.settings import Settings
from streams.web.view import View
from tests.support.broker import aborted, committed, put
from tests.support.core import Lane, policy, rule
from tests.support.events import due, inquiry, paid
from tests.support.serving import serving, tell

POLICY = policy(
    rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
    rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=0),
)
LANE = partition_of("A", 3)


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


async def test_the_service_answers_takes_a_request_and_records_who_read(
    settings: Settings, bootstrap: str, tmp_path: Path
) -> None:
    lane = Lane(POLICY, number=LANE, partitions=3).feed(due("2025-01-03", on="2025-01-10")).tick("2025-01-12")
    await tell(settings, lane, LANE)
    async with (
        serving(tmp_path, settings, ["own"], ["A"]) as service,
        httpx.AsyncClient(base_url=service.address, headers=service.headers) as client,
    ):
        answer = await client.get("/api/accounts/A/status?checks=all")
        (product,) = answer.json()["products"]
        assert product["status"] == "NOT_OPEN"
        assert {each["code"]: each["result"] for each in product["checks"]}["REP-01"] == "fail"
        place = {"after": answer.json()["events_after"]}
        async with client.stream("GET", "/api/accounts/A/events", params=place) as stream:
            begin = len(lane.statuses)
            told = await _put(settings, bootstrap, lane.feed(paid("2025-01-13")), begin)
            async with asyncio.timeout(20):
                lines = stream.aiter_lines()
                assert told == [line[6:].encode() async for line in _first(lines, "data: ", len(told))]
        body, once = {"kind": "review", "product": "a"}, {"Idempotency-Key": "1"}
        asked = await client.post("/api/accounts/A/requests", json=body, headers=once)
        assert asked.status_code == 202, asked.text
    (review,) = await committed(bootstrap, f"{settings.topic_prefix}reviews", range(3))
    assert (review.key, review.partition) == (b"A", LANE)
    assert json.loads(review.value)["id"] == asked.json()["event_id"]
    reads = await committed(bootstrap, f"{settings.topic_prefix}access", range(3))
    assert [json.loads(each.value)["data"]["what"].split("/")[-1] for each in reads] == ["status", "events", "requests"]
    assert {(each.key, each.partition) for each in reads} == {(b"A", LANE)}


async def _first(lines: AsyncIterator[str], begin: str, count: int) -> AsyncIterator[str]:
    """The first lines that begin so."""
    while count:
        line = await anext(lines)
        if line.startswith(begin):
            count -= 1
            yield line
