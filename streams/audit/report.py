"""The report of an audit, as JSON and as text: the outcome, the evidence, and what all that proves and what not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from schemas.instants import instant_text
from schemas.wording.template import counted
from streams.audit.checkpoints import Checkpoint
from streams.audit.findings import Finding, Kind
from streams.audit.lane import LaneResult
from streams.audit.logs import Position
from streams.codec.engine import engine

FORMAT: Final = 1
SHOWN: Final = 20
_FIELDS_SHOWN: Final = 4
_VALUE_SHOWN: Final = 60
_INTEGER_MAX: Final = 2**53 - 1
"""Of RFC 8785: a report can be signed."""

_PROVES: Final = (
    "Every status, present picture, dead letter and state change up to these blocks is what the source records that "
    "the blocks name imply, in the recorded order, under the policies among them, by this engine.",
    "Nothing was emitted beside that, nothing left out, nothing repeated; no committed source record before the "
    "blocks' positions was passed over.",
)
_PROVES_BY_REFERENCE: Final = (
    "Every status of {accounts} up to these blocks is what the reference interpreter, which shares no code with the "
    "workers' core, makes of the records that the blocks name, in the recorded order, under the policies among them.",
    "The blocks are a chain, and the records are those that they name; what was rejected is no event by the contract, "
    "or may be rejected by what was known.",
)
_PROVES_NOT_BY_REFERENCE: Final = (
    "That the source records are true: what a sender wrote is taken as it stands.",
    "Present pictures, states, availability, texts, policy digests and references of statuses; what was withheld or is "
    "late; that nothing was emitted for other accounts: eligibility verify without --engine reference.",
    "That events rejected for their signature, their hands or their policy had to be: the dead letter's word is taken.",
    "Statuses of accounts that have outgrown the bounds of the hot state (semantics M12): the reference has none.",
)
_PROVES_ANCHORED: Final = "The ledgers hold the signed blocks: up to them nothing was cut off or made anew since."
_PROVES_NOT: Final = (
    "That the source records are true: what a sender wrote is taken as it stands.",
    "That this engine's rules are right: it is the same core that the workers run.",
)
_PROVES_NOT_UNANCHORED: Final = (
    "That nobody has cut off the end of ledger and outputs together, or made both anew: without an anchor the logs are "
    "shown to agree with each other, not with what they once were."
)
_PROVES_NOT_BEFORE: Final = (
    "Anything before the checkpoint of {made_at}: that is the word of who signed it, {signingkey}."
)
_PROVES_NOT_COMPACTED: Final = (
    "Rows of compacted topics that a later row of the same key has replaced: the broker may have dropped them."
)
_PROVES_NOT_ERASED: Final = (
    "What erased accounts were told: of their records place, instant and leaf are left, and that they are those that "
    "the blocks name."
)
_PROVES_NOT_UNCHECKED: Final = (
    "{unchecked:,} digests of blocks over outputs of erased accounts that compaction had taken before the archive, or "
    "that a storm of timers divides: there the blocks' own word is taken; all other rows were compared."
)


class Report:
    """The results of all lanes, put together."""

    def __init__(
        self,
        position: Position,
        results: Sequence[LaneResult],
        anchors: Sequence[str] = (),
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """`anchors`: names of those that were checked; `checkpoint`: the one that all began behind."""
        self.checkpoint = checkpoint
        self.position = position
        self.results = results
        self.anchors = anchors
        self.counts: Counter[Kind] = Counter()
        for each in results:
            self.counts += each.counts
        firsts = [each.first_finding for each in results if each.first_finding is not None]
        self.first: Finding | None = min(firsts, key=lambda finding: finding.order, default=None)

    @property
    def equal(self) -> bool:
        """Whether all that was emitted is all that is implied."""
        return not self.counts and not any(each.stopped for each in self.results)

    @property
    def accounts(self) -> int | None:
        """How many accounts the reference interpreter judged, None where the core judged all."""
        judged = [each.accounts for each in self.results if each.accounts is not None]
        return sum(judged) if judged else None

    @property
    def erased(self) -> dict[str, tuple[int, int | None]]:
        """Of accounts whose content is gone, by handle: records, and since when (ms; None: never kept)."""
        found: dict[str, tuple[int, int | None]] = {}
        for each in self.results:
            for handle, (count, at) in each.erased.items():
                found[handle] = (found.get(handle, (0, at))[0] + count, at)
        return found

    @property
    def proves(self) -> list[str]:
        """What an equal outcome shows."""
        if self.accounts is not None:
            judged = f"{self.accounts:,} accounts"
            return [each.format(accounts=judged) for each in _PROVES_BY_REFERENCE] if self.equal else []
        return [*_PROVES, *([_PROVES_ANCHORED] if self.anchors else [])] if self.equal else []

    @property
    def proves_not(self) -> list[str]:
        """What this audit can't show."""
        gone = [_PROVES_NOT_ERASED] if self.erased else []
        unchecked = sum(each.unchecked for each in self.results)
        gone += [_PROVES_NOT_UNCHECKED.format(unchecked=unchecked)] if unchecked else []
        if self.accounts is not None:
            return [*_PROVES_NOT_BY_REFERENCE, *gone, _PROVES_NOT_UNANCHORED]
        begun = [] if self.checkpoint is None else [_PROVES_NOT_BEFORE.format(**self._begun())]
        return [*_PROVES_NOT, *begun, *gone, *([] if self.anchors else [_PROVES_NOT_UNANCHORED]), _PROVES_NOT_COMPACTED]

    def _begun(self) -> dict[str, str]:
        checkpoint = self.checkpoint
        assert checkpoint is not None, "it is asked for where there is one"
        return {"made_at": checkpoint.made_at, "signingkey": checkpoint.signingkey}

    def summary(self) -> dict[str, Any]:
        """What one position of a watch came to, in JSON's types."""
        return {
            "format": FORMAT,
            "outcome": "equal" if self.equal else "different",
            "taken_at": instant_text(self.position.taken_at),
            "blocks": {str(each.lane): each.last for each in self.results},
            "counts": {kind.value: count for kind, count in sorted(self.counts.items())},
        }

    def line(self) -> str:
        """The same for a person."""
        blocks = ", ".join(f"lane {each.lane} block {each.last}" for each in self.results if each.last is not None)
        outcome = "equal" if self.equal else f"different ({counted(sum(self.counts.values()), 'finding')} so far)"
        return f"{instant_text(self.position.taken_at)}: {outcome}; {blocks or 'no lane has ever opened'}"

    def document(self) -> dict[str, Any]:
        """The report in JSON's types; its form is format 1 (deploy/docs/audit.md)."""
        return {
            "format": FORMAT,
            "type": "eligibility.audit",
            "outcome": "equal" if self.equal else "different",
            "taken_at": instant_text(self.position.taken_at),
            "engine": engine() if self.accounts is None else {"version": "reference"},
            "accounts": self.accounts,
            "cluster": self.position.cluster,
            "anchors": list(self.anchors),
            "checkpoint": None if self.checkpoint is None else self._begun(),
            "erased": [
                {"account": handle, "erased_at": None if at is None else instant_text(at), "records": count}
                for handle, (count, at) in sorted(self.erased.items())
            ],
            "lanes": [_lane(each) for each in self.results],
            "counts": {kind.value: count for kind, count in sorted(self.counts.items())},
            "first": None if self.first is None else finding_document(self.first),
            "first_by_account": {
                account: finding_document(found) for account, found in sorted(self._by_account().items())
            },
            "findings": [finding_document(each) for result in self.results for each in result.findings],
            "proves": self.proves,
            "does_not_prove": self.proves_not,
        }

    def lines(self) -> Iterator[str]:
        """The report for a person."""
        outcome = "EQUAL: what was emitted is what the log implies" if self.equal else "DIFFERENT"
        yield f"{outcome}, as of {instant_text(self.position.taken_at)}"
        if self.accounts is not None:
            yield f"Judged by the reference interpreter: {self.accounts:,} accounts"
        if self.checkpoint is not None:
            yield f"Begun behind the checkpoint of {self.checkpoint.made_at}, signed by {self.checkpoint.signingkey}"
        for each in self.results:
            yield _lane_line(each)
        for handle, (count, at) in sorted(self.erased.items()):
            when = "never kept, since their accounts are erased" if at is None else f"erased {instant_text(at)}"
            yield f"account {handle if at is not None else '(any)'}: {count:,} records, {when}"
        if self.counts:
            yield "Found: " + ", ".join(f"{kind} {count:,}" for kind, count in self.counts.most_common())
        if self.first is not None:
            yield "First divergence:"
            yield from finding_lines(self.first)
        found = [each for result in self.results for each in result.findings if each != self.first]
        if found:
            yield "Then:"
        for finding in sorted(found, key=lambda each: each.order)[: SHOWN - 1]:
            yield from finding_lines(finding)
        if len(found) >= SHOWN:
            yield f"... and more; --json has {len(found) + 1:,} in full"
        if self.proves:
            yield "This proves:"
            yield from (f"- {each}" for each in self.proves)
        yield "It does not prove:"
        yield from (f"- {each}" for each in self.proves_not)

    def _by_account(self) -> dict[str, Finding]:
        return {account: found for each in self.results for account, found in each.by_account.items()}


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding in JSON's types."""
    place = finding.place
    return {
        "class": finding.kind.value,
        "lane": finding.lane,
        "block": finding.block,
        "clock": instant_text(finding.clock),
        "topic": place.topic,
        "partition": place.partition,
        "first_offset": place.first,
        "last_offset": place.last,
        "account": finding.account,
        "evidence": finding.text,
        "fields": [
            {"field": each.field, "found": _plain(each.found), "implied": _plain(each.implied)}
            for each in finding.fields
        ],
        "consequence": finding.consequence,
    }


def _lane(result: LaneResult) -> dict[str, Any]:
    return {
        "lane": result.lane,
        "first_block": result.first,
        "last_block": result.last,
        "hash": result.hash,
        "clock": instant_text(result.clock),
        "records": result.records,
        "matched": dict(result.matched),
        "waiting": dict(result.waiting),
        "counts": {kind.value: count for kind, count in sorted(result.counts.items())},
        "consequences": result.consequences,
        "stopped": result.stopped,
    }


def _lane_line(result: LaneResult) -> str:
    if result.last is None:
        return f"lane {result.lane}: {result.stopped or 'never opened'}"
    matched = ", ".join(f"{name} {count:,}" for name, count in result.matched.items() if count)
    waiting = f"; not yet applied: {', '.join(result.waiting)}" if result.waiting else ""
    stopped = f"; judged no further: {result.stopped}" if result.stopped else ""
    blocks = f"blocks {result.first} to {result.last}" if result.first is not None else f"nothing after {result.last}"
    blocks += f", {result.records:,} records"
    return f"lane {result.lane}: {blocks}; equal: {matched or 'nothing'}{waiting}{stopped}"


def finding_lines(finding: Finding) -> Iterator[str]:
    """A finding for a person."""
    place = finding.place
    offsets = "" if place.first is None else f" offset {place.first}"
    if place.last is not None and place.last != place.first:
        offsets += f" to {place.last}"
    about = f", account {finding.account}" if finding.account is not None else ""
    after = " (may follow from an earlier one)" if finding.consequence else ""
    yield (
        f"- {finding.kind}: lane {finding.lane}, block {finding.block}, {place.topic}/{place.partition}{offsets}"
        f"{about}{after}"
    )
    yield f"  {finding.text}"
    for each in finding.fields[:_FIELDS_SHOWN]:
        yield f"  {each.field}: {_shown(each.found)}, implied is {_shown(each.implied)}"


def _plain(value: Any) -> str | int | None:
    """What has a canonical form whatever stood in the record: small values as they are, others as text."""
    if value is None or isinstance(value, str) or (isinstance(value, int) and abs(value) <= _INTEGER_MAX):
        return value
    return str(value) if isinstance(value, int) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _VALUE_SHOWN else text[: _VALUE_SHOWN - 3] + "..."
