"""The demonstration: Kafka, topics, policy, history, workers, feed; started in that order and stopped in reverse."""

import asyncio
import importlib.util
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from schemas.availability import AvailabilityEvent
from schemas.instants import instant_text
from schemas.status import StatusEvent
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.local import admin, probe
from streams.local.feed import Generated, Generator, card_histories
from streams.local.kafka import LocalKafka
from streams.local.loading import load
from streams.local.process import held
from streams.local.topics import Difference
from streams.local.watch import Watch, watching
from streams.local.workers import Workers, leftovers, stop_all
from streams.messages import now_ms
from streams.publish import Publisher, publisher
from streams.settings import Settings
from streams.tasks import first_to_end

T = TypeVar("T")

_HOST: Final = "127.0.0.1"
_MEND_SECONDS: Final = 0.5
_SETTLE_SECONDS: Final = 30.0
_TELL_SECONDS: Final = 3.0
# After so many generated events somebody asks what would happen to an account that isn't open.
_ASK_EVERY: Final = 11
# Sent events whose effect is still awaited, for the latency; one that changes nothing is forgotten in time.
_AWAITED_MAX: Final = 1000


class DemoError(Exception):
    """The demonstration cannot go on; the text says why and what to do."""


class Options(NamedTuple):
    """How many workers, how fast, and when it ends by itself (None: never)."""

    workers: int
    rate: float
    seed: int
    events: int | None
    seconds: float | None


class Voice(Protocol):
    """Whom the demonstration tells what happens."""

    def progress(self, text: str) -> None: ...

    def history(self, watch: Watch, seconds: float) -> None: ...

    def event(self, event: Generated) -> None: ...

    def change(self, event: StatusEvent, open_products: list[str]) -> None: ...

    def service(self, event: AvailabilityEvent) -> None: ...

    async def question(self, settings: Settings, account: str) -> None: ...


@dataclass(slots=True)
class Summary:
    """What became of it all."""

    events_generated: int = 0
    events_applied: int = 0
    changes: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    totals: dict[str, dict[str, int]] = field(default_factory=dict)


class Demo:
    """One demonstration in one data directory; `run` does it all and leaves nothing running that it started."""

    def __init__(self, settings: Settings, options: Options, voice: Voice) -> None:
        self._settings = settings
        self._options = options
        self._voice = voice
        self._directory = settings.data_dir.absolute()
        self._awaited: OrderedDict[str, float] = OrderedDict()
        self._live = False
        self._closed: str | None = None
        self._watch: Watch | None = None
        self.summary = Summary()

    async def run(self) -> None:
        """Runs until the options' end or a cancellation. Raises DemoError, or what a part of it raised."""
        self._directory.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as stack:
            try:
                stack.enter_context(held(self._directory / "up.pid"))
            except BlockingIOError:
                raise DemoError(f"another `eligibility up` runs in {self._directory}") from None
            settings = await self._brokers(stack)
            await self._topics(settings)
            await self._clear_up()
            history = card_histories(now_ms())
            end = await load(settings, self._directory, history, self._voice.progress)
            workers = self._workers(stack, settings, end)
            watch = self._watch = await stack.enter_async_context(watching(settings, self._on_change, self._on_service))
            try:
                await first_to_end(
                    self._story(settings, watch, history.accounts, end), watch.run(), self._mend(workers)
                )
            finally:
                self._sum_up(watch)

    async def _brokers(self, stack: AsyncExitStack) -> Settings:
        settings = self._settings
        if settings.kafka.bootstrap_servers is not None:
            self._voice.progress(f"using the brokers {settings.kafka.bootstrap_servers}")
            return settings
        kafka = LocalKafka(self._directory / "kafka")
        if kafka.pid is None:
            self._voice.progress(f"starting Apache Kafka in {kafka.data_dir} (the first time fetches its jars, 45 MB)")
            stack.push_async_callback(self._stop_kafka, kafka)
        began = time.monotonic()
        await _in_thread(kafka.start)
        self._voice.progress(f"Kafka answers at {kafka.bootstrap} ({time.monotonic() - began:.1f} s)")
        brokers = settings.kafka.model_copy(update={"bootstrap_servers": kafka.bootstrap})
        return settings.model_copy(update={"kafka": brokers})

    async def _stop_kafka(self, kafka: LocalKafka) -> None:
        self._voice.progress("stopping Kafka")
        await asyncio.to_thread(kafka.stop)

    async def _topics(self, settings: Settings) -> None:
        created, wrong = await admin.apply(settings)
        if wrong:
            raise DemoError("topics are not as they must be:\n" + "\n".join(map(Difference.__str__, wrong)))
        if created:
            self._voice.progress(f"{len(created)} topics created, {settings.partitions} partitions for accounts")

    async def _clear_up(self) -> None:
        if left := leftovers(self._directory):
            self._voice.progress(f"stopping {len(left)} processes that a former run left behind")
            await _in_thread(lambda: stop_all(left))

    def _workers(self, stack: AsyncExitStack, settings: Settings, end: int) -> Workers:
        assert settings.kafka.bootstrap_servers is not None, "brokers are known by now"
        environment = {"ELIGIBILITY_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers}
        address = _web_address(settings)
        # What the history told its customers know: the notifier tells what comes after it, also in a later run.
        since = settings.notifier.since if settings.notifier.since is not None else end + 1
        beside = {"notifier": {"ELIGIBILITY_NOTIFIER__SINCE": instant_text(since)}}
        if address is not None:
            beside["web"] = _web(settings, address)
        workers = Workers(self._directory, self._options.workers, environment, beside)
        stack.push_async_callback(self._stop_workers, workers)
        workers.start()
        self._voice.progress(f"{self._options.workers} workers started; logs: {', '.join(map(str, workers.logs))}")
        if address is not None:
            self._voice.progress(
                f"status service, as soon as it has read what there is: http://{address}/ leads to the pages of "
                "customers, support, operations and audit; /api/accounts/ACCOUNT/status is for programs"
            )
            if settings.web.keys_file is None:
                self._voice.progress(f"what customers are told from now on: http://{address}/mailbox")
        return workers

    async def _stop_workers(self, workers: Workers) -> None:
        self._voice.progress("stopping the workers")
        await asyncio.to_thread(workers.stop)

    async def _mend(self, workers: Workers) -> None:
        while True:
            await asyncio.sleep(_MEND_SECONDS)
            for name in await _in_thread(workers.mend):
                self._voice.progress(f"{name} had ended; started again")

    async def _story(self, settings: Settings, watch: Watch, accounts: Sequence[str], end: int) -> None:
        began = time.monotonic()
        while not await _within(_TELL_SECONDS, watch.until(lambda seen: (seen.clock() or 0) >= end)):
            self._voice.progress(f"{watch.events:,} events applied, {watch.changes:,} status changes so far")
        await watch.catch_up()
        self._voice.history(watch, time.monotonic() - began)
        self._live = True
        async with publisher(settings, SOURCE_ORDER) as producer:
            await self._feed(settings, producer, Generator(self._options.seed, accounts, f"{now_ms():x}"))
            self._voice.progress("the feed has ended; waiting until all of it is applied")
            ends = {place: last for place, last in producer.last.items() if place[0] not in BROADCAST}
            applied = watch.until(lambda seen: all(seen.applied.get(place, -1) >= last for place, last in ends.items()))
            if not await _within(_SETTLE_SECONDS, applied):
                raise DemoError(
                    f"the last events were not applied within {_SETTLE_SECONDS:.0f} s: see the workers' logs"
                )

    async def _feed(self, settings: Settings, producer: Publisher, generator: Generator) -> None:
        async for _ in _beats(self._options):
            event = generator.next(now_ms())
            self._voice.event(event)
            self._awaited[event.event_id] = time.monotonic()
            if len(self._awaited) > _AWAITED_MAX:
                self._awaited.popitem(last=False)
            await producer.send([event.record])
            self.summary.events_generated += 1
            if self._closed is not None and self.summary.events_generated % _ASK_EVERY == 0:
                await self._voice.question(settings, self._closed)

    def _on_change(self, event: StatusEvent) -> None:
        if not self._live or self._watch is None:
            return
        sent = self._awaited.pop(event.data.cause.event_id or "", None)
        if sent is not None:
            self.summary.latencies_ms.append((time.monotonic() - sent) * 1000)
        if event.data.status != "OPEN":
            self._closed = event.data.account_id
        self._voice.change(event, self._watch.open_products(event.data.account_id))

    def _on_service(self, event: AvailabilityEvent) -> None:
        if self._live:
            self._voice.service(event)

    def _sum_up(self, watch: Watch) -> None:
        self.summary.events_applied = watch.events
        self.summary.changes = watch.changes
        self.summary.totals = {product: dict(counts) for product, counts in watch.totals().items()}


def _web_address(settings: Settings) -> str | None:
    """Where the status service will answer: as set, where that is free; None where its extra isn't installed.

    Without keys it answers on loopback alone.
    """
    if importlib.util.find_spec("fastapi") is None:
        return None
    if settings.web.keys_file is not None:
        return settings.web.address
    port = int(settings.web.address.rpartition(":")[2])
    return f"{_HOST}:{port if port and probe.port_is_free(_HOST, port) else probe.free_port(_HOST)}"


def _web(settings: Settings, address: str) -> dict[str, str]:
    """The service's own settings: open, since it is on loopback, unless there are keys."""
    opened = {} if settings.web.keys_file is not None else {"ELIGIBILITY_WEB__OPEN": "1"}
    return {"ELIGIBILITY_WEB__ADDRESS": address, **opened}


async def _beats(options: Options) -> AsyncIterator[None]:
    """One beat per event to send, `rate` a second, until the options' end."""
    began = time.monotonic()
    count = 0
    while options.events is None or count < options.events:
        due = began + count / options.rate
        if options.seconds is not None and due - began >= options.seconds:
            return
        await asyncio.sleep(max(due - time.monotonic(), 0.0))
        yield
        count += 1


async def _within(seconds: float, waited: Coroutine[Any, Any, None]) -> bool:
    """Waits for it so long at most; False when that was not enough."""
    try:
        async with asyncio.timeout(seconds):
            await waited
    except TimeoutError:
        return False
    return True


async def _in_thread(function: Callable[[], T]) -> T:
    """Runs it in a thread to its end, even when cancelled: what it starts is known afterwards, and can be stopped."""
    task = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
