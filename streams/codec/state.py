"""An account's state as bytes: version, next timer, era and checksum in front, then one array as MessagePack.

The front is read without decoding the rest: a restore rebuilds its timers from it.
"""

from __future__ import annotations

from struct import Struct as Layout
from typing import Any, Final
from zlib import crc32

import msgspec

from streams.codec.stored import Row, Stored
from streams.core.state import (
    AccountState,
    Inquiry,
    Installment,
    Judged,
    Payment,
    ProductMemory,
    RuleMemory,
    Sent,
    Told,
    Verified,
)

VERSION: Final = 1
_FRONT: Final = Layout(">BQII")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Stored).decode


class StateError(ValueError):
    """A stored state that can't be read: another version of the form, or damaged bytes."""


def pack(state: AccountState, due: int) -> bytes:
    """The blob of an account; `due` is the instant (ms) at which time next moves it."""
    body = _encode(_written(state))
    return _FRONT.pack(VERSION, due, state.era, crc32(body)) + body


def unpack(blob: bytes) -> tuple[AccountState, int]:
    """State and next timer of a blob. Raises StateError."""
    due, _ = front(blob)
    body = blob[_FRONT.size :]
    if crc32(body) != _FRONT.unpack_from(blob)[3]:
        raise StateError("the checksum of a stored state doesn't match: the changelog was altered or damaged")
    try:
        return _read(_decode(body)), due
    except (msgspec.MsgspecError, TypeError, IndexError) as error:
        raise StateError(f"a stored state doesn't have the form of version {VERSION}: {error}") from error


def front(blob: bytes) -> tuple[int, int]:
    """Next timer (ms) and era of a blob, without decoding it. Raises StateError for another version of the form."""
    if len(blob) < _FRONT.size:
        raise StateError(f"a stored state has {len(blob)} bytes, fewer than its front")
    version, due, era, _ = _FRONT.unpack_from(blob)
    if version != VERSION:
        raise StateError(f"a stored state has the form of version {version}; this engine reads version {VERSION}")
    return due, era


# Each kind of row is written and read by two functions beside each other, fields in the order of streams.codec.stored.


def _written(state: AccountState) -> Stored:
    verified, judged = state.verified, state.judged
    return Stored(
        state.as_of,
        state.era,
        state.first,
        state.ids,
        state.lost,
        state.counters,
        [_installment_row(each) for each in state.open],
        [_installment_row(each) for each in state.settled],
        [_payment_row(each) for each in state.payments],
        [(each.time, each.id, each.hard, each.key, each.institution, each.refused) for each in state.inquiries],
        None if verified is None else (verified.time, verified.id, verified.level, verified.expires_on),
        state.revoked,
        {name: _product_row(each) for name, each in state.products.items()},
        state.own_standing,
        state.own_finances,
        state.own_people,
        state.own_irregular,
        None if judged is None else (judged.era, judged.ahead, judged.results, judged.crossings),
    )


def _read(stored: Stored) -> AccountState:
    verified, judged = stored.verified, stored.judged
    return AccountState(
        stored.as_of,
        stored.era,
        stored.first,
        stored.ids,
        stored.lost,
        stored.counters,
        [_installment(row) for row in stored.open],
        [_installment(row) for row in stored.settled],
        [_payment(row) for row in stored.payments],
        [Inquiry(row[0], row[1], row[2], row[3], row[4], row[5]) for row in stored.inquiries],
        None if verified is None else Verified(verified[0], verified[1], verified[2], verified[3]),
        stored.revoked,
        {name: _product(row) for name, row in stored.products.items()},
        stored.standing,
        stored.finances,
        stored.people,
        stored.irregular,
        None if judged is None else Judged(judged[0], judged[1], judged[2], judged[3]),
    )


def _installment_row(each: Installment) -> tuple[Any, ...]:
    # fmt: off
    return (each.loan, each.number, each.due_on, each.amount, each.currency, each.time, each.id, each.paid,
            each.settled_at)
    # fmt: on


def _installment(row: Row) -> Installment:
    return Installment(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8])


def _payment_row(each: Payment) -> tuple[Any, ...]:
    # fmt: off
    return (each.time, each.id, each.amount, each.currency, each.loan, each.number, each.payment_id, each.allocations,
            each.waiting)
    # fmt: on


def _payment(row: Row) -> Payment:
    allocations: list[tuple[str, str, int]] = [(part[0], part[1], part[2]) for part in row[7]]
    return Payment(row[0], row[1], row[2], row[3], row[4], row[5], row[6], allocations, row[8])


def _product_row(each: ProductMemory) -> tuple[Any, ...]:
    told = each.told
    row: tuple[Any, ...] = (
        each.sequence,
        None if told is None else (told.time, told.recorded_at, told.previous, told.changed, told.cause, told.event_id),
        each.status,
        each.side,
        each.terms,
        [(sent.rule, sent.code, sent.limit, sent.observed) for sent in each.reasons],
        each.refresh,
        {id: (memory.kind, memory.since, memory.failed, memory.until) for id, memory in each.rules.items()},
    )
    return (*row, each.said_at, each.held, each.pending) if each.said_at else row


_PLAIN: Final = 8
"""Fields of a product whose policy doesn't keep quiet."""


def _product(row: Row) -> ProductMemory:
    told: Row | None = row[1]
    reasons: list[Row] = row[5]
    rules: dict[str, Row] = row[7]
    memory = ProductMemory(
        row[0],
        None if told is None else Told(told[0], told[1], told[2], told[3], told[4], told[5]),
        row[2],
        row[3],
        row[4],
        [Sent(sent[0], sent[1], sent[2], sent[3]) for sent in reasons],
        row[6],
        {id: RuleMemory(each[0], each[1], each[2], each[3]) for id, each in rules.items()},
    )
    if len(row) > _PLAIN:
        memory.said_at, memory.held, memory.pending = row[_PLAIN], row[_PLAIN + 1], row[_PLAIN + 2]
    return memory
