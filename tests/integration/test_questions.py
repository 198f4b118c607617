"""`explain` and `what-if` on the real broker: evidence by topic, partition and offset; nothing is written."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from schemas.settings import CoreSettings
from schemas.topics import changelog_name
from streams.cluster import describe
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG
from streams.codec.state import pack
from streams.core.calendar import NEVER
from streams.core.state import AccountState
from streams.query.following import StoreError
from streams.query.known import known
from streams.query.log import read_log
from streams.query.replica import Replica
from streams.security import client_options
from streams.settings import Settings, core_settings
from tests.support.broker import aborted, put
from tests.support.core import Lane, policy, rule
from tests.support.events import due, inquiry, ms, paid
from tests.support.processes import eligibility

POLICY = policy(
    rule("overdue", "repayment.days_past_due", "NOT_OPEN", "REP-01", at_most=0),
    rule("inquiries", "inquiries.hard_count", "LIMITED", "INQ-01", window="30d", at_most=2),
)
HISTORY = [
    inquiry("2025-01-02").of("B"),
    due("2025-01-03", on="2025-01-10", amount="120.00").named("bill"),
    inquiry("2025-01-04").named("look"),
]
AT = "2025-01-25T00:00:00Z"


async def test_questions_are_answered_from_the_log_and_write_nothing(settings: Settings, tmp_path: Path) -> None:
    _write(tmp_path / "events.ndjson", [each.document(n) for n, each in enumerate(HISTORY, 1)])
    (tmp_path / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    await _said(settings, tmp_path, "send", "--history", "--policy", "policy.json", "events.ndjson")
    before = await read_log(settings, "A")

    (told,) = json.loads(await _said(settings, tmp_path, "explain", "A", "--at", AT, "--json"))
    (record,) = told["evidence"]
    lane = partition_of("A", 3)
    place = (record["event_id"], record["topic"], record["partition"], record["offset"])
    assert place == ("bill", f"{settings.topic_prefix}repayments", lane, 0)
    assert record["event"]["data"]["amount"] == "120.00"
    assert told["path"]["plan"]["steps"][0]["money"] == "120.00"

    _write(tmp_path / "paid.ndjson", [paid("2025-01-26", "120.00", "L", 1).document(9)])
    came = json.loads(await _said(settings, tmp_path, "what-if", "A", "--at", AT, "--add", "paid.ndjson", "--json"))
    assert [each["data"]["status"] for each in came] == ["OPEN"]
    assert await read_log(settings, "A") == before


async def test_the_log_of_an_account_is_its_own_and_what_concerns_all(settings: Settings, tmp_path: Path) -> None:
    _write(tmp_path / "events.ndjson", [each.document(n) for n, each in enumerate(HISTORY, 1)])
    (tmp_path / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    await _said(settings, tmp_path, "send", "--history", "--policy", "policy.json", "events.ndjson")
    log = await read_log(settings, "B")
    assert [each.topic for each in log.records if each.key == b"B"] == ["inquiries"]
    assert {each.topic for each in log.records if each.key != b"B"} == {"operations", "policies"}
    found = known(log, ms("2025-01-25"))
    assert found is not None
    assert found.pictures["a"]["data"]["status"] == "OPEN"


async def test_the_log_by_its_index_is_the_log_read_whole(settings: Settings, bootstrap: str) -> None:
    """With another account's records between, timestamps out of order, an aborted transaction; and again with what has
    come since the first question.
    """
    lane, prefix = partition_of("A", 3), settings.topic_prefix
    beside = next(name for name in "BCDEFGH" if partition_of(name, 3) == lane)
    names = "A" + beside + "A" + beside * 300
    rows = [(name.encode(), b"%d" % place, 1_000 + place * 37 % 50) for place, name in enumerate(names * 3)]
    for topic, some in (("inquiries", rows[:700]), ("repayments", rows[::7])):
        await put(bootstrap, prefix + topic, some, lane)
    await aborted(bootstrap, f"{prefix}inquiries", rows[700:720], lane)
    first = {name: (await read_log(settings, name)).records for name in ("A", beside)}
    assert len(first["A"]) == 7
    ground = block.Ground("cluster", {CHANGELOG: "of-this-system"}, 3, CoreSettings())
    await put(bootstrap, f"{prefix}ledger", [(b"%d" % lane, block.genesis(lane, ground, engine()), 1)], lane)
    assert {name: (await read_log(settings, name)).records for name in ("A", beside)} == first
    await put(bootstrap, f"{prefix}inquiries", rows[700:], lane)
    by_index = {name: (await read_log(settings, name)).records for name in ("A", beside)}
    assert [len(by_index[name]) - len(first[name]) for name in by_index] == [0, len(rows) - 700]
    assert (settings.data_dir / "questions" / f"accounts-of-this-system-{lane}").exists()


async def test_the_log_of_an_account_has_the_settings_of_its_lanes_ledger(settings: Settings, bootstrap: str) -> None:
    lane = partition_of("A", 3)
    ground = block.Ground("cluster", {}, 3, CoreSettings(activation_delay_ms=7))
    await put(
        bootstrap, f"{settings.topic_prefix}ledger", [(b"%d" % lane, block.genesis(lane, ground, engine()), 1)], lane
    )
    assert (await read_log(settings, "A")).settings == ground.settings
    other = next(name for name in "BCDEFG" if partition_of(name, 3) != lane)
    assert (await read_log(settings, other)).settings == core_settings(settings), "a ledger that hasn't begun"


async def test_what_if_now_is_answered_from_the_lanes_states_and_goes_on_from_a_file(
    settings: Settings, bootstrap: str, tmp_path: Path
) -> None:
    lane, ledger, changelog = (
        partition_of("A", 3),
        f"{settings.topic_prefix}ledger",
        changelog_name(settings.application_id),
    )
    ground = block.Ground("cluster", {CHANGELOG: "T1"}, 3, CoreSettings())
    await put(bootstrap, ledger, [(b"%d" % lane, block.genesis(lane, ground, engine()), 1)], lane)
    held = Lane(POLICY, number=lane, partitions=3).feed(*(each for each in HISTORY if each.account == "A"))
    await _kept(bootstrap, changelog, held)
    _write(tmp_path / "paid.ndjson", [paid("2099-01-26", "120.00", "L", 1).document(9)])
    asked = ("what-if", "A", "--add", "paid.ndjson", "--json")
    came = json.loads(await _said(settings, tmp_path, *asked))
    assert [each["data"]["status"] for each in came] == ["OPEN"]
    assert not came[0]["data"]["reasons"]
    (file,) = (tmp_path / ".eligibility" / "questions").glob("states-T1")
    assert file.stat().st_size

    await _kept(bootstrap, changelog, held.feed(paid("2025-02-01", "120.00", "L", 1)))
    assert json.loads(await _said(settings, tmp_path, *asked)) == [], "it has been paid since"


async def test_a_replica_is_ready_when_caught_up_and_goes_on_where_it_stopped(
    settings: Settings, bootstrap: str, tmp_path: Path
) -> None:
    changelog = changelog_name(settings.application_id)
    lane = partition_of("A", 3)
    first, second = (_blob(f"2025-01-0{day}") for day in (1, 2))
    await put(bootstrap, changelog, [(b"A", first, 1), (b"A", second, 2)], lane)
    await aborted(bootstrap, changelog, [(b"A", _blob("2025-01-03"), 3)], lane)
    replica = Replica(settings, tmp_path / "states")
    assert await _ready(replica) == ms("2025-01-02")

    await put(bootstrap, changelog, [(b"A", _blob("2025-01-04"), 4)], lane)
    again = Replica(settings, tmp_path / "states")
    before = again.account("A")
    assert before is not None
    assert before.state.as_of == ms("2025-01-02")
    assert await _ready(again) == ms("2025-01-04")


async def test_a_replica_refuses_the_states_of_another_system(settings: Settings, tmp_path: Path) -> None:
    Replica(settings, tmp_path / "states").store.close()
    other = settings.model_copy(update={"application_id": "other"})
    with pytest.raises(StoreError, match="holds the states of"):
        Replica(other, tmp_path / "states")


async def test_a_replica_refuses_a_changelog_that_was_made_anew(
    settings: Settings, bootstrap: str, tmp_path: Path
) -> None:
    changelog, lane = changelog_name(settings.application_id), partition_of("A", 3)
    await put(bootstrap, changelog, [(b"A", _blob("2025-01-01"), 1)], lane)
    assert await _ready(Replica(settings, tmp_path / "states")) == ms("2025-01-01")

    was = await _id(settings, changelog)
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    await client.delete_topics([changelog])
    await client.create_topics([NewTopic(changelog, 3, 1)])
    await client.close()
    async with asyncio.timeout(30):
        while True:
            if await _id(settings, changelog) not in ("", was):
                break
            await asyncio.sleep(0.1)
    # More than there was: by the place alone it would pass for the same topic.
    await put(bootstrap, changelog, [(b"A", _blob(f"2025-02-0{day}"), day) for day in range(1, 5)], lane)
    replica = Replica(settings, tmp_path / "states")
    with pytest.raises(StoreError, match=f"{changelog} was made anew since; the file may be deleted"):
        await asyncio.wait_for(replica.run(), 20)
    replica.store.close()


async def _id(settings: Settings, topic: str) -> str:
    """The topic's id, "" while the broker is at work on it."""
    try:
        return (await describe(client_options(settings.kafka), {topic: topic})).topics[topic]
    except KafkaError:
        return ""


async def _ready(replica: Replica) -> int:
    """When the account was last evaluated, once the replica has caught up."""
    task = asyncio.create_task(replica.run())
    try:
        await asyncio.wait_for(replica.ready.wait(), 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    account = replica.account("A")
    replica.store.close()
    assert account is not None
    return account.state.as_of


async def _kept(bootstrap: str, changelog: str, held: Lane) -> None:
    """What a lane keeps, in its changelog."""
    rows = [(row.key or b"", row.value, place) for place, row in enumerate(held.outputs[CHANGELOG], 1)]
    await put(bootstrap, changelog, rows, held.number)


def _blob(at: str) -> bytes:
    return pack(AccountState(as_of=ms(at)), NEVER)


async def _said(settings: Settings, directory: Path, *arguments: str) -> str:
    called = await eligibility(settings, *arguments, cwd=directory)
    assert called.returncode == 0, called.stderr
    return called.stdout


def _write(path: Path, documents: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")
