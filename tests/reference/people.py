"""What people decided otherwise, from an account's whole list of events (decision 0086)."""

from dataclasses import replace
from typing import NamedTuple

from tests.reference.calendar import DAY, NEVER
from tests.reference.catalogue import CODES, STRENGTH
from tests.reference.facts import Frame
from tests.reference.history import Known, Record

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


def begin(record: Record, frame: Frame) -> int:
    """From when on an event is no longer usable."""
    text = record.data.get("from")
    return 0 if text is None else frame.calendar.begin_of(text)


def targets(known: Known, kind: str, name: str) -> list[Record]:
    """The newest of these about each event that came, at most 30 days after what is about it."""
    arrived: dict[str, int] = {}
    for record in known.events:
        arrived.setdefault(record.id, record.as_of)
    newest = known.newest_by_key(name, kind).values()
    found = [record for record in newest if arrived.get(record.data[name], NEVER) < record.as_of + WAITS]
    return sorted(found, key=lambda record: record.order)


def begins(known: Known, frame: Frame) -> set[int]:
    """Every instant from which an event is no longer usable."""
    return {begin(record, frame) for record in targets(known, "fact.suppressed", "suppresses")}


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
    suppressed = targets(known, "fact.suppressed", "suppresses")
    aside = frozenset(record.data["suppresses"] for record in suppressed if begin(record, frame) <= at)
    aside |= disputed(known, frame)
    corrected = targets(known, "fact.corrected", "corrects")
    right = {record.data["corrects"]: record.data["data"] for record in corrected}
    right = {id: data for id, data in right.items() if id not in aside}
    return replace(known, ledger=None, aside=aside, right=right)
