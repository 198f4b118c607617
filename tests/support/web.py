"""What a lane's machine put out, taken into a status service's view and replica as if it had come from Kafka."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from streams.codec.partition import CHANGELOG
from streams.codec.records import OutputRecord
from streams.publish import Outgoing, PublishError
from streams.query.replica import Replica
from streams.settings import Settings
from streams.web.view import View
from tests.support.core import Lane

SETTINGS = Settings(partitions=1)


class Row(NamedTuple):
    """A record as Kafka's client gives it, as far as it is looked at."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None


def rows(name: str, records: Iterable[OutputRecord], first: int = 0) -> Iterator[Row]:
    """Records of a topic (its full name), from an offset on."""
    for offset, record in enumerate(records, first):
        assert record.key is not None
        yield Row(name, 0, offset, record.timestamp, record.key, record.value)


def fill(view: View, lane: Lane, begin: int = 0) -> None:
    """All that the lane told, from the status event number `begin` on."""
    for topic in ("status", "current"):
        name, records = SETTINGS.topic_prefix + topic, lane.outputs[topic]
        start = begin if topic == "status" else 0
        taken = list(rows(name, records[start:], start))
        if taken:
            view.take(taken, {(name, 0): len(records)})


def filled(directory: Path, lane: Lane) -> tuple[View, Replica]:
    """A view and a replica of a lane's outputs, in a directory."""
    view, replica = View(SETTINGS, directory / "view"), Replica(SETTINGS, directory / "states")
    fill(view, lane)
    records = lane.outputs[CHANGELOG]
    replica.take(list(rows(replica.topic, records)), {(replica.topic, 0): len(records)})
    return view, replica


class Topic:
    """Takes what is published, or refuses it."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.broken = False

    async def send(self, records: Iterable[Outgoing]) -> int:
        if self.broken:
            raise PublishError("no brokers")
        before = len(self.records)
        self.records += records
        return len(self.records) - before

    def of(self, topic: str) -> list[Any]:
        return [orjson.loads(each.value) for each in self.records if each.topic == topic]
