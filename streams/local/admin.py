"""Topics on the brokers: compare with the catalogue, create what is missing. Nothing is ever altered or deleted."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.topics import SOURCE_ORDER
from streams.local.topics import Difference, Found, Wanted, differences, wanted_topics
from streams.reading import reader
from streams.security import client_options
from streams.settings import Settings

TRANSACTION_SECONDS = 15.0
_VISIBLE_SECONDS = 15.0


class TopicsError(Exception):
    """The brokers cannot be asked, or refuse to create a topic."""


async def plan(settings: Settings) -> tuple[list[Wanted], list[Difference]]:
    """The topics to create, and the settings of present ones that no creation can put right."""
    wanted = wanted_topics(settings)
    async with _admin(settings) as admin:
        found = await _found(admin, [topic.name for topic in wanted])
    present = [topic for topic in wanted if topic.name in found]
    return [topic for topic in wanted if topic.name not in found], list(differences(present, found))


async def apply(settings: Settings) -> tuple[list[Wanted], list[Difference]]:
    """Creates the missing topics and waits until they have leaders; returns them, and what `verify` still finds."""
    missing, _ = await plan(settings)
    async with _admin(settings) as admin:
        await _create(admin, missing)
        await _await_leaders(admin, missing)
    return missing, await verify(settings)


async def verify(settings: Settings) -> list[Difference]:
    """Everything that would make a worker refuse to start, lack of transactions included; empty when all is well."""
    wanted = wanted_topics(settings)
    async with _admin(settings) as admin:
        found = await _found(admin, [topic.name for topic in wanted])
    return [*differences(wanted, found), *await _transactions(settings)]


async def cluster_id(settings: Settings) -> str:
    """The id that the brokers' cluster gave itself."""
    async with _admin(settings) as admin:
        return str((await admin.describe_cluster())["cluster_id"])


async def is_empty(settings: Settings) -> bool:
    """True when no record was ever written to any source topic; the topics must be there. Raises ReadError."""
    async with reader(settings, SOURCE_ORDER) as (consumer, found):
        partitions = [partition for each in found.values() for partition in each]
        return not any((await consumer.end_offsets(partitions)).values())


@contextlib.asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_options(settings.kafka))
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError, TimeoutError) as error:
        raise TopicsError(f"brokers {settings.kafka.bootstrap_servers}: {error}") from error
    finally:
        await admin.close()


async def _found(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, Found]:
    # All topics are listed: asking for a name could create it where brokers create topics by themselves.
    present = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    known = [name for name in names if name in present]
    if not known:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in known])
    found = {}
    for answer in answers:
        for code, message, _, name, entries in answer.resources:
            if code:
                raise TopicsError(
                    f"{name}: the broker does not tell its settings: {message or for_code(code).__name__}"
                )
            found[name] = Found(name, present[name], {entry[0]: entry[1] for entry in entries})
    return found


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Wanted]) -> None:
    if not topics:
        return
    new = [NewTopic(t.name, t.partitions, t.replication_factor, topic_configs=t.configs) for t in topics]
    response = await admin.create_topics(new)
    for name, code, message in response.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):  # another process may have been faster
            raise TopicsError(f"{name}: not created: {message or for_code(code).__name__}")


async def _await_leaders(admin: AIOKafkaAdminClient, topics: Sequence[Wanted]) -> None:
    end = time.monotonic() + _VISIBLE_SECONDS
    while True:
        led = {t["topic"]: all(p["leader"] >= 0 for p in t["partitions"]) for t in await admin.describe_topics()}
        waiting = [topic.name for topic in topics if not led.get(topic.name)]
        if not waiting:
            return
        if time.monotonic() >= end:
            raise TopicsError(f"{waiting[0]}: created, but without leaders after {_VISIBLE_SECONDS:.0f} s")
        await asyncio.sleep(0.05)


async def _transactions(settings: Settings) -> list[Difference]:
    """Begins a transactional session as a lane does: the only sure sign that the brokers can give one."""
    transactional_id = f"{settings.application_id}-verify"
    producer = AIOKafkaProducer(transactional_id=transactional_id, **client_options(settings.kafka))
    try:
        async with asyncio.timeout(TRANSACTION_SECONDS):
            await producer.start()
    except (KafkaError, OSError, TimeoutError) as error:
        why = (
            "each block is one transaction; on a small cluster check transaction.state.log.replication.factor: "
            f"{str(error) or f'no answer within {TRANSACTION_SECONDS:.0f} s'}"
        )
        return [Difference(settings.kafka.bootstrap_servers or "", "transactions", "not available", "available", why)]
    finally:
        await producer.stop()
    return []
