"""A valid event as the core takes it in, whoever read it."""

from __future__ import annotations

from typing import Any


class Event:
    """A valid event. Times in ms since the epoch; `recorded` is the extension recordedtime.

    `data` is the payload's model of the type, or a struct with the same fields (schemas.quick), typed by whoever knows
    the type. `unknown` holds the dotted names of at most 16 unknown fields.
    """

    __slots__ = ("data", "id", "recorded", "source", "subject", "time", "type", "unknown")

    def __init__(
        self,
        type: str,
        id: str,
        source: str,
        subject: str,
        time: int,
        recorded: int | None,
        data: Any,
        unknown: tuple[str, ...],
    ) -> None:
        self.type = type
        self.id = id
        self.source = source
        self.subject = subject
        self.time = time
        self.recorded = recorded
        self.data = data
        self.unknown = unknown

    def at(self, time: int) -> Event:
        """The event as if it had happened at another instant."""
        return Event(self.type, self.id, self.source, self.subject, time, self.recorded, self.data, self.unknown)
