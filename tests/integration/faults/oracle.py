"""What must hold after any fault: the pure machine, fed from the ledger alone, gives every committed byte again.

The order of truth is merged here anew from the sources' records; block by block outputs, hash and position must be what
the lane wrote. For a history that was loaded before the workers began, the statuses are also those of its `replay`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import NamedTuple

from schemas.block import Block, Slice
from schemas.topics import BROADCAST, SOURCE_ORDER, TOPICS, changelog_name
from streams.audit.asked import Asked
from streams.audit.brokers import Brokers
from streams.audit.lane import Audit
from streams.audit.report import Report
from streams.codec import block
from streams.codec.engine import engine
from streams.codec.partition import CHANGELOG, Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.settings import Settings, core_settings
from tests.support.broker import Record, aborted_blocks, committed
from tests.support.histories import History, differences, grouped

OUTPUTS = [name for name in block.OUTPUTS if name != "shadow"]  # nothing writes there yet
BOUND_MS = 300_000
COMPACTED = ("current", "availability", CHANGELOG)
SINGLE = {name for name, topic in TOPICS.items() if topic.partitions == "1"}
Topics = Mapping[str, Mapping[int, list[Record]]]


class Seen(NamedTuple):
    """What the topics hold in the end."""

    blocks: int
    statuses: int
    aborted: int


async def check(settings: Settings, given: History | None = None) -> Seen:
    """Asserts that nothing is missing, doubled, reordered or different; the workers must have ended or be idle."""
    bootstrap, count = settings.kafka.bootstrap_servers or "", settings.partitions
    topics: dict[str, dict[int, list[Record]]] = {}
    for name in (*SOURCE_ORDER, *OUTPUTS, "ledger"):
        rows = await committed(bootstrap, _kafka_name(settings, name), range(1 if name in SINGLE else count))
        topics[name] = defaultdict(list)
        for row in rows:
            topics[name][row.partition].append(row)
    for number in range(count):
        _check_lane(settings, number, topics)
    statuses = [row.value or b"" for rows in topics["status"].values() for row in rows]
    if given is not None:
        assert differences(grouped(statuses), given.expected) == []
        assert not any(topics["dead-letters"].values())
    await _check_audit(settings)
    aborted = await aborted_blocks(bootstrap, _kafka_name(settings, "ledger"), range(count))
    return Seen(sum(map(len, topics["ledger"].values())), len(statuses), aborted)


async def _check_audit(settings: Settings) -> None:
    origin = Brokers(settings)
    for _ in range(2):  # once more: an audit leaves nothing behind
        position = await origin.position()
        audit = Audit(origin, position, Asked(settings.topic_prefix, BOUND_MS, settings.live_clock))
        report = Report(position, [await audit.lane(lane, lambda _: None) for lane in range(position.lanes)])
        assert report.equal, list(report.lines())


def _kafka_name(settings: Settings, name: str) -> str:
    return changelog_name(settings.application_id) if name == CHANGELOG else settings.topic_prefix + name


def _check_lane(settings: Settings, number: int, topics: Topics) -> None:
    core = core_settings(settings)
    machine = Partition(number, settings.partitions, core, settings.topic_prefix)
    ledger = [row.value or b"" for row in topics["ledger"][number]]
    sources = {name: topics[name][0 if name in BROADCAST else number] for name in SOURCE_ORDER}
    taken: dict[str, list[int]] = {name: [] for name in SOURCE_ORDER}
    implied: dict[str, list[OutputRecord]] = {name: [] for name in OUTPUTS}
    head = block.head_of(ledger[0])
    for data in ledger[1:]:
        made = block.read(data)
        records = _in_order(made, sources)
        machine.open_block(made.admit_until)
        assert machine.apply(records) == len(records)
        if not records:
            machine.tick(made.clock)
        applied = machine.close_block()
        again = block.build(
            head,
            engine(),
            block.settings_digest(core),
            records,
            applied.outputs,
            clock=applied.clock,
            admit_until=made.admit_until,
            cursor=applied.cursor,
            activations=applied.activations,
        )
        assert again == data, f"lane {number}: block {made.block} is not what its inputs imply"
        for record in records:
            taken[record.topic].append(record.offset)
        for name, rows in applied.outputs.items():
            implied[name] += rows
        head = block.head_of(data)
    for name, offsets in taken.items():
        assert offsets == [row.offset for row in sources[name]], f"lane {number}: {name} was not applied once and whole"
    for name in OUTPUTS:
        came = [OutputRecord(name, row.key, row.value, row.timestamp, row.headers) for row in topics[name][number]]
        assert _same(came, implied[name], name in COMPACTED), f"lane {number}: {name} is not what the ledger implies"
    _check_state(settings, number, machine, topics[CHANGELOG][number])


def _same(came: list[OutputRecord], implied: list[OutputRecord], compacted: bool) -> bool:
    """The same rows in the same order; of a compacted topic the broker may have dropped what was overwritten."""
    if not compacted:
        return came == implied
    rest = iter(implied)
    in_order = all(row in rest for row in came)
    return in_order and {row.key: row for row in came} == {row.key: row for row in implied}


def _check_state(settings: Settings, number: int, machine: Partition, changelog: Iterable[Record]) -> None:
    """The state that a successor would restore is the one that the machine has come to."""
    restored = Partition(number, settings.partitions, core_settings(settings), settings.topic_prefix)
    for row in changelog:
        restored.restore(row.key or b"", row.value)
    restored.ready(machine.clock)
    assert (restored._table, restored.next_due) == (machine._table, machine.next_due)


def _in_order(made: Block, sources: Mapping[str, list[Record]]) -> list[SourceRecord]:
    pieces = [_records(piece, sources[piece.topic]) for piece in made.slices]
    return list(merge(*pieces, key=lambda record: (record.timestamp, SOURCE_ORDER.index(record.topic))))


def _records(piece: Slice, rows: list[Record]) -> Iterator[SourceRecord]:
    for row in rows:
        if piece.first <= row.offset <= piece.last:
            yield SourceRecord(piece.topic, row.partition, row.offset, row.timestamp, row.key, row.value, row.headers)
