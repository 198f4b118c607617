"""Dues, payments and reversals: which money went to which installment (semantics M1-M6, decision 0002, 15-17)."""

from __future__ import annotations

from schemas.event import Event
from schemas.payloads.repayments import (
    DelinquencyReported,
    RepaymentDue,
    RepaymentPaused,
    RepaymentReceived,
    RepaymentReversed,
)
from streams.core import limits
from streams.core.folds.bounded import FOR_EVER, append, count, lose
from streams.core.groups import Dated, Pause, Report, Reversal
from streams.core.money import to_minor
from streams.core.state import AccountState, Installment, Payment


def due(state: AccountState, event: Event) -> None:
    """An installment is due, or the one known is amended by a newer event; waiting money goes to it."""
    data: RepaymentDue = event.data
    amount = to_minor(data.amount, data.currency)
    known = find(state, data.loan_id, data.installment)
    if known is None:
        known = Installment(data.loan_id, data.installment, data.due_on, amount, data.currency, event.time, event.id)
        state.open.append(known)
    elif (known.due_on, known.amount, known.currency) == (data.due_on, amount, data.currency):
        return  # the same said again (semantics M7)
    elif (event.time, event.id) > (known.time, known.id):
        known.due_on, known.amount, known.currency = data.due_on, amount, data.currency
        known.time, known.id = event.time, event.id
    else:
        return
    _take_waiting(state, known)
    _settle(state, known)
    _bound_installments(state)


def received(state: AccountState, event: Event) -> None:
    """A payment: to the installment it names, else oldest first within its loan or account; the rest waits."""
    data: RepaymentReceived = event.data
    amount = to_minor(data.amount, data.currency)
    payment = Payment(
        event.time, event.id, amount, data.currency, data.loan_id, data.installment, data.payment_id, [], amount
    )
    if data.payment_id is not None:
        if _was_reversed(state, data.payment_id):
            return
        known = _payment(state, data.payment_id)
        if known is not None:
            if _same(known, payment) or (event.time, event.id) <= (known.time, known.id):
                return
            _undo(state, known)  # same key with other content: an amendment (semantics M7)
    touched = _allocate(state, payment)
    append(state, "payments", state.payments, payment, limits.PAYMENTS)
    for installment in touched:
        _settle(state, installment)
    _bound_installments(state)


def reversed_(state: AccountState, event: Event) -> None:
    """A payment is undone: its money leaves where it went. Before its payment it waits (semantics M6)."""
    data: RepaymentReversed = event.data
    payment_id = data.payment_id
    _drop_expired_reversals(state)
    reversals = state.change_irregular().reversals
    if any(each.payment_id == payment_id for each in reversals):
        return
    payment = _payment(state, payment_id)
    if payment is not None:
        _undo(state, payment)
    until = state.as_of + limits.PENDING_REVERSAL_MS if payment is None else FOR_EVER
    reversals.append(Reversal(payment_id, until))
    if len(reversals) > limits.CASES:
        del reversals[0]
        count(state, "reversals_dropped")


def _payment(state: AccountState, payment_id: str) -> Payment | None:
    return next((each for each in state.payments if each.payment_id == payment_id), None)


def _same(one: Payment, other: Payment) -> bool:
    return (one.amount, one.currency, one.loan, one.number) == (other.amount, other.currency, other.loan, other.number)


def _was_reversed(state: AccountState, payment_id: str) -> bool:
    """Whether the payment was reversed, before or after it came; then its amendments don't count either."""
    _drop_expired_reversals(state)
    for reversal in state.irregular.reversals:
        if reversal.payment_id == payment_id:
            reversal.until = FOR_EVER
            return True
    return False


def _drop_expired_reversals(state: AccountState) -> None:
    reversals = state.irregular.reversals
    if not reversals:
        return
    kept = [each for each in reversals if each.until > state.as_of]
    for _ in range(len(reversals) - len(kept)):
        count(state, "reversals_dropped")
    reversals[:] = kept


def _undo(state: AccountState, payment: Payment) -> None:
    state.payments.remove(payment)
    for loan, number, amount in payment.allocations:
        installment = find(state, loan, number)
        if installment is not None:
            installment.paid -= amount
            _settle(state, installment)


def missed(state: AccountState, event: Event) -> None:
    """A missed repayment counts; it never opens an installment (semantics M11)."""
    append(state, "missed", state.change_irregular().missed, Dated(True, event.time, event.id), limits.MISSED)


def paused(state: AccountState, event: Event) -> None:
    """Days between `from` and `until` don't count as past due."""
    _pause(state, event, True)


def resumed(state: AccountState, event: Event) -> None:
    """Days between `from` and `until` count again."""
    _pause(state, event, False)


def _pause(state: AccountState, event: Event, on: bool) -> None:
    data: RepaymentPaused = event.data
    entry = Pause(event.time, event.id, data.from_, data.until, on, data.loan_id)
    append(state, "pauses", state.change_irregular().pauses, entry, limits.CASES)


def reported(state: AccountState, event: Event) -> None:
    """An issuer reports how far behind the account is; days become months rounded up."""
    data: DelinquencyReported = event.data
    months = data.months_past_due
    if months is None:
        assert data.days_past_due is not None, "the contract asks for one of the two"
        months = -(-data.days_past_due // 30)
    append(
        state,
        "reports",
        state.change_irregular().reports,
        Report(event.time, event.id, months, data.written_off),
        limits.REPORTS,
    )


def find(state: AccountState, loan: str, number: str) -> Installment | None:
    """The installment of that natural key, open or settled."""
    for installment in state.open:
        if installment.number == number and installment.loan == loan:
            return installment
    for installment in state.settled:
        if installment.number == number and installment.loan == loan:
            return installment
    return None


def number_order(number: str) -> tuple[int, int, str]:
    """Installments order numerically, numbers before text (semantics M2)."""
    digits = number.removeprefix("-")
    return (0, int(number), number) if digits.isascii() and digits.isdecimal() else (1, 0, number)


def _by_due(installment: Installment) -> tuple[int, str, tuple[int, int, str]]:
    return installment.due_on, installment.loan, number_order(installment.number)


def _allocate(state: AccountState, payment: Payment) -> list[Installment]:
    """Spread a new payment over the installments known now; return those that it touched."""
    if payment.number is not None:
        named = _named(state, payment)
        if named is None or named.currency != payment.currency:
            return []
        _give(payment, named, payment.waiting)
        return [named]
    touched = []
    for installment in sorted(state.open, key=_by_due):
        if not payment.waiting:
            break
        if _accepts(payment, installment):
            _give(payment, installment, min(payment.waiting, installment.amount - installment.paid))
            touched.append(installment)
    return touched


def _named(state: AccountState, payment: Payment) -> Installment | None:
    assert payment.number is not None
    if payment.loan is not None:
        return find(state, payment.loan, payment.number)
    known = (*state.open, *state.settled)
    fitting = [each for each in known if each.number == payment.number and each.currency == payment.currency]
    return min(fitting, key=_by_due, default=None)


def _accepts(payment: Payment, installment: Installment) -> bool:
    return payment.currency == installment.currency and payment.loan in (None, installment.loan)


def _give(payment: Payment, installment: Installment, amount: int) -> None:
    amount = min(amount, limits.PAID_MAX - installment.paid)
    if amount > 0:
        installment.paid += amount
        payment.waiting -= amount
        payment.allocations.append((installment.loan, installment.number, amount))


def _take_waiting(state: AccountState, installment: Installment) -> None:
    """What names the installment goes to it whole; then its loan's money, then the account's, up to what is open."""
    waiting = [each for each in state.payments if each.waiting and _accepts(each, installment)]
    if not waiting:
        return
    for payment in waiting:
        if payment.number == installment.number:
            _give(payment, installment, payment.waiting)
    for loan_named in (True, False):
        for payment in waiting:
            if payment.number is None and (payment.loan is not None) is loan_named:
                _give(payment, installment, min(payment.waiting, installment.amount - installment.paid))


def _settle(state: AccountState, installment: Installment) -> None:
    """Move an installment between open and settled, and date its settling by the payment that completed it."""
    was_open = installment.settled_at is None
    if was_open and installment.paid < installment.amount:
        return
    installment.settled_at = _settled_at(state, installment) if installment.paid >= installment.amount else None
    if was_open == (installment.settled_at is None):
        return
    source, target = (state.open, state.settled) if was_open else (state.settled, state.open)
    source.remove(installment)
    target.append(installment)


def _settled_at(state: AccountState, installment: Installment) -> int:
    parts = sorted(
        (payment.time, amount)
        for payment in state.payments
        for loan, number, amount in payment.allocations
        if loan == installment.loan and number == installment.number
    )
    paid = installment.paid - sum(amount for _, amount in parts)  # by payments no longer kept: paid long ago
    for time, amount in parts:
        paid += amount
        if paid >= installment.amount:
            return time
    return installment.settled_at or 0


def _bound_installments(state: AccountState) -> None:
    if len(state.open) > limits.OPEN_INSTALLMENTS:
        oldest = min(state.open, key=lambda each: (each.time, each.id))
        state.open.remove(oldest)
        lose(state, "open", FOR_EVER)
    if len(state.settled) > limits.SETTLED_INSTALLMENTS:
        oldest = min(state.settled, key=lambda each: (each.time, each.id))
        state.settled.remove(oldest)
        lose(state, "settled", oldest.settled_at or 0)


FOLDS = {
    "repayment.due": due,
    "repayment.received": received,
    "repayment.missed": missed,
    "repayment.reversed": reversed_,
    "repayment.paused": paused,
    "repayment.resumed": resumed,
    "delinquency.reported": reported,
}
