"""One lane's pure machine: records in, records out, the same on any machine and for any split into blocks.

It holds the accounts of one partition as blobs, their timers, the lane's clock and the policies, and decides in which
order all of that moves: idle timers and sweeps due by the clock first, by (instant, account), then the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, Final, NamedTuple

from schemas.deadletter import dead_letter
from schemas.errors import Code, ContractError
from schemas.event import Event
from schemas.policy import PolicyDocument
from schemas.settings import CoreSettings
from schemas.topics import BROADCAST
from streams.codec import state as blobs
from streams.codec import status
from streams.codec.availability import Watch
from streams.codec.broadcasts import Broadcasts
from streams.codec.decode import decode
from streams.codec.records import OutputRecord, SourceRecord
from streams.codec.versions import PRESENT, Behaviour
from streams.core import limits
from streams.core.calendar import NEVER
from streams.core.emission import Emission
from streams.core.policies import Policies
from streams.core.state import AccountState
from streams.core.step import Account, Rejected, apply, fire, next_due

CHANGELOG: Final = "accounts-changelog"

# Records taken in at once. Work of one kind is done together (decoding, unpacking, judging, writing), and few enough
# accounts are in hand for all of it to happen in the processor's own caches: decision 0177.
_PORTION: Final = 128
# Accounts of all lanes together that may stay unpacked, some 6 KiB each; a lane that has more than its share of them
# keeps those of a burst alone: decision 0192.
WARM_ACCOUNTS: Final = 32_768
_WARM_BURST: Final = 64


class Applied(NamedTuple):
    """What a block puts out: records by logical topic, the lane's clock (ms), where timers stopped inside an instant
    ([ms, evaluations of it in this block], None when done), and the turns of policies decided in it.
    """

    outputs: dict[str, list[OutputRecord]]
    clock: int
    cursor: list[Any] | None
    activations: list[dict[str, Any]]


class Partition:
    """The accounts of one lane. Use: restore each changelog record, ready, then blocks: open, apply and tick, close."""

    def __init__(
        self, number: int, partitions: int, settings: CoreSettings, prefix: str = "", warm: int = WARM_ACCOUNTS
    ) -> None:
        """Lane `number` of `partitions`; `prefix` is that of the topics' names, which headers show in full.

        A lane of at most its share of `warm` accounts keeps all of its accounts unpacked: quicker, and the same bytes.
        """
        self.number = number
        self.clock = 0
        self._partitions = partitions
        self._settings = settings
        self._prefix = prefix
        self._behaviour = PRESENT
        self._broadcasts = Broadcasts(settings)
        self._policies = self._broadcasts.policies
        # The topic has one partition, and one lane writes it.
        self._availability = Watch(self._broadcasts.operations, self._policies, prefix, active=number == 0)
        self._table: dict[bytes, bytes] = {}
        self._due: dict[bytes, int] = {}
        self._heap: list[tuple[int, bytes]] = []
        self._swept = 0
        self._sweep: list[bytes] | None = None
        self._touched: dict[bytes, Account] = {}
        self._loaded: dict[bytes, tuple[AccountState, int]] = {}
        self._warm: dict[bytes, Account] = {}  # as they are in the table
        self._share = warm // partitions
        self._few = True  # all accounts stay unpacked, and are packed when the block closes
        self._changed: dict[bytes, None] = {}  # in this block, in the order of the first change
        self._emissions: list[Emission] = []
        self._outputs: dict[str, list[OutputRecord]] = {}
        self._admit_until = NEVER
        self._budget = 0
        self._cursor: list[Any] | None = None

    def install(self, policy: PolicyDocument) -> None:
        """Put a policy in force from its effective_from, as if it had been activated in time (semantics E10)."""
        self._broadcasts.install(policy)
        self._availability.look()

    def follow(self, behaviour: Behaviour) -> None:
        """Put out from the next block on what this engine version puts out; without a call it is the present one."""
        self._behaviour = behaviour

    def product_order(self, product: str) -> int:
        """The place of a product in the newest policy's document."""
        return self._policies.place_of(product)

    # Looking

    @property
    def policies(self) -> Policies:
        """Which policy holds when; for reading."""
        return self._policies

    def copy_of(self, key: bytes) -> Account | None:
        """An account as the last block left it, None when it isn't known; changing it changes nothing here."""
        blob = self._table.get(key)
        if blob is None:
            return None
        state, due = blobs.unpack(blob)
        return Account(key.decode(), state, due)

    # Restore

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take back one changelog record, in the changelog's order. Raises StateError for a blob that can't be read."""
        if value is None:
            self._table.pop(key, None)
            self._broadcasts.forget(key)
        elif not (self._broadcasts.restore(key, value) or self._availability.restore(key, value)):
            self._table[key] = value

    def ready(self, clock: int) -> None:
        """All changelog records are in; `clock` is the last block's (ms)."""
        self.clock = clock
        self._broadcasts.ready()
        self._availability.look()
        fronts = {key: blobs.front(blob) for key, blob in self._table.items()}
        eras = self._policies.eras
        self._swept = min((era for _, era in fronts.values()), default=self._policies.era_at(clock))
        self._due = {key: due for key, (due, _) in fronts.items() if due < NEVER}
        self._heap = [(due, key) for key, due in self._due.items()]
        heapify(self._heap)
        assert self._swept <= len(eras), "an account was evaluated under an era that the lane doesn't know"

    # Blocks

    def open_block(self, admit_until: int) -> None:
        """Begin a block; records with a later timestamp (ms) than `admit_until` are rejected as time_in_future."""
        self._admit_until = min(admit_until, limits.LAST_MS)
        self._budget = self._settings.evaluations_per_block
        self._outputs = {"status": [], "current": [], "availability": [], "dead-letters": [], CHANGELOG: []}
        self._emissions = []
        self._cursor = None
        self._few = len(self._table) <= self._share

    def apply(self, records: Sequence[SourceRecord]) -> int:
        """Take records in, in order, idle timers due before each first. Returns how many were applied: fewer than given
        when the block's evaluations are spent; close the block and apply the rest in the next one.
        """
        for begin in range(0, len(records), _PORTION):
            portion = records[begin : begin + _PORTION]
            applied = self._apply_portion(portion)
            self._loaded.clear()
            self._put_out()
            if applied < len(portion):
                return begin + applied
        return len(records)

    def _apply_portion(self, records: Sequence[SourceRecord]) -> int:
        decoded = [self._decode(record) for record in records]
        self._unpack({event.subject.encode() for event in decoded if isinstance(event, Event)})
        for place, record in enumerate(records):
            event, timestamp = decoded[place], record.timestamp
            if timestamp > self._admit_until:
                self._reject(record, _too_early(record))
            elif not self.tick(timestamp):
                return place
            elif isinstance(event, ContractError):
                self._reject(record, event)
            else:
                self._apply(record, event)
        return len(records)

    def _put_out(self) -> None:
        """Write what was said, and store what was touched unless it stays unpacked to the block's end, while all of it
        still lies in the processor's caches.
        """
        self._render()
        if not self._few:
            self._let_go()

    def _let_go(self) -> None:
        """Store what was touched, and keep unpacked what may stay so."""
        for key, account in self._touched.items():
            account.due = min(account.due, NEVER)
            self._table[key] = blobs.pack(account.state, account.due)
            self._changed[key] = None
        if not self._few and len(self._warm) + len(self._touched) > _WARM_BURST:
            self._warm.clear()
        if self._few or len(self._touched) <= _WARM_BURST:
            self._warm.update(self._touched)
        self._touched.clear()

    def _render(self) -> None:
        """Put what was said into the outputs."""
        statuses, currents = self._outputs["status"], self._outputs["current"]
        for emission in self._emissions:
            change, present = status.records(emission, self._prefix, self._behaviour)
            if change is not None:
                statuses.append(change)
            currents.append(present)
        self._emissions.clear()

    def _decode(self, record: SourceRecord) -> Event | ContractError:
        try:
            # an account that lives here has been found to be of this partition
            return decode(record, self._partitions, self._table if record.partition == self.number else ())
        except ContractError as error:
            # By the frames on its way here it would hold this portion's records until the collector comes.
            error.__traceback__ = error.__context__ = None
            return error

    def _unpack(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            if key not in self._touched and key not in self._warm:
                blob = self._table.get(key)
                if blob is not None:
                    self._loaded[key] = blobs.unpack(blob)

    def _apply(self, record: SourceRecord, event: Event) -> None:
        try:
            if record.topic in BROADCAST:
                self._availability.fire(record.timestamp)
                self._broadcasts.take(event, record.timestamp, self.clock)
                self._availability.judge(event, record)
                self.tick(max(self.clock, self._broadcasts.settled))
            else:
                if event.proof is not None:
                    self._broadcasts.trust.admit(event, record.timestamp)
                self._take(event, record)
        except ContractError as error:
            self._reject(record, error)

    def tick(self, clock: int) -> bool:
        """Move the clock (never back) and fire what is due by it. False: the block's evaluations are spent."""
        self.clock = max(self.clock, min(clock, limits.LAST_MS))
        until = max(self.clock - self._settings.grace_ms, self._broadcasts.settled)
        if self._availability.due <= until:
            self._availability.fire(until)
        heap = self._heap
        if (not heap or heap[0][0] > until) and self._swept_at() > until:
            return True  # as mostly
        while (at := self._next_idle()) <= until:
            if self._swept_at() == at:
                if not self._fire_sweep(at):
                    return False
            elif not self._fire_timer():
                return False
        return True

    def settle(self, until: int) -> bool:
        """All records up to an instant (ms) are in: fire every timer up to it, as clock.advanced does; else as tick."""
        self._broadcasts.settled = max(self._broadcasts.settled, min(until, limits.LAST_MS))
        return self.tick(until)

    def close_block(self) -> Applied:
        """End the block: what it puts out, the state changes of its accounts included."""
        self._render()
        self._let_go()
        changes = self._outputs[CHANGELOG]
        changes += [OutputRecord(CHANGELOG, key, self._table[key], self.clock, ()) for key in self._changed]
        self._changed.clear()
        activations = self._broadcasts.activations
        for key, value in self._broadcasts.drain():
            changes.append(OutputRecord(CHANGELOG, key, value, self.clock, ()))
        told, kept = self._availability.drain()
        self._outputs["availability"] += told
        for key, value in kept:
            changes.append(OutputRecord(CHANGELOG, key, value, self.clock, ()))
        outputs, self._outputs = self._outputs, {}
        cursor = self._cursor if self.pending else None
        return Applied(outputs, self.clock, cursor, activations)

    # Timers

    @property
    def next_due(self) -> int | None:
        """The earliest instant (ms) at which time alone moves an account of this lane, or what it tells of
        availability; without grace.
        """
        at = min(self._next_idle(), self._availability.due)
        return None if at >= NEVER else at

    @property
    def pending(self) -> bool:
        """Whether timers due by the present clock still wait: another block is needed to fire them."""
        return self._next_idle() <= max(self.clock - self._settings.grace_ms, self._broadcasts.settled)

    def _next_idle(self) -> int:
        heap, due = self._heap, self._due
        while heap and due.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return min(heap[0][0] if heap else NEVER, self._swept_at())

    def _swept_at(self) -> int:
        return self._policies.next_sweep(self._swept)

    def _fire_timer(self) -> bool:
        """The first idle account at its first due instant."""
        if self._budget <= 0:
            return False
        at, key = self._heap[0]
        account = self._account(key)
        fire(account, at, self._policies)
        self._budget -= 1
        self._cursor = self._next_cursor(at)
        self._finish(key, account)
        return True

    def _next_cursor(self, at: int) -> list[Any]:
        """One evaluation more at an instant. No account's id: a ledger is kept for ever, and its readers need none."""
        count = self._cursor[1] if self._cursor is not None and self._cursor[0] == at else 0
        return [at, count + 1]

    def _fire_sweep(self, at: int) -> bool:
        """Every account at the begin of an era, by id; those touched since were evaluated at it before their record."""
        if self._sweep is None:
            self._sweep = sorted({*self._table, *self._touched}, reverse=True)
        era = self._policies.era_at(at)
        while self._sweep:
            if self._budget <= 0:
                return False
            key = self._sweep.pop()
            account = self._behind(key, era)
            if account is not None:
                fire(account, at, self._policies)
                self._budget -= 1
                self._cursor = self._next_cursor(at)
                self._finish(key, account)
        self._sweep = None
        self._swept = era
        return True

    def _behind(self, key: bytes, era: int) -> Account | None:
        """The account, where it hasn't come to an era yet."""
        account = self._touched.get(key)
        if account is None:
            return self._account(key) if blobs.front(self._table[key])[1] < era else None
        return account if account.state.era < era else None

    # Accounts

    def _account(self, key: bytes) -> Account:
        account = self._touched.get(key)
        if account is None:
            account = self._warm.get(key)
            if account is None:
                state, due = self._loaded.pop(key) if key in self._loaded else blobs.unpack(self._table[key])
                account = Account(key.decode(), state, due)
            self._touched[key] = account
        return account

    def _take(self, event: Event, record: SourceRecord) -> None:
        key = event.subject.encode()
        known = key in self._touched or key in self._table
        if known:
            account = self._account(key)
            fire(account, record.timestamp, self._policies)
        else:
            era = self._policies.era_at(record.timestamp)
            account = Account(event.subject, AccountState(era=era), NEVER)
        try:
            applied = apply(account, event, record, self._policies, self._settings)
        finally:
            if known:
                self._finish(key, account)
        if applied and not known:
            self._touched[key] = account
            self._finish(key, account)

    def _finish(self, key: bytes, account: Account) -> None:
        """Put out what came of an account, and note when it is due next."""
        if account.emissions:
            self._emissions += account.emissions
            account.emissions.clear()
        if account.rejected:
            for rejected in account.rejected:
                self._reject_target(rejected)
            account.rejected.clear()
        due = account.due
        if account.state.era < self._swept:
            due = next_due(account, self._policies)
        if due >= NEVER:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heappush(self._heap, (due, key))
        if len(self._emissions) >= _PORTION or (len(self._touched) >= _PORTION and not self._few):
            self._put_out()

    # Rejects

    def _reject(self, record: SourceRecord, error: ContractError) -> None:
        if record.topic in BROADCAST and self.number != 0:
            return  # every lane sees it, lane 0 says it (semantics E16)
        letter = dead_letter(error, self._prefix + record.topic, record.partition, record.offset)
        headers = record.headers + letter.headers()
        row = OutputRecord("dead-letters", record.key, record.value, record.timestamp, headers)
        self._outputs["dead-letters"].append(row)

    def _reject_target(self, rejected: Rejected) -> None:
        target = rejected.target
        assert target.record is not None, "what waits for an event keeps its own record"
        topic, partition, offset, key, value, headers = target.record
        field = {"corrected": "data.corrects", "suppressed": "data.suppresses"}.get(target.kind, "data.about")
        error = ContractError(Code.TARGET_UNKNOWN, field, f'"{target.about}"', "the id of an event of this account")
        letter = dead_letter(error, self._prefix + topic, partition, offset)
        own = tuple((name, content) for name, content in headers)
        row = OutputRecord("dead-letters", key, value, rejected.at, own + letter.headers())
        self._outputs["dead-letters"].append(row)


def _too_early(record: SourceRecord) -> ContractError:
    return ContractError(
        Code.TIME_IN_FUTURE,
        "time",
        f"a record timestamp of {record.timestamp} ms",
        "a record written at the present time; check the producer's clock",
    )
