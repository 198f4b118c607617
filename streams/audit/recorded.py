"""Replay from the ledger: what its blocks name, in the recorded order, through the pure core once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from schemas.block import Block
from schemas.errors import ContractError
from schemas.policy import PolicyDocument
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST
from streams.audit.chain import Chain
from streams.audit.checkpoints import Beginning, states_of
from streams.audit.findings import Findings
from streams.audit.inputs import POLICIES, Inputs
from streams.audit.logs import INPUTS, LEDGER, AuditError, Origin, Position
from streams.audit.runs import Runs
from streams.codec.decode import decode
from streams.codec.framing import account_in
from streams.codec.partition import Partition
from streams.codec.records import OutputRecord, SourceRecord
from streams.codec.versions import behaviour_of

ALWAYS: Final = (0, 1 << 62)


class _Data(msgspec.Struct):
    product: str


class _Status(msgspec.Struct):
    """Of a status event what its place in the output needs."""

    data: _Data


_product = msgspec.json.Decoder(_Status).decode


class LaneReplay(NamedTuple):
    """One lane's: records applied (of one account: its own), statuses put out, and the files that hold them."""

    records: int
    statuses: int
    runs: Sequence[Path]


@dataclass(frozen=True)
class RecordedReplay:
    """The work of `replay` from a ledger, lane by lane.

    `folder` takes the sorted runs; `account` alone where one is given; `during` are the first and last instant (ms) of
    the statuses wanted; `policy` is in force from its effective_from in place of those recorded. `beginning`: the
    checkpoint to start from, what was before may be gone.
    """

    origin: Origin
    position: Position
    prefix: str
    folder: Path
    account: str | None = None
    during: tuple[int, int] = ALWAYS
    policy: PolicyDocument | None = None
    beginning: Beginning | None = None

    async def lane(self, lane: int, tell: Callable[[int], None]) -> LaneReplay:
        """Replays one lane up to the position. Raises AuditError, also for a ledger that isn't whole."""
        findings = Findings(lane)
        runs = Runs(self.folder, f"lane-{lane}")
        read = 0
        begun = None if self.beginning is None else self.beginning.checkpoint.of(lane)
        async with self.origin.opened(self.position, lane, INPUTS) as streams:
            chain, inputs = Chain(lane, streams[LEDGER], findings, {}), Inputs(lane, streams)
            player: _Player | None = None
            if self.beginning is not None and begun is not None:
                chain.resume(begun.block, begun.hash)
                inputs.resume(begun.positions)
                player = _Player(self, lane, begun.partitions, begun.settings)
                player.restore(states_of(self.beginning.folder, begun), begun.clock)
            while (link := await chain.next()) is not None:
                made = link.block
                rows, problems = await inputs.take(made)
                problems += inputs.altered()
                _refuse(lane, made, [*(each.text for each in findings.kept), *(each.text for each in problems)])
                if made.genesis is not None:
                    player = _Player(self, lane, made.genesis.partitions, made.genesis.settings)
                assert player is not None, "a chain without findings begins with genesis"
                self._keep(runs, player.play(made, rows), player.machine)
                read += len(rows)
                tell(read)
            _refuse(lane, None, [each.text for each in findings.kept])
        runs.close()
        return LaneReplay(0 if player is None else player.applied, runs.count, runs.paths)

    def _keep(self, runs: Runs, rows: list[OutputRecord], machine: Partition) -> None:
        first, last = self.during
        for row in rows:
            if first <= row.timestamp <= last:
                value = row.value or b""
                runs.add(row.timestamp, row.key or b"", machine.product_order(_product(value).data.product), value)


class _Player:
    """The lane's machine, fed block by block."""

    def __init__(self, asked: RecordedReplay, lane: int, partitions: int, settings: Mapping[str, int | str]) -> None:
        core = CoreSettings.recorded(settings)
        self.machine = Partition(lane, partitions, core, asked.prefix)
        self._partitions = partitions
        self._other_policy = asked.policy is not None
        self._account = None if asked.account is None else asked.account.encode()
        self.applied = 0
        """Records so far; of one account its own ones alone."""
        if asked.policy is not None:
            self.machine.install(asked.policy)

    def restore(self, states: Iterable[SourceRecord], clock: int) -> None:
        """Go on from a checkpoint's states; where one account is asked for, from its own and what lanes keep beside."""
        for row in states:
            key = row.key or b""
            if row.value is not None and (self._account in (None, key) or key.startswith(b"~")):
                self.machine.restore(key, row.value)
        self.machine.ready(clock)

    def play(self, made: Block, records: list[SourceRecord]) -> list[OutputRecord]:
        """A block's statuses. Under another policy there may be more work than a block takes: then in several."""
        behaviour = behaviour_of(made.engine.version)
        if behaviour is None:
            raise AuditError(
                f"block {made.block} is of engine {made.engine.version}, whose rules are not in this release"
            )
        self.machine.follow(behaviour)
        self.applied += len(records) if self._account is None else sum(map(self._is_own, records))
        if not self._alters:
            return self._as_recorded(made, records)
        statuses: list[OutputRecord] = []
        if self._other_policy:
            records = [record for record in records if not self._is_of_a_policy(record)]
        for clock, portion in self._portions(made, records):
            rest, done = portion, False
            while not done:
                self.machine.open_block(made.admit_until)
                rest = rest[self.machine.apply(rest) :]
                done = not rest and self.machine.tick(clock)
                statuses += self.machine.close_block().outputs["status"]
        return statuses

    def _as_recorded(self, made: Block, records: list[SourceRecord]) -> list[OutputRecord]:
        self.machine.open_block(made.admit_until)
        if self.machine.apply(records) < len(records):
            raise AuditError(f"block {made.block} holds more work than a block takes; eligibility verify tells why")
        if not records:
            self.machine.tick(made.clock)
        return self.machine.close_block().outputs["status"]

    @property
    def _alters(self) -> bool:
        """Whether blocks hold other work than recorded; else a block ends where it ended."""
        return self._other_policy or self._account is not None

    def _portions(self, made: Block, records: list[SourceRecord]) -> list[tuple[int, list[SourceRecord]]]:
        """What is applied together, and the lane's clock behind it: of one account alone, with the clock as recorded
        at each broadcast, since a policy's turn depends on it.
        """
        if self._account is None:
            return [(made.clock, records)]
        portions: list[tuple[int, list[SourceRecord]]] = []
        clock = self.machine.clock
        for record in records:
            if record.topic in BROADCAST:
                portions.append((clock, []))
            if record.timestamp <= made.admit_until:
                clock = max(clock, record.timestamp)
            if record.topic in BROADCAST or self._is_own(record):
                portions.append((clock, [record]))
        return [*portions, (made.clock, [])]

    def _is_own(self, record: SourceRecord) -> bool:
        return record.topic not in BROADCAST and account_in(record.key) == self._account

    def _is_of_a_policy(self, record: SourceRecord) -> bool:
        if record.topic != POLICIES:
            return False
        try:
            return decode(record, self._partitions).type.startswith("policy.")
        except ContractError:
            return False


def _refuse(lane: int, made: Block | None, problems: list[str]) -> None:
    if problems:
        where = f"lane {lane}" + (f", block {made.block}" if made is not None else "")
        raise AuditError(f"{where}: {problems[0]}; eligibility verify tells what else")
