"""One account's step: timers that are due, then an event, each judged at its own instant (semantics T2-T6, E1-E9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from schemas.errors import Code, ContractError
from schemas.events import Event
from schemas.settings import CoreSettings
from streams.core.calendar import NEVER
from streams.core.emission import Before, Cause, Emission, emit, observed_before
from streams.core.evaluate import Frame, evaluate
from streams.core.folds import fold
from streams.core.folds.targets import Origin, expire, fingerprint, meet, next_expiry, note, remember, seen
from streams.core.outlook import Future
from streams.core.policies import Policies
from streams.core.state import AccountState, Dated, ProductMemory, Target


class Rejected(NamedTuple):
    """An event taken in earlier that turned out to be about nothing: its record goes to the dead letters at `at`."""

    target: Target
    at: int


@dataclass(slots=True)
class Account:
    """An account in hand: its state, when time next moves it, and what came of it so far."""

    id: str
    state: AccountState
    due: int
    """The earliest instant at which time alone may move the account, NEVER when none; eras not counted."""
    emissions: list[Emission]
    rejected: list[Rejected]


def next_due(account: Account, policies: Policies) -> int:
    """When the account is next to be evaluated without an event."""
    return min(account.due, policies.next_sweep(account.state.era))


def fire(account: Account, until: int, policies: Policies) -> None:
    """Evaluate the account at each due instant up to `until`, in order."""
    while (at := next_due(account, policies)) <= until:
        state = account.state
        swept = policies.next_sweep(state.era) <= at
        state.era = policies.era_at(at)
        account.rejected += [Rejected(target, at) for target in expire(state, at)]
        _evaluate(account, at, policies, Cause("policy" if swept else "time", None, at, None), {})


def apply(
    account: Account, event: Event, recorded_at: int, origin: Origin, policies: Policies, settings: CoreSettings
) -> bool:
    """Take one event in: fold it and evaluate. Timers due by `recorded_at` must have fired.

    False for a duplicate, which changes nothing. Raises ContractError for a time too far ahead of its record; nothing
    is changed then.
    """
    state = account.state
    event = in_its_time(event, recorded_at, settings)
    key = fingerprint(event.source, event.id)
    if seen(state, key):
        return False
    at = max(recorded_at, state.as_of)
    state.era = max(state.era, policies.era_at(at))
    before = _look_before(account, event, at, policies)
    state.as_of = at
    if state.first is None or (event.time, event.id) < (state.first.time, state.first.id):
        state.first = Dated(None, event.time, event.id)
    fold(state, event)
    remember(state, key)
    if state.own_people is not None:
        meet(state, key)
    if event.type in _ABOUT_OTHERS:
        account.rejected += [Rejected(target, at) for target in note(state, event, origin)]
    kind = "review" if origin[0] == "reviews" else "event"
    _evaluate(account, at, policies, Cause(kind, event.id, recorded_at, origin[:3]), before)
    return True


_ABOUT_OTHERS = frozenset({"fact.corrected", "fact.suppressed", "dispute.opened"})


def in_its_time(event: Event, recorded_at: int, settings: CoreSettings) -> Event:
    """The event with a time not after its record (semantics T8)."""
    if event.time <= recorded_at:
        return event
    if event.time > recorded_at + settings.future_ms:
        ahead = (event.time - recorded_at) // 1000
        raise ContractError(
            Code.TIME_IN_FUTURE,
            "time",
            f"a time {ahead} s after the record's timestamp",
            f"a time at most {settings.future_ms // 1000} s after the record was written",
        )
    return replace(event, time=recorded_at)


def _look_before(account: Account, event: Event, at: int, policies: Policies) -> Before:
    """The observed values that the event may change, as they are at the same instant without it."""
    state = account.state
    for memory in state.products.values():
        if memory.reasons:
            break
    else:
        return {}
    program, _ = policies.program_for(account.id, state.era)
    if program is None or policies.frozen(state.era):
        return {}
    return observed_before(state, program, at, event.type)


def _evaluate(account: Account, at: int, policies: Policies, cause: Cause, before: Before) -> None:
    state = account.state
    state.as_of = at
    expiry = next_expiry(state) if state.own_people is not None else None
    account.due = NEVER if expiry is None else expiry
    program, rollout = policies.program_for(account.id, state.era)
    if program is None or policies.frozen(state.era):
        return
    frame = Frame(program, state, at)
    outcomes = [
        evaluate(product, frame, (state.products.get(product.id) or _NOTHING).rules, None, rollout)
        for product in program.products
    ]
    future = Future(frame, policies.successors(account.id, state.era))
    account.emissions += emit(account.id, frame, outcomes, future, cause, before)
    account.due = min(account.due, frame.crossing(), *[each.wake(at) for each in outcomes])
    assert account.due > at, "time moves on: a timer lies after the instant that it was found at"


_NOTHING = ProductMemory()
