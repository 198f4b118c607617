"""Growth of the pure machine's cost an event: products, rules, and the history of an account."""

import gc
import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from schemas.events import EVENT_TYPES
from schemas.instants import parse_instant
from schemas.policy import PolicyDocument, load_policy, parse_policy
from schemas.settings import CoreSettings
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord
from tests.bench.results import Curve, say
from tests.bench.w1.data import FIRST, Event, cloud_event, instant
from tests.bench.w1_pure import POLICY, sources
from tests.support.core import policy, product, rule

_BLOCK: Final = 4_000
_PORTION: Final = 500
_SHAPES: Final = ("repayment.days_past_due", "inquiries.hard_count", "identity.level", "identity.document_days_left")
_HISTORIES: Final = (10, 100, 1_000, 10_000)


def products(events: int, rounds: int, sizes: Sequence[int] = (3, 5, 10, 20)) -> list[Curve]:
    """Products of six rules each over the same facts, each with limits of its own.

    So every event may move each of them, each closes on a day of its own, and each that closes or opens changes what
    else is open for all others: the second curve, of a status event or present picture, has that taken out.
    """
    return _policies("products", "products of six rules", events, rounds, sizes, lambda n: (n, 6))


def rules(events: int, rounds: int, sizes: Sequence[int] = (20, 50, 100, 200)) -> list[Curve]:
    """Rules of ten products, four facts and a window of its own for each count."""
    return _policies("rules", "rules of ten products", events, rounds, sizes, lambda n: (10, n // 10))


def history(accounts: int, longest: int) -> Curve:
    """The same accounts as their history grows: a repayment due and paid, an inquiry, a verification, day after day.

    A point is the cost of the second half of the events up to it.
    """
    wanted = [size for size in _HISTORIES if size <= longest]
    machine, points, spent, seen = _machine(load_policy(POLICY.read_bytes())), [], 0.0, 0
    for number, records in enumerate(_days(accounts, wanted[-1]), 1):
        began = time.process_time()
        _run(machine, records)
        size = next(size for size in wanted if number <= size)
        if number > size // 2:
            spent, seen = spent + time.process_time() - began, seen + len(records)
        if number == size:
            points.append((size, [spent / seen * 1e6]))
            say(f"history of {size:,} events: {points[-1][1][0]:.1f} us an event")
            spent, seen = 0.0, 0
    return Curve("cost an event by history", "events of an account before", "us of CPU an event", points, "flat")


def _policies(name: str, label: str, events: int, rounds: int, sizes: Sequence[int], shape: Any) -> list[Curve]:
    (records,) = sources(events, events // 10, 1)
    gc.freeze()
    found: dict[int, list[float]] = {size: [] for size in sizes}
    each: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(rounds):
        for size in sizes if turn % 2 == 0 else reversed(sizes):
            machine = _machine(_policy(*shape(size)))
            began = time.process_time()
            told = sum(_run(machine, records[begin : begin + _BLOCK]) for begin in range(0, len(records), _BLOCK))
            spent = (time.process_time() - began) * 1e6
            found[size].append(spent / events)
            each[size].append(spent / told)
            say(f"{size} {label}: {spent / events:.1f} us an event, {told / events:.1f} statuses and pictures of it")
    return [
        Curve(f"cost an event by {name}", label, "us of CPU an event", list(found.items()), "less than linear"),
        Curve(f"cost of a status by {name}", label, "us of CPU a status or picture", list(each.items()), "flat"),
    ]


def _policy(count: int, each: int) -> PolicyDocument:
    """So many products of so many rules; facts in turn, no two limits of a product alike."""
    made = {}
    for number in range(count):
        own = []
        for place in range(each):
            fact, step = _SHAPES[place % len(_SHAPES)], place // len(_SHAPES)
            bounds: dict[str, Any] = {
                "repayment.days_past_due": {"at_most": step + number, "reason": "REP-01"},
                "inquiries.hard_count": {"at_most": 3 + step, "window": f"{10 + 7 * step}d", "reason": "INQ-01"},
                "identity.level": {"at_least": 1 + step % 3, "reason": "IDN-01"},
                "identity.document_days_left": {"at_least": step + number, "reason": "IDN-02"},
            }[fact]
            own.append(rule(f"R{place}", fact, **bounds))
        made[f"p{number}"] = product(*own)
    return parse_policy(policy(products=made))


def _machine(document: PolicyDocument) -> Partition:
    machine = Partition(0, 1, CoreSettings(), "w1.")
    machine.install(document)
    return machine


def _run(machine: Partition, records: Sequence[SourceRecord]) -> int:
    """In one block, or more where timers take a block's evaluations; hashed as a block's digest would be. Returns how
    many status events and present pictures came of them.
    """
    digest, told = hashlib.sha256(), 0
    while records:
        machine.open_block(1 << 53)
        applied = portion = 0
        while applied == portion and records:
            portion = min(len(records), _PORTION)
            applied = machine.apply(records[:portion])
            records = records[applied:]
        outputs = machine.close_block().outputs
        told += len(outputs["status"]) + len(outputs["current"])
        for rows in outputs.values():
            for row in rows:
                digest.update(row.value or b"")
    return told


def _days(accounts: int, days: int) -> Iterator[list[SourceRecord]]:
    """One event of every account a day."""
    offset = 0
    for number in range(days):
        at = FIRST + timedelta(days=number)
        rows = []
        for each in range(accounts):
            account = f"A{each:07d}"
            document = cloud_event(_event(number, account, at))
            topic, value = EVENT_TYPES[document["type"]].topic, orjson.dumps(document)
            rows.append(SourceRecord(topic, 0, offset, parse_instant(document["time"]), account.encode(), value, ()))
            offset += 1
        yield rows


def _event(number: int, account: str, at: datetime) -> Event:
    event: Event = {"id": f"E{number}-{account}", "account_id": account, "type": "", "occurred_at": instant(at)}
    loan = {"loan_id": f"L{account[1:]}", "installment": number // 4, "amount": 10_000}
    kinds: tuple[Event, ...] = (
        {"type": "repayment.due", **loan, "due_on": f"{at + timedelta(days=5):%Y-%m-%d}"},
        {"type": "repayment.received", **loan},
        {"type": "inquiry.recorded", "institution": "BANK1", "kind": "hard" if number % 40 == 2 else "soft"},
        {"type": "identity.verified", "level": 2, "document_expires_on": f"{at + timedelta(days=900):%Y-%m-%d}"},
    )
    return event | kinds[number % 4]
