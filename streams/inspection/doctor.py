"""Would a worker start here, and is the system well? One finding for each thing looked at, with what to do about it."""

import asyncio
import time
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

from schemas.topics import TOPICS
from streams import certificates
from streams.cluster import describe, topics_of
from streams.codec.block import Ground
from streams.codec.engine import engine
from streams.inspection.lag import lags
from streams.lane.errors import LaneError
from streams.lane.ledger import read_head
from streams.lane.restore import opened_logs
from streams.local import admin
from streams.reading import ReadError
from streams.security import client_options, security_protocol
from streams.settings import Settings, SettingsError, core_settings

CERTIFICATE_DAYS: Final = 14
_ANSWER_S: Final = 15.0
_LEDGER_STALL_S: Final = 30.0
_LATE_S: Final = 300.0


class Level(StrEnum):
    """What a finding means for a worker."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """One thing that was looked at: its name, how it is, and, where it isn't well, what to do."""

    level: Level
    what: str
    found: str
    do: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Looks at one thing after another; stops where what follows couldn't be looked at."""
    made = engine()
    yield Finding(Level.OK, "engine", f"{made['version']}, code {made['digest'][7:19]}, zone data {made['tzdata']}")
    found = await _brokers(settings)
    yield found
    if found.level is Level.FAIL:
        return
    async for finding in _certificates(settings):
        yield finding
    wrong = await _topics(settings)
    for finding in wrong:
        yield finding
    if any(finding.level is Level.FAIL for finding in wrong):
        return
    yield await _ledger(settings)
    async for finding in _progress(settings):
        yield finding


async def _brokers(settings: Settings) -> Finding:
    name = settings.kafka.bootstrap_servers
    client = AIOKafkaAdminClient(**client_options(settings.kafka))
    began = time.monotonic()
    try:
        async with asyncio.timeout(_ANSWER_S):
            await client.start()
            cluster = await client.describe_cluster()
    except (KafkaError, OSError, TimeoutError) as error:
        told = str(error) or type(error).__name__
        do = "check the address, the network, and the login: eligibility config show; deploy/docs/security.md"
        return Finding(Level.FAIL, "brokers", f"{name}: {told}", do)
    finally:
        await client.close()
    count, ms = len(cluster["brokers"]), (time.monotonic() - began) * 1000
    told = f"{name}: {count} brokers, cluster {cluster['cluster_id']}, {security_protocol(settings.kafka)}, {ms:.0f} ms"
    return Finding(Level.OK, "brokers", told)


async def _certificates(settings: Settings) -> AsyncIterator[Finding]:
    """The certificate that each bootstrap server shows, and the client's own, by when they expire."""
    async for server, expires, error in certificates.shown(settings.kafka):
        if expires is None:
            yield Finding(Level.WARN, "certificate", f"{server}: {error}", "this broker cannot be used at the moment")
        else:
            yield _valid(server, expires, "renew the broker's certificate: runbook certificate")
    expires = certificates.own(settings.kafka)
    if expires is not None:
        yield _valid(str(settings.kafka.ssl_certfile), expires, "renew the client's certificate: runbook certificate")


def _valid(whose: str, expires: float, do: str) -> Finding:
    days = (expires - time.time()) / 86_400
    well = days >= CERTIFICATE_DAYS
    return Finding(
        Level.OK if well else Level.WARN, "certificate", f"{whose}: valid for {days:.0f} days", "" if well else do
    )


async def _topics(settings: Settings) -> list[Finding]:
    try:
        wrong = await admin.verify(settings)
    except admin.TopicsError as error:
        return [
            Finding(Level.FAIL, "topics", str(error), "deploy/docs/security.md says what the operator's role may do")
        ]
    if not wrong:
        count = len(TOPICS) + 1
        return [Finding(Level.OK, "topics", f"all {count} are as the catalogue says; transactions are available")]
    return [Finding(Level.FAIL, "topics", str(each), "eligibility topics plan") for each in wrong]


async def _ledger(settings: Settings) -> Finding:
    """Reads every lane's ledger as a worker does that opens it, and says whether it would go on with it."""
    client, topics = client_options(settings.kafka), topics_of(settings)
    try:
        cluster = await describe(client, topics)
        ground = Ground(cluster.cluster_id, cluster.topics, settings.partitions, core_settings(settings))
        partitions = [TopicPartition(topics["ledger"], number) for number in range(settings.partitions)]
        async with opened_logs(client, partitions, _LEDGER_STALL_S) as ledgers:
            heads = [await read_head(log, number, ground) for number, log in enumerate(ledgers)]
    except SettingsError as error:
        return Finding(Level.FAIL, "signatures", str(error), "deploy/docs/signing.md says how keys come to be trusted")
    except (KafkaError, LaneError) as error:
        return Finding(Level.FAIL, "ledger", str(error), "runbook worker-does-not-start")
    blocks = sum(head.block for head in heads if head is not None)
    return Finding(Level.OK, "ledger", f"{sum(head is not None for head in heads)} lanes begun, {blocks} blocks")


async def _progress(settings: Settings) -> AsyncIterator[Finding]:
    members = await _members(settings)
    try:
        behind = [lag for lag in await lags(settings, time.time_ns() // 1_000_000) if lag.records]
    except ReadError as error:
        yield Finding(Level.WARN, "lag", str(error), "the operator's role has to read sources and ledger")
        return
    if members == 0:
        level = Level.WARN if behind else Level.OK
        yield Finding(level, "workers", "none in the group", "eligibility worker" if behind else "")
    elif members is not None:
        yield Finding(Level.OK, "workers", f"{members} in the group {settings.application_id}")
    if not behind:
        yield Finding(Level.OK, "lag", "every lane has applied all that is committed")
        return
    worst = max(behind, key=lambda lag: lag.seconds)
    level = Level.WARN if worst.seconds > _LATE_S else Level.OK
    told = f"{len(behind)} lanes behind, lane {worst.lane} most: {worst.records} records, {worst.seconds:.0f} s"
    yield Finding(level, "lag", told, "eligibility lag; runbook lag" if level is Level.WARN else "")


async def _members(settings: Settings) -> int | None:
    """Workers in the group, None where that may not be asked."""
    client = AIOKafkaAdminClient(**client_options(settings.kafka))
    try:
        await client.start()
        (answer,) = await client.describe_consumer_groups([settings.application_id])
        (group,) = answer.to_object()["groups"]
        return None if group["error_code"] else len(group["members"])
    except GroupCoordinatorNotAvailableError:
        return 0  # brokers that never had any group
    except KafkaError:
        return None
    finally:
        await client.close()
