"""One account as its lane has it now, for a command that ends at once: from a replica of the lane in a file that stays.

The first question reads the lane's part of the changelog, which is compacted; each later one what has come since.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.settings import CoreSettings
from streams.codec.murmur2 import partition_of
from streams.codec.partition import CHANGELOG
from streams.core.policies import Policies
from streams.core.step import Account
from streams.ledgers import genesis_of
from streams.query.copies import own_copy
from streams.query.following import FOLDER
from streams.query.log import LEDGER
from streams.query.replica import Replica
from streams.reading import reader
from streams.settings import Settings
from streams.tasks import first_to_end


class Present(NamedTuple):
    """An account, the caller's own copy, with what its lane judges it by."""

    account: Account
    policies: Policies
    settings: CoreSettings

    def own(self) -> Account:
        """One more copy to try things with."""
        return own_copy(self.account)


async def present(settings: Settings, account: str, at: int) -> Present | None:
    """The account as time alone has made it by an instant (ms) from all that its lane has committed; None where the
    lane knows nothing of it. Raises ReadError and StoreError.
    """
    async with reader(settings, [LEDGER]) as (consumer, partitions):
        count = len(partitions[LEDGER])
        lane = partition_of(account, count)
        ledger = partitions[LEDGER][lane]
        consumer.assign([ledger])
        begun = await genesis_of(consumer, ledger)
    if begun is None:
        return None
    core, known = CoreSettings.recorded(begun.settings), settings.model_copy(update={"partitions": count})
    # By the topic's own id: what another system of the same name had is not this one's.
    path = settings.data_dir / FOLDER / f"states-{begun.topics[CHANGELOG]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    replica = Replica(known, path, core)
    with replica.store:
        await first_to_end(replica.run(lane), _ready(replica))
        found = replica.account_at(account, at)
        return None if found is None else Present(found, replica.policies(account), core)


async def _ready(replica: Replica) -> None:
    await replica.ready.wait()
