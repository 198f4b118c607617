"""Which status changes are worth a message to the customer: at most three within any 24 hours, and always the last one.

A machine that opens or closes a service acts on every status event; people are told when what they can do has changed:
status, terms or whose turn it is. Where that changed three times within a day already, the newest picture waits until
one of the three is a day old, and is told then, unless it has become what they know already. A fold over the status
topic: after a restart it is built again from the changes.
"""

from typing import Final

from schemas.status import StatusData, StatusEvent, StatusTerms

PER_DAY: Final = 3
DAY_MS: Final = 86_400_000

_Picture = tuple[str, StatusTerms, str | None]


class _Known:
    """What the customer was told of one product, when within the last day, and what waits."""

    __slots__ = ("picture", "told_at", "waiting")

    def __init__(self) -> None:
        self.picture: _Picture | None = None
        self.told_at: list[int] = []
        self.waiting: StatusEvent | None = None


class Notices:
    """Changes go in, in order per account and product; out come those to tell, now or later. Instants are ms."""

    def __init__(self, per_day: int = PER_DAY) -> None:
        assert per_day > 0, "somebody is to be told something"
        self._per_day = per_day
        self._known: dict[tuple[str, str], _Known] = {}

    def take(self, event: StatusEvent, at: int) -> bool:
        """A change that came at an instant: whether to tell the customer now."""
        known = self._known.setdefault((event.data.account_id, event.data.product), _Known())
        known.waiting = None
        if known.picture == _picture(event.data):
            return False
        if self._free_at(known, at) > at:
            known.waiting = event
            return False
        self._tell(known, event.data, at)
        return True

    def due(self, at: int) -> list[StatusEvent]:
        """What waited and is to be told at an instant."""
        found = []
        for known in self._known.values():
            if known.waiting is not None and self._free_at(known, at) <= at:
                found.append(known.waiting)
                self._tell(known, known.waiting.data, at)
                known.waiting = None
        return found

    def next_due(self) -> int | None:
        """When to ask for what waits; None where nothing does."""
        waiting = [self._free_at(each, 0) for each in self._known.values() if each.waiting is not None]
        return min(waiting, default=None)

    def _free_at(self, known: _Known, at: int) -> int:
        return at if len(known.told_at) < self._per_day else known.told_at[-self._per_day] + DAY_MS

    def _tell(self, known: _Known, data: StatusData, at: int) -> None:
        known.picture = _picture(data)
        known.told_at = [*known.told_at, at][-self._per_day :]


def _picture(data: StatusData) -> _Picture:
    return data.status, data.terms, data.side
