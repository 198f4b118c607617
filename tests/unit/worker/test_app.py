"""The Faust application: the settings that the design hangs on, and what must never be called."""

import asyncio
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from aiokafka import TopicPartition
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from faust.types.tuples import TP
from mode import CrashingSupervisor

import streams
from schemas.settings import CoreSettings
from schemas.topics import SOURCE_ORDER
from streams.cluster import topics_of
from streams.codec.block import Ground
from streams.codec.records import SourceRecord
from streams.lane.fetch import Fetcher, Mark, Slice
from streams.lane.surroundings import Surroundings
from streams.lane.watchdog import Watchdog
from streams.security import client_options
from streams.settings import KafkaSettings, Settings
from streams.worker.app import WorkerApp, _credentials, build_app
from streams.worker.fleet import SOURCES
from streams.worker.health import Health
from streams.worker.metrics import Metrics
from streams.worker.seam import Fetched, SliceRecord, SliceScheduler
from streams.worker.transport import FETCH_WAIT_MS, SliceConsumer
from tests.support.machine import CountingMachine

SETTINGS = Settings(
    kafka=KafkaSettings(bootstrap_servers="127.0.0.1:9092,127.0.0.1:9093"),
    application_id="app",
    topic_prefix="p.",
    instance_id="worker-1",
)


class EndedError(Exception):
    """Stands for the end of the process."""


def end(reason: str, _: BaseException | None) -> NoReturn:
    raise EndedError(reason)


@pytest.fixture
def app(tmp_path: Path) -> WorkerApp:
    around = Surroundings(
        client={},
        topics=topics_of(SETTINGS),
        ground=Ground("c", {}, 4, CoreSettings()),
        settings=SETTINGS.lane,
        live_clock=True,
        slots=asyncio.Semaphore(8),
        watchdog=Watchdog(end),
        end=end,
        new_machine=CountingMachine,
    )
    return build_app(SETTINGS, around, Health(Metrics("", 4), 45), tmp_path)


async def test_the_settings_that_the_design_hangs_on(app: WorkerApp) -> None:
    conf = app.conf
    assert conf.id == "app"
    assert [f"{url.host}:{url.port}" for url in conf.broker] == ["127.0.0.1:9092", "127.0.0.1:9093"]
    assert conf.table_standby_replicas == 1, "0 without a table: another assignor, which splits partitions"
    assert not app.tables, "a Faust table on the changelog would wait for markers and read aborted states"
    assert cast(Any, conf.agent_supervisor) is CrashingSupervisor
    assert conf.consumer_group_instance_id == "worker-1"
    assert cast(Any, conf.processing_guarantee).name == "AT_LEAST_ONCE"
    assert not conf.web_enabled
    assert not conf.topic_allow_declare
    assert conf.topic_disable_leader
    assert conf.stream_wait_empty
    assert conf.broker_max_poll_interval == SETTINGS.max_poll_interval_s
    assert SETTINGS.lane.block_deadline_s < conf.broker_rebalance_timeout


async def test_every_source_has_an_agent_without_acks_and_one_actor(app: WorkerApp) -> None:
    topics = {agent.channel.get_topic_name(): agent for agent in app.agents.values()}
    assert set(topics) == {f"p.{name}" for name in SOURCES}
    for agent in topics.values():
        assert agent.concurrency == 1
        assert not agent.channel.acks, "positions are the ledger's"


async def test_a_crash_of_faust_ends_the_process(app: WorkerApp) -> None:
    with pytest.raises(EndedError, match="Faust crashed"):
        await app.crash(RuntimeError())
    with pytest.raises(EndedError, match="a part of Faust crashed"):
        app._crash(RuntimeError())


async def test_the_consumer_is_ours(app: WorkerApp) -> None:
    assert app.transport.Consumer is SliceConsumer
    assert isinstance(app.consumer, SliceConsumer)
    assert isinstance(app.consumer.scheduler, SliceScheduler)


def ours(app: WorkerApp) -> SliceConsumer:
    return cast(SliceConsumer, app.consumer)


async def test_sources_are_read_committed_and_never_skipped_over(app: WorkerApp) -> None:
    consumer = ours(app)._thread._create_worker_consumer(cast(Any, app.transport))
    assert consumer._isolation_level == "read_committed"
    assert consumer._auto_offset_reset == "none"
    assert consumer._fetch_max_wait_ms == FETCH_WAIT_MS
    assert consumer._enable_auto_commit is False
    await consumer.stop()


async def test_offsets_of_partitions_that_a_rebalance_has_taken_are_told_to_nobody(app: WorkerApp) -> None:
    """A hint for tools that show lag must not end a worker: here aiokafka was asked to commit nothing, and raised."""
    thread = ours(app)._thread
    consumer = thread._consumer = thread._create_worker_consumer(cast(Any, app.transport))
    consumer._subscription.subscribe({"p.identity"})
    consumer._subscription.assign_from_subscribed([TopicPartition("p.identity", 1)])
    assert await thread._commit({TP("p.identity", 2): 7}) is False
    await consumer.stop()


async def test_a_full_inbox_holds_back_its_own_partition_and_lets_it_go_when_it_drains(app: WorkerApp) -> None:
    inbox = app.fleet._inbox(2)
    inbox.begin({name: Mark(0, 0) for name in SOURCE_ORDER}, epoch=1)
    count = SETTINGS.lane.inbox_records
    rows = tuple(SourceRecord("identity", 2, n, n, b"k", b"v", ()) for n in range(count))
    ours(app)._set_active_tps({TP(f"p.{name}", 2) for name in SOURCES})
    inbox.announce("identity", 1)
    inbox.deliver("identity", Slice(1, "p.identity", 2, 0, count, count, rows))
    others = {TP(f"p.{name}", 2) for name in SOURCES if name != "identity"}
    assert ours(app)._active_partitions == others
    ours(app)._thread._slices = Fetcher(cast(Any, None), asyncio.get_running_loop(), {})
    inbox.take(count, 1 << 30)
    assert ours(app)._active_partitions == {*others, TP("p.identity", 2)}


def test_a_slice_is_one_message_at_its_end() -> None:
    pieces = (Slice(1, "t", 2, 5, 9, 9, ()), Slice(1, "u", 0, 3, 3, 3, ()))
    messages = list(SliceScheduler().iterate(Fetched(pieces)))
    assert [tp for tp, _ in messages] == [TP("t", 2), TP("u", 0)]
    assert [record.value for _, record in messages] == list(pieces)
    assert list(SliceScheduler().iterate({})) == [], "Faust's own, while every source is held back"
    assert SliceRecord(pieces[1]).offset == 3, "Faust drops what lies before the next offset, 3 here"


def test_no_source_partition_is_ever_paused_in_running_flow() -> None:
    """Faust filters what is fetched already by the active set: 39,261 of 62,456 records were lost that way."""
    code = [path for path in Path(streams.__file__).parent.rglob("*.py") if "pause_partitions" in path.read_text()]
    assert code == []


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"allow_plaintext": True, "security_protocol": "PLAINTEXT"},
        {"sasl_mechanism": "PLAIN", "sasl_username": "ann", "sasl_password": "opensesame"},
        {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": "ann", "sasl_password": "opensesame"},
        {"sasl_mechanism": "OAUTHBEARER", "oauth_token_file": "token"},
    ],
)
def test_fausts_consumer_connects_as_every_other_client_does(more: dict[str, Any]) -> None:
    kafka = KafkaSettings.model_validate({"bootstrap_servers": "kafka.example.org:9093", **more})
    own = client_options(kafka)
    fausts = dict(credentials_to_aiokafka_auth(_credentials(kafka)))
    assert {name: value for name, value in fausts.items() if value is not None}.keys() == own.keys() - {
        "bootstrap_servers"
    }
    for name in ("security_protocol", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password"):
        assert fausts.get(name) == own.get(name)
    for name in ("ssl_context", "sasl_oauth_token_provider"):
        assert type(fausts.get(name)) is type(own.get(name))
