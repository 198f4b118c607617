"""The local broker: starts, keeps its data, survives a crash, and tells what it does."""

import asyncio
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
