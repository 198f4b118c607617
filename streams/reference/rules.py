"""Judging rules over time: failing, hysteresis, observation, dates (semantics.md E12, E13, T15; 0002, 19 to 23)."""

import heapq
from dataclasses import dataclass
from typing import NamedTuple

from streams.reference.calendar import DAY, NEVER
from streams.reference.outlook import Outcome, Outlook
from streams.reference.policy import Entry, Part


@dataclass(frozen=True)
class Memory:
    """What one product remembers of one rule; ``kind``: limit, unknown, observe, or None while it doesn't fail."""

    failed: bool = False
    kind: str | None = None
    since: int | None = None
    observed_until: int | None = None


class Say(NamedTuple):
    """What a failing rule says."""

    effect: str
    code: str


def in_force(entries: list[Entry], at: int) -> Entry | None:
    return next((entry for entry in entries if entry.in_force(at)), None)


def part_holds(part: Part, outcome: Outcome, failed: bool) -> bool | None:
    """Three-valued; once failed the reopening tests must hold as well."""
    if outcome is None:
        return None
    plain, reopen = outcome
    return plain and (reopen or not failed)


def parts_hold(entry: Entry, outlook: Outlook, failed: bool, at: int, frozen: int | None) -> list[bool | None]:
    segment = outlook.segment(at, frozen)
    return [part_holds(part, outlook.outcome(part, segment, at, frozen), failed) for part in entry.parts]


def combined(entry: Entry, held: list[bool | None]) -> bool | None:
    """`any` holds when any part does, else and `all` when all do; unknown where the unknown parts decide."""
    decisive = entry.combine == "any"
    if decisive in held:
        return decisive
    return None if None in held else not decisive


def judge(entry: Entry, memory: Memory, outlook: Outlook, at: int, frozen: int | None = None) -> Memory:
    """The rule's memory after an evaluation at this instant."""
    holds = combined(entry, parts_hold(entry, outlook, memory.failed, at, frozen))
    failed, until = memory.failed, memory.observed_until
    if holds is False:
        failed, until = True, None
    elif holds is True and memory.failed:
        failed, until = False, at + entry.observe.days * DAY if entry.observe else None
    observed = entry.observe is not None and until is not None and at < until
    kind: str | None
    if holds is False:
        kind = "limit"
    elif holds is None and entry.unknown_effect is not None:
        kind = "unknown"
    else:
        kind = "observe" if observed else None
    since = None if kind is None else memory.since if kind == memory.kind else at
    return Memory(failed, kind, since, until)


def says(entry: Entry, memory: Memory) -> Say | None:
    """Effect and code of a failing rule."""
    if memory.kind == "limit":
        return Say(entry.effect, entry.code)
    if memory.kind == "unknown":
        assert entry.unknown_effect
        assert entry.unknown_code
        return Say(entry.unknown_effect, entry.unknown_code)
    if memory.kind == "observe":
        assert entry.observe
        return Say(entry.observe.effect, entry.observe.code)
    return None


def judge_at(entries: list[Entry], memory: Memory, outlook: Outlook, at: int, frozen: int | None = None) -> Memory:
    """As `judge`, for whichever of the dated entries is in force; none: the memory is lost."""
    entry = in_force(entries, at)
    return Memory() if entry is None else judge(entry, memory, outlook, at, frozen)


def bounds(entries: list[Entry]) -> set[int]:
    return {t for entry in entries for t in (entry.starts, entry.ends) if t is not None and t < NEVER}


class Step(NamedTuple):
    at: int
    say: Say | None
    memory: Memory


def trajectory(entries: list[Entry], memory: Memory, outlook: Outlook, at: int, frozen: int | None) -> list[Step]:
    """What the rule will say from now on by time alone; the first step is now."""
    moments = bounds(entries) | outlook.segment_changes()
    for part in (part for entry in entries for part in entry.parts if part in outlook.timelines):
        moments |= set(outlook.timelines[part].changes())
    waiting = [t for t in moments if t > at]
    if memory.observed_until is not None and memory.observed_until > at:
        waiting.append(memory.observed_until)
    heapq.heapify(waiting)
    steps = [_step(entries, memory, at)]
    while waiting:
        moment = heapq.heappop(waiting)
        until = memory.observed_until
        memory = judge_at(entries, memory, outlook, moment, frozen)
        if memory.observed_until is not None and memory.observed_until != until:
            heapq.heappush(waiting, memory.observed_until)
        steps.append(_step(entries, memory, moment))
    return steps


def _step(entries: list[Entry], memory: Memory, at: int) -> Step:
    entry = in_force(entries, at)
    return Step(at, says(entry, memory) if entry else None, memory)
