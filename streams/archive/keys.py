"""The keys of accounts, apart from the archive: an account is erased by dropping its key and salt (decision 0151).

One SQLite file. An account is found by a keyed hash of its id, never by the id; in archives it stands under a handle
made with its salt. Once key and salt are gone nothing leads from the id to the handle, and the content is noise.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from streams.archive.stores import ArchiveError

HANDLE_BYTES: Final = 16
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_CACHED: Final = 100_000
_WAIT_S: Final = 60.0
_TABLES: Final = """
    CREATE TABLE vault (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE accounts (
        name BLOB PRIMARY KEY, handle BLOB NOT NULL UNIQUE, key BLOB NOT NULL, salt BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE erased_names (name BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE erased_handles (handle BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
"""


class Seal(NamedTuple):
    """What an account's records are sealed with."""

    handle: bytes
    cipher: AESGCM


class Erased(NamedTuple):
    """An account's content is gone since an instant (ms)."""

    at: int


class Erasure(NamedTuple):
    """What `erase` did: the handle whose content is gone; without one there was nothing to drop.

    `before`: the account had been erased earlier.
    """

    handle: bytes | None
    before: bool


class Keys:
    """A file of keys. It can be handed to another process, which opens it by itself."""

    def __init__(self, path: Path, *, make: bool = False) -> None:
        """Opens the file; `make` makes it where it isn't there, for its owner alone. Raises ArchiveError."""
        self.path = path
        if make and not path.exists():
            self._make()
        self._connection: sqlite3.Connection | None = None
        self._ciphers: dict[bytes, AESGCM | Erased] = {}
        with self._opened(write=False) as db:
            found = dict(db.execute("SELECT name, value FROM vault").fetchall())
        self._secret: bytes = found["secret"]
        self.id: str = found["id"].hex()
        """What archives name the file by."""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connection": None, "_ciphers": {}}

    def seals(self, accounts: Iterable[bytes]) -> dict[bytes, Seal | None]:
        """For each account what seals it, made where it has none yet and on the disk then; None: it is erased."""
        found: dict[bytes, Seal | None] = {}
        with self._opened() as db:
            for account in accounts:
                found[account] = self._seal(db, account)
        return found

    def handle(self, account: bytes) -> bytes | None:
        """What an account stands under; None where nothing of it was archived, or it is erased."""
        with self._opened(write=False) as db:
            row = db.execute("SELECT handle FROM accounts WHERE name = ?", (self._name(account),)).fetchone()
        return None if row is None else bytes(row[0])

    def ciphers(self, handles: Iterable[bytes]) -> dict[bytes, AESGCM | Erased]:
        """What opens the contents under these handles; without those of which no key and no erasure is known."""
        found: dict[bytes, AESGCM | Erased] = {}
        with self._opened(write=False) as db:
            for handle in handles:
                known = self._ciphers.get(handle) or _cipher(db, handle)
                if known is not None:
                    found[handle] = known
        if len(self._ciphers) + len(found) > _CACHED:
            self._ciphers.clear()
        self._ciphers.update(found)
        return found

    def erase(self, account: bytes, at: int, *, unknown: bool = False) -> Erasure:
        """Drops an account's key and salt, in one transaction; from then on what comes of it is not kept either.

        Of an account that has none nothing is noted, so that a slip of the pen costs nobody, but with `unknown`.

        What stays: that a name (a keyed hash) is erased, and that a handle is, since when; not that one is the other's.
        """
        name = self._name(account)
        with self._opened() as db:
            before = db.execute("SELECT 1 FROM erased_names WHERE name = ?", (name,)).fetchone() is not None
            row = db.execute("SELECT handle FROM accounts WHERE name = ?", (name,)).fetchone()
            if row is not None or unknown:
                db.execute("INSERT OR IGNORE INTO erased_names VALUES (?)", (name,))
            if row is not None:
                db.execute("DELETE FROM accounts WHERE name = ?", (name,))
                db.execute("INSERT INTO erased_handles VALUES (?, ?)", (row[0], at))
        self._ciphers.clear()
        return Erasure(None if row is None else row[0], before)

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        partial.unlink(missing_ok=True)
        try:
            partial.touch(0o600)
            db = sqlite3.connect(partial)
            db.executescript(_TABLES)
            made = {"secret": secrets.token_bytes(_KEY_BYTES), "id": secrets.token_bytes(HANDLE_BYTES)}
            db.executemany("INSERT INTO vault VALUES (?, ?)", made.items())
            db.commit()
            db.close()
            partial.replace(self.path)
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{self.path}: {error}") from error

    @contextmanager
    def _opened(self, *, write: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction. Deleted content is overwritten in the file (secure_delete)."""
        try:
            if self._connection is None:
                if not self.path.exists():
                    raise ArchiveError(f"{self.path}: no keys: the file is not there")
                self._connection = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
                self._connection.executescript("PRAGMA secure_delete=ON; PRAGMA synchronous=FULL;")
            self._connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: {error}") from error

    def _seal(self, db: sqlite3.Connection, account: bytes) -> Seal | None:
        name = self._name(account)
        row = db.execute("SELECT handle, key FROM accounts WHERE name = ?", (name,)).fetchone()
        if row is not None:
            return Seal(row[0], AESGCM(row[1]))
        if db.execute("SELECT 1 FROM erased_names WHERE name = ?", (name,)).fetchone() is not None:
            return None
        key, salt = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_SALT_BYTES)
        handle = sha256(salt + account).digest()[:HANDLE_BYTES]
        db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", (name, handle, key, salt))
        return Seal(handle, AESGCM(key))

    def _name(self, account: bytes) -> bytes:
        return hmac.digest(self._secret, account, "sha256")


def _cipher(db: sqlite3.Connection, handle: bytes) -> AESGCM | Erased | None:
    row = db.execute("SELECT key FROM accounts WHERE handle = ?", (handle,)).fetchone()
    if row is not None:
        return AESGCM(row[0])
    gone = db.execute("SELECT at FROM erased_handles WHERE handle = ?", (handle,)).fetchone()
    return None if gone is None else Erased(gone[0])
