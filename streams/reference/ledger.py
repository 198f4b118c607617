"""Who paid what: payments over installments in the order of application (semantics.md M1 to M6; 0002, 5, 15 to 17)."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from streams.reference.calendar import DAY, parse_day
from streams.reference.history import Known, Record

MONEY = ("repayment.due", "repayment.received", "repayment.reversed")
REVERSAL_WAITS = 90 * DAY
_INTEGER = re.compile(r"-?\d+")
ZERO = Decimal(0)


def name_order(name: str) -> tuple[int, int, str]:
    """Integers numerically, before text (M2)."""
    return (0, int(name), name) if _INTEGER.fullmatch(name) else (1, 0, name)


def differs(record: Record, known: Record, *fields: str) -> bool:
    """Whether two events of one natural key say different things; if not, the later one changes nothing (M7)."""
    return [plain(record.data.get(name)) for name in fields] != [plain(known.data.get(name)) for name in fields]


def plain(value: object) -> object:
    """A value in which the integer 3 and the text "3" are the same, and amounts are compared by value."""
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else value


@dataclass
class Payment:
    """A payment in force: pieces lie on installments, the rest waits for what it names."""

    record: Record
    loan: str | None
    name: str | None
    waiting: Decimal

    @property
    def currency(self) -> str | None:
        return self.record.currency


@dataclass
class Installment:
    """One installment: what is due by its newest due event, and the pieces paid to it."""

    loan: str
    name: str
    due: Record
    pieces: list[tuple[Payment, Decimal]] = field(default_factory=list)

    @property
    def due_on(self) -> int:
        return parse_day(self.due.data["due_on"])

    @property
    def amount(self) -> Decimal:
        return self.due.amount()

    @property
    def open(self) -> Decimal:
        return max(ZERO, self.amount - sum((piece for _, piece in self.pieces), ZERO))

    @property
    def order(self) -> tuple[int, str, tuple[int, int, str]]:
        return (self.due_on, self.loan, name_order(self.name))

    def paid_before(self, at: int) -> Decimal:
        """What payments with an event time before this instant paid."""
        return sum((piece for payment, piece in self.pieces if payment.record.time < at), ZERO)

    def settled_at(self) -> int | None:
        """Event time of the payment that completed it, None while it is open."""
        paid = ZERO
        for time, piece in sorted((payment.record.time, piece) for payment, piece in self.pieces):
            paid += piece
            if paid >= self.amount:
                return time
        return None


class Ledger:
    """All installments and payments of one account."""

    def __init__(self) -> None:
        self.installments: dict[tuple[str, str], Installment] = {}
        self.payments: list[Payment] = []
        self.reversed: set[str] = set()
        self.waiting_reversals: dict[str, int] = {}

    def apply(self, record: Record) -> None:
        if record.kind == "repayment.due":
            self._due(record)
        elif record.kind == "repayment.received":
            self._received(record)
        elif record.kind == "repayment.reversed":
            self._reversed(record)

    def _due(self, record: Record) -> None:
        key = (record.data["loan_id"], str(record.data["installment"]))
        known = self.installments.get(key)
        if known is None:
            known = self.installments[key] = Installment(*key, record)
        elif record.order > known.due.order and differs(record, known.due, "due_on", "amount", "currency"):
            known.due = record
        else:
            return
        self._take_waiting(known)

    def put_right(self, id: str, data: dict[str, Any]) -> None:
        """What an event of these says, put right after all others: it takes waiting money, or spreads its own, anew."""
        for installment in self.installments.values():
            if installment.due.id == id:
                installment.due = replace(installment.due, data=data)
                self._take_waiting(installment)
        for payment in [payment for payment in self.payments if payment.record.id == id]:
            self._undo(payment)
            self._received(replace(payment.record, data=data))

    def take_out(self, id: str) -> None:
        """A due with the money paid to it, or a payment, is as if it had never been."""
        self.installments = {key: each for key, each in self.installments.items() if each.due.id != id}
        for payment in [payment for payment in self.payments if payment.record.id == id]:
            self._undo(payment)

    def _take_waiting(self, due: Installment) -> None:
        mine = [p for p in self.payments if p.waiting > 0 and p.currency == due.due.currency]
        for payment in mine:
            if payment.name == due.name and payment.loan in (None, due.loan):
                self._pay(payment, due, payment.waiting)
        for payment in [p for p in mine if p.name is None and p.loan == due.loan]:
            self._pay(payment, due, min(payment.waiting, due.open))
        for payment in [p for p in mine if p.name is None and p.loan is None]:
            self._pay(payment, due, min(payment.waiting, due.open))

    def _pay(self, payment: Payment, due: Installment, piece: Decimal) -> None:
        if piece > 0:
            due.pieces.append((payment, piece))
            payment.waiting -= piece

    def _received(self, record: Record) -> None:
        key = record.data.get("payment_id")
        if key is not None:
            if key in self.reversed:
                return
            if key in self.waiting_reversals and self.waiting_reversals[key] + REVERSAL_WAITS > record.as_of:
                self.reversed.add(key)
                return
            known = self.payment(key)
            if known is not None:
                content = ("amount", "currency", "loan_id", "installment")
                if record.order <= known.record.order or not differs(record, known.record, *content):
                    return
                self._undo(known)
        name = record.data.get("installment")
        payment = Payment(record, record.data.get("loan_id"), None if name is None else str(name), record.amount())
        self.payments.append(payment)
        self._spread(payment)

    def _spread(self, payment: Payment) -> None:
        mine = [i for i in self.installments.values() if i.due.currency == payment.currency]
        mine = sorted((i for i in mine if payment.loan in (None, i.loan)), key=lambda i: i.order)
        if payment.name is not None:
            for installment in [i for i in mine if i.name == payment.name][:1]:
                self._pay(payment, installment, payment.waiting)
            return
        for installment in mine:
            self._pay(payment, installment, min(payment.waiting, installment.open))

    def payment(self, key: str) -> Payment | None:
        return next((p for p in self.payments if p.record.data.get("payment_id") == key), None)

    def _undo(self, payment: Payment) -> None:
        self.payments.remove(payment)
        for installment in self.installments.values():
            installment.pieces = [(p, piece) for p, piece in installment.pieces if p is not payment]

    def _reversed(self, record: Record) -> None:
        key = record.data["payment_id"]
        known = self.payment(key)
        if known is not None:
            self._undo(known)
            self.reversed.add(key)
        else:
            since = self.waiting_reversals.get(key)
            if since is None or since + REVERSAL_WAITS <= record.as_of:
                self.waiting_reversals[key] = record.as_of


def ledger_of(known: Known) -> Ledger:
    """The ledger that this account's events give, from scratch (kept while no further money event came)."""
    stamp, ledger = known.ledger or (-1, None)
    money = sum(len(known.of(kind)) for kind in MONEY)
    if not isinstance(ledger, Ledger) or stamp != money:
        ledger = Ledger()
        for record in known.events:
            ledger.apply(record)
        for id, data in known.right.items():
            ledger.put_right(id, data)
        for id in sorted(known.aside):
            ledger.take_out(id)
        known.ledger = (money, ledger)
    return ledger
