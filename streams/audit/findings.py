"""What an audit finds: classes, evidence, and which divergence was the first, by account and overall."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Any, Final, NamedTuple

KEPT: Final = 1_000
"""Findings of a lane that are kept in full; all are counted."""
ACCOUNTS_KEPT: Final = 10_000
"""Accounts of a lane whose first divergence is kept."""

CLOCKS_KEPT: Final = 10_000
"""Blocks whose clock is known: rows are judged within a window of some blocks."""


class Kind(StrEnum):
    """The classes of findings; names are part of the report's form."""

    BROKEN_CHAIN = "broken_chain"
    FORGED_BLOCK = "forged_block"
    REWRITTEN = "rewritten"
    TRUNCATED = "truncated"
    OTHER_GROUND = "other_ground"
    OTHER_ENGINE = "other_engine"
    MISSING_INPUT = "missing_input"
    POLICY_UNAVAILABLE = "policy_unavailable"
    ALTERED_INPUT = "altered_input"
    SKIPPED_INPUT = "skipped_input"
    WITHHELD = "withheld"
    LATE_TIMER = "late_timer"
    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    OUT_OF_ORDER = "out_of_order"
    REPEATED = "repeated"


class Stage(StrEnum):
    """What of a block is looked at, in the order in which one thing follows from another."""

    LEDGER = "1 ledger"
    INPUT = "2 input"
    BLOCK = "3 block"
    OUTPUT = "4 output"


class Difference(NamedTuple):
    """One field: as it was found, and as it is implied."""

    field: str
    found: Any
    implied: Any


class Place(NamedTuple):
    """Records of one topic (the catalogue's name); offsets inclusive, None where none can be named."""

    topic: str
    partition: int
    first: int | None = None
    last: int | None = None


class Finding(NamedTuple):
    """One divergence. `block` is the first block that can't hold as it stands; `clock` that block's, ms.

    `consequence`: the lane had diverged before, so that this one may follow from that.
    """

    kind: Kind
    stage: Stage
    lane: int
    block: int
    clock: int
    place: Place
    text: str
    account: str | None = None
    fields: tuple[Difference, ...] = ()
    consequence: bool = False

    @property
    def order(self) -> tuple[int, int, int, str, int]:
        """By which the first one is told: within a lane by block, across lanes by the lane's clock."""
        return self.clock, self.lane, self.block, self.stage, self.place.first or 0


class Findings:
    """Those of one lane, in the order in which they were made."""

    def __init__(self, lane: int) -> None:
        self.lane = lane
        self.kept: list[Finding] = []
        self.counts: Counter[Kind] = Counter()
        self.consequences = 0
        """Of the counted ones; and blocks that differ only because an earlier one did."""
        self.first: Finding | None = None
        self.by_account: dict[str, Finding] = {}
        self._clocks: dict[int, int] = {}
        self._clock = 0
        self._tainted: int | None = None

    @property
    def tainted(self) -> bool:
        """Whether the state recomputed may be another one than the lane's: some input or block is not what it was."""
        return self._tainted is not None

    def taint(self, block: int) -> None:
        """From this block on, what differs may be a consequence."""
        if self._tainted is None:
            self._tainted = block

    def at(self, block: int, clock: int) -> None:
        """A block's clock, by which findings are ordered over lanes."""
        self._clock = self._clocks[block] = clock
        if len(self._clocks) > CLOCKS_KEPT:
            del self._clocks[next(iter(self._clocks))]

    def add(
        self,
        kind: Kind,
        stage: Stage,
        block: int,
        place: Place,
        text: str,
        account: str | None = None,
        fields: tuple[Difference, ...] = (),
    ) -> None:
        """Take one down."""
        consequence = self._tainted is not None and block >= self._tainted
        clock = self._clocks.get(block, self._clock)
        found = Finding(kind, stage, self.lane, block, clock, place, text, account, fields, consequence)
        self.counts[kind] += 1
        self.consequences += consequence
        if len(self.kept) < KEPT:
            self.kept.append(found)
        if self.first is None or found.order < self.first.order:
            self.first = found
        if account is not None:
            known = self.by_account.get(account)
            if (known is None and len(self.by_account) < ACCOUNTS_KEPT) or (known and found.order < known.order):
                self.by_account[account] = found
