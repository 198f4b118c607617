"""API keys: `el_<id>_<secret>`, of which a file holds the secret's SHA-256, the scopes, and for `own` the accounts.

    keys:
      - id: bank-app
        sha256: 5e88…
        scopes: [own]
        accounts: [A0000001]

A secret is 256 random bits, so a plain digest can't be searched. The file is read again when it changes: a key that is
taken out of it is refused from the next request on.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.access import Scope
from schemas.values import AccountId, Text

_SECRET_BYTES: Final = 32
PREFIX: Final = "el_"
"""Of every API key: what else comes as a token is the identity provider's."""


class KeysError(Exception):
    """The file of keys can't be used; the text says where and why."""


class Holder(BaseModel):
    """Who asks: a name for the records of reads, and what it reaches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Text
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    accounts: frozenset[AccountId] = frozenset()

    @model_validator(mode="after")
    def _owner(self) -> Self:
        if ("own" in self.scopes) != bool(self.accounts):
            raise ValueError("the scope own and accounts belong together")
        return self


class Key(Holder):
    """One key, without its secret."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: list[Key]

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len({key.id for key in self.keys}) < len(self.keys):
            raise ValueError("two keys have the same id")
        return self


class Keys:
    """The keys of a file, as it is now."""

    def __init__(self, path: Path) -> None:
        """Reads the file. Raises KeysError."""
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._keys: Mapping[str, Key] = {}
        self._read()

    def find(self, token: str) -> Key | None:
        """The key that a caller shows; None when there is none of it. Raises KeysError for a file gone bad."""
        self._read()
        id_, _, secret = token.removeprefix(PREFIX).partition("_")
        key = self._keys.get(id_)
        given = hashlib.sha256(secret.encode()).hexdigest()
        if key is None or not token.startswith(PREFIX) or not hmac.compare_digest(given, key.sha256):
            return None
        return key

    def _read(self) -> None:
        try:
            found = self._path.stat()
            stamp = found.st_mtime_ns, found.st_size
            if stamp == self._stamp:
                return
            document = yaml.safe_load(self._path.read_text(encoding="utf-8"))
            self._keys = {key.id: key for key in _File.model_validate(document).keys}
        except (OSError, UnicodeError, yaml.YAMLError) as error:
            raise KeysError(f"{self._path}: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise KeysError(f"{self._path}: {place}: {first['msg']}") from None
        self._stamp = stamp


def new_key(id_: str, scopes: Collection[str], accounts: Collection[str]) -> tuple[str, Key]:
    """A new key's token, told once, and what the file holds of it. Raises ValidationError for what is unfit."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    stated = {"id": id_, "sha256": digest, "scopes": frozenset(scopes), "accounts": frozenset(accounts)}
    return f"{PREFIX}{id_}_{secret}", Key.model_validate(stated)
