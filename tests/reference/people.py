"""What people decided otherwise, from an account's whole list of events (decision 0086)."""

from typing import NamedTuple

from tests.reference.calendar import NEVER
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
