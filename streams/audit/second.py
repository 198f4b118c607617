"""`verify --engine reference`: a lane's statuses by the reference interpreter, for who doesn't trust the core (0105).

The order of truth comes from the blocks, whose chain and slices are checked anew; what is an event comes from the
contracts' models. All that follows from events is the reference's own. Statuses are compared, and which records were
rejected; of a sample of accounts, or of all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from heapq import heappush, heapreplace
from typing import Any, Final

import orjson
from aiokafka.partitioner import murmur2

from schemas.block import parse_block
from schemas.deadletter import parse_dead_letter
from schemas.errors import Code, ContractError
from schemas.events import VALUE_BYTES_MAX, event_type, parse_event
from schemas.instants import parse_instant
from schemas.topics import BROADCAST, SOURCE_ORDER
from streams.archive import ErasedRecord
from streams.audit.erased import Erasures, digest_of
from streams.audit.findings import Findings, Kind, Place, Stage
from streams.audit.inputs import account_of
from streams.audit.lane import LaneResult
from streams.audit.logs import LEDGER, Origin, Position, Stream, partition_of_lane
from streams.audit.rows import document_differences
from streams.codec.records import SourceRecord
from streams.reference import log
from streams.reference.account import AccountRun
from streams.reference.lane import Lane

STATUS: Final = "status"
_POSITIVE: Final = 0x7FFFFFFF
LETTERS: Final = "dead-letters"
NOT_COMPARED: Final = ("reference", "policy", "engine", "catalogue")
"""Fields of the status event's data that the reference doesn't give."""
NOT_COMPARED_OF_REASONS: Final = ("remedy", "values")
_BY_STATE: Final = frozenset({Code.INVALID_EVENT, Code.TIME_IN_FUTURE, Code.TARGET_UNKNOWN})
"""Codes for which an event of good form may be rejected."""
_JUDGED_BY_PEOPLE: Final = frozenset({"reviews", *BROADCAST})
"""Topics whose events may be invalid by what is known: signatures, hands, policies that can't be."""


def compared(status: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a status event: subject, time (ms), and of its data what the reference gives."""
    data = {name: value for name, value in status["data"].items() if name not in NOT_COMPARED}
    data["reasons"] = [
        {name: value for name, value in reason.items() if name not in NOT_COMPARED_OF_REASONS}
        for reason in data["reasons"]
    ]
    data["terms"] = {name: value for name, value in data["terms"].items() if value is not None}
    return {"subject": status["subject"], "time": parse_instant(status["time"]), "data": data}


class Sample:
    """The accounts of a lane that are judged: of `most` those whose hashes with the salt are the smallest."""

    def __init__(self, most: int | None, salt: str) -> None:
        """`most` None: all of them."""
        self._most = most
        self._salt = salt
        self._kept: list[tuple[int, str]] = []
        self._known: dict[str, bool] = {}

    def has(self, account: str) -> bool:
        """Whether an account is among them, as far as accounts were met. What has left doesn't come back."""
        if self._most is None:
            return True
        known = self._known.get(account)
        if known is None:
            known = self._known[account] = self._take(account)
        return known

    def _take(self, account: str) -> bool:
        place = -int.from_bytes(sha256(f"{self._salt}\n{account}".encode()).digest()[:8], "big")
        assert self._most is not None, "asked for above"
        if len(self._kept) < self._most:
            heappush(self._kept, (place, account))
            return True
        if place < self._kept[0][0]:
            return False
        _, gone = heapreplace(self._kept, (place, account))
        self._known[gone] = False
        return True


@dataclass(frozen=True)
class SecondAudit:
    """The work of `verify --engine reference`, lane by lane. `accounts`: so many of each lane, None: all."""

    origin: Origin
    position: Position
    accounts: int | None = None
    salt: str = ""

    async def lane(self, lane: int, tell: Callable[[int], None]) -> LaneResult:
        """Audits one lane up to the position. Raises AuditError."""
        letters = await self._letters(lane)
        async with self.origin.opened(self.position, lane, (LEDGER, *SOURCE_ORDER, STATUS)) as streams:
            reader = _Reader(lane, streams, letters, Sample(self.accounts, self.salt), tell)
            await reader.read(self.position)
            return await reader.result()

    async def _letters(self, lane: int) -> Mapping[tuple[str, int], Code]:
        """Codes of rejected records by topic and offset; of broadcast ones lane 0 tells."""
        found: dict[tuple[str, int], Code] = {}
        for place in {0, lane}:
            async with self.origin.opened(self.position, place, (LETTERS,)) as streams:
                stream = streams[LETTERS]
                while await stream.fill():
                    try:
                        letter = parse_dead_letter(stream.rows.popleft().headers)
                    except ContractError:
                        continue  # no dead letter: the record that it was of is then missing one
                    name = next((each for each in SOURCE_ORDER if letter.topic.endswith(each)), letter.topic)
                    if (name in BROADCAST) or (place == lane):
                        found[name, letter.offset] = letter.code
        return found


class _Reader:
    """One lane: blocks in, the reference's accounts out."""

    def __init__(
        self,
        lane: int,
        streams: Mapping[str, Stream],
        letters: Mapping[tuple[str, int], Code],
        sample: Sample,
        tell: Callable[[int], None],
    ) -> None:
        self._number = lane
        self._streams = streams
        self._letters = letters
        self._sample = sample
        self._tell = tell
        self._findings = Findings(lane)
        self._lane = Lane()
        self._records = 0
        self._block = -1
        self._hash: str | None = None
        self._partitions, self._future = 1, 0
        self._stopped: str | None = None
        self._erasures = Erasures()
        self._cursor: list[Any] | None = None
        self._made_by: list[tuple[int, int]] = []  # block, statuses up to it

    async def read(self, position: Position) -> None:
        """Every block up to the position."""
        ledger = self._streams[LEDGER]
        while self._stopped is None and await ledger.fill():
            row = ledger.rows.popleft()
            data = row.value or b""
            try:
                block = orjson.loads(data)
                parse_block(block)
            except ValueError:  # ContractError is one
                self._stop(Kind.FORGED_BLOCK, LEDGER, row.offset, "a record of the ledger is no block")
                return
            self._findings.at(block["block"], block["clock"])
            if block["block"] != self._block + 1 or block["previous"] != self._hash:
                self._stop(
                    Kind.BROKEN_CHAIN, LEDGER, row.offset, f"block {block['block']} doesn't follow the one before"
                )
                return
            self._hash, self._block, self._cursor = log.block_hash(data), block["block"], block["cursor"]
            if block["block"] == 0:
                self._begin(block["genesis"])
            rows = await self._slices(block)
            for record in log.in_order_of_truth(rows):
                self._take(record, block["admit_until"])
            self._lane.tick(block["clock"])
            written = sum(each["count"] for each in block["outputs"] if each["topic"] == STATUS)
            self._made_by.append((block["block"], (self._made_by[-1][1] if self._made_by else 0) + written))
            self._tell(self._records)
        due = self._lane.due if self._cursor is None else min(self._lane.due, self._cursor[0] - 1)
        self._lane.ends(self._lane.clock)
        self._lane.settle(due)

    def _begin(self, genesis: dict[str, Any]) -> None:
        settings = genesis["settings"]
        self._partitions, self._future = genesis["partitions"], settings["future_ms"]
        self._lane = Lane(settings["grace_ms"], settings["future_ms"], settings["activation_delay_ms"])

    async def _slices(self, block: dict[str, Any]) -> dict[str, list[SourceRecord]]:
        found: dict[str, list[SourceRecord]] = {}
        for piece in block["slices"]:
            stream, rows = self._streams[piece["topic"]], []
            while await stream.fill() and stream.rows[0].offset <= piece["last"]:
                rows.append(stream.rows.popleft())
            self._erasures.note(rows)
            if self._digest(rows) != piece["digest"]:
                text = f"the records are not those that block {block['block']} applied"
                self._stop(Kind.ALTERED_INPUT, piece["topic"], piece["first"], text)
                return {}
            found[piece["topic"]] = rows
        return found

    def _digest(self, rows: list[SourceRecord]) -> str:
        """By the reference's own hand; of erased records only the audit knows the leaves."""
        whole = not any(isinstance(row, ErasedRecord) for row in rows)
        return log.slice_digest(rows) if whole else digest_of(rows)

    # Records

    def _take(self, record: SourceRecord, admit_until: int) -> None:
        self._records += 1
        if isinstance(record, ErasedRecord):
            if record.timestamp <= admit_until:
                self._lane.tick(record.timestamp)
            self._lane.ends(self._lane.clock)
            return
        code = self._letters.get((record.topic, record.offset))
        early = record.timestamp > admit_until
        event = None if early else self._event(record)
        self._judge_rejection(record, event, code)
        if not early:
            self._lane.tick(record.timestamp)
        self._lane.ends(self._lane.clock)
        if event is None or (code is not None and (code is not Code.TARGET_UNKNOWN or record.topic in BROADCAST)):
            return
        if record.topic in BROADCAST:
            self._lane.broadcast(event, record.timestamp)
        elif self._sample.has(event["subject"]):
            self._lane.account(event, record.timestamp, record.topic, log.size_of(record))
            for gone in [name for name in self._lane.runs if not self._sample.has(name)]:
                del self._lane.runs[gone]

    def _event(self, record: SourceRecord) -> dict[str, Any] | None:
        """The event, None where the contract says that it is none, or that it belongs elsewhere."""
        if len(record.value or b"") > VALUE_BYTES_MAX:
            return None
        try:
            orjson.loads(log.unframed(record.value or b""))  # stricter than Python's own: NaN, half characters
            event = log.document(record)
            kind = event_type(event)
            parse_event(event)
        except ValueError:  # ContractError is one
            return None
        subject: bytes = event["subject"].encode()
        keys = (record.key, log.unframed(record.key or b""))
        whole = kind.topic == record.topic and (subject in keys or (record.key is None and kind.broadcast))
        if not kind.broadcast:
            whole = whole and (murmur2(subject) & _POSITIVE) % self._partitions == record.partition
        return dict(event) if whole else None

    def _judge_rejection(self, record: SourceRecord, event: dict[str, Any] | None, code: Code | None) -> None:
        if record.topic in BROADCAST and self._number != 0:
            return
        place = (record.topic, record.offset)
        if event is None and code is None:
            self._say(Kind.MISSING, *place, "it is no event, and no dead letter says so", account_of(record))
        elif event is not None and code is not None:
            if code is Code.TIME_IN_FUTURE and record.topic not in BROADCAST:
                right = parse_instant(event["time"]) > record.timestamp + self._future
            else:
                right = code in _BY_STATE and (code is not Code.INVALID_EVENT or record.topic in _JUDGED_BY_PEOPLE)
            if not right:
                self._say(Kind.EXTRA, *place, f"rejected as {code}, which it is not", account_of(record))

    # Statuses

    async def result(self) -> LaneResult:
        """Compares, and says how it stands."""
        emitted = await self._emitted()
        matched = 0
        for account, rows in emitted.items():
            run = self._lane.runs.get(account)
            matched += self._compare(account, rows, [] if run is None else run)
        findings = self._findings
        return LaneResult(
            self._number,
            0 if self._block >= 0 else None,
            self._block if self._block >= 0 else None,
            self._hash,
            self._lane.clock,
            self._records,
            {STATUS: matched},
            {},
            Counter(findings.counts),
            findings.consequences,
            findings.kept,
            findings.first,
            findings.by_account,
            self._stopped,
            accounts=len(self._lane.runs),
            erased=self._erasures.by_handle,
        )

    async def _emitted(self) -> dict[str, list[tuple[int, int, dict[str, Any]]]]:
        """By account of the sample: place, offset and content of each status that the blocks count."""
        found: dict[str, list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)
        for account in self._lane.runs:
            found[account] = []
        stream, count = self._streams[STATUS], self._made_by[-1][1] if self._made_by else 0
        for place in range(count):
            if not await stream.fill():
                break
            row = stream.rows.popleft()
            account = (row.key or b"").decode(errors="replace")
            self._erasures.note((row,))
            if not isinstance(row, ErasedRecord) and self._sample.has(account):
                found[account].append((place, row.offset, _status(row.value or b"")))
        return found

    def _compare(self, account: str, rows: list[tuple[int, int, dict[str, Any]]], run: AccountRun | list[Any]) -> int:
        """How many statuses are equal, up to the first that isn't; that one is told."""
        implied = run.out if isinstance(run, AccountRun) else run
        last = self._cursor[0] if self._cursor is not None else None
        for number, (place, offset, found) in enumerate(rows):
            block = next(block for block, count in self._made_by if place < count)
            if number >= len(implied):
                if last is not None and found["time"] >= last:
                    return number  # a block ended inside this instant
                text = "emitted, and implied by nothing that the reference knows"
                self._findings.add(Kind.EXTRA, Stage.OUTPUT, block, self._place(offset), text, account)
                return number
            wanted = implied[number]
            own = {"time": wanted["time"], **wanted["data"]}
            theirs = {"time": found["time"], **found["data"]}
            if wanted["others_to_come"]:
                own, theirs = _without_what_is_ahead(own), _without_what_is_ahead(theirs)
            if own != theirs:
                fields = document_differences(theirs, own)
                names = ", ".join(each.field for each in fields)
                text = f"emitted with another {names} than the reference implies"
                self._findings.add(Kind.DIFFERENT, Stage.OUTPUT, block, self._place(offset), text, account, fields)
                return number
        if len(implied) > len(rows):
            lacks = implied[len(rows)]
            text = f"the reference implies {lacks['product']} {lacks['data']['status']} (sequence {lacks['sequence']})"
            self._findings.add(Kind.MISSING, Stage.OUTPUT, max(self._block, 0), self._place(None), text, account)
        return len(rows)

    def _place(self, offset: int | None) -> Place:
        return Place(STATUS, self._number, offset, offset)

    def _say(self, kind: Kind, topic: str, offset: int, text: str, account: str | None = None) -> None:
        place = Place(topic, partition_of_lane(topic, self._number), offset, offset)
        self._findings.add(kind, Stage.INPUT, max(self._block, 0), place, text, account)

    def _stop(self, kind: Kind, topic: str, offset: int, text: str) -> None:
        self._say(kind, topic, offset, text)
        self._stopped = f"{text}; eligibility verify tells more"


def _status(value: bytes) -> dict[str, Any]:
    """What is compared of a status; of what is none, something that is equal to none."""
    try:
        return compared(orjson.loads(value))
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"subject": "", "time": 0, "data": {"reasons": []}}


def _without_what_is_ahead(data: dict[str, Any]) -> dict[str, Any]:
    """Without what a policy that is known to follow may change: the reference looks ahead under one policy only."""
    reasons = [{name: value for name, value in each.items() if name != "clears_at"} for each in data["reasons"]]
    return {**data, "next_change": None, "reasons": reasons}
