"""What the status service knows: pictures, status events, availability and counts, in one SQLite file.

    pictures       account, product      the last record of `current`
    history        account, offset       every record of `status`; found by its reference too
    availability   product               the last record of `availability`
    corrections    account, offset       every record of `corrections`
    counts         product, status or reason code: how many accounts now
    moves          hour, product, status or reason code: how many status events gave it, and took it away
    sent           event id              the digest of a request that was published (bounded)

All of it comes from the topics but `sent`, so the file may be deleted: it is read anew. Status events and pictures are
kept squeezed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import orjson

from schemas.instants import parse_instant
from streams.query.following import PlacedFile, Places
from streams.web.squeeze import VERSION, squeezed, whole

SENT_MAX: Final = 100_000
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS pictures (
    account TEXT, product TEXT, status TEXT NOT NULL, codes TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (account, product)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    account TEXT, offset INTEGER, lane INTEGER NOT NULL, product TEXT NOT NULL, reference TEXT NOT NULL,
    value BLOB NOT NULL, PRIMARY KEY (account, offset)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_reference ON history (reference);
CREATE TABLE IF NOT EXISTS availability (product TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS corrections (
    account TEXT, offset INTEGER, product TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (account, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (
    product TEXT, kind TEXT, name TEXT, accounts INTEGER NOT NULL, PRIMARY KEY (product, kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moves (
    hour INTEGER, product TEXT, kind TEXT, name TEXT, came INTEGER NOT NULL, gone INTEGER NOT NULL,
    PRIMARY KEY (hour, product, kind, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (number INTEGER PRIMARY KEY, event TEXT UNIQUE, digest TEXT NOT NULL);
"""

Kind = Literal["status", "reason"]
Document = dict[str, Any]
HOUR_MS: Final = 3_600_000
_FORM: Final = f"{VERSION}.1"


class Moves(NamedTuple):
    """Within an hour (since 1970): how many status events gave a status, or named a reason, and took a status away."""

    hour: int
    product: str
    kind: Kind
    name: str
    came: int
    left: int


class Past(NamedTuple):
    """A status event as it stands in `status`: lane, offset and bytes."""

    lane: int
    offset: int
    value: bytes

    def document(self) -> Document:
        """The CloudEvent."""
        found: Document = orjson.loads(self.value)
        return found


class Received(NamedTuple):
    """A record of one of the topics, by its logical name."""

    topic: str
    lane: int
    offset: int
    key: bytes
    value: bytes | None


class ViewStore(PlacedFile):
    """Everything that questions without the engine are answered from."""

    def __init__(self, path: Path, origin: str) -> None:
        """Opens or makes the file; `origin` names the topics. Raises StoreError for another's."""
        super().__init__(path, _TABLES, f"{origin}, form {_FORM}")

    def write(self, rows: Iterable[Received], places: Places) -> set[str]:
        """Take records in, in order within a lane, with the places after them; the accounts with new status events."""
        pictures: dict[tuple[str, str], bytes | None] = {}
        availability: dict[str, bytes | None] = {}
        past, corrected, moved = [], [], Counter[tuple[int, str, Kind, str, bool]]()
        for row in rows:
            key = row.key.decode()
            if row.topic == "status" and row.value is not None:
                data = orjson.loads(row.value)["data"]
                moved.update(_moves(data))
                past.append((key, row.offset, row.lane, data["product"], data["reference"], squeezed(row.value)))
            elif row.topic == "current":
                account, _, product = key.rpartition("/")
                pictures[account, product] = row.value
            elif row.topic == "availability":
                availability[key] = row.value
            elif row.topic == "corrections" and row.value is not None:
                corrected.append((key, row.offset, orjson.loads(row.value)["data"]["product"], row.value))
        with self._taking(places) as db:
            db.executemany("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?)", past)
            db.executemany("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?)", corrected)
            self._put_moves(moved)
            self._put_pictures(pictures)
            for product, value in availability.items():
                db.execute("DELETE FROM availability WHERE product = ?", (product,))
                if value is not None:
                    db.execute("INSERT INTO availability VALUES (?, ?)", (product, value))
        return {account for account, *_ in past}

    def _put_pictures(self, pictures: dict[tuple[str, str], bytes | None]) -> None:
        moved: Counter[tuple[str, Kind, str]] = Counter()
        for (account, product), value in pictures.items():
            where = "FROM pictures WHERE account = ? AND product = ?"
            before = self._db.execute(f"SELECT status, codes {where}", (account, product)).fetchone()
            if before is not None:
                moved.subtract(_counted(product, *before))
            if value is None:
                self._db.execute(f"DELETE {where}", (account, product))
                continue
            data = orjson.loads(value)["data"]
            codes = " ".join(dict.fromkeys(each["code"] for each in data["reasons"]))
            moved.update(_counted(product, data["status"], codes))
            row = (account, product, data["status"], codes, squeezed(value))
            self._db.execute("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?, ?)", row)
        self._db.executemany(
            "INSERT INTO counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET accounts = accounts + excluded.accounts",
            [(*which, by) for which, by in moved.items() if by],
        )

    def _put_moves(self, moved: Counter[tuple[int, str, Kind, str, bool]]) -> None:
        self._db.executemany(
            "INSERT INTO moves VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET came = came + excluded.came, gone = gone + excluded.gone",
            [(*which, count if came else 0, 0 if came else count) for (*which, came), count in moved.items()],
        )

    # Asking

    def pictures(self, account: str) -> list[Document]:
        """The account's present pictures (CloudEvents), by product."""
        rows = self._db.execute("SELECT value FROM pictures WHERE account = ? ORDER BY product", (account,))
        return [orjson.loads(whole(value)) for (value,) in rows]

    def past(self, account: str, before: int | None, most: int, product: str | None = None) -> list[Past]:
        """The account's status events, the newest first, before a place."""
        sql, values = "SELECT lane, offset, value FROM history WHERE account = ?", [account]
        return self._past(sql, values, "offset < ?", before, product, "DESC", most)

    def since(self, account: str, after: int, most: int) -> list[Past]:
        """The account's status events after a place, the oldest first."""
        sql, values = "SELECT lane, offset, value FROM history WHERE account = ?", [account]
        return self._past(sql, values, "offset > ?", after, None, "ASC", most)

    def _past(
        self, sql: str, values: list[Any], bound: str, at: int | None, product: str | None, order: str, most: int
    ) -> list[Past]:
        for clause, value in ((bound, at), ("product = ?", product)):
            if value is not None:
                sql, values = f"{sql} AND {clause}", [*values, value]
        rows = self._db.execute(f"{sql} ORDER BY offset {order} LIMIT ?", [*values, most])
        return [Past(lane, offset, whole(value)) for lane, offset, value in rows]

    def referred(self, reference: str) -> list[Past]:
        """The status events of a reference: nearly always one, since references are 45 bits of a digest."""
        rows = self._db.execute("SELECT lane, offset, value FROM history WHERE reference = ?", (reference,))
        return [Past(lane, offset, whole(value)) for lane, offset, value in rows]

    def availability(self) -> dict[str, Document]:
        """What is known of each product's availability (CloudEvents)."""
        return {product: orjson.loads(value) for product, value in self._db.execute("SELECT * FROM availability")}

    def corrections(self, account: str, product: str, most: int) -> list[Document]:
        """What earlier statuses of an account and product should have been (CloudEvents), the newest first."""
        rows = self._db.execute(
            "SELECT value FROM corrections WHERE account = ? AND product = ? ORDER BY offset DESC LIMIT ?",
            (account, product, most),
        )
        return [orjson.loads(value) for (value,) in rows]

    def counts(self) -> Iterator[tuple[str, Kind, str, int]]:
        """Product, kind, status or reason code, and how many accounts have it now."""
        yield from self._db.execute("SELECT * FROM counts WHERE accounts > 0 ORDER BY product, kind, name")

    def moves(self, since: int) -> Iterator[Moves]:
        """What status events gave and took away, by hour, from an hour on."""
        yield from map(Moves._make, self._db.execute("SELECT * FROM moves WHERE hour >= ? ORDER BY hour", (since,)))

    # Requests

    def sent(self, event: str) -> str | None:
        """The digest of the request that was published with an event's id."""
        row = self._db.execute("SELECT digest FROM sent WHERE event = ?", (event,)).fetchone()
        return None if row is None else str(row[0])

    def keep_sent(self, event: str, digest: str) -> None:
        """Remember that a request was published; the oldest are forgotten."""
        self._db.execute("INSERT OR REPLACE INTO sent (event, digest) VALUES (?, ?)", (event, digest))
        self._db.execute("DELETE FROM sent WHERE number <= (SELECT max(number) FROM sent) - ?", (SENT_MAX,))


def _counted(product: str, status: str, codes: str) -> list[tuple[str, Kind, str]]:
    return [(product, "status", status), *((product, "reason", code) for code in codes.split())]


def _moves(data: Document) -> Iterator[tuple[int, str, Kind, str, bool]]:
    """Hour, product, kind and name of what a status event gives (True) or takes away (False)."""
    hour, product = parse_instant(data["recorded_at"]) // HOUR_MS, data["product"]
    if data["status"] != data["previous"]:
        yield hour, product, "status", data["status"], True
        if data["previous"] is not None:
            yield hour, product, "status", data["previous"], False
    for code in {each["code"] for each in data["reasons"]}:
        yield hour, product, "reason", code, True
