"""What a person can do about a status: events with their dates, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, NamedTuple

from schemas.event import Event
from schemas.events import parse_event
from schemas.instants import date_text, instant_text
from streams.core.calendar import Zone
from streams.core.money import exponent, minor_text, to_major
from streams.core.path.asked import DUES, Need

SOURCE: Final = "/eligibility/path"

_GREATEST: Final = frozenset({"level", "document_expires_on", "amount", "value", "monthly", "verified", "granted"})
"""Where several needs meet in one event the greatest value serves all; of all other fields the smallest one."""
_AMOUNTS: Final = frozenset({"amount", "monthly", "monthly_payment", "total_limit", "balance"})


_DATES: Final = frozenset({"document_expires_on", "born_on"})


class Step(NamedTuple):
    """One event of a plan, at an instant (ms): what happens then, as an event's type and data. `money` is what is paid
    in it, in units of `currency`, zero where nothing is.
    """

    at: int
    type: str
    data: dict[str, Any]
    money: Fraction
    currency: str | None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, as steps in order of time; `kind` says what it is. `DUES` has none: they are made on the way."""

    kind: str
    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    needs: tuple[Need, ...]


def action_of(account: str, needs: Iterable[Need], at: int, zone: Zone) -> Action:
    """The action that meets needs of one kind, from an instant on; those of one event are met together."""
    merged = _merge(needs)
    kinds = {each.kind for each in merged}
    assert len(kinds) == 1, "an action is of one kind"
    steps = [] if kinds == {DUES} else [step_of(each, at, zone) for each in merged]
    ordered = sorted(enumerate(steps), key=lambda each: (each[1].at, each[0]))
    kind, day = merged[0].kind, merged[0].day or ""
    events = tuple(event_of(account, step, f"{kind}{day}-{place}") for place, step in ordered)
    return Action(kind, tuple(step for _, step in ordered), events, tuple(merged))


def step_of(need: Need, at: int, zone: Zone) -> Step:
    """The event that meets a need, at once or on its day, with its data as contracts have it."""
    data: dict[str, Any] = {}
    for name, value in need.fields.items():
        if name in _AMOUNTS and type(value) is int:
            data[name] = minor_text(value, exponent(need.currency))
        elif name in _DATES:
            data[name] = date_text(value)
        else:
            data[name] = value
    if need.currency is not None:
        data["currency"] = need.currency
    moment = at if need.day is None else max(at, zone.start(need.day))
    return Step(moment, need.type, data, _money(need), need.currency)


def _money(need: Need) -> Fraction:
    if need.spent is not None:
        return to_major(need.fields[need.spent], need.currency)
    lowered = [max(before - need.fields[name], 0) for name, before in need.was.items() if name in need.fields]
    return to_major(sum(lowered), need.currency)


def event_of(account: str, step: Step, name: str) -> Event:
    """A step as a valid event; raises ContractError for what no producer could send."""
    return parse_event(document_of(account, step, name))


def document_of(account: str, step: Step, name: str) -> dict[str, Any]:
    """A step as a CloudEvent; `name` tells it from the others of its plan."""
    return {
        "specversion": "1.0",
        "id": f"{name}-{step.at}",
        "source": SOURCE,
        "type": step.type,
        "subject": account,
        "time": instant_text(step.at),
        "data": step.data,
    }


def variants(ways: Sequence[Sequence[Need]]) -> list[list[Need]]:
    """The different ways of one kind: each by itself, and all of them together where that is yet another one."""
    found: list[list[Need]] = []
    together = [need for way in ways for need in way]
    for way in (*ways, together):
        merged = _merge(way)
        if merged and merged not in found:
            found.append(merged)
    return found


def _merge(needs: Iterable[Need]) -> list[Need]:
    merged: dict[tuple[Any, ...], Need] = {}
    for need in needs:
        key = (need.kind, need.type, need.key)
        known = merged.get(key)
        merged[key] = need if known is None else _both(known, need)
    return list(merged.values())


def _both(one: Need, other: Need) -> Need:
    fields = dict(one.fields)
    for name, value in other.fields.items():
        if name not in fields or fields[name] == value:
            fields[name] = value
        else:
            fields[name] = (max if name in _GREATEST else min)(fields[name], value)
    days = [each for each in (one.day, other.day) if each is not None]
    day = min(days) if len(days) == 2 else None
    return replace(one, fields=fields, currency=one.currency or other.currency, was=one.was | other.was, day=day)
