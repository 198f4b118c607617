"""One real Kafka for the whole session, and names of its own for each test."""

import uuid
from collections.abc import Iterator

import pytest

from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """The broker of this session, on a free port. A test that stops or kills it must start it again."""
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def bootstrap(kafka: LocalKafka) -> str:
    """`host:port` of the session's broker."""
    return kafka.bootstrap


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test uses: topics, groups and transactional ids of a test begin with it."""
    return f"t{uuid.uuid4().hex[:10]}."


@pytest.fixture
async def settings(bootstrap: str, topic_prefix: str) -> Settings:
    """A system of three partitions with its topics."""
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, application_id=f"{topic_prefix}app", partitions=3)
    await admin.apply(settings)
    return settings
