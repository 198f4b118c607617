"""One lane's audit: block by block the pure core is fed what the ledger names, and what comes out is compared.

chain ─▶ inputs ─▶ core ─▶ the block made anew = the block?  ─▶ rows implied = rows emitted?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson

from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.archive import ErasedRecord
from streams.audit.asked import Asked
from streams.audit.chain import Chain, Link
from streams.audit.checkpoints import LaneCheckpoint
from streams.audit.comparison import Comparison
from streams.audit.erased import Erasures, Parts
from streams.audit.findings import Difference, Findings, Kind, Place, Stage
from streams.audit.inputs import Inputs, Problem, account_of
from streams.audit.logs import LEDGER, Position, Stream, outputs_of, partition_of_lane
from streams.audit.recomputed import Recomputed
from streams.audit.rows import COMPACTED, document_differences
from streams.codec import block as blocks
from streams.codec.digest import bytes_digest
from streams.codec.engine import engine
from streams.codec.partition import Applied
from streams.codec.records import SourceRecord
from streams.codec.versions import behaviour_of


class Examiner:
    """The audit of one lane, which may go on to later positions: `advance` to each."""

    def __init__(
        self,
        lane: int,
        streams: Mapping[str, Stream],
        asked: Asked,
        tell: Callable[[int], None] = lambda _: None,
        *,
        keeps: bool = False,
    ) -> None:
        """`tell` gets the number of records applied so far; `keeps`: `states` are asked for at the end."""
        self.lane = lane
        self._tell = tell
        self._keeps = keeps
        self.findings = Findings(lane)
        self.records = 0
        self.blocks = 0
        self.stopped: str | None = None
        """Why nothing after some block could be judged."""
        self.first_block: int | None = None
        self.erasures = Erasures()
        self.comparisons = {
            name: Comparison(name, streams[name], self.findings, self.erasures) for name in outputs_of(lane)
        }
        self._outputs = {name: streams[name] for name in outputs_of(lane)}
        self._cut = False
        self.waiting: dict[str, SourceRecord] = {}
        """The first record that no block has taken, by source that has one before the position."""
        self._streams = streams
        self._asked = asked
        self._anchored = asked.anchored.get(lane, {})
        self._chain = Chain(lane, streams[LEDGER], self.findings, self._anchored)
        self._inputs = Inputs(lane, streams)
        self._lane: Recomputed | None = None
        self._engine: dict[str, str] = {}
        self._written_at = 0
        self.owed: int | None = None
        """The instant (ms) of a timer whose time is over and that no block has let fire."""
        self._said: set[object] = set()

    @property
    def head(self) -> blocks.Head | None:
        """The last block that was judged, or the checkpoint's."""
        return None if self._lane is None else self._lane.head

    def resume(self, begun: LaneCheckpoint, states: Iterable[SourceRecord]) -> None:
        """Start behind a checkpoint. Streams begin at its offsets."""
        core = CoreSettings.recorded(begun.settings)
        self._lane = Recomputed(self.lane, begun.partitions, core, self._asked.prefix, keeps=self._keeps)
        self._lane.restore(
            self._with_content(states), blocks.Head(self.lane, begun.block, begun.hash, begun.clock, begun.positions)
        )
        self._engine, self._written_at = dict(begun.engine), begun.written_at
        self._chain.resume(begun.block, begun.hash)
        self._inputs.resume(begun.positions)

    def _with_content(self, states: Iterable[SourceRecord]) -> Iterator[tuple[bytes, bytes]]:
        for row in states:
            if isinstance(row, ErasedRecord):
                self.erasures.begun = True
                self.erasures.note((row,))
            else:
                yield row.key or b"", row.value or b""

    def checkpoint(self, states: str) -> LaneCheckpoint:
        """What the lane has come to, its states in a file of this digest. It has begun."""
        lane, head = self._lane, self.head
        assert lane is not None, "it has begun"
        assert head is not None, "it has begun"
        return LaneCheckpoint(
            lane=self.lane,
            block=head.block,
            hash=head.hash,
            clock=head.clock,
            written_at=self._written_at,
            engine=self._engine,
            settings=lane.core.as_dict(),
            partitions=lane.partitions,
            positions=dict(head.positions),
            offsets={name: self._streams[name].next for name in (LEDGER, *outputs_of(self.lane))},
            states=states,
        )

    @property
    def states(self) -> Mapping[bytes, bytes]:
        """The content of the lane's changelog as implied, where it is kept."""
        return (None if self._lane is None else self._lane.states) or {}

    async def advance(self, position: Position) -> None:
        """Every block up to the position, then what is left there. Streams have been extended to it."""
        while self.stopped is None and (link := await self._chain.next()) is not None:
            self.findings.at(link.block.block, link.block.clock)
            if link.block.genesis is not None:
                self._begin(link, position)
            else:
                await self._block(link)
        if self._lane is None and self._streams[LEDGER].range.start > 0:
            start = self._streams[LEDGER].range.start
            self._say_at_end(Kind.MISSING_INPUT, f"no block is there, and the ledger begins at offset {start}")
            self.stopped = "the ledger's blocks were deleted"
        if self.stopped is None:
            for comparison in self.comparisons.values():
                await comparison.settle()
            self._check_erased()
            self._check_anchors()
            await self._check_waiting(position)

    # Genesis

    def _begin(self, link: Link, position: Position) -> None:
        genesis = link.block.genesis
        assert genesis is not None, "block 0 has it"
        try:
            core = CoreSettings.recorded(genesis.settings)
        except TypeError:
            self._say(Kind.FORGED_BLOCK, link, "the genesis block has settings that this engine doesn't know")
            self.stopped = "the settings in the genesis block can't be read"
            return
        self._lane = Recomputed(self.lane, genesis.partitions, core, self._asked.prefix, keeps=self._keeps)
        ground = blocks.Ground(genesis.cluster, genesis.topics, genesis.partitions, core)
        self._check_engine(link)
        made = link.block.engine.model_dump()
        self._judge(link, blocks.genesis(self.lane, ground, made), [])
        wanted: dict[str, Any] = {"partitions": position.lanes}
        found = genesis.model_dump()
        if not self._asked.copied:
            topics = position.topics  # those that came with a later version are on no former ground
            known = topics and {name: id for name, id in topics.items() if name in found["topics"]}
            wanted |= {"cluster": position.cluster, "topics": known}
        for name, value in wanted.items():
            if value is not None and found[name] != value:
                text = f"the ledger stands on another {name} than is there now"
                self._say(Kind.OTHER_GROUND, link, text, fields=document_differences(found[name], value, name))

    def _check_engine(self, link: Link) -> None:
        made = link.block.engine.model_dump()
        known = behaviour_of(made["version"]) is not None
        vouched = made == engine() or made["digest"] in self._asked.engines
        if made != self._engine and not (known and vouched):
            text = f"from here on blocks are of engine {made['version']} {made['digest']}, tzdata {made['tzdata']}"
            if not known:
                text += "; the rules of that version are not in this release: they are judged by the present ones"
            self._say(Kind.OTHER_ENGINE, link, text, fields=document_differences(made, engine(), "engine"))
            self.findings.taint(link.block.block)
        self._engine = made

    # Blocks

    async def _block(self, link: Link) -> None:
        lane = self._lane
        if lane is None:
            self.stopped = f"nothing can be recomputed: the ledger's blocks before {link.block.block} are not here"
            return
        made = link.block
        self._check_timers(link, lane)
        records, problems = await self._inputs.take(made)
        if any(problem.lost for problem in problems):
            self._say_problems(link, problems)
            self.stopped = f"the inputs of block {made.block} were deleted: nothing from there on can be recomputed"
            return
        lane.follow(self._version(link))
        applied = lane.apply(made, records)
        self.erasures.note(records)
        parts = None
        if self.erasures:
            cut = made.cursor is not None or self._cut
            parts = Parts(self.erasures)
            await parts.find(made, applied.outputs, self._outputs, cut=cut)
        passed = {} if parts is None else {name: self.comparisons[name].passed + n for name, n in parts.passed.items()}
        self._cut = made.cursor is not None
        again = self._again(link, lane, records, applied, parts)
        if again != link.data:  # else the digests of its slices are those of the records
            problems += self._inputs.altered()
        self._judge(link, again, problems)
        self.records += len(records)
        self._tell(self.records)
        for name, comparison in self.comparisons.items():
            await comparison.imply(applied.outputs.get(name, ()), made.block)
            comparison.pass_over(passed.get(name, 0))

    def _version(self, link: Link) -> str:
        """The engine version by whose rules the block was made: that before, where its seal says it was altered."""
        altered = link.sealed is not None and bytes_digest(link.data) != link.sealed
        return self._engine.get("version", "") if altered else link.block.engine.version

    def _again(
        self, link: Link, lane: Recomputed, records: list[SourceRecord], applied: Applied, parts: Parts | None
    ) -> bytes:
        """The block made anew by the engine that it names; by that of the one before where its seal says so."""

        def built(engine: Mapping[str, str]) -> bytes:
            again = lane.build(link.block, engine, records, applied)
            return again if parts is None else parts.put_into(again, link.block, records)

        made = link.block.engine.model_dump()
        if made != self._engine:
            before = built(self._engine)
            if bytes_digest(before) == link.sealed:
                return before
            self._check_engine(link)
        return built(made)

    def _judge(self, link: Link, again: bytes, problems: list[Problem]) -> None:
        """The block against what its inputs make anew, against its successor's and its anchor's word."""
        made, data = link.block, link.data
        fields = document_differences(orjson.loads(data), orjson.loads(again)) if again != data else ()
        altered = link.sealed is not None and bytes_digest(data) != link.sealed
        if altered and again != data and bytes_digest(again) == link.sealed:
            names = ", ".join(each.field for each in fields)
            self._say(Kind.FORGED_BLOCK, link, f"altered since it was sealed: {names}", fields=fields)
            data = again
        elif altered and made.block in self._anchored:
            text = f"signed was a block of hash {link.sealed}, here is one of {bytes_digest(data)}"
            self._say(Kind.REWRITTEN, link, text)
            self.findings.taint(made.block)
        elif altered and again != data:
            text = f"it is not the block whose hash, {link.sealed}, its successor has, nor what its inputs imply"
            self._say(Kind.FORGED_BLOCK, link, text, fields=fields)
            self.findings.taint(made.block)
            self._chain.hash = link.sealed
        else:
            self._judge_content(link, again, problems, fields)
        self._chain_on(link, data, altered)

    def _judge_content(self, link: Link, again: bytes, problems: list[Problem], fields: tuple[Difference, ...]) -> None:
        self._say_problems(link, problems)
        if again == link.data:
            return
        if self.findings.tainted:
            self.findings.consequences += 1
            return
        names = ", ".join(each.field for each in fields)
        self._say(Kind.FORGED_BLOCK, link, f"it is not what its inputs imply: {names}", fields=fields)
        self.findings.taint(link.block.block)

    def _chain_on(self, link: Link, data: bytes, altered: bool) -> None:
        if data != link.data:
            self._chain.went_on(data)
        assert self._lane is not None, "genesis makes it"
        self._lane.head = blocks.head_of(data)
        self._written_at = link.written_at
        self.blocks += 1
        if self.first_block is None:
            self.first_block = link.block.block

    def _say_problems(self, link: Link, problems: list[Problem]) -> None:
        for each in problems:
            self.findings.add(each.kind, Stage.INPUT, link.block.block, each.place, each.text, each.account)
        if problems:
            self.findings.taint(link.block.block)

    # Time

    def _check_timers(self, link: Link, lane: Recomputed) -> None:
        """A lane that lived in the present when it made its last block lets no timer wait for longer than the bound."""
        head, due, bound = lane.head, lane.machine.next_due, self._asked.bound_ms
        assert head is not None, "a block stands behind another one"
        if due is None or self.findings.tainted or abs(self._written_at - head.clock) > bound:
            return
        late = link.block.clock - max(due + lane.core.grace_ms, head.clock)
        if late > bound:
            text = f"a timer due at {due} ms fired when the lane's clock was {link.block.clock} ms, {late} ms late"
            self._say(Kind.LATE_TIMER, link, text)

    def _check_erased(self) -> None:
        """Of erased accounts as many rows are there as blocks count, and as they were; where compaction takes some,
        nobody can tell.
        """
        erasures = self.erasures
        for name in sorted({*erasures.owed, *erasures.suspect}.intersection(self._outputs) - COMPACTED):
            owed, suspect = erasures.owed[name], erasures.suspect.get(name)
            if (name, owed) in self._said or (owed == 0 and suspect is None):
                continue
            self._said.add((name, owed))
            block = suspect if suspect is not None else (self.head.block if self.head is not None else 0)
            kind, text = Kind.DIFFERENT, "a row of an erased account is not the one that the block put out"
            if owed:
                kind = Kind.MISSING if owed > 0 else Kind.EXTRA
                text = f"rows of erased accounts that are {'missing' if owed > 0 else 'in no block'}: {abs(owed)}"
            self.findings.add(kind, Stage.OUTPUT, block, Place(name, partition_of_lane(name, self.lane)), text)

    def _check_anchors(self) -> None:
        last = max(self._anchored, default=-1)
        here = self.head.block if self.head is not None else -1
        if last > here and Kind.TRUNCATED not in self._said:
            self._said.add(Kind.TRUNCATED)
            ends = "is empty" if here < 0 else f"ends with block {here}"
            self._say_at_end(Kind.TRUNCATED, f"block {last} was signed, the ledger {ends}")

    async def _check_waiting(self, position: Position) -> None:
        """What waits at the position: records that no block has taken; if there are none, a timer due by then."""
        found = {name: await self._inputs.waiting(name) for name in SOURCE_ORDER}
        self.waiting = {name: record for name, record in found.items() if record is not None}
        due = None if self._lane is None else self._lane.machine.next_due
        if due is None or self._lane is None or self.waiting or not self._asked.live_clock:
            self.owed = None
        else:
            late = due + self._lane.core.grace_ms + self._asked.bound_ms < position.taken_at
            self.owed = due if late else None

    def judge_waiting(self, position: Position, now: blocks.Head | None) -> None:
        """Names what is withheld. `now` is the lane's head at a second look, None where there is no later one.

        A lane that has meanwhile taken the record, or has not come to its timestamp yet, withholds nothing; nor does
        one that made a block within the bound and whose clock is not past the record: that may have come just now.
        """
        bound, head = self._asked.bound_ms, self.head
        silent = position.taken_at - self._written_at > bound
        for name, record in self.waiting.items():
            passed = head is not None and head.clock > record.timestamp + bound
            old = record.timestamp + bound < position.taken_at and (silent or passed)
            taken = now is not None and (now.positions.get(name, 0) > record.offset or record.timestamp > now.clock)
            if old and not taken and (name, record.offset) not in self._said:
                self._said.add((name, record.offset))
                self._say_withheld(name, record, position.taken_at)
        if self.owed is not None and now is None and silent and self.owed not in self._said:
            self._said.add(self.owed)
            self._say_at_end(Kind.WITHHELD, f"a timer was due at {self.owed} ms, and no block has let it fire")

    def _say_withheld(self, name: str, record: SourceRecord, taken_at: int) -> None:
        what = "broadcast" if name in BROADCAST else "record"
        text = f"a {what} of {record.timestamp} ms, {taken_at - record.timestamp} ms old, is in no block of this lane"
        place = Place(name, partition_of_lane(name, self.lane), record.offset, record.offset)
        block = self.head.block + 1 if self.head is not None else 0
        self.findings.add(Kind.WITHHELD, Stage.INPUT, block, place, text, account_of(record))

    def _say_at_end(self, kind: Kind, text: str) -> None:
        block = self.head.block + 1 if self.head is not None else 0
        self.findings.add(kind, Stage.LEDGER, block, Place(LEDGER, self.lane), text)

    def _say(self, kind: Kind, link: Link, text: str, fields: tuple[Difference, ...] = ()) -> None:
        stage = Stage.BLOCK if kind is Kind.FORGED_BLOCK else Stage.LEDGER
        self.findings.add(kind, stage, link.block.block, Place(LEDGER, self.lane), text, None, fields)
