"""The clocks of law: by when something is to be told, counted in record time. Pure.

| law | begins | days |
|---|---|---|
| adverse | a status that counts as adverse action (SR-5) | 30 |
| dispute, review | the customer asked (SR-13) | 20 |
| explanation | the customer asked (SR-5) | 30 |
| document | ends 60 days before it expires (SR-15) | |
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, get_args

from schemas.notices import (
    Law,
    NoticeAttempted,
    NoticeAwaited,
    NoticeDropped,
    NoticeEvent,
    NoticePlanned,
    NoticeSettled,
)

LAWS: Final[tuple[Law, ...]] = get_args(Law)
DAYS: Final[dict[Law, int]] = {"adverse": 30, "dispute": 20, "review": 20, "explanation": 30}
DOCUMENT_DAYS_AHEAD: Final = 60
# A document is told of so long before its day; one that is learnt of later is told of within as long.
DOCUMENT_ROOM_DAYS: Final = 7

State = Literal["due", "overdue", "sent", "late", "ended"]


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock; `ended`: there was nothing to tell any more (it was taken back before it was told)."""

    clock: str
    law: Law
    account: str
    due_at: int
    sent_at: int | None = None
    ended: bool = False

    def state(self, at: int) -> State:
        """How it stands at an instant (ms)."""
        if self.sent_at is not None:
            return "sent" if self.sent_at <= self.due_at else "late"
        if self.ended:
            return "ended"
        return "due" if at <= self.due_at else "overdue"


class Counts(NamedTuple):
    """How many clocks of a law stand how."""

    due: int
    overdue: int
    sent: int
    late: int
    ended: int


class Clocks:
    """A fold over the ledger's entries, in order per account."""

    def __init__(self) -> None:
        self._clocks: dict[str, Clock] = {}
        self._of_notice: dict[str, str] = {}
        self._of_message: dict[str, list[str]] = {}

    def take(self, event: NoticeEvent) -> None:
        """The next entry."""
        match event.data:
            case NoticeAwaited() as awaited:
                self._begin(awaited.clock, awaited.law, event.subject, awaited.due_at)
            case NoticePlanned() as planned:
                if planned.clock is not None and planned.law is not None and planned.due_at is not None:
                    self._begin(planned.clock, planned.law, event.subject, planned.due_at)
                    self._of_notice[planned.notice] = planned.clock
            case NoticeDropped() as dropped:
                # What replaces a notice takes its clock over.
                clock = self._of_notice.pop(dropped.notice, None)
                if clock is not None and dropped.why != "replaced":
                    self._clocks[clock] = replace(self._clocks[clock], ended=True)
            case NoticeAttempted() as attempted:
                found = [self._of_notice[each] for each in attempted.notices if each in self._of_notice]
                if found:
                    self._of_message[attempted.message] = found
            case NoticeSettled() as settled:
                for clock in self._of_message.pop(settled.message, ()):
                    if settled.outcome == "sent" and self._clocks[clock].sent_at is None:
                        self._clocks[clock] = replace(self._clocks[clock], sent_at=event.time)

    def counts(self, at: int) -> dict[Law, Counts]:
        """How many stand how at an instant (ms), by law."""
        found: dict[Law, dict[State, int]] = {law: dict.fromkeys(get_args(State), 0) for law in LAWS}
        for clock in self._clocks.values():
            found[clock.law][clock.state(at)] += 1
        return {law: Counts(**states) for law, states in found.items()}

    def overdue(self, at: int) -> list[Clock]:
        """Those that are overdue at an instant (ms), the longest first."""
        found = [clock for clock in self._clocks.values() if clock.state(at) == "overdue"]
        return sorted(found, key=lambda clock: (clock.due_at, clock.clock))

    def all(self) -> list[Clock]:
        """Every clock, in the order in which they began."""
        return list(self._clocks.values())

    def get(self, clock: str) -> Clock | None:
        """One clock."""
        return self._clocks.get(clock)

    def _begin(self, clock: str, law: Law, account: str, due_at: int) -> None:
        self._clocks.setdefault(clock, Clock(clock, law, account, due_at))


def merged(parts: Iterable[Clocks], at: int) -> tuple[dict[Law, Counts], list[Clock]]:
    """The counts and the overdue ones of several partitions together."""
    counted = {law: Counts(0, 0, 0, 0, 0) for law in LAWS}
    overdue: list[Clock] = []
    for part in parts:
        for law, counts in part.counts(at).items():
            counted[law] = Counts(*map(sum, zip(counted[law], counts, strict=True)))
        overdue += part.overdue(at)
    return counted, sorted(overdue, key=lambda clock: (clock.due_at, clock.clock))
