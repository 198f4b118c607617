"""One account's step: timers that are due, then an event, each judged at its own instant (semantics T2-T6, E1-E9)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from schemas.errors import Code, ContractError
from schemas.event import Event
from schemas.settings import CoreSettings
from streams.core import amendments, interventions
from streams.core.calendar import NEVER
from streams.core.emission import Before, Cause, Emission, emit, observed_before, values_stand
from streams.core.evaluate import Frame, evaluate, wake
from streams.core.folds import FOLDS
from streams.core.folds.targets import Origin, expire, fingerprint, meet, next_expiry, note, remember, seen
from streams.core.groups import Dated, Target
from streams.core.outlook import Future
from streams.core.policies import InForce, Policies
from streams.core.policy.program import Program
from streams.core.state import AccountState, Judged, ProductMemory


class Rejected(NamedTuple):
    """An event taken in earlier that turned out to be about nothing: its record goes to the dead letters at `at`."""

    target: Target
    at: int


@mypyc_attr(acyclic=True)
class Account:
    """An account in hand: its state, when time next moves it, and what came of it so far."""

    __slots__ = ("due", "emissions", "id", "rejected", "state", "told")

    def __init__(self, id: str, state: AccountState, due: int, told: bool = True) -> None:
        self.id = id
        self.state = state
        self.due = due
        """The earliest instant at which time alone may move the account, NEVER when none; eras not counted."""
        self.told = told
        """Whether what is sent is made: where only statuses matter, looking ahead would be most of the work."""
        self.emissions: list[Emission] = []
        self.rejected: list[Rejected] = []


_NOTHING: Before = MappingProxyType({})


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
        in_force = policies.in_force(account.id, state.era)
        frame = None if in_force is None else _kept(in_force.program, state, at)
        _evaluate(account, at, Cause("policy" if swept else "time", None, at, None), in_force, frame)


def apply(account: Account, event: Event, record: Origin, policies: Policies, settings: CoreSettings) -> bool:
    """Take one event in: fold it and evaluate. Timers due by its record's timestamp must have fired.

    False for a duplicate, which changes nothing. Raises ContractError for a time too far ahead of its record; nothing
    is changed then.
    """
    state, recorded_at = account.state, record.timestamp
    event = in_its_time(event, recorded_at, settings)
    key = fingerprint(event.source, event.id)
    if seen(state, key):
        return False
    of_people = record.topic == "reviews"
    if of_people:
        interventions.check_hands(state, event)
        amendments.check_correction(state, event)
    at = max(state.as_of, recorded_at)
    state.era = max(state.era, policies.era_at(at))
    in_force = policies.in_force(account.id, state.era)
    frame = None if in_force is None else _before(in_force.program, state, at)
    before = _NOTHING if in_force is None else observed_before(in_force.program, state, at, event.type, frame)
    state.as_of = at
    if state.first is None or (event.time, event.id) < (state.first.time, state.first.id):
        state.first = Dated(None, event.time, event.id)
    change = FOLDS.get(event.type)
    if change is not None:
        change(state, event)
    remember(state, key)
    if state.own_people is not None:
        meet(state, key)
    if of_people and event.type in _ABOUT_OTHERS:
        account.rejected += [Rejected(target, at) for target in note(state, event, record)]
    kind = "review" if of_people else "event"
    cause = Cause(kind, event.id, recorded_at, (record.topic, record.partition, record.offset))
    _evaluate(account, at, cause, in_force, frame, event.type, before)
    return True


_ABOUT_OTHERS: Final = frozenset({"fact.corrected", "fact.suppressed", "dispute.opened"})


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
    return event.at(recorded_at)


def _before(program: Program, state: AccountState, at: int) -> Frame | None:
    """As `_kept`; of accounts of whose events people said something, judged as they had said it by then."""
    return (
        amendments.frame_of(program, state, at) if amendments.is_amended(program, state) else _kept(program, state, at)
    )


def _kept(program: Program, state: AccountState, at: int) -> Frame | None:
    """The frame of what is known of the account, timers due by the instant fired; None when it must be judged anew."""
    known = state.judged
    if known is None or known.era != state.era or state.lost:
        return None
    return Frame(program, state, at, known.results, known.crossings)


_OF_ALL_RULES: Final = frozenset(
    {
        "account.opened",
        "account.updated",
        "account.closed",
        "security.flagged",
        "security.cleared",
        "override.proposed",
        "override.approved",
        "override.revoked",
        "review.decided",
    }
)
"""Events that may change more of a status than the facts that they are about."""


def _evaluate(
    account: Account,
    at: int,
    cause: Cause,
    in_force: InForce | None,
    frame: Frame | None,
    event_type: str | None = None,
    before: Before = _NOTHING,
) -> None:
    """Judge what may have changed, and say what came of it.

    `frame` holds what is known of the account, None when nothing is; `event_type` None: time or a policy moved it.
    """
    state = account.state
    state.as_of = at
    account.due, judge = NEVER, evaluate
    amended = in_force is not None and amendments.is_amended(in_force.program, state)
    if amended or state.own_people is not None:
        judge = interventions.judge
        account.due = next_expiry(state)
        if in_force is not None:
            account.due = min(account.due, interventions.next_end(state, at, in_force.program.context.zone))
    if amended or isinstance(frame, amendments.Seen):
        frame = None
    if in_force is None:
        return
    program, rollout, successors = in_force
    stands = False
    if frame is None or state.lost:
        frame = amendments.frame_of(program, state, at)
        state.judged = Judged(state.era, bool(successors), frame.results, frame.crossings)
    elif event_type is None:
        frame.flip()
    else:
        stands = _judge_touched(frame, event_type) and not successors
    known = state.judged
    assert known is not None, "a frame is of what is known"
    if stands and not known.ahead and _says_the_same(frame, before):
        due = min(account.due, frame.crossing())
        for each in program.products:
            if each.observes:
                due = min(due, wake(state.products[each.id].rules, at))
        account.due = due if program.quiet is None else min(due, _released(program, state))
        return
    known.ahead = bool(successors)
    outcomes = [
        judge(product, frame, (state.products.get(product.id) or _UNKNOWN).rules, None, rollout)
        for product in program.products
    ]
    account.emissions += emit(
        account.id, frame, outcomes, Future(frame, successors) if account.told else None, cause, before
    )
    due = min(account.due, frame.crossing())
    for outcome in outcomes:
        due = min(due, outcome.wake(at))
    account.due = due if program.quiet is None else min(due, _released(program, state))
    if amended:
        state.judged = None  # it is of a copy
    assert account.due > at, "time moves on: a timer lies after the instant that it was found at"


def _released(program: Program, state: AccountState) -> int:
    """The earliest instant at which what is held back of a product may be said, or NEVER."""
    held = [state.products[product.id].held for product in program.products]
    return min([each for each in held if each], default=NEVER)


def _judge_touched(frame: Frame, event_type: str) -> bool:
    """Judge the facts that an event of this type may change; whether nothing came out otherwise than it was."""
    results, crossings = frame.results.copy(), frame.crossings.copy()
    frame.judge(frame.program.touching(event_type))
    return frame.results == results and frame.crossings == crossings and event_type not in _OF_ALL_RULES


def _says_the_same(frame: Frame, before: Before) -> bool:
    """Whether every product was judged before, and shows no other value than before the event."""
    products = frame.state.products
    for product in frame.program.products:
        memory = products.get(product.id)
        if memory is None or (before and not values_stand(product, memory, before, frame)):
            return False
    return True


_UNKNOWN: Final = ProductMemory()
