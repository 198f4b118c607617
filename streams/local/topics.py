"""The topics that a system with these settings needs, and what is wrong with those that are there. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.topics import FOREVER, TOPICS, Topic, changelog_name
from streams.settings import Settings

_CREATE_TIME = "CreateTime"
# A dead letter is the rejected record unchanged, and headers beside it: more than the sources' 1,048,588 bytes.
_DEAD_LETTER_BYTES = "2097152"
# Kafka begins a new segment file when a record is a week of record timestamps later than the file's first. Histories
# carry the timestamps of years: each batch made files of its own, and a fetch reads one file (decision 0071).
_SEGMENT_MS = str(100 * 365 * 86_400_000)
# What is compacted is compacted in closed files only: so that they close, though not by time.
_COMPACTED_SEGMENT_BYTES = str(128 << 20)
# With three replicas a write has to be on two before it counts, so that one broker may fail.
_REPLICAS_FOR_QUORUM = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic as the catalogue has it: `checked` settings must hold, `advised` ones are set when it is created."""

    name: str
    partitions: int
    replication_factor: int
    checked: Mapping[str, str]
    advised: Mapping[str, str] = field(default_factory=dict)

    @property
    def configs(self) -> dict[str, str]:
        return {**self.checked, **self.advised}


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the brokers have it."""

    name: str
    partitions: int
    configs: Mapping[str, str]


class Difference(NamedTuple):
    """One setting of one topic that is not as it must be."""

    topic: str
    setting: str
    found: str
    wanted: str
    why: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, wanted {self.wanted} ({self.why})"


def wanted_topics(settings: Settings) -> list[Wanted]:
    """Every topic of the catalogue in its order, then the state table's changelog."""
    topics = [_wanted(topic, settings) for topic in TOPICS.values()]
    changelog = changelog_name(settings.application_id)
    checked = {"cleanup.policy": "compact", "message.timestamp.type": _CREATE_TIME}
    factor = settings.replication_factor
    advised = {**_advised(settings), **_segments(compacted=True)}
    return [*topics, Wanted(changelog, settings.partitions, factor, checked, advised)]


def differences(wanted: Iterable[Wanted], found: Mapping[str, Found]) -> Iterator[Difference]:
    """What must be put right before a worker may start; missing topics included."""
    for topic in wanted:
        present = found.get(topic.name)
        if present is None:
            why = "eligibility topics apply creates it"
            yield Difference(topic.name, "topic", "missing", f"{topic.partitions} partitions", why)
            continue
        if present.partitions != topic.partitions:
            why = "one lane owns the same partition of every topic; ELIGIBILITY_PARTITIONS says how many there are"
            yield Difference(topic.name, "partitions", str(present.partitions), str(topic.partitions), why)
        for setting, value in topic.checked.items():
            came = present.configs.get(setting, "not set")
            if came != value:
                yield Difference(topic.name, setting, came, value, _WHY[setting])


_WHY = {
    "cleanup.policy": "compaction would lose events; without it, tables would grow for ever",
    "retention.ms": "Kafka deletes by record timestamp, and histories carry old ones",
    "message.timestamp.type": "a record's timestamp is when its producer learnt of it; the order of truth builds on it",
}


def _wanted(topic: Topic, settings: Settings) -> Wanted:
    checked: dict[str, str] = {"cleanup.policy": topic.cleanup}
    if topic.cleanup == "delete":
        checked["retention.ms"] = str(topic.retention_ms)
    advised = _advised(settings)
    if topic.cleanup == "compact" or topic.retention_ms == FOREVER:
        advised |= _segments(compacted=topic.cleanup == "compact")
    if topic.name == "dead-letters":
        advised["max.message.bytes"] = _DEAD_LETTER_BYTES
    if topic.any_timestamp_type:
        advised["message.timestamp.type"] = _CREATE_TIME
    else:
        checked["message.timestamp.type"] = _CREATE_TIME
    partitions = settings.partitions if topic.partitions == "P" else 1
    return Wanted(topic.full_name(settings.topic_prefix), partitions, settings.replication_factor, checked, advised)


def _advised(settings: Settings) -> dict[str, str]:
    quorum = settings.replication_factor >= _REPLICAS_FOR_QUORUM
    return {"min.insync.replicas": "2"} if quorum else {}


def _segments(*, compacted: bool) -> dict[str, str]:
    return {"segment.ms": _SEGMENT_MS, **({"segment.bytes": _COMPACTED_SEGMENT_BYTES} if compacted else {})}
