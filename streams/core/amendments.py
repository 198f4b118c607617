"""Facts as they may be used: without what was suppressed or is set aside, as people corrected them (decision 0087), and
without what an outage excuses (decision 0091).

The hot state keeps what the events said. Where that isn't all, an account is judged by a copy in which the rest is
applied, made anew at each evaluation: so the end of a suppression's or a dispute's time restores by itself.
"""

from __future__ import annotations

from typing import Any

from schemas.errors import ContractError
from schemas.event import Event
from schemas.when import When
from streams.core.calendar import NEVER, Zone
from streams.core.copies import copied_facts
from streams.core.evaluate import Frame, judged
from streams.core.folds.entries import put_right, right_event, take_out, types_of
from streams.core.groups import Target
from streams.core.policy.program import Program
from streams.core.state import AccountState


class Seen(Frame):
    """A frame of an account whose events aren't all there is: `state` is the copy, `own` the account's own."""

    __slots__ = ("_own",)

    def __init__(self, program: Program, own: AccountState, t: int) -> None:
        count = len(program.atoms)
        super().__init__(program, _as_seen(program, own, t), t, [None] * count, [0] * count)
        self._own = own
        self.judge(program.measured)

    @property
    def own(self) -> AccountState:
        """The account's own state."""
        return self._own

    def crossing(self) -> int:
        """As for any frame; or when a suppression begins."""
        return min(super().crossing(), _next_begin(self._own, self.t, self.program.context.zone))

    def at(self, t: int) -> Frame:
        """The account at a later instant, no event between."""
        return Seen(self.program, self._own, t)


def frame_of(program: Program, own: AccountState, t: int) -> Frame:
    """The account judged anew at an instant, by whatever people said of its events."""
    return Seen(program, own, t) if is_amended(program, own) else judged(program, own, t)


def is_amended(program: Program, state: AccountState) -> bool:
    """Whether people said of an event that it was otherwise, or isn't to be used; or an outage may excuse something."""
    if is_excused(program, state):
        return True
    people = state.own_people
    if people is None:
        return False
    return any(map(_counts, people.targets)) or bool(_disputed(program, state))


def is_excused(program: Program, state: AccountState) -> bool:
    """Whether an outage may excuse something of the account."""
    context = program.context
    return context.excuses is not None and context.excuses.concern(state, context.zone)


def _disputed(program: Program, state: AccountState) -> set[str]:
    """What open disputes are about, where the policy sets that aside."""
    if not program.context.disputes_aside:
        return set()
    return {case.steps["opened"].value["about"] for case in state.people.disputes.values() if case.open}


def check_correction(state: AccountState, event: Event) -> None:
    """Refuse a correction that is no data of the type of the event that it corrects, as far as that is known.

    Raises ContractError naming the field.
    """
    if event.type != "fact.corrected":
        return
    for type in sorted(types_of(state, event.data.corrects)):
        try:
            right_event(type, event.id, event.time, event.data.data)
        except ContractError as error:
            field = f"data.data.{error.field.removeprefix('data.')}"
            raise ContractError(error.code, field, error.came, error.expected, error.example) from None


def _counts(target: Target) -> bool:
    """Whether it is about an event that came."""
    return target.until is None and target.kind in ("corrected", "suppressed")


def _as_seen(program: Program, own: AccountState, t: int) -> AccountState:
    """A copy with everything applied that people said and outages excuse by an instant; what was last told of products
    is shared.
    """
    state = copied_facts(own)
    targets = sorted(filter(_counts, own.people.targets), key=lambda each: (each.time, each.id))
    zone = program.context.zone
    gone = {each.about for each in targets if each.kind == "suppressed" and _begin(each, zone) <= t}
    gone |= _disputed(program, own)
    for target in targets:
        if target.kind == "corrected" and target.about not in gone:
            put_right(state, target.about, target.data)
    for id in sorted(gone):
        take_out(state, id)
    context = program.context
    if context.excuses is not None:
        context.excuses.apply(state, t, zone, context.cutoff)
    return state


def _next_begin(own: AccountState, t: int, zone: Zone) -> int:
    begins = [_begin(each, zone) for each in own.people.targets if _counts(each) and each.kind == "suppressed"]
    return min([each for each in begins if each > t], default=NEVER)


def _begin(target: Target, zone: Zone) -> int:
    """From when an event is no longer usable: at once, from a local day's begin, or from an instant on."""
    given: Any = target.data.get("from")
    if given is None:
        return 0
    begin = When(*given)
    return zone.start(begin.value) if begin.kind == "date" else begin.value
