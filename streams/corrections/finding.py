"""From the log of some accounts to the corrections that are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.instants import parse_instant
from schemas.settings import CoreSettings
from streams.codec.records import SourceRecord
from streams.core.operations import EVERY
from streams.corrections.timelines import Document, Key, by_product, correction, played, wrongs
from streams.hindsight import hindsight


class Made(NamedTuple):
    """What a lane made its statuses of: records in the order of their application, and how far its clock (ms) is."""

    records: Sequence[SourceRecord]
    lane: int
    lanes: int
    settings: CoreSettings
    clock: int


class Published(NamedTuple):
    """One correction: the account and product, and the event."""

    key: Key
    event: Document


def corrections(made: Made, statuses: Iterable[Document], former: Iterable[Document]) -> list[Published]:
    """What of the status events and the former corrections of these accounts, each in order, is to be corrected."""
    records, lane, lanes, settings, clock = made
    better = hindsight(records, lanes, settings.future_ms)
    then = by_product(played(records, lane, lanes, settings, clock), clock)
    now = by_product(played(better.records, lane, lanes, settings, clock), clock)
    said = by_product(((parse_instant(each["time"]), each) for each in statuses), clock)
    known: dict[Key, list[Document]] = {}
    for each in former:
        known.setdefault((each["subject"], each["data"]["product"]), []).append(each)
    found: list[Published] = []
    for key, steps in sorted(said.items()):
        before = known.get(key, [])
        facts = better.facts.get(key[0], []) + better.facts.get(EVERY, [])
        due = wrongs(steps, before, then.get(key, []), now.get(key, []), clock)
        for number, wrong in enumerate(due, len(before) + 1):
            found.append(Published(key, correction(key, number, wrong, facts, clock)))
    return found
