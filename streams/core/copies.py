"""Copies of an account's state: what is changed in place is made anew, what is only ever replaced is shared."""

from __future__ import annotations

import msgspec

from streams.core.groups import Finances, Irregular, People, Standing
from streams.core.state import AccountState, Installment, Judged, Payment, ProductMemory

_encode = msgspec.msgpack.Encoder().encode
_decode_finances = msgspec.msgpack.Decoder(Finances | None).decode
_decode_irregular = msgspec.msgpack.Decoder(Irregular | None).decode
_decode_people = msgspec.msgpack.Decoder(People | None).decode
_decode_standing = msgspec.msgpack.Decoder(Standing | None).decode


def copied(own: AccountState) -> AccountState:
    """A state of its own: changing it changes nothing in the other one."""
    state, judged = copied_facts(own), own.judged
    state.products = {name: _product(each) for name, each in own.products.items()}
    state.own_standing = _decode_standing(_encode(own.own_standing))
    state.own_people = _decode_people(_encode(own.own_people))
    if judged is not None:
        state.judged = Judged(judged.era, judged.ahead, list(judged.results), list(judged.crossings))
    return state


def copied_facts(own: AccountState) -> AccountState:
    """A copy of what putting right and taking out events change, not judged yet; the rest is shared."""
    return AccountState(
        own.as_of,
        own.era,
        own.first,
        own.ids,
        None if own.lost is None else dict(own.lost),
        None if own.counters is None else dict(own.counters),
        [_installment(each) for each in own.open],
        [_installment(each) for each in own.settled],
        [_payment(each) for each in own.payments],
        list(own.inquiries),
        own.verified,
        own.revoked,
        own.products,
        own.own_standing,
        _decode_finances(_encode(own.own_finances)),
        own.own_people,
        _decode_irregular(_encode(own.own_irregular)),
    )


def _installment(of: Installment) -> Installment:
    return Installment(of.loan, of.number, of.due_on, of.amount, of.currency, of.time, of.id, of.paid, of.settled_at)


def _payment(of: Payment) -> Payment:
    return Payment(
        of.time, of.id, of.amount, of.currency, of.loan, of.number, of.payment_id, list(of.allocations), of.waiting
    )


def _product(of: ProductMemory) -> ProductMemory:
    return ProductMemory(
        of.sequence, of.told, of.status, of.side, of.terms, list(of.reasons), of.refresh, dict(of.rules),
        list(of.said_at), of.held, of.pending,
    )  # fmt: skip
