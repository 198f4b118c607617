"""One lane's audit against an origin, as a task that can run in a process of its own; and its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from streams.archive import Folder
from streams.audit.asked import Asked
from streams.audit.checkpoints import Beginning, LaneCheckpoint, states_of, write_states
from streams.audit.comparison import Odd
from streams.audit.examiner import Examiner
from streams.audit.findings import Finding, Kind
from streams.audit.logs import EVERYTHING, LEDGER, Origin, Position, Range, partition_of_lane
from streams.audit.rows import Row, row_of
from streams.codec import block as blocks

_LOOKS: Final = 50
"""How often rows that came later are looked for, at most: each look takes as long as a position."""


class LaneResult(NamedTuple):
    """What became of one lane: blocks `first` to `last` (None: there are none), `matched` rows by topic."""

    lane: int
    first: int | None
    last: int | None
    hash: str | None
    clock: int
    records: int
    matched: Mapping[str, int]
    waiting: Mapping[str, int]
    counts: Counter[Kind]
    consequences: int
    findings: Sequence[Finding]
    first_finding: Finding | None
    by_account: Mapping[str, Finding]
    stopped: str | None
    checkpoint: LaneCheckpoint | None = None
    accounts: int | None = None
    """Accounts judged by the reference interpreter, None where the core judged all."""
    erased: Mapping[str, tuple[int, int | None]] = MappingProxyType({})
    """Records whose content is gone and since when (ms), by the handle of the account; None: never kept."""
    unchecked: int = 0
    """Digests of blocks that their rows could not show."""


@dataclass(frozen=True)
class Audit:
    """The work of `verify`, lane by lane. `beginning`: the checkpoint to start from; `states_to`: where the states go
    of which a checkpoint is to be made, where nothing but equal was found.
    """

    origin: Origin
    position: Position
    asked: Asked
    beginning: Beginning | None = None
    states_to: Folder | None = None

    async def lane(self, lane: int, tell: Callable[[int], None]) -> LaneResult:
        """Audits one lane up to the position. `tell` gets the records applied so far. Raises AuditError."""
        beginning = self.beginning
        position = self.position if beginning is None else beginning.checkpoint.begun(self.position)
        async with self.origin.opened(position, lane, EVERYTHING) as streams:
            examiner = Examiner(lane, streams, self.asked, tell, keeps=self.states_to is not None)
            begun = None if beginning is None else beginning.checkpoint.of(lane)
            if beginning is not None and begun is not None:
                examiner.resume(begun, states_of(beginning.folder, begun))
            await examiner.advance(position)
        await conclude(self.origin, position, examiner)
        if self.states_to is None or examiner.findings.counts or examiner.stopped or examiner.head is None:
            return result(examiner)
        digest = write_states(self.states_to, lane, examiner.states)
        return result(examiner)._replace(checkpoint=examiner.checkpoint(digest))


async def conclude(origin: Origin, position: Position, examiner: Examiner) -> None:
    """What takes a second look: rows that nothing implies or that may have been replaced since, and what waits."""
    for name, comparison in examiner.comparisons.items():
        if comparison.lacking:
            replaced = await _keys_since(origin, position, examiner.lane, name, comparison.lacking)
            comparison.say_lacking(replaced)
        if comparison.strangers:
            known = await _known_before(origin, position, examiner.lane, name, comparison.strangers)
            comparison.say_strangers(known)
    if examiner.waiting or examiner.owed is not None:
        examiner.judge_waiting(position, await _newer_head(origin, position, examiner.lane))


def result(examiner: Examiner) -> LaneResult:
    """How it stands."""
    head, findings = examiner.head, examiner.findings
    return LaneResult(
        examiner.lane,
        examiner.first_block,
        head.block if head else None,
        head.hash if head else None,
        head.clock if head else 0,
        examiner.records,
        {name: each.matched for name, each in examiner.comparisons.items()},
        {name: record.offset for name, record in examiner.waiting.items()},
        findings.counts,
        findings.consequences,
        findings.kept,
        findings.first,
        findings.by_account,
        examiner.stopped,
        erased=examiner.erasures.by_handle,
        unchecked=examiner.erasures.unchecked,
    )


async def _known_before(origin: Origin, position: Position, lane: int, name: str, odd: Sequence[Odd]) -> list[bool]:
    """Whether a row equal to each odd one stands before it."""
    wanted: dict[Row, list[int]] = {}
    for place, each in enumerate(odd):
        wanted.setdefault(row_of(each.record), []).append(place)
    known = [False] * len(odd)
    last = max(each.record.offset for each in odd)
    async with origin.opened(position, lane, (name,)) as streams:
        stream = streams[name]
        while await stream.fill() and stream.rows[0].offset < last:
            record = stream.rows.popleft()
            for place in wanted.get(row_of(record), ()):
                known[place] = known[place] or record.offset < odd[place].record.offset
    return known


async def _keys_since(
    origin: Origin, position: Position, lane: int, name: str, wanted: Collection[bytes | None]
) -> set[bytes | None]:
    """Keys of the rows behind the position's limit: compaction, under way beside us, may keep these alone.

    What came may itself be replaced while it is read for: it is looked for until all wanted ones are found, or nothing
    more has come.
    """
    at, found = (name, partition_of_lane(name, lane)), set[bytes | None]()
    start = position.ranges[at].limit
    for _ in range(_LOOKS):
        now = await origin.position()
        range_now = now.ranges[at]
        if range_now.limit == start or found.issuperset(wanted):
            break
        newer = now._replace(ranges={**now.ranges, at: range_now._replace(start=start)})
        async with origin.opened(newer, lane, (name,)) as streams:
            stream = streams[name]
            while await stream.fill():
                found.add(stream.rows.popleft().key)
        start = range_now.limit
    return found


async def _newer_head(origin: Origin, position: Position, lane: int) -> blocks.Head | None:
    """Where the lane's ledger stands now, None where it has not moved."""
    now = await origin.position()
    at, end = (LEDGER, lane), position.ranges[LEDGER, lane].limit
    newer = now._replace(ranges={**now.ranges, at: Range(end, now.ranges[at].end, now.ranges[at].limit)})
    data = None
    async with origin.opened(newer, lane, (LEDGER,)) as streams:
        stream = streams[LEDGER]
        while await stream.fill():
            data = stream.rows.popleft().value
    try:
        return None if data is None else blocks.head_of(data)
    except ValueError:  # no block: the next audit names it
        return None
