"""Raw CloudEvents to records, in the order of truth of files (semantics.md T1a, T8), and one account's list of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from streams.reference.calendar import MINUTE, parse_instant
from streams.reference.catalogue import TOPIC_OF, TOPIC_ORDER

FUTURE_ALLOWED = 5 * MINUTE
IDS_KEPT = 128
"""So many events back a repeated id is known (M7)."""


@dataclass(slots=True)
class Record:
    """One event: ``time`` is its event time, never after ``recorded``; it was applied at ``as_of``."""

    kind: str
    topic: str
    account: str
    id: str
    source: str
    time: int
    recorded: int
    data: dict[str, Any]
    as_of: int = 0
    size: int = 0
    """Bytes of the record's key, value and headers."""

    @property
    def order(self) -> tuple[int, str]:
        """What decides which of two events is the newer one."""
        return (self.time, self.id)

    def amount(self, name: str = "amount") -> Decimal:
        return Decimal(self.data[name])

    @property
    def currency(self) -> str | None:
        currency = self.data.get("currency")
        assert currency is None or isinstance(currency, str)
        return currency


def record_of(event: dict[str, Any], recorded: int, topic: str, size: int, future_allowed: int) -> Record | None:
    """The record of an event of the contract's form; None where its time is too far ahead of it (T8)."""
    happened = parse_instant(event["time"])
    if happened > recorded + future_allowed:
        return None
    data = {name: value for name, value in event["data"].items() if value is not None}
    time = min(happened, recorded)
    return Record(event["type"], topic, event["subject"], event["id"], event["source"], time, recorded, data, size=size)


def in_order(events: Iterable[dict[str, Any]]) -> list[tuple[int, str, dict[str, Any]]]:
    """Record time, topic and event, in the order of truth of files; unknown types have the topic of operations."""
    found = [
        (parse_instant(event.get("recordedtime", event["time"])), TOPIC_OF.get(event["type"], "operations"), event)
        for event in events
    ]
    return sorted(found, key=lambda each: (each[0], TOPIC_ORDER.index(each[1])))


@dataclass
class Known:
    """All that is known of one account: its events in the order of application (and the ledger they give)."""

    account: str
    events: list[Record] = field(default_factory=list)
    by_kind: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    ledger: tuple[int, Any] | None = None
    said: tuple[int, Any] | None = None
    aside: frozenset[str] = frozenset()
    """Ids of events that are true, but may no longer be used."""
    right: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id of an event: what it should have said."""
    down: tuple[tuple[int, int, str | None], ...] = ()
    """Outages that excuse what falls into them, and the local days that don't count for them."""
    excused: frozenset[int] = frozenset()

    def add(self, record: Record) -> None:
        self.events.append(record)
        self.by_kind[record.kind].append(record)

    def is_duplicate(self, record: Record) -> bool:
        return any((each.source, each.id) == (record.source, record.id) for each in self.events[-IDS_KEPT:])

    def of(self, *kinds: str) -> list[Record]:
        """Events of these types."""
        return [record for kind in kinds for record in self.by_kind.get(kind, ())]

    def usable(self, records: Iterable[Record]) -> list[Record]:
        """Of these records those that may be used, as people put them right (decision 0087)."""
        kept = [record for record in records if record.id not in self.aside]
        return [replace(record, data=self.right[record.id]) if record.id in self.right else record for record in kept]

    def newest(self, *kinds: str, where: Callable[[Record], bool] = lambda _: True) -> Record | None:
        """The newest event of these types by (event time, id), whatever the order of arrival (0002, 1)."""
        return max((r for r in self.of(*kinds) if where(r)), key=lambda r: r.order, default=None)

    def newest_with(self, name: str, *kinds: str) -> Record | None:
        """The newest event that gives this optional field."""
        return self.newest(*kinds, where=lambda r: r.data.get(name) is not None)

    def newest_by_key(self, name: str, *kinds: str) -> dict[str, Record]:
        """For each value of a key field the newest event with it."""
        newest: dict[str, Record] = {}
        for record in self.of(*kinds):
            key = record.data[name]
            if key not in newest or record.order > newest[key].order:
                newest[key] = record
        return newest
