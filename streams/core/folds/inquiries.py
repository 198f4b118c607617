"""Lenders' looks into the credit record."""

from __future__ import annotations

from schemas.event import Event
from schemas.payloads.inquiries import InquiryRecorded, InquiryWithdrawn
from streams.core import limits
from streams.core.folds.bounded import append, count
from streams.core.state import AccountState, Inquiry


def recorded(state: AccountState, event: Event) -> None:
    """An inquiry; one of a known inquiry_id is amended by a newer event, one withdrawn before it came is left out."""
    data: InquiryRecorded = event.data
    hard, refused = data.kind == "hard", data.outcome == "refused"
    key = data.inquiry_id
    if key is not None:
        if key in state.irregular.withdrawn:
            return
        known = next((each for each in state.inquiries if each.key == key), None)
        if known is not None:
            same = (known.hard, known.institution, known.refused) == (hard, data.institution, refused)
            if same or (event.time, event.id) <= (known.time, known.id):
                return
            state.inquiries.remove(known)
    entry = Inquiry(event.time, event.id, hard, key, data.institution, refused)
    append(state, "inquiries", state.inquiries, entry, limits.INQUIRIES)


def withdraw(state: AccountState, event: Event) -> None:
    """An inquiry no longer counts, whether it came already or comes later."""
    data: InquiryWithdrawn = event.data
    key = data.inquiry_id
    state.inquiries[:] = [each for each in state.inquiries if each.key != key]
    withdrawn = state.change_irregular().withdrawn
    if key in withdrawn:
        return
    withdrawn.append(key)
    if len(withdrawn) > limits.CASES:
        del withdrawn[0]
        count(state, "withdrawals_dropped")


FOLDS = {"inquiry.recorded": recorded, "inquiry.withdrawn": withdraw}
