"""What an anchor holds, read from an origin: the ledgers' last blocks, and every account's newest statuses there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

import orjson

from streams.audit.anchors import Accounts, LaneHead
from streams.audit.logs import LEDGER, AuditError, Origin, Position
from streams.codec import block as blocks

_STATUS: Final = "status"
_TAIL: Final = 8


class LaneStatuses(NamedTuple):
    """A lane's newest statuses: digests by account and product, the values of one account."""

    digests: dict[str, dict[str, bytes]]
    values: dict[str, bytes]


async def heads(origin: Origin, position: Position) -> list[LaneHead]:
    """The last block of each lane that has one, in order. Raises AuditError."""
    found = []
    for lane in range(position.lanes):
        data = await _last(origin, position, lane)
        if data is not None:
            head = _head(data, lane)
            found.append(LaneHead(lane=lane, block=head.block, hash=head.hash))
    return found


@dataclass(frozen=True)
class Statuses:
    """The work of gathering statuses up to a block of each lane: as many rows as the ledger counts up to there."""

    origin: Origin
    position: Position
    last: Mapping[int, int]
    account: str | None = None

    async def lane(self, lane: int, tell: Callable[[int], None]) -> LaneStatuses:
        """One lane. Raises AuditError where rows are missing; whether they are right is verify's matter."""
        found = LaneStatuses({}, {})
        if lane not in self.last:
            return found
        async with self.origin.opened(self.position, lane, (LEDGER, _STATUS)) as streams:
            ledger, statuses = streams[LEDGER], streams[_STATUS]
            count = 0
            while await ledger.fill():
                made = blocks.read(ledger.rows.popleft().value or b"")
                count += sum(each.count for each in made.outputs if each.topic == _STATUS)
                if made.block == self.last[lane]:
                    break
            for done in range(count):
                if not await statuses.fill():
                    raise AuditError(f"lane {lane}: {done} statuses are there, its ledger counts {count}")
                self._take(statuses.rows.popleft().value or b"", found)
                tell(done)
        return found

    def _take(self, value: bytes, found: LaneStatuses) -> None:
        data = orjson.loads(value)["data"]
        account, product = data["account_id"], data["product"]
        found.digests.setdefault(account, {})[product] = sha256(value).digest()
        if account == self.account:
            found.values[product] = value


def together(lanes: list[LaneStatuses]) -> tuple[Accounts, dict[str, bytes]]:
    """All lanes' statuses, and the values of the one account."""
    digests = {account: each for lane in lanes for account, each in lane.digests.items()}
    return Accounts(digests), {product: value for lane in lanes for product, value in lane.values.items()}


async def _last(origin: Origin, position: Position, lane: int) -> bytes | None:
    """The last block's bytes: looked for from the end in doubling steps, since markers take offsets too."""
    at = (LEDGER, lane)
    whole, step = position.ranges[at], _TAIL
    while True:
        start = max(whole.start, whole.limit - step)
        near = position._replace(ranges={**position.ranges, at: whole._replace(start=start)})
        data = None
        async with origin.opened(near, lane, (LEDGER,)) as streams:
            stream = streams[LEDGER]
            while await stream.fill():
                data = stream.rows.popleft().value
        if data is not None or start == whole.start:
            return data
        step *= 2


def _head(data: bytes, lane: int) -> blocks.Head:
    try:
        return blocks.head_of(data)
    except ValueError as error:
        raise AuditError(f"lane {lane}: the last record of the ledger is no block; eligibility verify") from error
