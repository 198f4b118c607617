"""What stands behind the pages of staff, asked of the real broker beside a real worker."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import orjson

from streams import messages
from streams.codec.murmur2 import partition_of
from streams.deadletters.resend import Outcome
from streams.messages import now_ms, outgoing
from streams.notify.laws import LAWS
from streams.publish import Outgoing, publisher
from streams.settings import Settings
from streams.web.behind import Brokers
from streams.web.flow import Flow
from tests.support.broker import committed, producer
from tests.support.processes import REAL, workers
from tests.support.w1 import POLICY

T = TypeVar("T")
PARTITIONS = 3
LANE = partition_of("A", PARTITIONS)
WRONG = (LANE + 1) % PARTITIONS


async def _until(ask: Callable[[], Awaitable[T]], done: Callable[[T], bool]) -> T:
    async with asyncio.timeout(90):
        while not done(found := await ask()):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.3)
        return found


async def test_lags_flow_dead_letters_evidence_and_audits_are_as_the_command_line_has_them(
    settings: Settings, bootstrap: str, tmp_path: Path
) -> None:
    at = now_ms()
    inquiry = outgoing("inquiry.recorded", "q1", "/test", "A", at, {"kind": "hard"})
    strayed = outgoing("inquiry.recorded", "q2", "/test", "A", at, {"kind": "hard"})
    topic = f"{settings.topic_prefix}inquiries"
    async with publisher(settings, ["policies", "inquiries"]) as sender:
        await sender.send([Outgoing(*row) for row in messages.policy_in_force(POLICY, POLICY.effective_from)])
        await sender.send([inquiry])
    async with producer(bootstrap) as sender:
        for value in (strayed.value, b"{"):
            await sender.send_and_wait(topic, value, b"A", WRONG, at)

    brokers, flow = Brokers(settings), Flow(settings)
    following = asyncio.create_task(flow.run())
    try:
        before = {each.lane: each for each in await brokers.lags()}
        assert before[LANE].sources["inquiries"] == 1
        assert before[LANE].block is None
        with workers(tmp_path, settings) as started:
            worker = started.start(REAL)
            await _until(brokers.rejected, lambda found: found.codes.total() == 2)
            await _until(brokers.lags, lambda found: all(each.records == 0 for each in found))

            rejected = await brokers.rejected()
            assert rejected.codes == {"wrong_partition": 1, "invalid_json": 1}
            place = next(each.place for each in rejected.newest if each.origin.code == "wrong_partition")
            assert [each.outcome for each in await brokers.resent([place], now_ms(), True)] == [Outcome.SENT]
            assert len(await committed(bootstrap, topic, range(PARTITIONS))) == 3, "a dry run sends nothing"
            assert [each.outcome for each in await brokers.resent([place], now_ms(), False)] == [Outcome.SENT]
            assert [each.outcome for each in await brokers.resent([place], now_ms(), False)] == [Outcome.ALREADY]
            rows = await committed(bootstrap, topic, [LANE])
            assert [orjson.loads(each.value)["id"] for each in rows] == ["q1", "q2"]
            await _until(brokers.lags, lambda found: all(each.records == 0 for each in found))

            found = await brokers.evidence("A", now_ms(), True)
            assert [(each["event_id"], each["topic"], each["partition"], each["offset"]) for each in found.records] == [
                ("q2", topic, LANE, rows[1].offset),
                ("q1", topic, LANE, rows[0].offset),
            ]
            told = await committed(bootstrap, f"{settings.topic_prefix}status", [LANE])
            emitted = [orjson.loads(each.value)["data"]["status"] for each in told]
            assert [each["status"] for each in found.explained[0]["history"]] == emitted
            report = await brokers.verified(LANE)
            assert (report["outcome"], report["lanes"][0]["lane"]) == ("equal", LANE)
            assert report["lanes"][0]["matched"]["status"] == len(told)

            standing = await brokers.standing(now_ms())
            assert set(standing.counts) == set(LAWS)
            assert await brokers.told("A") == ([], [])
            async with asyncio.timeout(30):
                await flow.ready.wait()
            minutes = list(flow._minutes.values())
            assert sum(each.rejected for each in minutes) == 2
            assert sum(each.told for each in minutes) == len(told)
            assert flow.error is None
            worker.terminate()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        brokers.close()
    for child in multiprocessing.active_children():
        await asyncio.to_thread(child.join, 20)
    assert multiprocessing.active_children() == [], "nothing outlives the service"
