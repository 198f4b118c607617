"""Brokers that are not as they must be, and brokers that ask who is there."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.local.probe import free_port
from streams.local.properties import HOST
from streams.settings import KafkaSettings, Settings

_JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_lane="opensesame";'


async def test_brokers_that_cannot_give_transactions_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "TRANSACTION_SECONDS", 3.0)
    broker = LocalKafka(tmp_path, overrides={"transaction.state.log.replication.factor": "3"})
    await asyncio.to_thread(broker.start)
    try:
        settings = Settings(kafka=KafkaSettings(bootstrap_servers=broker.bootstrap), partitions=2)
        _, wrong = await admin.apply(settings)
    finally:
        await asyncio.to_thread(broker.stop)
    assert [(difference.setting, difference.found) for difference in wrong] == [("transactions", "not available")]
    assert "transaction.state.log.replication.factor" in str(wrong[0])


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """A broker with a second listener that asks for a password; gives that listener's address."""
    port, controller, sasl = (free_port(HOST) for _ in range(3))
    overrides = {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller},GUARDED://{HOST}:{sasl}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port},GUARDED://{HOST}:{sasl}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_PLAINTEXT",
        "listener.name.guarded.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.guarded.plain.sasl.jaas.config": _JAAS,
    }
    with LocalKafka(tmp_path, port, overrides):
        yield f"{HOST}:{sasl}"


def _settings(address: str, password: str) -> Settings:
    kafka = {
        "bootstrap_servers": address,
        "sasl_mechanism": "PLAIN",
        "sasl_username": "lane",
        "sasl_password": password,
    }
    return Settings(kafka=KafkaSettings.model_validate(kafka), partitions=2)


async def test_a_password_opens_every_kind_of_client_and_a_wrong_one_is_told(guarded: str) -> None:
    _, wrong = await admin.apply(_settings(guarded, "opensesame"))
    assert wrong == []
    assert await admin.is_empty(_settings(guarded, "opensesame"))
    with pytest.raises(admin.TopicsError, match=f"brokers {guarded}"):
        await admin.plan(_settings(guarded, "sesame"))
