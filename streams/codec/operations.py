"""The operations that a lane knows, kept in its changelog under keys that no account can have."""

from __future__ import annotations

from typing import Any, Final

from schemas.event import Event
from schemas.events import parse_event
from schemas.instants import instant_text
from schemas.when import When
from streams.core import limits
from streams.core.calendar import Zone
from streams.core.excuses import Span
from streams.core.operations import EVERY, PAUSE, Operation, named, told

PREFIX: Final = b"~operation/"
_WHEN: Final = ("begins", "until", "expected")


class Operations:
    """Maintenance, incidents and pauses: those under way, announced, and the latest that are over."""

    def __init__(self) -> None:
        self.touched: dict[bytes, dict[str, Any] | None] = {}
        """What changed since it was last emptied, by changelog key; None: forgotten."""
        self._known: dict[str, Operation] = {}

    @property
    def all(self) -> list[Operation]:
        """Every one that is known, in no order that means anything."""
        return list(self._known.values())

    def outages(self, zone: Zone) -> list[Span]:
        """When everything is down, in every channel, in order of the begin: a pause of a lender stops no repayment."""
        whole = [each for each in self._known.values() if each.subject == EVERY and each.channel is None]
        found = [Span(*each.span(zone), each.region) for each in whole if each.kind != PAUSE]
        return sorted((each for each in found if each.begin < each.end), key=lambda each: (each.begin, each.end))

    def take(self, event: Event) -> bool:
        """Apply one event, older news than what is known excepted; whether anything changed."""
        kind, name = named(event)
        key = f"{kind}/{event.subject}/{name}"
        new = told(self._known.get(key), event)
        if new is None:
            return False
        self._known[key] = new
        self.touched[PREFIX + key.encode()] = _content(new)
        self._forget_ended(event.time)
        return True

    def restore(self, key: bytes, content: dict[str, Any]) -> None:
        """Take back one changelog record."""
        if "data" in content:
            self._known[key.removeprefix(PREFIX).decode()] = _of_event(content)
            return
        fields: dict[str, Any] = content | {name: When(*content[name]) for name in _WHEN if name in content}
        self._known[key.removeprefix(PREFIX).decode()] = Operation(**fields)

    def forget(self, key: bytes) -> None:
        """Take back that one was forgotten."""
        self._known.pop(key.removeprefix(PREFIX).decode(), None)

    def _forget_ended(self, now: int) -> None:
        """Let the oldest go of those that have ended: what is under way stays, whatever its age."""
        ended = [key for key, each in self._known.items() if each.has_ended(now)]
        if len(ended) > limits.OPERATIONS_ENDED:
            key = min(ended, key=lambda each: (self._known[each].time, self._known[each].id, each))
            del self._known[key]
            self.touched[PREFIX + key.encode()] = None


def _of_event(content: dict[str, Any]) -> Operation:
    """An operation as versions before decision 0090 kept it: the newest event about it, its time in ms."""
    envelope = {"specversion": "1.0", "source": "/stored", "time": instant_text(content["time"])}
    operation = told(None, parse_event({**content, **envelope}))
    assert operation is not None, "the first event of an operation is no older news"
    return operation


def _content(operation: Operation) -> dict[str, Any]:
    fields = {name: value for name, value in operation._asdict().items() if value is not None}
    return {name: list(value) if name in _WHEN else value for name, value in fields.items()}
