"""The lanes of one worker, as the group assigns partitions to it."""

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Final, Protocol

from aiokafka import TopicPartition
from faust.types.tuples import TP

from schemas.topics import BROADCAST, SOURCE_ORDER
from streams import failpoints
from streams.lane.broadcast import BroadcastReader
from streams.lane.errors import LaneError
from streams.lane.fetch import Mark, Slice
from streams.lane.inbox import Bound, Inbox
from streams.lane.lane import Lane
from streams.lane.surroundings import Surroundings

SOURCES: Final = tuple(name for name in SOURCE_ORDER if name not in BROADCAST)
# Lanes that open at the same time: enough to hide waiting, few enough that their reads don't fill the memory.
_OPENING: Final = 4

log = logging.getLogger(__name__)


class SplitAssignmentError(LaneError):
    """The group gave this worker some, but not all, sources of a partition."""


class Flow(Protocol):
    """What holds a source partition's fetching back: Faust's consumer."""

    def on_buffer_full(self, tp: TP) -> None: ...

    def on_buffer_drop(self, tp: TP) -> None: ...


class Fleet:
    """Opens lanes for partitions that come, keeps those that stay, closes those that go.

    `flow` gives the consumer; it exists only when the worker runs.
    """

    def __init__(self, around: Surroundings, flow: Callable[[], Flow]) -> None:
        self._around = around
        self._flow = flow
        self._topics = {name: around.topics[name] for name in SOURCES}
        self._names = {topic: name for name, topic in self._topics.items()}
        self._reader = BroadcastReader(around.client, around.topics)
        self._reading: asyncio.Task[None] | None = None
        self._slots = asyncio.Semaphore(_OPENING)
        self._opening: dict[int, Lane] = {}
        self._lanes: dict[int, Lane] = {}
        self._assignments = 0
        self._prepared = False

    @property
    def names(self) -> Mapping[str, str]:
        """The catalogue's name of each source topic that the group reads, by Kafka's name."""
        return self._names

    @property
    def prepared(self) -> int | None:
        """Another number for each assignment, once its lanes are open; None while a rebalance is under way."""
        return self._assignments if self._prepared else None

    @property
    def lanes(self) -> Mapping[int, Lane]:
        """The open lanes by number."""
        return self._lanes

    @property
    def opening(self) -> Mapping[int, Lane]:
        """The lanes that are being restored, by number."""
        return self._opening

    async def assign(self, partitions: Iterable[TP], wanted: Callable[[], bool]) -> None:
        """Makes the lanes those of `partitions`. Opening stops when `wanted` says that the assignment is stale."""
        numbers = checked_numbers(partitions, self._topics)
        await self._start_reading()
        gone = sorted(set(self._lanes) - numbers)
        await self._all(self._close(number) for number in gone)
        if gone:
            # a closed lane is in cycles, frozen when it opened: only a collection that looks at all sets its table free
            gc.unfreeze()
            gc.collect()
        await failpoints.reach("rebalance")
        await self._all(self._open(number, wanted) for number in sorted(numbers - set(self._lanes)))
        gc.freeze()  # the collector need not look at restored states again and again
        self._assignments += 1
        self._prepared = wanted()

    async def pause(self) -> None:
        """Returns when no lane has an open block; none begins before `start`."""
        self._prepared = False
        await self._all(lane.pause() for lane in self._lanes.values())

    def next_offsets(self) -> dict[TP, int]:
        """Where each source partition of the open lanes is to be read on."""
        return {
            TP(self._topics[name], number): lane.next_offsets[name]
            for number, lane in self._lanes.items()
            for name in SOURCES
        }

    def committed(self) -> dict[TP, int]:
        """The next offset of each source partition after its lane's last committed block."""
        return {
            TP(self._topics[name], number): lane.committed[name]
            for number, lane in self._lanes.items()
            for name in SOURCES
            if name in lane.committed
        }

    def start(self, marks: Mapping[TopicPartition, Mark], epoch: int) -> None:
        """The consumer stands at `next_offsets`: the lanes begin."""
        for number, lane in self._lanes.items():
            own = {name: marks[TopicPartition(topic, number)] for name, topic in self._topics.items()}
            lane.inbox.begin(own, epoch)
            lane.start()

    def announce(self, pieces: Iterable[Slice]) -> None:
        """These slices have been fetched and are on their way through Faust."""
        for piece in pieces:
            lane = self._lanes.get(piece.partition)
            if lane is not None:
                lane.inbox.announce(self._names[piece.topic], piece.epoch)

    def deliver(self, piece: Slice) -> None:
        """A slice arrives. Never waits. A failure ends the process: Faust would go on without the slice."""
        lane = self._lanes.get(piece.partition)
        if lane is None:
            return  # its partition has gone; where it comes again, the position decides
        try:
            lane.inbox.deliver(self._names[piece.topic], piece)
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._around.end(f"lane {piece.partition}: a slice cannot be taken", error)
        lane.stir()

    async def close(self) -> None:
        """Closes every lane."""
        self._prepared = False
        await failpoints.reach("drain")
        await self._all(self._close(number) for number in list(self._lanes))
        if self._reading is not None:
            self._reading.cancel()
            self._looking.cancel()
            await self._reader.stop()

    async def _open(self, number: int, wanted: Callable[[], bool]) -> None:
        async with self._slots:
            if not wanted():
                return
            lane = self._opening[number] = Lane(number, self._around, self._inbox(number))
            try:
                await lane.open()
            except BaseException:  # the worker is told to end meanwhile: nobody else knows of its producer yet
                await lane.close()
                raise
            finally:
                del self._opening[number]
            self._lanes[number] = lane  # before anything else: whoever stops the worker closes what is here
            lane.inbox.begin(await self._reader.marks(lane.next_offsets))
            self._reader.join(lane)

    async def _close(self, number: int) -> None:
        lane = self._lanes.pop(number)
        self._reader.leave(lane)
        await lane.close()
        log.info("lane %d: closed", number)

    def _inbox(self, number: int) -> Inbox:
        settings = self._around.settings

        def hold(name: str) -> None:
            self._flow().on_buffer_full(TP(self._topics[name], number))

        def let_go(name: str) -> None:
            if name in BROADCAST:
                self._reader.wake()
            else:
                self._flow().on_buffer_drop(TP(self._topics[name], number))

        return Inbox(Bound(settings.inbox_records, settings.inbox_bytes), hold, let_go)

    async def _start_reading(self) -> None:
        if self._reading is None:
            await self._reader.start()
            self._reading = asyncio.create_task(self._read(), name="broadcast")
            self._looking = asyncio.create_task(self._look(), name="stalls")

    async def _read(self) -> None:
        try:
            await self._reader.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, lanes without broadcasts would stand still
            self._around.end("the broadcast topics cannot be read", error)

    async def _look(self) -> None:
        """Partitions that are never fetched again have been reported of Faust and aiokafka; nothing else would tell."""
        while True:
            await asyncio.sleep(self._around.settings.stall_s)
            for number, lane in self._lanes.items():
                names = lane.stalled_on()
                if names is not None:
                    self._around.end(f"lane {number}: {names} has more, but nothing comes", None)

    async def _all(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)


def checked_numbers(partitions: Iterable[TP], topics: Mapping[str, str]) -> set[int]:
    """The lanes of an assignment. SplitAssignmentError when a partition lacks one of `topics`."""
    found: dict[int, set[str]] = {}
    for tp in partitions:
        found.setdefault(tp.partition, set()).add(tp.topic)
    for number, names in sorted(found.items()):
        missing = sorted(set(topics.values()) - names)
        if missing:
            raise SplitAssignmentError(
                f"partition {number}: assigned here without {', '.join(missing)}: partition counts differ, or workers "
                "with other sources run in this group; a new source topic needs all workers down"
            )
    return set(found)
