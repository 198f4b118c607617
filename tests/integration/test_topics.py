"""Topics on a real broker: created from the catalogue, and refused when they are not as it says."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from schemas.topics import TOPICS, changelog_name
from streams.local import admin
from streams.local.kafka import LocalKafka
from streams.settings import KafkaSettings, Settings
from tests.support.broker import committed, put


@pytest.fixture
def settings(bootstrap: str, topic_prefix: str) -> Settings:
    kafka = KafkaSettings(bootstrap_servers=bootstrap)
    return Settings(kafka=kafka, topic_prefix=topic_prefix, application_id=f"{topic_prefix}app", partitions=3)


async def _create(settings: Settings, name: str, partitions: int, configs: dict[str, str]) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await client.start()
    try:
        await client.create_topics([NewTopic(settings.topic_prefix + name, partitions, 1, topic_configs=configs)])
    finally:
        await client.close()


async def test_apply_creates_every_topic_once_and_verify_is_content(settings: Settings) -> None:
    created, wrong = await admin.apply(settings)
    names = [topic.name for topic in created]
    assert names == [settings.topic_prefix + name for name in TOPICS] + [changelog_name(settings.application_id)]
    assert wrong == []
    assert await admin.apply(settings) == ([], [])
    assert await admin.plan(settings) == ([], [])


async def test_before_apply_everything_is_missing(settings: Settings) -> None:
    missing, wrong = await admin.plan(settings)
    assert len(missing) == len(TOPICS) + 1
    assert wrong == []
    found = await admin.verify(settings)
    assert {difference.found for difference in found} == {"missing"}


@pytest.mark.parametrize(
    ("topic", "partitions", "configs", "setting", "found", "wanted"),
    [
        ("inquiries", 5, {"retention.ms": "-1"}, "partitions", "5", "3"),
        ("operations", 3, {"retention.ms": "-1"}, "partitions", "3", "1"),
        ("repayments", 3, {"retention.ms": "-1", "cleanup.policy": "compact"}, "cleanup.policy", "compact", "delete"),
        ("current", 3, {"retention.ms": "-1"}, "cleanup.policy", "delete", "compact"),
        ("status", 3, {"retention.ms": "604800000"}, "retention.ms", "604800000", "-1"),
        ("ledger", 3, {"retention.ms": "86400000"}, "retention.ms", "86400000", "-1"),
        (
            "reviews",
            3,
            {"retention.ms": "-1", "message.timestamp.type": "LogAppendTime"},
            "message.timestamp.type",
            "LogAppendTime",
            "CreateTime",
        ),
    ],
)
async def test_a_topic_that_is_not_as_the_catalogue_says_is_named(
    settings: Settings, topic: str, partitions: int, configs: dict[str, str], setting: str, found: str, wanted: str
) -> None:
    await _create(settings, topic, partitions, configs)
    _, wrong = await admin.apply(settings)
    assert [difference[:4] for difference in wrong] == [(settings.topic_prefix + topic, setting, found, wanted)]
    assert f"{settings.topic_prefix}{topic}: {setting} is {found}, wanted {wanted}" in str(wrong[0])


async def test_the_ledger_alone_may_use_the_brokers_time(settings: Settings) -> None:
    await _create(settings, "ledger", 3, {"retention.ms": "-1", "message.timestamp.type": "LogAppendTime"})
    _, wrong = await admin.apply(settings)
    assert wrong == []


async def test_brokers_that_are_not_there_are_named(topic_prefix: str) -> None:
    settings = Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"), topic_prefix=topic_prefix)
    with pytest.raises(admin.TopicsError, match=r"127\.0\.0\.1:1"):
        await admin.verify(settings)


def test_the_broker_of_the_tests_is_the_real_one(kafka: LocalKafka) -> None:
    assert kafka.status().ready


@pytest.mark.parametrize("compression", ["producer", "uncompressed"])
async def test_brokers_bound_what_a_batch_unfolds_to_only_where_topics_are_uncompressed(
    bootstrap: str, topic_prefix: str, compression: str
) -> None:
    """What deploy/docs/security.md tells operators whose producers are not all their own."""
    topic = f"{topic_prefix}unfolds"
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    await client.create_topics([NewTopic(topic, 1, 1, topic_configs={"compression.type": compression})])
    await client.close()
    large: list[tuple[bytes | None, bytes | None, int]] = [(b"A1", b"a" * (8 << 20), 1)]
    if compression == "producer":
        await put(bootstrap, topic, large, compression_type="zstd", max_request_size=1 << 26)
    else:
        with pytest.raises(MessageSizeTooLargeError):
            await put(bootstrap, topic, large, compression_type="zstd", max_request_size=1 << 26)
    assert len(await committed(bootstrap, topic)) == (compression == "producer")
