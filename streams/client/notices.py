"""Which status changes are worth a message to the customer: at most three within any 24 hours, and always the last one.

A machine that opens or closes a service acts on every status event; people are told when what they can do has changed:
status, terms or whose turn it is. Where that changed three times within a day already, the newest picture waits until
one of the three is a day old, and is told then, unless it has become what they know already. A fold over the status
topic: after a restart it is built again from the changes.
"""

from typing import Final

from schemas.instants import DAY_MS
from schemas.status import StatusData, StatusEvent, StatusTerms

PER_DAY: Final = 3

Picture = tuple[str, StatusTerms, str | None]


def picture(data: StatusData) -> Picture:
    """What a customer can do: where it changes, there is something to tell."""
    return data.status, data.terms, data.side


class Told:
    """What the customer was told of one product, and when within the last day. Instants are ms."""

    __slots__ = ("at", "picture")

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.at: list[int] = []

    def free_at(self, at: int, per_day: int = PER_DAY) -> int:
        """When, from `at` on, something may be told again."""
        return at if len(self.at) < per_day else max(at, self.at[-per_day] + DAY_MS)

    def tell(self, data: StatusData, at: int, per_day: int = PER_DAY) -> None:
        """This is told at an instant."""
        self.picture = picture(data)
        self.at = [*self.at, at][-per_day:]


class _Known(Told):
    """And what waits."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        super().__init__()
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
        if known.picture == picture(event.data):
            return False
        if known.free_at(at, self._per_day) > at:
            known.waiting = event
            return False
        known.tell(event.data, at, self._per_day)
        return True

    def due(self, at: int) -> list[StatusEvent]:
        """What waited and is to be told at an instant."""
        found = []
        for known in self._known.values():
            if known.waiting is not None and known.free_at(at, self._per_day) <= at:
                found.append(known.waiting)
                known.tell(known.waiting.data, at, self._per_day)
                known.waiting = None
        return found

    def next_due(self) -> int | None:
        """When to ask for what waits; None where nothing does."""
        waiting = [each.free_at(0, self._per_day) for each in self._known.values() if each.waiting is not None]
        return min(waiting, default=None)
