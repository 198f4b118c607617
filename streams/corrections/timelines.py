"""What was told of each account and product over time, what should have been, and where the two differ."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from schemas.instants import instant_text, parse_instant
from schemas.references import reference
from schemas.settings import CoreSettings
from streams.codec.partition import Partition
from streams.codec.records import SourceRecord
from streams.core.calendar import NEVER
from streams.hindsight import Fact

CORRECTED: Final = "eligibility.status.corrected"
BLOCK_RECORDS: Final = 2_000
FACTS_SHOWN: Final = 16

Document = dict[str, Any]
Key = tuple[str, str]
"""Account and product."""
Steps = list[tuple[int, Document]]
"""Status events by time (ms), ascending: each holds until the next one."""


class Told(NamedTuple):
    """What somebody was told by something: its id, and the picture (status, terms, reasons)."""

    id: str
    picture: Document
    is_correction: bool


class Wrong(NamedTuple):
    """From `since` to `until` (ms; None: still) `told` was said, and `should` should have been."""

    told: Told
    should: Document
    since: int
    until: int | None


def played(records: Sequence[SourceRecord], lane: int, partitions: int, settings: CoreSettings, clock: int) -> Steps:
    """The status events that a lane's machine makes of records until its clock (ms) stands where the lane's does."""
    machine = Partition(lane, partitions, settings)
    found: Steps = []
    place = 0
    while place < len(records) or machine.pending or machine.clock < clock:
        machine.open_block(NEVER)
        if place < len(records):
            place += machine.apply(records[place : place + BLOCK_RECORDS])
        else:
            machine.tick(clock)
        for row in machine.close_block().outputs["status"]:
            found.append((row.timestamp, orjson.loads(row.value or b"")))
    return found


def by_product(steps: Iterable[tuple[int, Document]], until: int) -> dict[Key, Steps]:
    """The same up to an instant, by account and product, in order."""
    found: dict[Key, Steps] = {}
    for time, document in steps:
        if time <= until:
            found.setdefault((document["subject"], document["data"]["product"]), []).append((time, document))
    for rows in found.values():
        rows.sort(key=lambda row: (row[0], row[1]["data"]["sequence"]))
    return found


def wrongs(said: Steps, corrections: Sequence[Document], then: Steps, now: Steps, until: int) -> list[Wrong]:
    """Where what was told up to an instant is not what should have been.

    `said`: the status events as they stand in the log; `corrections` what was corrected already, in order; `then` and
    `now` the status events recomputed with the knowledge of their time, and with all that is known now. So a difference
    counts where better knowledge makes it, or where a former correction doesn't hold any more.
    """
    spans = [_span(each, said) for each in corrections]
    cuts = {time for steps in (said, then, now) for time, _ in steps}
    cuts.update(end for begin, end, _ in spans if end < NEVER)
    cuts.update(begin for begin, _, _ in spans)
    found: list[Wrong] = []
    places = sorted(cut for cut in cuts if cut <= until)
    for place, since in enumerate(places):
        end = places[place + 1] if place + 1 < len(places) else None
        told, should = _told(said, spans, since), _at(now, since)
        if told is None or should is None or _gist(told.picture) == _gist(should["data"]):
            continue
        before = _at(then, since)
        if not told.is_correction and before is not None and _gist(before["data"]) == _gist(should["data"]):
            continue
        last = found[-1] if found else None
        if last and last.until == since and last.told.id == told.id and _gist(last.should) == _gist(should["data"]):
            found[-1] = last._replace(until=end)
        else:
            found.append(Wrong(told, _picture(should["data"]), since, end))
    return found


def correction(key: Key, sequence: int, wrong: Wrong, facts: Iterable[Fact], until: int) -> Document:
    """The event that tells it; `until` is the instant (ms) up to which all is known."""
    account, product = key
    since = {each for each in facts if each.recorded_at > wrong.since}
    newest = sorted(since or {*facts}, key=lambda each: (-each.recorded_at, each.event_id, each.why))
    data = {
        "account_id": account,
        "product": product,
        "sequence": sequence,
        "corrects": wrong.told.id,
        "reference": reference(wrong.told.id),
        "said": wrong.told.picture,
        "should": wrong.should,
        "since": instant_text(wrong.since),
        "until": None if wrong.until is None else instant_text(wrong.until),
        "checked_until": instant_text(until),
        "facts": [
            {"event_id": each.event_id, "why": each.why, "recorded_at": instant_text(each.recorded_at)}
            for each in newest[:FACTS_SHOWN]
        ],
        "facts_more": max(0, len(newest) - FACTS_SHOWN),
    }
    return {
        "specversion": "1.0",
        "id": f"{account}/{product}/corrected/{sequence}",
        "source": "/eligibility",
        "type": CORRECTED,
        "subject": account,
        "time": instant_text(until),
        "datacontenttype": "application/json",
        "data": data,
    }


_Spans = Sequence[tuple[int, int, Document]]


def _span(correction: Document, said: Steps) -> tuple[int, int, Document]:
    """When a correction is what was told last: one without an end until the next status event after it was made."""
    data = correction["data"]
    if data["until"] is not None:
        return parse_instant(data["since"]), parse_instant(data["until"]), correction
    checked = parse_instant(data["checked_until"])
    end = next((time for time, _ in said if time > checked), NEVER)
    return parse_instant(data["since"]), end, correction


def _told(said: Steps, spans: _Spans, t: int) -> Told | None:
    for begin, end, correction in reversed(spans):
        if begin <= t < end:
            return Told(correction["id"], correction["data"]["should"], True)
    status = _at(said, t)
    return None if status is None else Told(status["id"], _picture(status["data"]), False)


def _at(steps: Steps, t: int) -> Document | None:
    place = bisect_right(steps, t, key=lambda step: step[0])
    return steps[place - 1][1] if place else None


def _picture(data: Mapping[str, Any]) -> Document:
    return {name: data[name] for name in ("status", "terms", "reasons")}


def _gist(data: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """What makes two pictures different: the status, and which reasons it has; values move by themselves."""
    return data["status"], sorted((each["rule"] or "", each["code"]) for each in data["reasons"])
