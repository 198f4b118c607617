"""Entries of the hot state by the event that gave them: taking one out, and putting right what it said.

Only records of what happened: dues, payments, missed repayments, reports, inquiries, spending, scores, court records.
Profile, income, obligations, limits, consents, choices, flags and identity are put right by sending them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pydantic import ValidationError

from schemas.errors import ContractError
from schemas.event import Event
from schemas.events import EVENT_TYPES
from schemas.validation import contract_error
from streams.core.folds import finances, inquiries, repayments
from streams.core.state import AccountState, Installment

_FOLDS: dict[str, Callable[[AccountState, Any], None]] = {
    **repayments.FOLDS,
    **inquiries.FOLDS,
    **finances.FOLDS,
}


def types_of(state: AccountState, id: str) -> set[str]:
    """The types of the events with this id that the state still has an entry of."""
    return {type for type, entry, _ in _entries(state) if entry.id == id}


def take_out(state: AccountState, id: str) -> None:
    """The entries of the event count no longer. Money that was paid to a due taken out is not spread anew."""
    for _, entry, remove in list(_entries(state)):
        if entry.id == id:
            remove(entry)


def put_right(state: AccountState, id: str, data: dict[str, Any]) -> None:
    """The event said `data`, at its own time; where that is no data of its type the entry stays as it is."""
    for type, entry, remove in list(_entries(state)):
        if entry.id != id:
            continue
        try:
            event = right_event(type, id, entry.time, data)
        except ContractError:
            continue
        if isinstance(entry, Installment) and (entry.loan, entry.number) == (
            event.data.loan_id,
            event.data.installment,
        ):
            repayments.amend(state, entry, event)
            continue
        remove(entry)
        _FOLDS[type](state, event)


def right_event(type: str, id: str, time: int, data: dict[str, Any]) -> Event:
    """An event of a type with this data. Raises ContractError for what is no data of the type."""
    model = EVENT_TYPES[type].data_model
    try:
        found = model.model_validate(data)
    except ValidationError as error:
        raise contract_error(error, model) from None
    found.check("")
    return Event(type, id, "", "", time, None, found, ())


_Entry = tuple[str, Any, Callable[[Any], object]]


def _entries(state: AccountState) -> Iterator[_Entry]:
    """Every entry, with the type of its event and how it is taken out."""
    irregular, money = state.irregular, state.finances
    lists: tuple[tuple[str, list[Any]], ...] = (
        ("repayment.due", state.open),
        ("repayment.due", state.settled),
        ("inquiry.recorded", state.inquiries),
        ("repayment.missed", irregular.missed),
        ("delinquency.reported", irregular.reports),
        ("spending.recorded", money.spendings),
    )
    for type, entries in lists:
        for entry in entries:
            yield type, entry, entries.remove
    for entry in state.payments:
        yield "repayment.received", entry, partial(repayments.undo, state)
    by_name: tuple[tuple[str, dict[str, Any]], ...] = (
        ("score.updated", money.scores),
        ("court_record.changed", money.court_records),
    )
    for type, named in by_name:
        for name, entry in named.items():
            yield type, entry, partial(_drop, named, name)


def _drop(named: dict[str, Any], name: str, _: Any) -> None:
    del named[name]
