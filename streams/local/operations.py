"""Maintenance, incidents and pauses that the feed tells of: one story after another, and then again."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from schemas.instants import DAY_MS, instant_text

_SECOND: Final = 1_000
_SOON_MS: Final = 3 * _SECOND
_MINUTE: Final = 60 * _SECOND


class Operation(NamedTuple):
    """One event of the operations: its subject (a product or `*`), type, data, and what happened in words."""

    subject: str
    kind: str
    data: dict[str, Any]
    words: str


class Operations:
    """The stories, step by step; names of windows and incidents begin with the id of the event that began them."""

    def __init__(self) -> None:
        self._place = 0
        self._name = ""

    def next(self, at: int, event_id: str) -> Operation:
        """The next step, happening at `at` (ms since the epoch), as the event with this id."""
        step = _STORY[self._place % len(_STORY)]
        self._place += 1
        if step in _BEGINNINGS:
            self._name = event_id
        return step(self._name, at)


def _planned(name: str, at: int) -> Operation:
    data = {"window_id": name, "from": instant_text(at + _SOON_MS), "until": instant_text(at + 10 * _MINUTE)}
    return Operation("cash", "maintenance.planned", data, "will be under maintenance in three seconds, for ten minutes")


def _extended(name: str, at: int) -> Operation:
    data = {"window_id": name, "until": instant_text(at + 30 * _MINUTE)}
    return Operation("cash", "maintenance.extended", data, "needs half an hour more for its maintenance")


def _ended(name: str, at: int) -> Operation:
    return Operation("cash", "maintenance.ended", {"window_id": name}, "is through with its maintenance")


def _broken(name: str, at: int) -> Operation:
    data = {"incident_id": name, "region": "CN-31", "expected_until": instant_text(at + 20 * _MINUTE)}
    return Operation("*", "incident.started", data, "nothing works in CN-31, for twenty minutes it is hoped")


def _mended(name: str, at: int) -> Operation:
    return Operation("*", "incident.ended", {"incident_id": name}, "CN-31 works again")


def _paused(name: str, at: int) -> Operation:
    data = {"provider": "harbour-bank", "reason": "year-end closing"}
    return Operation("*", "provider.paused", data, "harbour-bank takes no new business for now")


def _resumed(name: str, at: int) -> Operation:
    return Operation("*", "provider.resumed", {"provider": "harbour-bank"}, "harbour-bank is back")


def _tomorrow(name: str, at: int) -> Operation:
    data = {"window_id": name, "from": instant_text(at + DAY_MS), "until": instant_text(at + DAY_MS + 240 * _MINUTE)}
    return Operation("*", "maintenance.planned", data, "maintenance of everything is announced for tomorrow")


def _cancelled(name: str, at: int) -> Operation:
    return Operation("*", "maintenance.cancelled", {"window_id": name}, "tomorrow's maintenance is called off")


_BEGINNINGS: Final = (_planned, _broken, _tomorrow)
_STORY: Final[tuple[Callable[[str, int], Operation], ...]] = (
    _planned,
    _extended,
    _ended,
    _broken,
    _mended,
    _paused,
    _resumed,
    _tomorrow,
    _cancelled,
)
