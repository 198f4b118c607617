"""The notifier as a process: a member of its group, with one owner for each partition that it is given."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Collection
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from streams.messages import now_ms
from streams.monitor import Monitor, MonitorError
from streams.notify.channels import ways
from streams.notify.health import Health
from streams.notify.laws import merged
from streams.notify.metrics import Metrics
from streams.notify.owner import Owner, group
from streams.notify.sending import Outside
from streams.reading import ReadError, partitions_of
from streams.security import client_options
from streams.settings import Settings, SettingsError

_POLL_MS: Final = 200
_FIGURES_SECONDS: Final = 5.0


async def run(settings: Settings, tell: Callable[[str], None]) -> None:
    """Tell customers until SIGTERM or SIGINT. Raises ReadError, PublishError, NotifyError and SettingsError."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await partitions_of(settings, ["status", "notices", "preferences"])
    async with ways(settings.notifier) as found:
        outside = Outside(found, Metrics())
        health = Health(outside.metrics.registry)
        if settings.monitor_address is not None:
            monitor = _monitor(settings.monitor_address, health)
            tell(f"metrics and probes at port {monitor.port}")
        tell(f"channels: {', '.join(found)}")
        await _Member(settings, outside, health, tell).run(stopping)


def _monitor(address: str, health: Health) -> Monitor:
    try:
        monitor = Monitor(address, health)
    except MonitorError as error:
        raise SettingsError(str(error)) from error
    monitor.start()
    return monitor


class _Member(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Holds partitions of the group. Its own consumer fetches nothing: each owner reads for itself."""

    def __init__(self, settings: Settings, outside: Outside, health: Health, tell: Callable[[str], None]) -> None:
        self._settings, self._outside, self._health, self._tell = settings, outside, health, tell
        self._assigned = False
        self._owners: dict[int, tuple[Owner, asyncio.Task[None]]] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        settings = self._settings
        self._consumer = AIOKafkaConsumer(
            group_id=group(settings),
            enable_auto_commit=False,
            session_timeout_ms=int(settings.session_timeout_s * 1000),
            heartbeat_interval_ms=int(settings.heartbeat_s * 1000),
            rebalance_timeout_ms=int(settings.rebalance_timeout_s * 1000),
            **client_options(settings.kafka),
        )
        self._consumer.subscribe([f"{settings.topic_prefix}status"], listener=self)
        try:
            await self._consumer.start()
            shown_at = 0.0
            while not stopping.is_set():
                await self._consumer.getmany(timeout_ms=_POLL_MS)
                for _, task in self._owners.values():
                    if task.done():
                        task.result()
                behind = [number for number, (owner, _) in self._owners.items() if not owner.caught_up]
                self._health.turned(self._assigned, behind)
                if time.monotonic() - shown_at > _FIGURES_SECONDS:
                    self._show()
                    shown_at = time.monotonic()
        except (KafkaError, OSError) as error:
            raise ReadError(f"brokers {settings.kafka.bootstrap_servers}: {error}") from error
        finally:
            await self._end(list(self._owners))
            await self._consumer.stop()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """What is being sent is settled first."""
        self._assigned = False
        await self._end([each.partition for each in revoked])

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """One owner for each."""
        self._assigned = True
        self._consumer.pause(*assigned)
        for each in assigned:
            owner = Owner(self._settings, each.partition, self._outside)
            self._owners[each.partition] = owner, asyncio.create_task(owner.run())
        self._tell(f"partitions: {', '.join(str(each.partition) for each in assigned) or 'none'}")

    async def _end(self, partitions: Collection[int]) -> None:
        ending = [self._owners.pop(each) for each in partitions if each in self._owners]
        for owner, _ in ending:
            owner.stop()
        await asyncio.gather(*(task for _, task in ending), return_exceptions=True)

    def _show(self) -> None:
        owners = [owner for owner, _ in self._owners.values()]
        counts, _ = merged((each.clocks for each in owners), now_ms())
        stuck = sum(len(each.book.stuck()) for each in owners)
        self._outside.metrics.show(len(owners), sum(each.book.size for each in owners), stuck, counts)
