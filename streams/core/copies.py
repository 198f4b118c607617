"""Copies of an account's state: what is changed in place is made anew, what is only ever replaced is shared."""

from __future__ import annotations

from copy import deepcopy

from streams.core.state import AccountState, Installment, Judged, Payment, ProductMemory


def copied(own: AccountState) -> AccountState:
    """A state of its own: changing it changes nothing in the other one."""
    judged = own.judged
    return AccountState(
        own.as_of,
        own.era,
        own.first,
        own.ids,
        None if own.lost is None else dict(own.lost),
        None if own.counters is None else dict(own.counters),
        [copied_installment(each) for each in own.open],
        [copied_installment(each) for each in own.settled],
        [copied_payment(each) for each in own.payments],
        list(own.inquiries),
        own.verified,
        own.revoked,
        {name: _copied_product(each) for name, each in own.products.items()},
        deepcopy(own.own_standing),
        deepcopy(own.own_finances),
        deepcopy(own.own_people),
        deepcopy(own.own_irregular),
        None if judged is None else Judged(judged.era, judged.ahead, list(judged.results), list(judged.crossings)),
    )


def copied_installment(of: Installment) -> Installment:
    """An installment of its own."""
    return Installment(of.loan, of.number, of.due_on, of.amount, of.currency, of.time, of.id, of.paid, of.settled_at)


def copied_payment(of: Payment) -> Payment:
    """A payment of its own."""
    return Payment(
        of.time, of.id, of.amount, of.currency, of.loan, of.number, of.payment_id, list(of.allocations), of.waiting
    )


def _copied_product(of: ProductMemory) -> ProductMemory:
    return ProductMemory(
        of.sequence, of.told, of.status, of.side, of.terms, list(of.reasons), of.refresh, dict(of.rules)
    )
