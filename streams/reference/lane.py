"""A lane by the reference: its accounts, policies and outages, one record after the other in the order of truth."""

import json
from typing import Any

from streams.reference.account import AccountRun
from streams.reference.calendar import MINUTE, SECOND, format_instant, parse_instant
from streams.reference.eras import Eras
from streams.reference.history import FUTURE_ALLOWED, Record, record_of
from streams.reference.outages import Outages


class Lane:
    """``clock`` is the lane's: the greatest record timestamp or tick so far (ms)."""

    def __init__(
        self, grace: int = 2 * SECOND, future_allowed: int = FUTURE_ALLOWED, activation_delay: int = MINUTE
    ) -> None:
        """How long timers of idle accounts wait for records, how far ahead of its record an event's time may be, and
        how long after its record a policy's activation takes effect (ms).
        """
        self.eras = Eras(activation_delay)
        self.runs: dict[str, AccountRun] = {}
        self.clock = 0
        self._settled = 0
        self._grace = grace
        self._future_allowed = future_allowed
        self._outages = Outages()
        self._ids: list[tuple[str, str]] = []

    def tick(self, clock: int) -> None:
        """The clock moves; timers fire when they are looked at, which changes nothing (T3)."""
        self.clock = max(self.clock, clock)

    def account(self, event: dict[str, Any], recorded: int, topic: str, size: int) -> AccountRun | None:
        """Apply an event of an account; None where its time is too far ahead."""
        record = record_of(event, recorded, topic, size, self._future_allowed)
        return None if record is None else self.apply(record)

    def apply(self, record: Record) -> AccountRun:
        run = self.runs.setdefault(record.account, AccountRun(self.eras, self._outages, record.account))
        run.apply(record)
        return run

    def broadcast(self, event: dict[str, Any], recorded: int) -> None:
        """Apply an event that every lane takes in. What was due by the clock is judged by what was known before."""
        name = (event["source"], event["id"])
        if name in self._ids:
            return
        data = {name: value for name, value in event["data"].items() if value is not None}
        kind = event["type"]
        if kind == "clock.advanced":
            self._settled = max(self._settled, parse_instant(data["to"]))
        elif kind.startswith("policy."):
            self.settle()
            self.eras.take({**event, "data": data}, recorded, self.clock)
        elif not kind.startswith("trust."):
            happened = parse_instant(event["time"])
            if happened > recorded + self._future_allowed:
                return
            self.settle()
            when = {"time": format_instant(min(happened, recorded)), "recordedtime": format_instant(recorded)}
            self._outages.take({**event, **when, "data": data})
        self._ids = [*self._ids, name][-128:]

    @property
    def due(self) -> int:
        """Timers up to this instant have fired."""
        return max(self.clock - self._grace, self._settled)

    def settle(self, until: int | None = None) -> None:
        """Fire every timer that is due by now, or by an instant."""
        for run in self.runs.values():
            run.advance(self.due if until is None else until)

    def ends(self, at: int) -> None:
        """How far anything that comes again and again has to be looked at."""
        for policy in self.eras.policies:
            policy.frame.ends = max(policy.frame.ends, at)


def value_size(event: dict[str, Any]) -> int:
    """Bytes of an event in a file, written without spaces, and of its key."""
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=False, default=str)
    return len(text.encode()) + len(event["subject"].encode())
