"""Starting a worker: look whether brokers and topics are right, then run until the end."""

import asyncio
import gc
import logging
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import faust
from aiokafka.errors import KafkaError

from streams import failpoints
from streams.cluster import describe, topics_of
from streams.codec.block import Ground
from streams.lane.machine import Machine
from streams.lane.observer import Unobserved
from streams.lane.surroundings import Surroundings
from streams.lane.watchdog import Watchdog, end_process
from streams.local.admin import TopicsError, verify
from streams.monitor import Monitor, MonitorError
from streams.security import client_options
from streams.settings import Settings, core_settings
from streams.worker.app import build_app
from streams.worker.health import Health
from streams.worker.logs import set_up
from streams.worker.metrics import Metrics

# Unpacked states are many small objects that live for one block: with Python's own 700 the collector takes most of the
# time of a block (measured). What was restored is frozen, see Fleet.assign.
_GC_THRESHOLDS: Final = (1_000_000, 20, 100)

# Faust makes empty directories; one place for all workers of a user, so that no crash leaves another one behind.
_FAUST_DIR: Final = Path(tempfile.gettempdir()) / f"eligibility-faust-{os.getuid()}"

log = logging.getLogger(__name__)


class NotReadyError(Exception):
    """Brokers or topics are not what a worker needs; the text has one line for each thing that is wrong."""


async def ground(settings: Settings) -> Ground:
    """Checks brokers and topics against the catalogue; NotReadyError with every difference."""
    try:
        wrong = await verify(settings)
        if wrong:
            raise NotReadyError("\n".join(map(str, wrong)))
        cluster = await describe(client_options(settings.kafka), topics_of(settings))
    except (TopicsError, KafkaError) as error:
        raise NotReadyError(str(error)) from error
    return Ground(cluster.cluster_id, cluster.topics, settings.partitions, core_settings(settings))


def _monitor(settings: Settings, health: Health) -> None:
    if settings.monitor_address is None:
        return
    try:
        Monitor(settings.monitor_address, health).start()
    except MonitorError as error:
        raise NotReadyError(str(error)) from error


def _nothing_to_drain(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def run(settings: Settings, new_machine: Callable[[int], Machine], level: str = "info") -> NoReturn:
    """Runs a worker in this process until SIGTERM or SIGINT (exit code 0) or a failure (1).

    NotReadyError before anything is started when brokers or topics are not right, or the monitor's address is taken.
    """
    set_up(level, settings.log_format)
    if settings.failpoints:
        log.warning("failpoints are armed: %s", settings.failpoints)
        failpoints.arm(failpoints.parse(settings.failpoints))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _nothing_to_drain)  # until Faust's worker takes signals over
    brokers, prefix, count = settings.kafka.bootstrap_servers, settings.topic_prefix, settings.partitions
    log.info("brokers %s, topics %s*, %d partitions", brokers, prefix, count)
    metrics = Metrics(settings.topic_prefix, settings.partitions)
    health = Health(metrics, settings.lane.block_deadline_s)
    _monitor(settings, health)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    standing = loop.run_until_complete(ground(settings))
    gc.set_threshold(*_GC_THRESHOLDS)
    watchdog = Watchdog()
    watchdog.start()
    around = Surroundings(
        client=client_options(settings.kafka),
        topics=topics_of(settings),
        ground=standing,
        settings=settings.lane,
        live_clock=settings.live_clock,
        slots=asyncio.Semaphore(settings.lane.open_transactions),
        watchdog=watchdog,
        end=end_process,
        new_machine=new_machine,
        observer=Unobserved() if settings.monitor_address is None else metrics,
    )
    app = build_app(settings, around, health, _FAUST_DIR)
    worker = faust.Worker(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()
