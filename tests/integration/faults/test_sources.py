"""Sources whose producers abort transactions, and group offsets that somebody has set by hand or deleted."""

import random
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DeleteGroupsRequest
from aiokafka.structs import OffsetAndMetadata

from schemas.policy import load_policy
from streams import messages
from streams.files import topic_order
from streams.local.admin import apply
from streams.publish import Outgoing
from streams.settings import Settings
from tests.bench.w1.data import events
from tests.integration.faults.oracle import check
from tests.support.broker import producer
from tests.support.histories import History, new_settings, until_applied, until_done, w1_history
from tests.support.lanes import SOURCES
from tests.support.processes import REAL, workers

PARTITIONS = 2
PORTION = 50


async def load_in_transactions(settings: Settings, given: History, others: History) -> None:
    """Loads `given` in transactions; before some of them one with `others`' events of the same accounts is aborted."""
    await apply(settings)
    policy = load_policy(given.policy.read_bytes())
    activation = messages.history_activation(policy, settings.activation_delay_ms)
    rows = [
        *messages.policy_in_force(policy, activation),
        *(Outgoing(event.topic, event.key, event.value, event.recorded) for event in topic_order(given.events)),
        messages.clock_advanced(given.end),
    ]
    strangers = [Outgoing(event.topic, event.key, event.value, event.recorded) for event in others.events]
    dice = random.Random(5)
    bootstrap = settings.kafka.bootstrap_servers or ""
    async with producer(bootstrap, transactional_id=f"{settings.application_id}-source") as sender:

        async def send(portion: list[Outgoing]) -> None:
            for row in portion:
                topic = settings.topic_prefix + row.topic
                await sender.send(topic, row.value, key=row.key, timestamp_ms=row.timestamp)

        for first in range(0, len(rows), PORTION):
            if dice.random() < 0.5:
                await sender.begin_transaction()
                await send(strangers[first : first + PORTION])
                await sender.flush()
                await sender.abort_transaction()
            async with sender.transaction():
                await send(rows[first : first + PORTION])


async def spoil_group_offsets(settings: Settings) -> None:
    """Some too high, some too low; those of the rest are deleted, with the whole group before."""
    bootstrap, group = settings.kafka.bootstrap_servers or "", settings.application_id
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    answer = await admin._client.send(admin._client.get_random_node(), DeleteGroupsRequest([group]))
    await admin.close()
    assert answer.results == [(group, 0)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    wrong: dict[TopicPartition, int] = {}
    for name, offset in zip(SOURCES, (1_000_000, 1), strict=False):
        wrong |= {TopicPartition(settings.topic_prefix + name, n): offset for n in range(PARTITIONS)}
    consumer.assign(list(wrong))
    await consumer.commit({place: OffsetAndMetadata(offset, "") for place, offset in wrong.items()})
    await consumer.stop()


async def test_aborted_source_records_and_wrong_group_offsets_have_no_effect(
    bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    given = w1_history(events(1_500, 100), tmp_path)
    others = w1_history(events(1_600, 100, seed=8), tmp_path)
    settings = new_settings(bootstrap, topic_prefix, PARTITIONS, block_records=50)
    await load_in_transactions(settings, given, others)
    with workers(tmp_path, settings) as started:
        worker = started.start(REAL, ELIGIBILITY_FAILPOINTS="sent=wait:20")
        await until_applied(settings, 200)
        assert worker.terminate() == 0, worker.log
        await spoil_group_offsets(settings)
        worker = started.start(REAL)
        await until_done(settings, len(given.events), [worker])
        assert worker.terminate() == 0, worker.log
    await check(settings, given)
