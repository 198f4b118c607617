"""Is the service up, as lane 0 tells it for all: one record for each product and change (decision 0090).

What is told follows from operations and policies at an instant. It is told anew where it differs from the last time:
after an event about them, and at each instant at which time alone changes it, by the rules of timers (semantics T3).
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from schemas.event import Event
from schemas.instants import date_text, instant_text
from schemas.reasons import REASONS
from streams.codec.canonical import canonical
from streams.codec.operations import Operations
from streams.codec.records import Headers, OutputRecord, SourceRecord
from streams.codec.status import CAUSE_HEADER
from streams.core import limits
from streams.core.availability import Outage, announced, concerning, next_instant, outages
from streams.core.calendar import NEVER, Zone, zone
from streams.core.operations import EVERY, Operation
from streams.core.policies import Policies

CHANGED: Final = "eligibility.availability.changed"
KEY: Final = b"~availability"
_CODES: Final = {"MAINTENANCE": "SYS-01", "INCIDENT": "SYS-02", "PAUSED": "POL-03"}


class Watch:
    """What lane 0 has told of each product, and when it has to look again; the other lanes' has nothing to tell."""

    def __init__(self, operations: Operations, policies: Policies, prefix: str, *, active: bool) -> None:
        """`prefix` of the topics' names, which headers show in full."""
        self.due = NEVER
        """The earliest instant (ms) at which time alone may change what is told, NEVER when none."""
        self._operations = operations
        self._policies = policies
        self._prefix = prefix
        self._active = active
        self._at = 0
        self._last: dict[str, dict[str, Any]] = {}
        self._rows: list[OutputRecord] = []
        self._touched: set[str] = set()
        self._moved = False

    def restore(self, key: bytes, value: bytes) -> bool:
        """Take back one changelog record; False when it isn't of these."""
        if not key.startswith(KEY):
            return False
        content = orjson.loads(value)
        if key == KEY:
            self._at = content["at"]
        else:
            self._last[key[len(KEY) + 1 :].decode()] = content
        return True

    def look(self) -> None:
        """Policies or operations have changed: see when something is due."""
        if self._active:
            known = self._operations.all
            self.due = min(self._policies.next_begin(self._at), next_instant(known, self._at, self._zone(self._at)))

    def fire(self, until: int) -> None:
        """Tell what time alone changes up to an instant (ms), in order."""
        while self.due <= until:
            at = self.due
            kind = "policy" if self._policies.next_begin(at - 1) == at else "time"
            self._tell(at, {"kind": kind, "event_id": None}, ())

    def judge(self, event: Event, record: SourceRecord) -> None:
        """Tell what an event of the broadcast topics changed; what was due by its record has been told."""
        if self._active and event.type != "clock.advanced":
            kind = "policy" if record.topic == "policies" else "operations"
            place = f"{self._prefix}{record.topic}/{record.partition}/{record.offset}"
            cause = {"kind": kind, "event_id": event.id}
            self._tell(max(self._at, record.timestamp), cause, ((CAUSE_HEADER, place.encode()),))

    def drain(self) -> tuple[list[OutputRecord], list[tuple[bytes, bytes]]]:
        """What was told since the last drain, and the changelog records of it."""
        rows, self._rows = self._rows, []
        kept = [(KEY + b"/" + product.encode(), canonical(self._last[product])) for product in sorted(self._touched)]
        if self._moved:
            kept.append((KEY, canonical({"at": self._at})))
        self._touched, self._moved = set(), False
        return rows, kept

    def _tell(self, at: int, cause: dict[str, Any], headers: Headers) -> None:
        self._at, self._moved = at, True
        where = self._zone(at)
        frozen = self._policies.frozen(self._policies.era_at(at))
        known = self._operations.all
        for product, providers in self._products(at).items():
            own = concerning(known, product, providers)
            said = _said(product, providers, own, at, where, frozen)
            last = self._last.get(product)
            if last is None or last["said"] != said:
                sequence = 1 if last is None else last["sequence"] + 1
                self._last[product] = {"sequence": sequence, "said": said}
                self._touched.add(product)
                self._rows.append(_record(said, sequence, at, cause, headers))
        self.look()

    def _products(self, at: int) -> dict[str, list[str]]:
        """Each product with its providers: those of policies in their order, then others that operations name."""
        found: dict[str, list[str]] = {}
        era = self._policies.era_at(at)
        for program, _, _ in self._policies.eras[era - 1].programs if era else ():
            for product in program.products:
                providers = found.setdefault(product.id, [])
                if product.provider not in providers:
                    providers.append(product.provider)
        subjects = {each.subject for each in self._operations.all if each.over is None}
        for name in sorted({*subjects, *self._last} - {EVERY}):
            found.setdefault(name, [])
        return found

    def _zone(self, at: int) -> Zone:
        era = self._policies.era_at(at)
        programs = self._policies.eras[era - 1].programs if era else ()
        return programs[0][0].context.zone if programs else zone("UTC")


def _said(
    product: str, providers: list[str], operations: list[Operation], at: int, where: Zone, frozen: bool
) -> dict[str, Any]:
    """What holds of a product at an instant, as its record tells it."""
    down = outages(operations, at, where)
    following = next_instant(operations, at, where)
    return {
        "product": product,
        "provider": providers[0] if providers else None,
        "up": not down,
        "frozen": frozen,
        "outages": [_outage(each, where) for each in down[: limits.PLACES_TOLD]],
        "outages_more": max(0, len(down) - limits.PLACES_TOLD),
        "announced": [_announced(each, where) for each in announced(operations, at, where)[: limits.ANNOUNCED_TOLD]],
        "next_change": _instant(following),
    }


def _outage(outage: Outage, where: Zone) -> dict[str, Any]:
    back = outage.back
    return {
        "region": outage.region,
        "channel": outage.channel,
        "state": outage.state,
        "since": instant_text(outage.since),
        "until": _instant(outage.until),
        "expected_until": None if back is None else instant_text(back),
        "reasons": [_reason(each, back, where) for each in outage.live[: limits.CAUSES_TOLD]],
        "reasons_more": max(0, len(outage.live) - limits.CAUSES_TOLD),
    }


def _reason(operation: Operation, back: int | None, where: Zone) -> dict[str, Any]:
    """Why: the operation and its code. Its text tells when everything there is hoped to be back."""
    code = _CODES[operation.state]
    tells_time = back is not None and "time" in REASONS[code].placeholders
    return {
        "code": code,
        "category": REASONS[code].category,
        "kind": operation.kind,
        "name": operation.name,
        "remedy": REASONS[code].remedy,
        "values": {"time": _local(back, where)} if back is not None and tells_time else {},
    }


def _announced(operation: Operation, where: Zone) -> dict[str, Any]:
    begin, end = operation.span(where)
    return {
        "name": operation.name,
        "region": operation.region,
        "channel": operation.channel,
        "from": instant_text(begin),
        "until": _instant(end),
    }


def _instant(at: int) -> str | None:
    return None if at >= NEVER else instant_text(at)


def _local(at: int, where: Zone) -> str:
    """An instant as the clocks on the wall show it, to the minute."""
    minute = where.minute(at)
    return f"{date_text(where.day(at))} {minute // 60:02d}:{minute % 60:02d}"


def _record(said: dict[str, Any], sequence: int, at: int, cause: dict[str, Any], headers: Headers) -> OutputRecord:
    product = said["product"]
    event = {
        "specversion": "1.0",
        "id": f"availability/{product}/{sequence}",
        "source": "/eligibility",
        "type": CHANGED,
        "subject": product,
        "time": instant_text(at),
        "datacontenttype": "application/json",
        "data": {**said, "sequence": sequence, "cause": cause},
    }
    return OutputRecord("availability", product.encode(), canonical(event), at, headers)
