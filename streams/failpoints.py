"""Places at which a test of faults ends, stops or holds up this process.

ELIGIBILITY_FAILPOINTS has NAME=ACTION, comma separated. Actions: `kill` (SIGKILL) and `stop` (SIGSTOP) at the first
time that the place is reached, `kill@7` at the seventh; `wait:50` holds it up for 50 ms each time. Unset, a place costs
a look into an empty table. They lie where a block, a restore or a rebalance passes once, never at a record.
"""

import asyncio
import logging
import os
import re
import signal
from collections.abc import Mapping
from typing import Final, NamedTuple

PLACES: Final = {
    "sent": "every batch of a block is acknowledged, its transaction not yet committed",
    "committed": "a transaction is committed, the lane doesn't know it yet",
    "accepted": "channels have answered the notifier, what they said isn't written yet",
    "restore": "a portion of a lane's table is restored",
    "rebalance": "lanes that go are closed, those that come not yet open",
    "drain": "the worker was told to end, its lanes are not yet closed",
}
_ARMED: Final = re.compile(r"(\w+)=(?:(kill|stop)(?:@([1-9]\d*))?|wait:(\d+))")
_SIGNALS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class Armed(NamedTuple):
    """What happens at one place: a signal at the `turn`th time, or a wait of `wait_ms` each time."""

    signal: signal.Signals | None
    turn: int
    wait_ms: int


def parse(text: str) -> dict[str, Armed]:
    """What a value of the variable arms, by place; ValueError for an unknown place or action."""
    found = {}
    for part in text.split(","):
        match = _ARMED.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()!r} is no failpoint: NAME=kill, NAME=stop@3 or NAME=wait:50")
        name, action, turn, wait_ms = match.groups()
        if name not in PLACES:
            raise ValueError(f"no such failpoint: {name}; there are {', '.join(PLACES)}")
        found[name] = Armed(_SIGNALS.get(action), int(turn or 1), int(wait_ms or 0))
    return found


log = logging.getLogger(__name__)

_armed: dict[str, Armed] = {}
_times: dict[str, int] = {}


def arm(armed: Mapping[str, Armed]) -> None:
    """From now on these places act, and no others."""
    _armed.clear()
    _armed.update(armed)
    _times.clear()


async def reach(place: str) -> None:
    """The process has come to `place`, a name in PLACES."""
    armed = _armed.get(place)
    if armed is None:
        return
    _times[place] = times = _times.get(place, 0) + 1
    if times == 1:
        log.warning("failpoint %s is reached", place)
    if armed.signal is None:
        await asyncio.sleep(armed.wait_ms / 1000)
    elif times == armed.turn:
        os.kill(os.getpid(), armed.signal)
