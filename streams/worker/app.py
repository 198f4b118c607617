"""The Faust application of a worker, made from the settings."""

import asyncio
import logging
import os
import threading
from pathlib import Path
from typing import Any, Final

import faust
from faust.auth import OAuthCredentials, SASLCredentials, SSLCredentials
from faust.types.auth import CredentialsT
from mode import CrashingSupervisor

from streams.lane.surroundings import Surroundings
from streams.security import client_options
from streams.settings import KafkaSettings, Settings
from streams.worker import certificates
from streams.worker.fleet import SOURCES, Fleet
from streams.worker.health import Health
from streams.worker.seam import SliceScheduler, add_agent
from streams.worker.transport import SliceTransport

# Records of one fetch step, in equal shares of its partitions: what full inboxes may be exceeded by together. With so
# many the first blocks of a backlog are full ones too: a block writes each account that it touched once.
POLL_RECORDS: Final = 20_000
FETCH_BYTES: Final = 2 << 20  # of one partition at once
# Slices, not records, wait here, and the agents never do: it must not fill.
BUFFERED_SLICES: Final = 4_096
# A stop that takes longer is ended: open blocks have their own, shorter deadline.
DRAIN_S: Final = 90.0
# Once everything is committed and closed, leaving the group may take this long; stopping while joining it can hang.
LEAVE_S: Final = 8.0

log = logging.getLogger(__name__)


class WorkerApp(faust.App):
    """A Faust application whose partitions' work is done by a fleet of lanes.

    Positions live in the ledger, so there is nothing to unwind after a crash: it ends the process at once.
    """

    mundane_level = "debug"
    fleet: Fleet
    around: Surroundings
    health: Health
    kafka: KafkaSettings

    async def on_start(self) -> None:
        """The looks at the lanes and at certificates begin with the application."""
        await super().on_start()
        self.add_future(self.health.run(self.fleet))
        self.add_future(certificates.watch(self.kafka, self.health.metrics))

    async def on_stop(self) -> None:
        """Drains: open blocks are committed, lanes closed. What Faust does after that must not keep the process."""
        with self.around.watchdog.within(DRAIN_S, "draining"):
            await super().on_stop()
            await self.fleet.close()
        leaving = threading.Timer(LEAVE_S, os._exit, (0,))
        leaving.daemon = True
        leaving.start()

    async def crash(self, reason: BaseException) -> None:
        """Ends the process."""
        self.around.end("Faust crashed", reason)

    def _crash(self, reason: BaseException) -> None:
        self.around.end("a part of Faust crashed", reason)


def build_app(settings: Settings, around: Surroundings, health: Health, data_dir: Path) -> WorkerApp:
    """The application, ready to be run by a Faust worker. `data_dir` takes what Faust insists on writing: nothing."""
    servers = ";".join(server.strip() for server in (settings.kafka.bootstrap_servers or "").split(","))
    app = WorkerApp(
        settings.application_id,
        broker=f"kafka://{servers}",
        broker_credentials=_credentials(settings.kafka),
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.heartbeat_s,
        broker_rebalance_timeout=settings.rebalance_timeout_s,
        broker_max_poll_interval=settings.max_poll_interval_s,
        broker_max_poll_records=POLL_RECORDS,
        broker_commit_interval=1.0,
        consumer_group_instance_id=settings.instance_id,
        consumer_max_fetch_size=FETCH_BYTES,
        agent_supervisor=CrashingSupervisor,
        store="memory://",
        datadir=data_dir,
        key_serializer="raw",
        value_serializer="raw",
        topic_partitions=settings.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        # With 0 and no table Faust takes another assignor, which splits partitions between workers.
        table_standby_replicas=1,
        stream_buffer_maxsize=BUFFERED_SLICES,
        stream_wait_empty=True,
        producer_request_timeout=60.0,
        web_enabled=False,
        ConsumerScheduler=SliceScheduler,
    )
    app.around = around
    app.health = health
    app.kafka = settings.kafka
    app.fleet = Fleet(around, lambda: app.consumer)
    app.transport = SliceTransport(app.conf.broker_consumer, app)
    for name in SOURCES:
        add_agent(app, around.topics[name], settings.partitions, app.fleet.deliver)
    _connect(app, around)
    return app


def _connect(app: WorkerApp, around: Surroundings) -> None:
    async def assigned(*_: Any, **__: Any) -> None:
        generation = app.consumer_generation_id
        try:
            await app.fleet.assign(app.consumer.assignment(), lambda: generation == app.consumer_generation_id)
        except asyncio.CancelledError:
            if not app.should_stop:
                around.end("opening lanes was cancelled", None)
            raise
        except BaseException as error:  # noqa: BLE001 - Faust would call the worker ready, without lanes
            around.end("lanes cannot be opened", error)

    app.on_rebalance_complete.connect(assigned)


def _credentials(kafka: KafkaSettings) -> CredentialsT | None:
    options = client_options(kafka)
    context = options.get("ssl_context")
    if "sasl_oauth_token_provider" in options:
        return OAuthCredentials(oauth_cb=options["sasl_oauth_token_provider"], ssl_context=context)
    if "sasl_mechanism" in options:
        return SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=context,
        )
    return SSLCredentials(context=context) if context is not None else None
