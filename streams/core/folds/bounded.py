"""Keeping the lists of the hot state within their bounds, and counting what was dropped (semantics M12)."""

from __future__ import annotations

from typing import Any

from streams.core.groups import Dated
from streams.core.state import AccountState, newer

FOR_EVER = (1 << 53) - 1


def lose(state: AccountState, name: str, until: int) -> None:
    """Note that an entry of a list was dropped that could count at instants up to `until`."""
    lost = state.lost = state.lost or {}
    lost[name] = max(lost.get(name, until), until)


def count(state: AccountState, name: str) -> None:
    """Count something dropped or ignored."""
    counters = state.counters = state.counters or {}
    counters[name] = counters.get(name, 0) + 1


def append(state: AccountState, name: str, entries: list[Any], entry: Any, most: int) -> None:
    """Append a dated entry; beyond the bound the oldest by (time, id) goes."""
    entries.append(entry)
    if len(entries) > most:
        oldest = min(entries, key=_stamp)
        entries.remove(oldest)
        lose(state, name, oldest.time)


def put(state: AccountState, name: str, entries: dict[str, Any], key: str, entry: Any, most: int) -> None:
    """Set a named entry when it is newer than the one there; beyond the bound the oldest by (time, id) goes."""
    if not newer(entries.get(key), entry.time, entry.id):
        return
    entries[key] = entry
    if len(entries) > most:
        oldest = min(entries, key=lambda each: _stamp(entries[each]))
        lose(state, name, FOR_EVER)
        del entries[oldest]


def put_each(entries: dict[str, Dated], time: int, id: str, **values: Any) -> None:
    """Set each given value under its own name when it is newer; None values weren't stated and change nothing."""
    for name, value in values.items():
        if value is not None and newer(entries.get(name), time, id):
            entries[name] = Dated(value, time, id)


def _stamp(entry: Any) -> tuple[int, str]:
    return entry.time, entry.id
