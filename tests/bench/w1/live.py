"""W1 as it happens: the same kinds of events in the same shares, each at the moment at which it is sent."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.bench.w1.data import SEED, Bill, Event, draw


def live_events(began: datetime, rate: float, accounts: int, seed: int = SEED) -> Iterator[Event]:
    """Events without an end, the first at `began`, `rate` a second; accounts in turn, so that none has two at once."""
    dice = random.Random(seed)
    names = [f"A{number:07d}" for number in range(accounts)]
    dice.shuffle(names)
    bills: dict[str, list[Bill]] = defaultdict(list)
    number = 0
    while True:
        for account in names:
            at = began + timedelta(milliseconds=int(number * 1000 / rate))
            event = {"id": f"E{number:09d}", "account_id": account, "type": "", "occurred_at": instant_ms(at)}
            yield event | draw(dice, number, account, at, bills[account])
            number += 1


def instant_ms(at: datetime) -> str:
    """With milliseconds, in the contract's form."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    return text.removesuffix(".000") + "Z"
