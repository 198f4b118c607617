"""`eligibility up` as a user runs it: Kafka, workers, real histories, a feed; and nothing left when it ends."""

import asyncio
import contextlib
import json
import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil

from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.local.process import held
from streams.messages import clock_advanced
from streams.publish import publisher
from streams.settings import KafkaSettings, Settings
from tests.support.processes import eligibility
from tests.support.up import Up, on

_ACCOUNTS = 1000
_HISTORY = 22_737


def _left(directory: Path) -> list[psutil.Process]:
    """Processes that were started for this directory and still run."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "environ", "cwd"])
        if process.pid != os.getpid()
        and (process.info["cwd"] == str(directory) or str(directory) in " ".join(process.info["cmdline"] or ()))
    ]


def _overview(address: str) -> list[dict[str, Any]]:
    """What the status service tells of all products, once it is ready."""
    with httpx.Client(base_url=address) as client:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if client.get("/readyz").status_code == 200:
                    break
            time.sleep(0.1)
        products: list[dict[str, Any]] = client.get("/api/overview").json()["products"]
    return products


def _mailbox(progress: str) -> str:
    """The page of what customers were told, once something is on it."""
    found = re.search(r"what customers are told .*(http://\S+)/mailbox", progress)
    assert found is not None, progress
    with httpx.Client(base_url=found[1], headers={"Accept": "text/html", "Accept-Language": "en"}) as client:
        for _ in range(300):
            page = client.get("/mailbox").text
            if "<article" in page:
                break
            time.sleep(0.2)
        account = re.search(r'href="/mailbox/([^"?]+)', page)
        assert account is not None, page
        own = client.get(f"/mailbox/{account[1]}")
        assert own.status_code == 200
        assert "<article" in own.text
    return page


def _verb(directory: Path, *arguments: str) -> str:
    """What a command said that was called there and went well."""
    done = asyncio.run(eligibility(Settings(), *arguments, cwd=directory))
    assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout


def _audited(directory: Path) -> None:
    """Every verb of an audit, against the brokers that it started and while it feeds, and against their archive."""
    key = _verb(directory, "keys", "new", "anchor.pem").strip()
    (directory / "anchors").mkdir()
    anchor = _verb(directory, "anchor", "sign", "--key", "anchor.pem", "--output", "anchors", "--statuses").strip()
    signed = ("--anchor", anchor, "--anchor-key", key)
    assert _verb(directory, "verify", *signed, "--report", "report.json", "--sign", "anchor.pem").startswith("EQUAL")
    assert _verb(directory, "keys", "check", "report.json", "--key", key).strip() == key
    _verb(directory, "anchor", "prove", "tw-00001", "--anchor", anchor, "--key", "anchor.pem", "--output", "proof.json")
    assert "tw-00001 had at" in _verb(
        directory, "anchor", "check", anchor, "--proof", "proof.json", "--anchor-key", key
    )

    _verb(directory, "archive", "--output", "archive")
    assert _verb(directory, "verify", "--archive", "archive", *signed).startswith("EQUAL")
    brokers = LocalKafka(directory / ".eligibility" / "kafka").bootstrap
    for name, place in (("archived", ("--archive", "archive")), ("live", ("--brokers", brokers))):
        _verb(directory, "replay", *place, "--output", f"{name}.ndjson")
    archived, live = (set((directory / f"{name}.ndjson").read_text().splitlines()) for name in ("archived", "live"))
    assert len(archived) > _ACCOUNTS
    assert archived <= live, "what came since is the only difference"
    told = [_verb(directory, "explain", "tw-00001", *place) for place in ((), ("--archive", "archive"))]
    assert all(each.startswith("instalments: not open, since") for each in told), told


def test_a_bounded_run_on_given_brokers_ends_by_itself_with_a_summary(
    bootstrap: str, kafka: LocalKafka, topic_prefix: str, tmp_path: Path
) -> None:
    environment = on(bootstrap, topic_prefix)
    with Up(tmp_path, "--workers", "1", "--events", "12", "--rate", "10", **environment) as up:
        lines = list(up.lines())
        assert up.end() == 0, (tmp_path / "stderr").read_text()
    history = next(line for line in lines if line["kind"] == "history")
    assert history["events"] >= _HISTORY
    assert {sum(counts.values()) for counts in history["totals"].values()} == {_ACCOUNTS}
    assert sum(line["kind"] == "event" for line in lines) == 12
    changes = [line for line in lines if line["kind"] == "change"]
    assert {change["status"]["data"]["cause"]["kind"] for change in changes} <= {"event", "time"}
    assert any(change["open"] for change in changes), "a verified identity opens something"
    services = [line["availability"]["data"] for line in lines if line["kind"] == "availability"]
    assert [(each["product"], len(each["announced"])) for each in services][:1] == [("cash", 1)]
    asked = [line for line in lines if line["kind"] == "what-if"]
    assert asked, "somebody asked what would happen"
    assert all(each["by_time"] or each["plan"] for each in asked)
    summary = lines[-1]
    assert summary["kind"] == "summary"
    assert summary["events_generated"] == 12
    assert summary["changes"] == history["changes"] + len(changes)
    assert _left(tmp_path) == []
    assert kafka.status().ready, "brokers that it did not start stay"


def test_audits_find_all_equal_ctrl_c_stops_all_and_a_later_run_goes_on(tmp_path: Path) -> None:
    with Up(tmp_path, "--rate", "20") as up:
        up.until("event")
        products = _overview(up.address)
        assert {sum(each["statuses"].values()) for each in products} == {_ACCOUNTS}
        told = _mailbox((tmp_path / "stderr").read_text()).count("<article")
        assert told < 50, "of the thousand accounts' history nothing is told, or the page would be full"
        with ThreadPoolExecutor(1) as pool:
            rest = pool.submit(list, up.lines())  # as a terminal reads, else it would wait for its reader
            try:
                _audited(tmp_path)
            finally:
                up.process.send_signal(signal.SIGINT)
            assert rest.result()[-1]["kind"] == "summary"
        assert up.end() == 0, (tmp_path / "stderr").read_text()
    assert _left(tmp_path) == []
    assert not LocalKafka(tmp_path / ".eligibility" / "kafka").status().running

    with Up(tmp_path, "--events", "8", "--rate", "20") as again:
        lines = list(again.lines())
        assert again.end() == 0, (tmp_path / "stderr").read_text()
    changes = [line["status"]["data"]["cause"]["kind"] for line in lines if line["kind"] == "change"]
    assert set(changes) <= {"event", "review", "time"}, "a restart repeats nothing"
    assert lines[-1]["events_generated"] == 8
    assert _left(tmp_path) == []


def test_two_at_once_in_one_directory_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".eligibility").mkdir()
    with held(tmp_path / ".eligibility" / "up.pid"), Up(tmp_path, "--events", "1") as up:
        assert up.end() == 1
    assert "another `eligibility up` runs in" in (tmp_path / "stderr").read_text()


async def test_events_that_it_did_not_load_are_left_alone(bootstrap: str, topic_prefix: str, tmp_path: Path) -> None:
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bootstrap), topic_prefix=topic_prefix, application_id=f"{topic_prefix}app"
    )
    await admin.apply(settings)
    async with publisher(settings, ["operations"]) as producer:
        await producer.send([clock_advanced(1_767_600_000_000)])
    environment = {
        "ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
        "ELIGIBILITY_TOPIC_PREFIX": topic_prefix,
        "ELIGIBILITY_APPLICATION_ID": settings.application_id,
    }
    with Up(tmp_path, "--events", "1", **environment) as up:
        assert up.end() == 1
    assert "hold events that no former `eligibility up`" in (tmp_path / "stderr").read_text()

    mark = {f"{await admin.cluster_id(settings)}/{topic_prefix}": None}
    (tmp_path / ".eligibility" / "up.json").write_text(json.dumps(mark))
    with Up(tmp_path, "--events", "1", **environment) as up:
        assert up.end() == 1
    assert "was interrupted while it loaded the history" in (tmp_path / "stderr").read_text()
