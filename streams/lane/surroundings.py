"""What the lanes of one worker share."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from streams.codec.block import Ground
from streams.lane.machine import Machine
from streams.lane.observer import Observer, Unobserved
from streams.lane.watchdog import Ender, Watchdog
from streams.settings import LaneSettings


def wall_ms() -> int:
    """Now, in ms since the epoch."""
    return time.time_ns() // 1_000_000


_NOBODY: Final = Unobserved()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`client`: aiokafka's connection arguments. `topics`: Kafka's name by catalogue name, the changelog's included.

    `live_clock`: the lane's clock follows the wall while nothing waits; else it follows the records alone. `slots`: the
    transactions that may be open at once.
    """

    client: Mapping[str, Any]
    topics: Mapping[str, str]
    ground: Ground
    settings: LaneSettings
    live_clock: bool
    slots: asyncio.Semaphore
    watchdog: Watchdog
    end: Ender
    new_machine: Callable[[int], Machine]
    now: Callable[[], int] = wall_ms
    observer: Observer = _NOBODY
