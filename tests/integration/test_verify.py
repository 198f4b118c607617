"""`verify`, `replay --brokers` and anchors as an auditor calls them, on the real broker beside real workers."""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from schemas.policy import load_policy
from streams import archive
from streams.audit.asked import Asked
from streams.audit.brokers import Brokers
from streams.audit.replay import Line, Replay
from streams.audit.rows import COMPACTED
from streams.audit.watch import watch
from streams.cluster import topics_of
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG
from streams.files import numbered_lines
from tests.bench.w1.data import events
from tests.support.broker import put
from tests.support.histories import History, Run, load, new_settings, until_done, w1_history
from tests.support.processes import REAL, WorkerProcess, variables, workers
from tests.unit.cli.calls import call

LANES = 2
RETENTION = Path(archive.__file__).with_name("retention.yaml")


class Desk:
    """An auditor's desk beside one system; commands run in this process."""

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.folder = folder
        self.bootstrap = bootstrap
        self.given: History = w1_history(events(400, 40), folder)
        self.settings = new_settings(bootstrap, prefix, LANES, block_records=50)
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        for name, value in variables(self.settings).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)

    def call(self, *arguments: str, code: int = 0) -> str:
        done = call(self._capsys, self._monkeypatch, *arguments)
        assert done.code == code, done.out + done.err
        return done.out

    def verify(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.call("verify", "--brokers", self.bootstrap, "--json", *arguments, code=code))

    def verify_archive(self, *more: str, archive: str = "archive", code: int = 0) -> Any:
        return json.loads(self.call("verify", "--archive", archive, "--json", "--processes", "1", *more, code=code))


@pytest.fixture
def desk(
    bootstrap: str,
    topic_prefix: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    made = Desk(bootstrap, topic_prefix, tmp_path, capsys, monkeypatch)
    asyncio.run(load(made.settings, made.given, Run(1, LANES, False)))
    return made


def test_an_audit_beside_a_worker_and_after_it(desk: Desk) -> None:
    with workers(desk.folder, desk.settings) as started:
        worker = started.start(REAL)
        worker.until_logged("open after block")
        asyncio.run(_followed(desk, worker))
        assert worker.terminate() == 0, worker.log

    key = desk.call("keys", "new", "anchor.pem").strip()
    (desk.folder / "elsewhere").mkdir()
    anchor = desk.call("anchor", "sign", "--key", "anchor.pem", "--output", "elsewhere", "--statuses").strip()
    signed = ("--report", "report.json", "--sign", "anchor.pem")
    whole = desk.verify("--anchor", anchor, "--anchor-key", key, "--processes", "2", *signed)
    assert desk.call("keys", "check", "report.json", "--key", key).strip() == key
    assert orjson.loads((desk.folder / "report.json").read_bytes()).items() > whole.items()
    assert whole["outcome"] == "equal"
    assert [each["last_block"] > 2 for each in whole["lanes"]] == [True] * LANES
    assert sum(each["matched"]["status"] for each in whole["lanes"]) == sum(map(len, desk.given.expected.values()))
    assert any("signed blocks" in each for each in whole["proves"])
    _judged_again(desk)
    account = _replayed(desk)
    _proven(desk, anchor, key, account)
    _archived(desk)
    _erased(desk, account)
    begun = _forgotten(desk, key)
    _tampered(desk, begun)
    desk.call("archive", "--output", "archive")
    assert desk.verify_archive(code=3)["counts"] == {"extra": 1}
    _expired(desk, begun)


async def _followed(desk: Desk, worker: WorkerProcess) -> None:
    """Rounds of a watch beside the worker until it is done, and one more."""
    done = asyncio.create_task(until_done(desk.settings, len(desk.given.events), [worker]))
    asked = Asked(desk.settings.topic_prefix, 300_000, live_clock=False)
    async with aclosing(watch(Brokers(desk.settings), asked, [])) as reports:
        rounds = 0
        async for report in reports:
            assert report.equal, list(report.lines())
            rounds += 1
            if done.done() and rounds >= 3:
                break
            if rounds >= 3:
                await done
    assert sum(each.records for each in report.results) >= len(desk.given.events)


def _judged_again(desk: Desk) -> None:
    """By the reference interpreter: all accounts, and a sample of them."""
    all_of_them = desk.verify("--engine", "reference", "--processes", "1")
    assert (all_of_them["outcome"], all_of_them["accounts"]) == ("equal", 40)
    assert sum(each["matched"]["status"] for each in all_of_them["lanes"]) == sum(
        map(len, desk.given.expected.values())
    )
    sample = desk.verify("--engine", "reference", "--accounts", "5", "--salt", "drawn", "--processes", "1")
    assert (sample["outcome"], sample["accounts"]) == ("equal", 5 * LANES)


def _replayed(desk: Desk) -> str:
    """Replay of all and of one account; returns the account."""
    where = ("replay", "--brokers", desk.bootstrap, "--processes", "1")
    desk.call(*where, "--output", "all.ndjson")
    values = (desk.folder / "all.ndjson").read_bytes().splitlines()
    lines = (Line("w1", number, line) for number, line in numbered_lines(desk.folder / "w1.ndjson"))
    assert values == list(Replay().run(lines, load_policy(desk.given.policy.read_bytes()), None)), "in the same order"
    account: str = orjson.loads(values[-1])["data"]["account_id"]
    own = [value for value in values if orjson.loads(value)["data"]["account_id"] == account]
    for more in ((), ("--policy", str(desk.given.policy))):
        desk.call(*where, "--account", account, "--output", "one.ndjson", *more)
        assert (desk.folder / "one.ndjson").read_bytes().splitlines() == own
    middle = orjson.loads(own[len(own) // 2])["time"]
    desk.call(*where, "--account", account, "--output", "since.ndjson", "--from", middle)
    assert (desk.folder / "since.ndjson").read_bytes().splitlines() == own[len(own) // 2 :]
    return account


def _proven(desk: Desk, anchor: str, key: str, account: str) -> None:
    desk.call("anchor", "prove", account, "--anchor", anchor, "--key", "anchor.pem", "--output", "proof.json")
    told = json.loads(desk.call("anchor", "check", anchor, "--proof", "proof.json", "--anchor-key", key, "--json"))
    newest = {product: values[-1].decode() for (who, product), values in desk.given.expected.items() if who == account}
    assert told["proof"]["statuses"] == newest


def _archived(desk: Desk) -> None:
    """All that was there is in the archive, and gives the same without brokers."""
    first = json.loads(desk.call("archive", "--output", "archive", "--json"))
    assert first["records"] > len(desk.given.events)
    assert json.loads(desk.call("archive", "--output", "archive", "--json"))["records"] == 0
    assert desk.verify_archive()["outcome"] == "equal"
    desk.call("replay", "--archive", "archive", "--output", "archived.ndjson", "--processes", "1")
    assert (desk.folder / "archived.ndjson").read_bytes() == (desk.folder / "all.ndjson").read_bytes()
    account = json.loads((desk.folder / "all.ndjson").read_bytes().splitlines()[0])["data"]["account_id"]
    at = ("--at", "2030-01-01T00:00:00Z", "--json")
    store, keys = "memory://archive", ("--keys", "store.keys")
    desk.call("archive", "--output", store, code=1)
    assert json.loads(desk.call("archive", "--output", store, *keys, "--json"))["records"] == first["records"]
    assert desk.verify_archive(*keys, archive=store)["outcome"] == "equal"
    assert desk.call("explain", account, "--archive", store, *keys, *at) == desk.call("explain", account, *at)
    assert desk.call("explain", account, "--archive", "archive", *at) == desk.call("explain", account, *at)


def _erased(desk: Desk, account: str) -> None:
    """One person is erased from the archive; the others' audit, replay and explanations are as they were."""
    before = desk.verify_archive()
    done = [json.loads(desk.call("archive", "erase", account, "--archive", "archive", "--json")) for _ in range(2)]
    assert [each["outcome"] for each in done] == ["erased", "erased_before"]
    desk.call("archive", "erase", "nobody", "--archive", "archive", code=4)
    after = desk.verify_archive()
    assert (after["outcome"], [each["account"] for each in after["erased"]]) == ("equal", [done[0]["account"]])
    assert [each["hash"] for each in after["lanes"]] == [each["hash"] for each in before["lanes"]]
    told = [sum(each["matched"]["status"] for each in report["lanes"]) for report in (before, after)]
    values = (desk.folder / "all.ndjson").read_bytes().splitlines()
    others = [value for value in values if orjson.loads(value)["subject"] != account]
    assert told == [len(values), len(others)]
    desk.call("replay", "--archive", "archive", "--output", "others.ndjson", "--processes", "1")
    assert (desk.folder / "others.ndjson").read_bytes().splitlines() == others
    second = desk.verify_archive("--engine", "reference")
    assert (second["outcome"], second["accounts"]) == ("equal", 39)
    at = ("--archive", "archive", "--at", "2030-01-01T00:00:00Z", "--json")
    desk.call("explain", account, *at, code=4)
    other = orjson.loads(others[0])["subject"]
    assert desk.call("explain", other, *at) == desk.call("explain", other, *at[2:])
    files = [path for path in (desk.folder / "archive").rglob("*") if path.is_file()]
    assert not [path for path in [*files, desk.folder / "archive.keys"] if account.encode() in path.read_bytes()]


def _forgotten(desk: Desk, key: str) -> tuple[str, ...]:
    """Behind a checkpoint everything is deleted; returns how to go on from it."""
    desk.verify("--write-checkpoint", "states", "--sign", "anchor.pem", "--processes", "1")
    asyncio.run(_delete_everything(desk))
    begins = ("--processes", "1")
    lost = desk.verify(*begins, code=3)
    assert {each["last_block"] for each in lost["lanes"]} == {None}
    assert set(lost["counts"]) == {"missing_input"}
    begun = (*begins, "--checkpoint", "states", "--anchor-key", key)
    told = desk.verify(*begun)
    assert (told["outcome"], told["checkpoint"]["signingkey"]) == ("equal", key)
    assert {each["first_block"] for each in told["lanes"]} == {None}
    return begun


async def _delete_everything(desk: Desk) -> None:
    """All records of the topics that are not compacted."""
    origin = Brokers(desk.settings)
    position = await origin.position()
    names = topics_of(desk.settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=desk.bootstrap)
    await admin.start()
    try:
        ends = {
            TopicPartition(names[name], number): RecordsToDelete(before_offset=range.limit)
            for (name, number), range in position.ranges.items()
            if name not in COMPACTED and range.limit
        }
        await admin.delete_records(ends)
    finally:
        await admin.close()


def _tampered(desk: Desk, begun: tuple[str, ...]) -> None:
    """Somebody writes a status of their own into the topic."""
    topic = f"{desk.settings.topic_prefix}status"
    values = (desk.folder / "all.ndjson").read_bytes().splitlines()
    value = next(each for each in values if partition_of(orjson.loads(each)["subject"], LANES) == 1)
    account = orjson.loads(value)["subject"]
    asyncio.run(put(desk.bootstrap, topic, [(account.encode(), value.replace(b"OPEN", b"SHUT"), 1)], 1))
    found = desk.verify(*begun, code=3)
    assert found["counts"] == {"extra": 1}
    assert (found["first"]["class"], found["first"]["topic"], found["first"]["partition"]) == ("extra", "status", 1)
    assert list(found["first_by_account"]) == [account]


def _expired(desk: Desk, begun: tuple[str, ...]) -> None:
    """What the archive has kept for long enough goes up to the checkpoint; from there the audit finds the same."""
    short = yaml.safe_load(RETENTION.read_text(encoding="utf-8"))
    for each in short["classes"]:
        each["months"] = each.get("months") and 1
    (desk.folder / "table.yaml").write_text(yaml.safe_dump(short), encoding="utf-8")

    def expired(*more: str) -> dict[tuple[str, int], tuple[int, int]]:
        out = desk.call("archive", "expire", "--archive", "archive", "--table", "table.yaml", "--json", *more)
        told = map(json.loads, out.splitlines())
        return {(each["topic"], each["partition"]): (each["segments"], each["waits"]) for each in told}

    waiting = expired()
    assert {("repayments", 0), ("status", 0), (CHANGELOG, 0)} <= set(waiting)
    assert not {topic for topic, _ in waiting} & {"ledger", "policies", "operations"}
    assert {gone for gone, _ in waiting.values()} == {0}, "replays need all of it"
    would_go = expired(*begun[2:], "--dry-run")
    assert would_go["status", 0] == (1, 0)
    assert would_go["status", 1] == (1, 1), "the foreign record came behind the checkpoint"
    assert desk.verify_archive(code=3)["counts"] == {"extra": 1}, "nothing was touched"
    assert expired(*begun[2:]) == would_go
    assert "missing_input" in desk.verify_archive(code=3)["counts"]
    told = desk.verify_archive(*begun[2:], code=3)
    assert (told["counts"], told["checkpoint"]["signingkey"]) == ({"extra": 1}, begun[-1])
    desk.call("replay", "--archive", "archive", "--output", "none.ndjson", *begun)
    assert (desk.folder / "none.ndjson").read_bytes() == b""
