"""Where Faust's messages become slices: a scheduler yields one message per slice, a schema leaves it as it is.

Faust's own path, one record at a time, reaches about 3,000 events a second; a slice costs as much as a record does.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Mapping
from typing import Any, cast

import faust
from faust.events import Event
from faust.types import AppT, Message
from faust.types.transports import SchedulingStrategyT
from faust.types.tuples import TP

from streams.lane.fetch import Slice

Taker = Callable[[Slice], None]


class Fetched(dict[TP, list[Any]]):
    """What Faust takes for the records of a fetch: nothing that it could look into, but the slices beside it."""

    def __init__(self, slices: tuple[Slice, ...] = ()) -> None:
        super().__init__()
        self.slices = slices


class SliceRecord:
    """Stands for a slice as if it were one record, whose value is the slice itself.

    Its offset is the slice's end: Faust drops what lies before the offset that it was told to read next, and a slice
    without records, which tells that the end is reached, begins and ends there.
    """

    __slots__ = ("offset", "partition", "timestamp", "topic", "value")

    checksum = None
    headers = ()
    key = None
    serialized_key_size = 0
    serialized_value_size = 0
    timestamp_type = 0

    def __init__(self, piece: Slice) -> None:
        self.topic = piece.topic
        self.partition = piece.partition
        self.offset = piece.end
        self.timestamp = piece.records[-1].timestamp if piece.records else 0
        self.value = piece


class SliceScheduler(SchedulingStrategyT):
    """Faust's `ConsumerScheduler`: a message for each slice of a fetch."""

    def __init__(self) -> None:
        """Faust makes one for each consumer."""

    @classmethod
    def map_from_records(cls, records: Mapping[TP, list[Any]]) -> Any:
        """Part of Faust's interface; nothing calls it here."""
        raise NotImplementedError

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, SliceRecord]]:
        """Yields what `Fetched` holds. Faust gives an empty mapping of its own while no partition is to be fetched."""
        for piece in records.slices if isinstance(records, Fetched) else ():
            yield TP(piece.topic, piece.partition), SliceRecord(piece)


class SliceSchema(faust.Schema[Any, Any]):
    """Hands a slice to the agent as it is."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[Event]]:
        """The decoder of one topic."""

        async def decode(message: Message, *, propagate: bool = False) -> Event:
            return Event(app, message.key, message.value, {}, message)

        return decode


def add_agent(app: faust.App, topic: str, partitions: int, take: Taker) -> None:
    """Adds the agent of one source topic; it hands each slice on and never waits.

    Without acks: which offsets the group is told comes from the ledger, not from Faust's bookkeeping.
    """
    channel = app.topic(topic, schema=SliceSchema(), partitions=partitions, acks=False)

    async def hand_on(stream: Any) -> None:
        async for event in cast(AsyncIterable[Any], stream.events()):
            take(event.value)

    app.agent(channel, name=f"take.{topic}", concurrency=1)(hand_on)
