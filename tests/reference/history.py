"""Raw CloudEvents to records, in the order of truth of files (semantics.md T1a, T8), and one account's list of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tests.reference.calendar import MINUTE, parse_instant
from tests.reference.catalogue import BROADCAST, TOPIC_OF, TOPIC_ORDER

FUTURE_ALLOWED = 5 * MINUTE


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


def read(events: Iterable[dict[str, Any]]) -> tuple[list[Record], list[tuple[str, str]]]:
    """Sorted records, and (event id, code) of the rejected ones, which keep their place in time as kind ``""``."""
    records, rejected = [], []
    for event in events:
        happened = parse_instant(event["time"])
        recorded = parse_instant(event.get("recordedtime", event["time"]))
        kind = event["type"]
        topic = TOPIC_OF.get(kind, "operations")
        if kind not in TOPIC_OF:
            rejected.append((event["id"], "unknown_type"))
            kind = ""
        elif happened > recorded + FUTURE_ALLOWED and topic not in BROADCAST:
            rejected.append((event["id"], "time_in_future"))
            kind = ""
        time = min(happened, recorded)
        records.append(
            Record(kind, topic, event["subject"], event["id"], event["source"], time, recorded, event["data"])
        )
    records.sort(key=lambda record: (record.recorded, TOPIC_ORDER.index(record.topic)))
    return records, rejected


@dataclass
class Known:
    """All that is known of one account: its events in the order of application (and the ledger they give)."""

    account: str
    events: list[Record] = field(default_factory=list)
    by_kind: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    ids: set[tuple[str, str]] = field(default_factory=set)
    ledger: tuple[int, Any] | None = None
    aside: frozenset[str] = frozenset()
    """Ids of events that are true, but may no longer be used."""
    right: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id of an event: what it should have said."""

    def add(self, record: Record) -> None:
        self.events.append(record)
        self.by_kind[record.kind].append(record)
        self.ids.add((record.source, record.id))

    def is_duplicate(self, record: Record) -> bool:
        return (record.source, record.id) in self.ids

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
