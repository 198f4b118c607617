"""Corrections, suppressions and disputes of other events: kept, or waiting for an event not seen yet (M13, M14)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, Protocol

from schemas.event import Event
from schemas.memory import make_room
from schemas.reasons import REASONS
from streams.core import limits
from streams.core.calendar import NEVER
from streams.core.folds.entries import types_of
from streams.core.groups import Target
from streams.core.state import AccountState, newer

KINDS: Final = {"fact.corrected": "corrected", "fact.suppressed": "suppressed", "dispute.opened": "disputed"}


class Origin(Protocol):
    """The source record of an event, in the order of its fields: what a dead letter needs."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> tuple[tuple[str, bytes | None], ...]: ...


def fingerprint(source: str, id: str) -> bytes:
    """Eight bytes for an event's (source, id): five of the id, so that an id can be found without its source."""
    of_source = _SOURCES.get(source)
    if of_source is None:
        make_room(_SOURCES, limits.SOURCES_REMEMBERED)
        of_source = _SOURCES[source] = blake2b(source.encode(), digest_size=3).digest()
    digest = _EMPTY.copy()  # costs less than a new one
    digest.update(id.encode())
    return digest.digest() + of_source


_EMPTY: Final = blake2b(digest_size=5)
_SOURCES: dict[str, bytes] = {}
"""Three bytes by source, as far as met."""


def seen(state: AccountState, key: bytes) -> bool:
    """Whether the fingerprint, or the five bytes of an id, are in the bounded memory of ids."""
    ids = state.ids
    at = ids.find(key)  # bytes in bytes costs an exception inside Python first (3.11)
    while at >= 0:
        if at % 8 == 0:
            return True
        at = ids.find(key, at + 1)
    return False


def remember(state: AccountState, key: bytes) -> None:
    """Add a fingerprint; the oldest goes beyond the bound."""
    state.ids = (state.ids + key)[-8 * limits.EVENT_IDS :]


def about(event: Event) -> str | None:
    """The id of the event that this one is about, None when it is about none."""
    data = event.data
    if event.type == "fact.corrected":
        return str(data.corrects)
    if event.type == "fact.suppressed":
        return str(data.suppresses)
    return None if data.about in REASONS else str(data.about)


def note(state: AccountState, event: Event, origin: Origin) -> list[Target]:
    """Keep what the event says of another one; return those that gave up their place without having met their event."""
    target = about(event)
    if target is None:
        return []
    kind = KINDS[event.type]
    known = next((each for each in state.people.targets if each.kind == kind and each.about == target), None)
    if known is not None and not newer(known, event.time, event.id):
        return []
    entry = Target(kind, target, event.time, event.id, _content(event))
    if not seen(state, fingerprint("", target)[:5]) and not types_of(state, target):
        assert origin.value is not None, "what has no value is no event"
        entry.until = state.as_of + limits.PENDING_TARGET_MS
        key = event.subject.encode()
        entry.record = (origin.topic, origin.partition, origin.offset, key, origin.value, list(origin.headers))
    targets = state.change_people().targets
    if known is not None:
        targets.remove(known)
    targets.append(entry)
    return _bound(state)


def meet(state: AccountState, key: bytes) -> None:
    """The event with this fingerprint came: what waited for it waits no longer."""
    for target in state.people.targets:
        if target.until is not None and fingerprint("", target.about)[:5] == key[:5]:
            target.until = target.record = None


def expire(state: AccountState, at: int) -> list[Target]:
    """Take out what has waited too long at an instant."""
    targets = state.people.targets
    expired = [each for each in targets if each.until is not None and each.until <= at]
    if expired:
        targets[:] = [each for each in targets if each not in expired]
    return expired


def next_expiry(state: AccountState) -> int:
    """The earliest instant at which something has waited too long, or NEVER."""
    return min((each.until for each in state.people.targets if each.until is not None), default=NEVER)


def _content(event: Event) -> object:
    data = event.data
    if event.type == "fact.corrected":
        return data.data
    if event.type == "fact.suppressed":
        return {"reason": data.reason, "from": data.from_}
    return {"dispute_id": data.dispute_id}


def _bound(state: AccountState) -> list[Target]:
    """Waiting and settled targets have a bound each; of the waiting ones the oldest are handed back."""
    gone = _beyond_bytes(state)
    for waiting in (True, False):
        those = [each for each in state.people.targets if (each.until is not None) is waiting]
        if len(those) > limits.PENDING_TARGETS:
            oldest = min(those, key=lambda each: (each.time, each.id))
            state.people.targets.remove(oldest)
            gone += [oldest] if waiting else []
    return gone


def _beyond_bytes(state: AccountState) -> list[Target]:
    """Take out the oldest of the waiting targets until the records of the others fit into their bytes."""
    waiting = sorted((each for each in state.people.targets if each.until is not None), key=lambda t: (t.time, t.id))
    size, gone = sum(map(_record_bytes, waiting)), []
    for target in waiting:
        if size <= limits.PENDING_TARGET_BYTES:
            break
        size -= _record_bytes(target)
        state.people.targets.remove(target)
        gone.append(target)
    return gone


def _record_bytes(target: Target) -> int:
    assert target.record is not None, "what waits for an event keeps its own record"
    *_, key, value, headers = target.record
    return len(key) + len(value) + sum(len(name) + len(content or b"") for name, content in headers)
