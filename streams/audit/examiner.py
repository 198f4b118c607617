"""One lane's audit: block by block the pure core is fed what the ledger names, and what comes out is compared.

chain ─▶ inputs ─▶ core ─▶ the block made anew = the block?  ─▶ rows implied = rows emitted?
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from schemas.block import Block
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.audit.chain import Chain, Link
from streams.audit.comparison import Comparison
from streams.audit.findings import Difference, Findings, Kind, Place, Stage
from streams.audit.inputs import Inputs, Problem, account_of
from streams.audit.logs import LEDGER, Position, Stream, partition_of_lane
from streams.codec import block as blocks
from streams.codec.digest import bytes_digest
from streams.codec.engine import engine
from streams.codec.partition import Applied, Partition
from streams.codec.records import SourceRecord

_FOREVER: Final = 1 << 53


@dataclass(frozen=True)
class Asked:
    """What an audit is asked. `prefix` of the topics' names, as headers show them.

    `anchored`: hashes by lane and block, signed earlier. `engines`: digests of engines taken for good beside this one.
    `bound_ms`: how old what was not applied may be, and how late a timer. `live_clock`: lanes follow the wall clock.
    `copied`: cluster and topics may have other ids than the genesis blocks have.
    """

    prefix: str
    bound_ms: int
    live_clock: bool = True
    engines: Collection[str] = ()
    anchored: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    copied: bool = False


class Examiner:
    """The audit of one lane, which may go on to later positions: `advance` to each."""

    def __init__(
        self, lane: int, streams: Mapping[str, Stream], asked: Asked, tell: Callable[[int], None] = lambda _: None
    ) -> None:
        """`tell` gets the number of records applied so far."""
        self.lane = lane
        self._tell = tell
        self.findings = Findings(lane)
        self.records = 0
        self.blocks = 0
        self.stopped: str | None = None
        """Why nothing after some block could be judged."""
        self.head: blocks.Head | None = None
        self.first_block: int | None = None
        self.comparisons = {name: Comparison(name, streams[name], self.findings) for name in blocks.OUTPUTS}
        self.waiting: dict[str, SourceRecord] = {}
        """The first record that no block has taken, by source that has one before the position."""
        self._streams = streams
        self._asked = asked
        self._anchored = asked.anchored.get(lane, {})
        self._chain = Chain(lane, streams[LEDGER], self.findings, self._anchored)
        self._inputs = Inputs(lane, streams)
        self._machine: Partition | None = None
        self._core = CoreSettings()
        self._settings = ""
        self._engine: dict[str, str] = {}
        self._written_at = 0
        self.owed: int | None = None
        """The instant (ms) of a timer whose time is over and that no block has let fire."""
        self._said: set[object] = set()

    async def advance(self, position: Position) -> None:
        """Every block up to the position, then what is left there. Streams have been extended to it."""
        while self.stopped is None and (link := await self._chain.next()) is not None:
            self.findings.at(link.block.block, link.block.clock)
            if link.block.genesis is not None:
                self._begin(link, position)
            else:
                await self._block(link)
        if self.stopped is None:
            for comparison in self.comparisons.values():
                await comparison.settle()
            self._check_anchors()
            await self._check_waiting(position)

    # Genesis

    def _begin(self, link: Link, position: Position) -> None:
        genesis = link.block.genesis
        assert genesis is not None, "block 0 has it"
        try:
            self._core = CoreSettings(**genesis.settings)  # type: ignore[arg-type]
        except TypeError:
            self._say(Kind.FORGED_BLOCK, link, "the genesis block has settings that this engine doesn't know")
            self.stopped = "the settings in the genesis block can't be read"
            return
        self._settings = blocks.settings_digest(self._core)
        self._machine = Partition(self.lane, genesis.partitions, self._core, self._asked.prefix)
        ground = blocks.Ground(genesis.cluster, genesis.topics, genesis.partitions, self._core)
        self._check_engine(link)
        made = link.block.engine.model_dump()
        self._judge(link, blocks.genesis(self.lane, ground, made), [])
        wanted: dict[str, Any] = {"partitions": position.lanes}
        if not self._asked.copied:
            wanted |= {"cluster": position.cluster, "topics": position.topics}
        found = genesis.model_dump()
        for name, value in wanted.items():
            if value is not None and found[name] != value:
                text = f"the ledger stands on another {name} than is there now"
                self._say(Kind.OTHER_GROUND, link, text, fields=_fields(found[name], value, name))

    def _check_engine(self, link: Link) -> None:
        made = link.block.engine.model_dump()
        if made != self._engine and made != engine() and made["digest"] not in self._asked.engines:
            text = f"from here on blocks are of engine {made['version']} {made['digest']}, tzdata {made['tzdata']}"
            self._say(Kind.OTHER_ENGINE, link, text, fields=_fields(made, engine(), "engine"))
            self.findings.taint(link.block.block)
        self._engine = made

    # Blocks

    async def _block(self, link: Link) -> None:
        if self._machine is None or self.head is None:
            self.stopped = f"nothing can be recomputed: the ledger's blocks before {link.block.block} are not here"
            return
        made = link.block
        self._check_timers(link)
        records, problems = await self._inputs.take(made)
        if any(problem.lost for problem in problems):
            self._say_problems(link, problems)
            self.stopped = f"the inputs of block {made.block} were deleted: nothing from there on can be recomputed"
            return
        applied = self._apply(made, records)
        self._judge(link, self._again(link, records, applied), problems)
        self.records += len(records)
        self._tell(self.records)
        for name, comparison in self.comparisons.items():
            await comparison.imply(applied.outputs.get(name, ()), made.block)

    def _again(self, link: Link, records: list[SourceRecord], applied: Applied) -> bytes:
        """The block made anew by the engine that it names; by that of the one before where its seal says so."""
        made = link.block.engine.model_dump()
        if made != self._engine:
            before = self._build(link.block, self._engine, records, applied)
            if bytes_digest(before) == link.sealed:
                return before
            self._check_engine(link)
        return self._build(link.block, made, records, applied)

    def _apply(self, made: Block, records: list[SourceRecord]) -> Applied:
        machine = self._machine
        assert machine is not None, "after genesis there is one"
        machine.open_block(made.admit_until)
        count = machine.apply(records)
        if not records:
            machine.tick(made.clock)
        applied = machine.close_block()
        if count < len(records):  # only where the state or the block isn't what it was: the rest counts all the same
            self._rest(records[count:], applied)
        return applied

    def _rest(self, records: list[SourceRecord], applied: Applied) -> None:
        machine = self._machine
        assert machine is not None, "after genesis there is one"
        while records:
            machine.open_block(_FOREVER)
            records = records[machine.apply(records) :]
            for name, rows in machine.close_block().outputs.items():
                applied.outputs[name] += rows

    def _build(
        self, made: Block, engine: Mapping[str, str], records: Sequence[SourceRecord], applied: Applied
    ) -> bytes:
        assert self.head is not None, "after genesis there is one"
        return blocks.build(
            self.head,
            engine,
            self._settings,
            records,
            applied.outputs,
            clock=applied.clock,
            admit_until=made.admit_until,
            cursor=applied.cursor,
            activations=applied.activations,
        )

    def _judge(self, link: Link, again: bytes, problems: list[Problem]) -> None:
        """The block against what its inputs make anew, against its successor's and its anchor's word."""
        made, data = link.block, link.data
        fields = _fields(orjson.loads(data), orjson.loads(again)) if again != data else ()
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
        self.head = blocks.head_of(data)
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

    def _check_timers(self, link: Link) -> None:
        """A lane that lived in the present when it made its last block lets no timer wait for longer than the bound."""
        machine, head, bound = self._machine, self.head, self._asked.bound_ms
        assert machine is not None, "after genesis there is one"
        assert head is not None, "after genesis there is one"
        due = machine.next_due
        if due is None or self.findings.tainted or abs(self._written_at - head.clock) > bound:
            return
        late = link.block.clock - max(due + self._core.grace_ms, head.clock)
        if late > bound:
            text = f"a timer due at {due} ms fired when the lane's clock was {link.block.clock} ms, {late} ms late"
            self._say(Kind.LATE_TIMER, link, text)

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
        due = self._machine.next_due if self._machine is not None else None
        late = due is not None and due + self._core.grace_ms + self._asked.bound_ms < position.taken_at
        self.owed = due if late and self._asked.live_clock and not self.waiting else None

    def judge_waiting(self, position: Position, now: blocks.Head | None) -> None:
        """Names what is withheld. `now` is the lane's head at a second look, None where there is no later one.

        A lane that has meanwhile taken the record, or has not come to its timestamp yet, withholds nothing.
        """
        for name, record in self.waiting.items():
            old = record.timestamp + self._asked.bound_ms < position.taken_at
            taken = now is not None and (now.positions.get(name, 0) > record.offset or record.timestamp > now.clock)
            if old and not taken and (name, record.offset) not in self._said:
                self._said.add((name, record.offset))
                self._say_withheld(name, record, position.taken_at)
        if self.owed is not None and now is None and self.owed not in self._said:
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


def _fields(found: Any, implied: Any, name: str = "") -> tuple[Difference, ...]:
    """Where two documents differ, by the names of the members at the top."""
    if not isinstance(found, dict) or not isinstance(implied, dict):
        return () if found == implied else (Difference(name, found, implied),)
    return tuple(
        Difference(f"{name}.{key}" if name else key, found.get(key), implied.get(key))
        for key in sorted({*found, *implied})
        if found.get(key) != implied.get(key)
    )
