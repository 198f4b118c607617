"""A replica of all accounts' states, followed from the changelog: committed records only, no group, no Faust.

It is ready once it holds everything that was committed when it started; it goes on following after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from schemas.settings import CoreSettings
from schemas.topics import changelog_name
from streams.codec import state as blobs
from streams.codec.broadcasts import POLICY_KEY, Broadcasts
from streams.codec.murmur2 import partition_of
from streams.core.policies import Policies
from streams.core.step import Account, fire
from streams.query.following import Places, follow
from streams.query.store import Store
from streams.settings import Settings, core_settings

_BATCH: Final = 5_000


class Replica:
    """The states of a system. `run` follows until it is cancelled; questions are answered from what is in so far."""

    def __init__(self, settings: Settings, path: Path, core: CoreSettings | None = None) -> None:
        """Keeps the states in the file `path`, made where there is none; `core` are the ledger's settings, where the
        process has them from there. Raises StoreError.
        """
        self.settings = settings
        self._core = core
        self.topic = changelog_name(settings.application_id)
        self.store = Store(path, self.topic)
        self.ready = asyncio.Event()
        self._policies: dict[int, Policies] = {}
        self._names: dict[int, dict[str, dict[str, dict[str, str]]]] = {}

    async def run(self, lane: int | None = None) -> None:
        """Follow the changelog, or one lane of it, from where the store stands. Raises ReadError and StoreError."""
        lanes = range(self.settings.partitions) if lane is None else [lane]
        places = [(self.topic, each) for each in lanes]
        await follow(self.settings, places, self.store, self.take, self.ready, _BATCH)

    def take(self, records: Sequence[Any], places: Places) -> None:
        """Take the changelog's records in, with the places after them."""
        rows = [(row.partition, row.key, row.value) for row in records]
        self.store.write(rows, places)
        for lane in {lane for lane, key, _ in rows if key.startswith(b"~")}:
            self._policies.pop(lane, None)
            self._names.pop(lane, None)

    def account(self, account: str) -> Account | None:
        """An account's state, a copy of the caller's own; None when it isn't known."""
        key = account.encode()
        blob = self.store.get(self.lane_of(account), key)
        if blob is None:
            return None
        state, due = blobs.unpack(blob)
        return Account(account, state, due)

    def account_at(self, account: str, at: int) -> Account | None:
        """The same as time alone has made it by an instant (ms)."""
        found = self.account(account)
        if found is not None:
            fire(found, at, self.policies(account))
        return found

    def policies(self, account: str) -> Policies:
        """The policies of the account's lane."""
        return self._policies_of(self.lane_of(account))

    def names(self, account: str, digest: str) -> dict[str, dict[str, str]]:
        """What products are called, by language: by the policy of a digest, and those it lacks by any other."""
        return self._names_of(self.lane_of(account), digest)

    def catalogue(self, at: int) -> dict[str, dict[str, str]]:
        """The same for nobody in particular: by the first lane's newest policy in force at an instant (ms)."""
        policies = self._policies_of(0)
        era = policies.era_at(at)
        programs = policies.eras[era - 1].programs if era else ()
        return self._names_of(0, programs[0][0].digest if programs else "")

    def lane_of(self, account: str) -> int:
        """The account's partition."""
        return partition_of(account, self.settings.partitions)

    def _policies_of(self, lane: int) -> Policies:
        found = self._policies.get(lane)
        if found is None:
            broadcasts = Broadcasts(self._core or core_settings(self.settings))
            for key, value in self.store.broadcasts(lane):
                broadcasts.restore(key, value)
            broadcasts.ready()
            found = self._policies[lane] = broadcasts.policies
        return found

    def _names_of(self, lane: int, digest: str) -> dict[str, dict[str, str]]:
        known = self._names.get(lane)
        if known is None:
            documents = [
                orjson.loads(value) for key, value in self.store.broadcasts(lane) if key.startswith(POLICY_KEY)
            ]
            known = self._names[lane] = {
                each["digest"]: {name: product["name"] for name, product in each["document"]["products"].items()}
                for each in documents
            }
        others = {name: names for each in known.values() for name, names in each.items()}
        return others | known.get(digest, {})
