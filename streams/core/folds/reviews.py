"""What people decided or asked: overrides, disputes, reviews, explanations, notes. Folded and kept by id."""

from __future__ import annotations

from typing import Any

from schemas.event import Event
from streams.core import limits
from streams.core.folds.bounded import FOR_EVER, lose
from streams.core.groups import Case, Dated
from streams.core.state import AccountState, newer

_OPENS = frozenset({"proposed", "opened", "requested"})
_CLOSES = frozenset({"revoked", "closed", "decided", "given"})


def override(state: AccountState, event: Event) -> None:
    """override.proposed, .approved, .revoked."""
    data = event.data
    content = {"by": data.by}
    if event.type == "override.proposed":
        content |= {"product": data.product, "status": data.status, "reason": data.reason, "until": data.until}
    _step(state, "overrides", state.change_people().overrides, data.override_id, event, content)


def dispute(state: AccountState, event: Event) -> None:
    """dispute.opened, .closed."""
    data = event.data
    _step(
        state,
        "disputes",
        state.change_people().disputes,
        data.dispute_id,
        event,
        {"about": data.about, "outcome": data.outcome},
    )


def review(state: AccountState, event: Event) -> None:
    """review.requested, .decided."""
    data = event.data
    content = {"product": data.product}
    if event.type == "review.decided":
        content |= {"by": data.by, "status": data.status, "reason": data.reason, "until": data.until}
    _step(state, "reviews", state.change_people().reviews, data.review_id, event, content)


def explanation(state: AccountState, event: Event) -> None:
    """explanation.requested, .given."""
    data = event.data
    content = {"product": data.product, "by": data.by}
    _step(state, "explanations", state.change_people().explanations, data.request_id, event, content)


def noted(state: AccountState, event: Event) -> None:
    """support.noted."""
    _step(state, "notes", state.change_people().notes, event.data.note_id, event, {"by": event.data.by})


def _step(
    state: AccountState, name: str, cases: dict[str, Case], key: str, event: Event, content: dict[str, Any]
) -> None:
    step = event.type.rpartition(".")[2]
    case = cases.get(key)
    if case is None:
        case = cases[key] = Case(event.time, event.id, False)
    if not newer(case.steps.get(step), event.time, event.id):
        return
    case.steps[step] = Dated(
        {each: value for each, value in content.items() if value is not None}, event.time, event.id
    )
    case.time, case.id = max((each.time, each.id) for each in case.steps.values())
    case.open = _is_open(case)
    if len(cases) > limits.CASES:
        oldest = min(cases, key=lambda each: (cases[each].open, cases[each].time, cases[each].id))
        if cases[oldest].open:
            lose(state, name, FOR_EVER)
        del cases[oldest]


def _is_open(case: Case) -> bool:
    opened = max(((each.time, each.id) for step, each in case.steps.items() if step in _OPENS), default=None)
    ended = max(((each.time, each.id) for step, each in case.steps.items() if step in _CLOSES), default=None)
    return opened is not None and (ended is None or opened > ended)


FOLDS = {
    "override.proposed": override,
    "override.approved": override,
    "override.revoked": override,
    "dispute.opened": dispute,
    "dispute.closed": dispute,
    "review.requested": review,
    "review.decided": review,
    "explanation.requested": explanation,
    "explanation.given": explanation,
    "support.noted": noted,
}
