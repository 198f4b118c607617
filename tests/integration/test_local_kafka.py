"""The local broker: starts, keeps its data, survives a crash, and tells what it does."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.local.errors import LocalKafkaError
from streams.local.kafka import LocalKafka
from streams.local.probe import cluster_id


async def _topics(bootstrap: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        await admin.close()


async def test_a_broker_keeps_its_port_and_topics_over_a_crash(tmp_path: Path) -> None:
    broker = LocalKafka(tmp_path)
    await asyncio.to_thread(broker.start)
    try:
        address = broker.bootstrap
        assert broker.status().ready
        await _create(address, "kept")
        await asyncio.to_thread(broker.kill)
        assert not broker.status().running
        assert await cluster_id(address) is None
        await asyncio.to_thread(broker.start)
        assert broker.bootstrap == address
        assert "kept" in await _topics(address)
    finally:
        await asyncio.to_thread(broker.stop)
    assert not broker.status().running


async def test_another_object_on_the_same_directory_sees_and_stops_the_broker(tmp_path: Path) -> None:
    broker, other = LocalKafka(tmp_path), LocalKafka(tmp_path)
    await asyncio.to_thread(broker.start)
    assert other.pid == broker.pid
    await asyncio.to_thread(other.start)
    assert other.pid == broker.pid
    await asyncio.to_thread(other.stop)
    assert broker.pid is None


def test_a_broker_that_refuses_its_settings_tells_why(tmp_path: Path) -> None:
    broker = LocalKafka(tmp_path, overrides={"log.segment.bytes": "a lot"})
    with pytest.raises(LocalKafkaError, match=r"log\.segment\.bytes"):
        broker.start()
    assert not broker.status().running


def test_a_taken_port_is_named(kafka: LocalKafka, tmp_path: Path) -> None:
    port = int(kafka.bootstrap.rpartition(":")[2])
    with pytest.raises(LocalKafkaError, match=f"port {port} .* in use"):
        LocalKafka(tmp_path, port=port).start()


def test_a_broker_that_does_not_answer_in_time_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.local.kafka.START_SECONDS", 0.2)
    broker = LocalKafka(tmp_path)
    with pytest.raises(LocalKafkaError, match="does not answer"):
        broker.start()
    assert broker.pid is None


def test_a_broker_ends_with_the_process_that_has_it_for_its_own(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from streams.local.kafka import LocalKafka\n"
        "with LocalKafka(Path(sys.argv[1])) as kafka:\n"
        "    kafka.restart()\n"
        "    print(kafka.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        broker = LocalKafka(tmp_path)
        assert broker.pid == pid
        owner.kill()
    assert broker._process.wait(20)
