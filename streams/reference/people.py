"""What people decided otherwise, from an account's whole list of events (decision 0086)."""

from dataclasses import replace
from typing import NamedTuple

from streams.reference.calendar import DAY, NEVER
from streams.reference.catalogue import CODES, STRENGTH
from streams.reference.facts import Frame
from streams.reference.history import Known, Record

CODE = "REV-01"


class Verdict(NamedTuple):
    """A person's decision on a product: under which rule it speaks, what, and before which instant it holds."""

    rule: str
    status: str
    until: int
    events: tuple[Record, ...]


def refused(known: Known, record: Record) -> bool:
    """Whether one person takes both steps of an override."""
    if record.kind == "override.approved":
        other = newest_step(known, "override.proposed", "override_id", record.data["override_id"])
    elif record.kind == "override.proposed":
        other = newest_step(known, "override.approved", "override_id", record.data["override_id"])
        other = None if other is None or other.time < record.time else other
    else:
        return False
    return other is not None and other.data["by"] == record.data["by"]


def newest_step(known: Known, kind: str, name: str, key: str) -> Record | None:
    return known.newest(kind, where=lambda record: record.data[name] == key)


def verdict_at(known: Known, product: str, frame: Frame, at: int) -> Verdict | None:
    """What holds at an instant, as the events stand: overrides before reviews, the newest one first."""
    for rule, found in (("human-override", overrides(known)), ("human-review", decisions(known))):
        holding = [
            (last.order, Verdict(rule, content.data["status"], until, events))
            for last, content, events in found
            if content.data["product"] == product
            and (until := NEVER if (end := content.data.get("until")) is None else frame.calendar.end_of(end)) > at
        ]
        if holding:
            return max(holding, key=lambda pair: pair[0])[1]
    return None


Given = list[tuple[Record, Record, tuple[Record, ...]]]


def overrides(known: Known) -> Given:
    """Those proposed, approved since by another person, and not revoked since."""
    found: Given = []
    for key in {record.data["override_id"] for record in known.of("override.proposed")}:
        proposed, approved, revoked = (
            newest_step(known, f"override.{step}", "override_id", key) for step in ("proposed", "approved", "revoked")
        )
        if proposed is None or approved is None or approved.time < proposed.time:
            continue
        if revoked is None or revoked.time < proposed.time:
            found.append((approved, proposed, (proposed, approved)))
    return found


def decisions(known: Known) -> Given:
    newest = known.newest_by_key("review_id", "review.decided").values()
    return [(record, record, (record,)) for record in newest]


def ends(known: Known, frame: Frame) -> set[int]:
    """Every instant at which something that a person decided ends."""
    texts = [content.data.get("until") for found in (overrides(known), decisions(known)) for _, content, _ in found]
    return {frame.calendar.end_of(text) for text in texts if text is not None}


def rests(verdict: Verdict, spoken: list[tuple[str, str]]) -> bool:
    """Whether a legal block, as codes and effects of the speaking rules, is stronger than what the person decided."""
    return any(
        CODES[code].category == "legal" and STRENGTH[effect] > STRENGTH[verdict.status] for code, effect in spoken
    )


WAITS = 30 * DAY
WAITING_MOST = 64
WAITING_BYTES = 512 * 1024
ABOUT = {"fact.corrected": "corrects", "fact.suppressed": "suppresses", "dispute.opened": "about"}
"""What is said of another event, and the field that names it."""


def begin(record: Record, frame: Frame) -> int:
    """From when on an event is no longer usable."""
    text = record.data.get("from")
    return 0 if text is None else frame.calendar.begin_of(text)


def targets(known: Known, kind: str) -> list[Record]:
    """The newest of these about each event that came, while it waited for that."""
    return sorted((record for (of, _), record in met(known).items() if of == kind), key=lambda record: record.order)


def met(known: Known) -> dict[tuple[str, str], Record]:
    """By type and event what was said of each that came, from the whole list of events (M13; 0054).

    What is about an event not seen yet waits 30 days. Of those that wait the oldest give way beyond 64, and beyond
    512 KiB of their records.
    """
    if known.said is not None and known.said[0] == len(known.events):
        kept: dict[tuple[str, str], Record] = known.said[1]
        return kept
    seen: set[str] = set()
    waiting: dict[tuple[str, str], Record] = {}
    found: dict[tuple[str, str], Record] = {}
    for record in known.events:
        waiting = {key: each for key, each in waiting.items() if each.as_of + WAITS > record.as_of}
        seen.add(record.id)
        for key in [key for key in waiting if key[1] == record.id]:
            found[key] = waiting.pop(key)
        name = ABOUT.get(record.kind)
        if name is None or (record.kind == "dispute.opened" and record.data[name] in CODES):
            continue
        key = (record.kind, record.data[name])
        former = found.get(key) or waiting.get(key)
        if former is not None and record.order <= former.order:
            continue
        found.pop(key, None)
        waiting.pop(key, None)
        (found if key[1] in seen else waiting)[key] = record
        _bound(waiting, WAITING_BYTES)
        _bound(found, None)
    known.said = (len(known.events), found)
    return found


def _bound(piles: dict[tuple[str, str], Record], bytes_most: int | None) -> None:
    def too_many() -> bool:
        size = sum(record.size for record in piles.values())
        return len(piles) > WAITING_MOST or (bytes_most is not None and size > bytes_most)

    while too_many():
        del piles[min(piles, key=lambda key: piles[key].order)]


def begins(known: Known, frame: Frame) -> set[int]:
    """Every instant from which an event is no longer usable."""
    return {begin(record, frame) for record in targets(known, "fact.suppressed")}


def disputed(known: Known, frame: Frame) -> frozenset[str]:
    """What open disputes are about, where the policy sets that aside."""
    newest = known.newest_by_key("dispute_id", "dispute.opened", "dispute.closed").values()
    about = frozenset(record.data["about"] for record in newest if record.kind == "dispute.opened")
    return about if frame.disputes_aside else frozenset()


def is_amended(known: Known, frame: Frame) -> bool:
    kinds = ["fact.corrected", "fact.suppressed", *(["dispute.opened"] if frame.disputes_aside else [])]
    return any(known.by_kind.get(kind) for kind in kinds)


def as_usable(known: Known, frame: Frame, at: int) -> Known:
    """All that is known, as it may be used at an instant (decision 0087)."""
    if not is_amended(known, frame):
        return known
    suppressed = targets(known, "fact.suppressed")
    aside = frozenset(record.data["suppresses"] for record in suppressed if begin(record, frame) <= at)
    aside |= disputed(known, frame)
    corrected = targets(known, "fact.corrected")
    right = {record.data["corrects"]: record.data["data"] for record in corrected}
    right = {id: data for id, data in right.items() if id not in aside}
    return replace(known, ledger=None, aside=aside, right=right)
